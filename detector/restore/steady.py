"""The main content of an attacked page, chosen as if nothing had been put in.

What is put into a page changes what looks like its article: a block of spam draws its
neighbours in, glosses make a caption long. So the page is repaired and read again, and its
blocks are the content, with what was cut between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from detector import roles
from detector.page import read_page
from detector.restore.content import restored_blocks
from detector.restore.html import edits_for
from detector.types import Finding, Page

# Share of the repaired page's content that must be found again in the page as it was.
KNOWN = 0.9
MOST_BLOCKS = 3_000  # alignment costs more than it gives on longer pages


def steady(page: Page, content: Sequence[int], found: Sequence[Finding]) -> tuple[int, ...]:
    """Indices of the blocks that make the content; `content` where the repair changes nothing.

    `found` has its spans in blocks.
    """
    edits = edits_for(page, found)
    if not edits or len(page.blocks) > MOST_BLOCKS:
        return tuple(content)
    parts: list[str] = []
    at = 0
    for start, end, new in edits:
        parts += [page.source[at:start], new]
        at = max(at, end)
    repaired = read_page("".join([*parts, page.source[at:]]), uri=page.uri, kind=page.kind)
    own = set(roles.content(repaired.blocks))
    before = restored_blocks(page, found)
    after = [block.text for block in repaired.blocks]
    chosen: set[int] = set()
    known = 0
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    matched: set[int] = set()
    for first, second, size in matcher.get_matching_blocks():
        for step in range(size):
            matched.add(first + step)
            if second + step in own:
                chosen.add(first + step)
                known += 1
    if not own or known < KNOWN * len(own):
        return tuple(content)
    low, high = min(chosen), max(chosen)
    old = set(content)
    for index, text in enumerate(before):
        # What was cut whole belongs to the text where it stood in it.
        hidden = page.blocks[index].hidden is not None
        if (
            index not in matched
            and not text
            and not hidden
            and (low < index < high or index in old)
        ):
            chosen.add(index)
    return tuple(sorted(chosen))

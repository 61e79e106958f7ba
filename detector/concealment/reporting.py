"""The findings of a hidden part."""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment.judging import Suspicion
from detector.concealment.parts import Concealed
from detector.types import Block, Finding, Place, Span

# Share of a block's characters outside of its links from which the whole block is quoted.
ALONG_WITH_LINKS = 0.3


def wordy_blocks(part: Concealed) -> tuple[Block, ...]:
    """The blocks that are text rather than links."""
    return tuple(block for block in part.blocks if _wordy(block))


def _wordy(block: Block) -> bool:
    return len(block.text) - block.link_chars > len(block.text) * ALONG_WITH_LINKS


def concealment_findings(
    technique: str, part: Concealed, found: Suspicion, message: str, most: int = 200
) -> Iterator[Finding]:
    """A finding a link, and one for each hidden block that holds more than its links."""
    cut: Place | None = part.hidden.place
    blocks = {block.index: block for block in part.blocks}
    whole = {block.index for block in part.blocks if _wordy(block)}
    links = part.links if found.whole else [link for link in part.links if link.host]
    for link in links[:most]:
        block = blocks.get(link.block)
        if block is not None and block.index in whole:
            continue
        span = None
        quote = link.text
        if block is not None:
            span = Span("block", link.start, link.end, block.index)
            quote = block.text[link.start : link.end]
        yield Finding(
            technique, found.score, quote, message, link.place.location(), found.category,
            link.href, span, "", cut if found.whole else link.place,
        )  # fmt: skip
    for block in part.blocks[:most] if found.whole or not part.links else ():
        if block.index in whole or not block.links:
            yield Finding(
                technique, found.score, block.text, message, block.place.location(),
                found.category, None, Span("block", 0, len(block.text), block.index), "", cut,
            )  # fmt: skip

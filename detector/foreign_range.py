"""Which part of a head entry is foreign: what the page's own words do not know.

Attackers put their words before or behind the owner's, so the part touches one
end of the entry, or is all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.patterns import pattern
from detector.promotion import SEPARATORS

if TYPE_CHECKING:
    from detector.techniques import Context
    from detector.types import Meta

# Between two characters that need no space, a space separates.
CJK_SPACE = pattern(r"(?<=[\u3040-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]) | (?=[\u3040-\u9fff])")
WORD = pattern(r"\S+")
LONG = pattern("[^\\W\\d_]{4}|[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7a3]{2}")
# Words of an entry that is told apart word by word, and characters of what it gives.
FEW_WORDS, MANY_WORDS = 5, 30
SHORTEST_FOUND = 10
# Strangeness from which a segment counts for the foreign part.
STRANGE = 0.4
# Headings shorter than this stand in titles by chance.
SHORTEST_HEADING = 8


def foreign_range(
    value: str, context: Context, entry: Meta, less: int = -1
) -> tuple[int, int, float]:
    """(start, end, known share of the rest) of the foreign part; start == end without one.

    `less` is the block that shows the entry itself, and so vouches for nothing.
    """
    parts = _parts(value, _headings(value, context, entry))
    if not parts:
        return 0, 0, 0.0
    start, end, known = _best(value, parts, context, less)
    if start == end or (start, end) == (0, len(value)):
        # No separator divides owner and intruder: word by word.
        words = [(m.start(), m.end(), False) for m in WORD.finditer(value)]
        if FEW_WORDS <= len(words) <= MANY_WORDS:
            single = _best(value, words, context, less)
            if single[1] - single[0] >= SHORTEST_FOUND:
                return single
    return start, end, known


def _best(
    value: str, parts: list[tuple[int, int, bool]], context: Context, less: int
) -> tuple[int, int, float]:
    """The run of parts from one end that is strangest."""
    gains = []
    for start, end, own in parts:
        text = value[start:end]
        # Numbers and short words go with what stands beside them.
        plain = not LONG.search(text)
        strange = 0.0 if own else STRANGE if plain else context.strangeness(text, less)
        gains.append((strange - STRANGE) * (end - start) + (0.01 if plain and not own else 0.0))
    best, bounds = 0.2, (0, 0)
    total = 0.0
    for index, gain in enumerate(gains):
        total += gain
        if total > best:
            best, bounds = total, (0, index + 1)
    total = 0.0
    for index in range(len(gains) - 1, -1, -1):
        total += gains[index]
        if total > best:
            best, bounds = total, (index, len(gains))
    if bounds == (0, 0):
        return 0, 0, 0.0
    size = len(value)
    start = parts[bounds[0]][0] if bounds[0] else 0
    end = parts[bounds[1] - 1][1] if bounds[1] < len(parts) else size
    rest = [p for n, p in enumerate(parts) if not bounds[0] <= n < bounds[1]]
    known = sum(p[1] - p[0] for p in rest)
    return start, end, known / size


def _headings(value: str, context: Context, entry: Meta) -> list[tuple[int, int]]:
    """Where headings and other titles of the page stand in a value."""
    head = context.page.head
    lowered = value.lower()
    found = []
    texts = [
        b.text
        for b in context.page.blocks
        if b.hidden is None and (b.tag == "h1" or b.role == "title")
    ][:5]
    texts += [
        e.value for e in head.entries if e.name in OTHERS and e is not entry and e.value != value
    ]
    for text in texts:
        at = lowered.find(text.lower()) if len(text) >= SHORTEST_HEADING else -1
        # A heading that says the same as all of it makes it the page's own; the first line of
        # extracted text is title and heading in one and says nothing.
        if at >= 0 and (len(text) < len(value) or context.page.kind == "html"):
            found.append((at, at + len(text)))
    return sorted(found, key=lambda span: span[0] - span[1])[:1]


OTHERS = frozenset(("og:title", "twitter:title", "title"))


def _parts(value: str, own: list[tuple[int, int]]) -> list[tuple[int, int, bool]]:
    """Segments as (start, end, whether a heading says the same)."""
    cuts = [match.span() for match in SEPARATORS.finditer(value)]
    cuts += [match.span() for match in CJK_SPACE.finditer(value)]
    if own:
        start, end = own[0]
        cuts = [cut for cut in cuts if cut[1] <= start or cut[0] >= end]
        cuts += [(start, start), (end, end)]
    parts = []
    at = 0
    for start, end in [*sorted(cuts), (len(value), len(value))]:
        if value[at:start].strip():
            left = at + len(value[at:start]) - len(value[at:start].lstrip())
            right = left + len(value[left:start].rstrip())
            mine = any(a <= left and right <= b for a, b in own)
            parts.append((left, right, mine))
        at = max(at, end)
    return parts

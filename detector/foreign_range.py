"""Which part of a head entry is foreign: what the page's own words do not know.

Attackers put their words before or behind the owner's, so the part touches one
end of the entry, or is all of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from detector.promotion import SEPARATORS

if TYPE_CHECKING:
    from detector.techniques import Context
    from detector.types import Meta

# Between two characters that need no space, a space separates.
CJK_SPACE = re.compile(r"(?<=[\u3040-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]) | (?=[\u3040-\u9fff])")
# Strangeness from which a segment counts for the foreign part.
STRANGE = 0.4
# Headings shorter than this stand in titles by chance.
SHORTEST_HEADING = 8


def foreign_range(value: str, context: Context, entry: Meta) -> tuple[int, int, float]:
    """(start, end, known share of the rest) of the foreign part; start == end without one."""
    size = len(value)
    parts = _parts(value, _headings(value, context, entry))
    if not parts:
        return 0, 0, 0.0
    gains = []
    for start, end, own in parts:
        text = value[start:end]
        # Numbers go with what stands beside them.
        plain = not any(c.isalpha() for c in text)
        strange = 0.0 if own else STRANGE + 0.05 if plain else context.strangeness(text)
        gains.append((strange - STRANGE) * (end - start))
    best, bounds = 0.0, (0, 0)
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
    if best <= 0:
        return 0, 0, 0.0
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
    texts = [b.text for b in context.page.blocks if b.tag == "h1" or b.role == "title"][:5]
    texts += [e.value for e in head.entries if e.name in OTHERS and e is not entry]
    for text in texts:
        at = lowered.find(text.lower()) if len(text) >= SHORTEST_HEADING else -1
        if at >= 0 and len(text) < len(value):
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

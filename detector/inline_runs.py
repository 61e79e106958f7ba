"""Which run of a block promotes, where elements inside of it divide it from the page's own words.

A line that is put beside a date, or a link that is put into a sentence, shares its block with
them; the element around it says where it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from detector.dom import BlockPlace
from detector.types import Block

Range = tuple[int, int]
FEWEST_OWN = 4  # letters outside of the run that make it somebody else's


def runs(block: Block) -> list[tuple[int, int, bool]]:
    """The block's text by the inline elements right inside of it: (start, end, within one)."""
    place = block.place
    if not isinstance(place, BlockPlace) or len(place.runs) < 2:
        return []
    found: list[tuple[int, int, bool]] = []
    last: Any = None
    for at, node in place.runs:
        end = at + len(" ".join(node.data.split()))
        top, inside = node, False
        while top.parent is not None and top.parent != place.node:
            top, inside = top.parent, True
        if found and inside and top == last:
            found[-1] = found[-1][0], end, True
        else:
            found.append((at, end, inside))
        last = top if inside else None
    return found


def promoting_runs(block: Block, telling: Sequence[Range]) -> list[Range]:
    """The runs that hold the telling places, joined where they touch.

    Empty where no element divides the block, where every run tells, or where what does not
    tell is no words.
    """
    parts = runs(block)
    if len(parts) < 2:
        return []
    said = [any(a < end and start < b for a, b in telling) for start, end, _ in parts]
    if all(said) or not any(said):
        return []
    own = sum(
        character.isalnum()
        for (start, end, _), tells in zip(parts, said, strict=True) if not tells
        for character in block.text[start:end]
    )  # fmt: skip
    if own < FEWEST_OWN:
        return []
    found: list[Range] = []
    before = False
    for (start, end, inside), tells in zip(parts, said, strict=True):
        if tells and not inside:
            return []  # words of the block itself promote
        if tells and before:
            found[-1] = found[-1][0], end
        elif tells:
            found.append((start, end))
        before = tells
    return found

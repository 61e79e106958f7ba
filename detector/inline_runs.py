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
    chains = [_around(node, place.node) for _, node in place.runs[:MOST_RUNS]]
    if any(chain is None for chain in chains):
        return []
    above = [chain for chain in chains if chain is not None]
    level = 0  # elements around all of it divide nothing
    while all(len(chain) > level and chain[level] == above[0][level] for chain in above):
        level += 1
    found: list[tuple[int, int, bool]] = []
    last: Any = None
    for (at, node), chain in zip(place.runs, above, strict=False):
        end = at + len(" ".join(node.data.split()))
        top = chain[level] if len(chain) > level else None
        if found and top is not None and top == last:
            found[-1] = found[-1][0], end, True
        else:
            found.append((at, end, top is not None))
        last = top
    return found


DEEPEST = 40  # elements between a block and its words
MOST_RUNS = 400


def _around(node: Any, base: Any) -> list[Any] | None:
    """The elements between a text node and its block, the outermost first; None if too many."""
    found: list[Any] = []
    while node.parent is not None and node.parent != base:
        node = node.parent
        found.append(node)
        if len(found) > DEEPEST:
            return None
    found.reverse()
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

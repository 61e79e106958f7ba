"""Edits of a text, and the way back from the edited text to its source."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from detector.types import Removed


@dataclass(frozen=True, slots=True)
class Edit:
    """`source[start:end]` is to be replaced; `kind` says which obfuscation it was.

    Kinds: invisible, marks, fancy, homoglyph, hanzi-latin, separator, homophone, numeral.
    """

    start: int
    end: int
    replacement: str
    kind: str


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text with the way back. `text is source` where nothing was folded."""

    text: str
    source: str
    edits: tuple[tuple[Edit, ...], ...] = ()  # a tuple a round, each in its own text's offsets

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the source that the folded characters `start:end` came from.

        A span that cuts a replacement in two is widened to the whole of it; characters that
        were removed inside of the span belong to it, those at its edges do not.
        Raises ValueError for a span outside of the text.
        """
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"span {start}:{end} is outside of a text of {len(self.text)}")
        for edits in reversed(self.edits):
            start, end = _back(edits, start, end)
        return start, end

    def changes(self) -> tuple[Edit, ...]:
        """Every edit with its span in the source, in order; one may lie inside of another's."""
        moved: list[Edit] = []
        for number, edits in enumerate(self.edits):
            for edit in edits:
                start, end = edit.start, edit.end
                for earlier in reversed(self.edits[:number]):
                    start, end = _back(earlier, start, end)
                moved.append(replace(edit, start=start, end=end))
        return tuple(sorted(moved, key=lambda edit: (edit.start, edit.end)))


@lru_cache(maxsize=64)
def _shifts(edits: tuple[Edit, ...]) -> tuple[list[int], list[int]]:
    """Start of each edit in the edited text, and the length difference after it."""
    starts: list[int] = []
    after: list[int] = []
    shift = 0
    for edit in edits:
        starts.append(edit.start + shift)
        shift += len(edit.replacement) - (edit.end - edit.start)
        after.append(shift)
    return starts, after


def _back(edits: tuple[Edit, ...], start: int, end: int) -> tuple[int, int]:
    starts, after = _shifts(edits)

    def character(position: int) -> tuple[int, int]:
        index = bisect_right(starts, position) - 1
        if index < 0:
            return position, position + 1
        edit = edits[index]
        if edit.replacement and position < starts[index] + len(edit.replacement):
            return edit.start, edit.end
        return position - after[index], position - after[index] + 1

    if start == end:
        index = bisect_right(starts, start) - 1
        place = start if index < 0 else max(edits[index].end, start - after[index])
        return place, place
    return character(start)[0], character(end - 1)[1]


def apply(text: str, edits: Iterable[Edit | Removed]) -> str:
    """`text` with the edits made; they must be in order and not overlap."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts.append(text[at : edit.start])
        parts.append(edit.replacement)
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)

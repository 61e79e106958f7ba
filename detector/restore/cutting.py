"""The ways in which kits cut a line into pieces, and a quick look whether a text may hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from detector.patterns import pattern

# Sizes of pieces in characters, for scripts without spaces, and in words, for those with.
CHARACTER_SIZES = (2, 3, 4, 5, 6, 1)
WORD_SIZES = (1, 2, 3)
# Longer lines are cut: no kit cuts a paragraph, and the cost grows with the pieces.
_MAX_LINE = 80
_MAX_WORDS = 24
_SINGLE_LEAST = 6  # single characters of a shorter line stand in any text, in any order

_UNSPACED = pattern("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]")
# Vowel signs and other marks that belong to the letter before, for which \w does not stand.
MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0980-\u0dff\u1000-\u109f\u1780-\u17d3"
)
_UNIT_WORD = pattern(rf"[^\W_][^\W_{MARKS}]*(?:[{MARKS}]+[^\W_{MARKS}]*)*(?:[’'-][^\W_]+)*")
_MARK = pattern(f"[{MARKS}]")
_PLAIN_WORD = pattern(r"\w+")
_SITE_SUFFIX = pattern(
    r"\s*[_|｜]\s*|\s+[-–—]\s+|\s*——?\s*|--|(?<=[\u4e00-\u9fff])-(?=[\u4e00-\u9fff])"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A line in pieces: `units` are characters or words, `size` of them make a piece."""

    pieces: tuple[str, ...]
    units: tuple[str, ...]
    size: int
    words: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """A plan, and what surrounds each piece in the line."""

    pieces: tuple[str, ...]
    before: tuple[str, ...]  # what stands before each piece in the line (one unit), "" at its start
    after: tuple[str, ...]
    opens: tuple[bool, ...]  # the piece begins inside of a word of the line
    closes: tuple[bool, ...]  # it ends inside of one
    several: tuple[bool, ...]  # it touches more than one word
    words: bool  # pieces are words, with spaces around them


def plans(line: str) -> Iterator[Plan]:
    """Every way to cut a line, the usual ones first."""
    for part in dict.fromkeys((line, _SITE_SUFFIX.split(line)[0])):
        part = part.strip()[:_MAX_LINE]
        if _UNSPACED.search(part):
            letters = [character for character in part if character.isalnum()]
            for size in CHARACTER_SIZES:
                yield from _evenly(letters, size, "")
            whole = re.findall(r"[A-Za-z0-9]+|[^\W_]", part)  # Latin words and numbers whole
            if len(whole) < len(letters):
                yield from _evenly(whole, 2, "")
        else:
            words = _UNIT_WORD.findall(part)[:_MAX_WORDS]
            plain = words if _MARK.search(part) else _PLAIN_WORD.findall(part)[:_MAX_WORDS]
            for size in WORD_SIZES:
                yield from _evenly(words, size, " ")
                if plain != words:
                    yield from _evenly(plain, size, " ")


def _evenly(units: Sequence[str], size: int, glue: str) -> Iterator[Plan]:
    """The cut with the shorter last piece, and where there is one, without it too."""
    if len(units) < max(3 * size, 4) or (size == 1 and not glue and len(units) < _SINGLE_LEAST):
        return
    pieces = tuple(glue.join(units[at : at + size]) for at in range(0, len(units), size))
    yield Plan(pieces, tuple(units), size, bool(glue))
    if len(units) % size:
        yield Plan(pieces[:-1], tuple(units), size, bool(glue))


def describe(plan: Plan, inner: bool = True) -> Cut:
    """The pieces with what surrounds each of them in the line.

    Without `inner`, words inside the line are not looked for: loading the segmenter's
    dictionary costs more than most pages.
    """
    units = plan.units
    cut = inner and not plan.words
    boundaries: frozenset[int] = _inner_boundaries(units) if cut else frozenset()
    starts = [plan.size * number for number in range(len(plan.pieces))]
    ends = [min(at + plan.size, len(units)) for at in starts]
    return Cut(
        plan.pieces,
        tuple(units[at - 1] if at else "" for at in starts),
        tuple(units[end] if end < len(units) else "" for end in ends),
        tuple(at in boundaries for at in starts),
        tuple(end in boundaries for end in ends),
        tuple(
            any(place not in boundaries for place in range(at + 1, end))
            for at, end in zip(starts, ends, strict=True)
        ),
        plan.words,
    )


def _inner_boundaries(units: Sequence[str]) -> frozenset[int]:
    """Places between two units that lie inside of a word of the line."""
    at, ends = 0, {0}
    for word in segment("".join(units)):
        at += len(word)
        ends.add(at)
    inner = set()
    at = 0
    for number, unit in enumerate(units):
        if at not in ends:
            inner.add(number)
        at += len(unit)
    return frozenset(inner)


@cache
def _segmenter() -> Any:
    import rjieba

    return rjieba.cut


def segment(text: str) -> list[str]:
    """The words of a text without spaces."""
    words: list[str] = _segmenter()(text, False)
    return words


# ---------------------------------------------------------------- a quick look

LEAST = 5  # insertions that make a finding
_AFTER_MARK = pattern(r"(?:[^\w\s]|^)([^\W_])|([^\W_])$", re.MULTILINE)
_HEAD = 6  # pieces looked for first: the first cycle may be incomplete
_HEAD_PRESENT = 0.75


def may_hold(plan: Plan, text: str) -> bool:
    """Whether the pieces stand in the text in turn often enough: a few substring searches."""
    pieces = plan.pieces
    head = pieces[:_HEAD]
    missing = 0
    allowed = int(len(head) * (1 - _HEAD_PRESENT))
    for piece in head:
        if piece not in text:
            missing += 1
            if missing > allowed:
                return False
    if plan.size == 1 and not plan.words:
        text = "".join(
            map("".join, _AFTER_MARK.findall(text))
        )  # single characters stand everywhere else
    # The longest chain in cyclic order takes each piece at its first place. Kits skip none,
    # an extraction that lost a paragraph may have.
    wanted = LEAST + len(pieces) // 4
    at = chain = index = 0
    skips = 1
    while True:
        piece = pieces[index % len(pieces)]
        found = text.find(piece, at)
        if found >= 0:
            at = found + len(piece)
            chain += 1
            if chain >= wanted:
                return True
        elif skips:
            skips -= 1
        else:
            return False
        index += 1

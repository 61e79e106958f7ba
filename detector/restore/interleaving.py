"""Finds a title that was cut in pieces and dropped into the text, piece by piece, in turn.

The kit takes a line (the title, sometimes the keyword), drops its punctuation, cuts it in
pieces of equal length (two characters; other kits: three and more, or words) and inserts one
piece after the other into the article: after punctuation, at word ends, at line ends, and starts
again with the first piece when all are used. To invert that is an alignment: among all places
where a piece stands, choose the sequence that follows the cyclic order and whose members look
inserted (dynamic programming, linear in the places times the pieces).

A place looks inserted where the piece cuts words of the line and the text does not complete
them as the line does (会开, from 运动会开幕, with neither 动 before nor 幕 behind it), where the
text without the piece needs fewer words, and where it stands behind punctuation or at the edge
of a line. A real word that coincides with a piece (运动 in 运动员) is inside of a longer word or
out of order, and stays.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

# Sizes of pieces in characters, for scripts without spaces, and in words, for those with.
CHARACTER_SIZES = (2, 3, 4, 5, 6)
WORD_SIZES = (1, 2, 3)

# Longer lines are cut: no kit cuts a paragraph, and the cost grows with the pieces.
_MAX_LINE = 80
_MAX_PLACES = 3000
_WINDOW = 8  # characters of context on either side that decide about word boundaries

# Scores are near natural logarithms of odds; found on 2,800 honest pages and attacked copies.
_QUOTED = -7.0  # the text goes on as the line does on both sides
_HALF_QUOTED = -3.0  # on one side, and the piece cuts no word on the other
_INSIDE = -5.0  # the text with the piece needs fewer words than without
_FRAGMENT = 4.0  # the piece cuts a word that the text does not complete
_PHRASE = 2.0  # the piece is two or more words that need not stand together
_WORD = 0.2  # the piece is one word: the order decides
_ALONE = -1.5  # nothing but the piece between two marks: a list has such items
_JOINED = 2.0  # what stands around the piece stands together elsewhere in the text
_REPEATED = -1.5  # the piece with its neighbour stands elsewhere in the text too
_SKIP = 4.5  # one piece of the cycle left out
_LATE_START = 1.5  # a piece: the sequence does not begin with the first
_BROKEN_END = 1.5  # the sequence does not end with the last piece
_FAR = 3.0  # kits insert at a steady pace: a gap of so many usual gaps begins to cost
_FAR_COST = 0.7  # a usual gap more
_FAR_MOST = 5.0

_HOPELESS = 14.0  # a first alignment below this never came to anything
_ACCEPT = 20.0  # honest pages reach 16 at most
_ACCEPT_INSERTIONS = 5

# Where a piece stands: behind a mark or at a line's edge, behind a word that only binds
# (的, 是: kits take them for word ends), or elsewhere; shares in honest text.
_NATURAL_POSITIONS = (0.14, 0.12, 0.74)
_FIRST_POSITIONS = (0.65, 0.15, 0.20)
_BINDING = frozenset("的是了在和与及或将把被对为以而也都就")


@dataclass(frozen=True, slots=True)
class Insertion:
    """What was put into `texts[text]` at `start:end`; `order` counts from 0."""

    text: int
    start: int
    end: int
    piece: str
    order: int


@dataclass(frozen=True, slots=True)
class Interleaving:
    """The best explanation of the texts by insertions of one line's pieces."""

    line: str
    pieces: tuple[str, ...]
    insertions: tuple[Insertion, ...]
    anomalies: int  # of the insertions, those whose piece cannot stand there by itself
    outside: int  # such places that the order does not explain
    at_edges: int  # insertions behind punctuation or at the edge of a line
    alone: int  # insertions with nothing else between two marks
    words: bool  # the pieces are words; an insertion brings one space with it
    score: float

    @property
    def cycles(self) -> float:
        """How often the line went round."""
        return len(self.insertions) / len(self.pieces)


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    index: int
    position: int  # into _NATURAL_POSITIONS
    shape: float  # score without the position
    anomalous: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class _Cut:
    """One way to cut a line."""

    pieces: tuple[str, ...]
    before: tuple[str, ...]  # what stands before each piece in the line (one unit), "" at its start
    after: tuple[str, ...]
    opens: tuple[bool, ...]  # the piece begins inside of a word of the line
    closes: tuple[bool, ...]  # it ends inside of one
    several: tuple[bool, ...]  # it touches more than one word
    words: bool  # pieces are words, with spaces around them


def find_interleaving(lines: Sequence[str], texts: Sequence[str]) -> Interleaving | None:
    """The insertions of the pieces of one of `lines` (titles, keywords) in `texts`, or None.

    `texts` are the blocks of the article in order, without the title itself.
    """
    joined = "\n".join(texts)
    best: Interleaving | None = None
    tried: set[tuple[str, ...]] = set()
    for line in lines:
        for pieces, units, size, glue in _cuts(line):
            if pieces in tried:
                continue
            tried.add(pieces)
            if not _may_hold(pieces, joined):
                continue
            found = _align(line, _described(pieces, units, size, glue), joined)
            if found is not None and (best is None or found.score > best.score):
                best = found
    return _by_text(best, texts) if best is not None else None


def remove(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """`text` without the spans, which are in order and apart."""
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts.append(text[at:start])
        at = end
    parts.append(text[at:])
    return "".join(parts)


# ---------------------------------------------------------------- cutting a line

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]")
_UNIT_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_SITE_SUFFIX = re.compile(
    r"\s*[_|｜]\s*|\s+[-–—]\s+|\s*——?\s*|(?<=[\u4e00-\u9fff])-(?=[\u4e00-\u9fff])"
)


# Pieces, the units they are made of, units in a piece, what joins them.
_Plan = tuple[tuple[str, ...], list[str], int, str]


def _cuts(line: str) -> Iterator[_Plan]:
    parts = _SITE_SUFFIX.split(line)
    for part in dict.fromkeys((line, parts[0])):
        part = part.strip()[:_MAX_LINE]
        if _UNSPACED.search(part):
            letters = "".join(character for character in part if character.isalnum())
            for size in CHARACTER_SIZES:
                yield from _cut_evenly(list(letters), size, "")
            whole = _whole_latin(part)
            if len(whole) < len(letters):
                yield from _cut_evenly(whole, 2, "")
        else:
            words = _UNIT_WORD.findall(part)
            for size in WORD_SIZES:
                yield from _cut_evenly(words, size, " ")


def _whole_latin(part: str) -> list[str]:
    """Characters, but Latin words and numbers whole."""
    return re.findall(r"[A-Za-z0-9]+|[^\W_]", part)


def _cut_evenly(units: list[str], size: int, glue: str) -> Iterator[_Plan]:
    """The cut with the shorter last piece, and where there is one, without it too."""
    if len(units) < 3 * size or len(units) < 4:
        return
    pieces = tuple(glue.join(units[at : at + size]) for at in range(0, len(units), size))
    yield pieces, units, size, glue
    if len(units) % size:
        yield pieces[:-1], units, size, glue


def _described(pieces: tuple[str, ...], units: list[str], size: int, glue: str) -> _Cut:
    """The pieces with what surrounds each of them in the line."""
    inner = _inner_boundaries(units) if not glue else frozenset()
    starts = [size * number for number in range(len(pieces))]
    ends = [min(at + size, len(units)) for at in starts]
    return _Cut(
        pieces,
        tuple(units[at - 1] if at else "" for at in starts),
        tuple(units[end] if end < len(units) else "" for end in ends),
        tuple(at in inner for at in starts),
        tuple(end in inner for end in ends),
        tuple(
            any(place not in inner for place in range(at + 1, end))
            for at, end in zip(starts, ends, strict=True)
        ),
        bool(glue),
    )


def _inner_boundaries(units: list[str]) -> frozenset[int]:
    """Places between two units that lie inside of a word of the line."""
    at, ends = 0, {0}
    for word in _words("".join(units)):
        at += len(word)
        ends.add(at)
    inner = set()
    at = 0
    for number, unit in enumerate(units):
        if at not in ends:
            inner.add(number)
        at += len(unit)
    return frozenset(inner)


_HEAD = 6  # pieces that the gate looks for: the first cycle may be incomplete
_HEAD_PRESENT = 0.75


def _may_hold(pieces: tuple[str, ...], text: str) -> bool:
    """Whether the pieces stand in the text in turn often enough: a few substring searches."""
    head = pieces[:_HEAD]
    missing = 0
    allowed = int(len(head) * (1 - _HEAD_PRESENT))
    for piece in head:
        if piece not in text:
            missing += 1
            if missing > allowed:
                return False
    # The longest chain in cyclic order takes each piece at its first place. Kits skip none,
    # an extraction that lost a paragraph may have.
    at = chain = index = 0
    skips = 1
    while True:
        piece = pieces[index % len(pieces)]
        found = text.find(piece, at)
        if found >= 0:
            at = found + len(piece)
            chain += 1
            if chain >= _ACCEPT_INSERTIONS + len(pieces) // 4:
                return True
        elif skips:
            skips -= 1
        else:
            return False
        index += 1


# ---------------------------------------------------------------- places

_PUNCTUATION = frozenset("，。、；：！？…—“”‘’（）《》「」『』【】〈〉·,.;:!?()\"'\n|/~-–•")


def _places(cut: _Cut, text: str) -> list[_Place]:
    places: list[_Place] = []
    for index, piece in enumerate(cut.pieces):
        at = text.find(piece)
        while at >= 0:
            end = at + len(piece)
            place = _place(cut, text, index, at, end)
            if place is not None:
                places.append(place)
                if len(places) > _MAX_PLACES:
                    return []
            at = text.find(piece, at + 1)
    places.sort(key=lambda place: (place.start, place.end))
    return places


def _place(cut: _Cut, text: str, index: int, start: int, end: int) -> _Place | None:
    if cut.words:
        return _word_place(cut, text, index, start, end)
    before = text[start - 1] if start else "\n"
    after = text[end] if end < len(text) else "\n"
    marked = before in _PUNCTUATION or before.isspace()
    closed = after in _PUNCTUATION
    position = 0 if marked or after == "\n" else 1 if before in _BINDING else 2
    shape, anomalous = _shape(cut, text, index, start, end)
    if marked and closed:
        shape += _ALONE
    return _Place(start, end, index, position, shape, anomalous, marked and closed)


def _shape(cut: _Cut, text: str, index: int, start: int, end: int) -> tuple[float, bool]:
    """How much the place looks inserted, its position apart, and whether it cannot be honest."""
    left, right = cut.before[index], cut.after[index]
    left_goes_on = left != "" and text.endswith(left, 0, start)
    right_goes_on = right != "" and text.startswith(right, end)
    opens, closes = cut.opens[index], cut.closes[index]
    if (left_goes_on or not left) and (right_goes_on or not right):
        return _QUOTED, False
    broken = (opens and not left_goes_on) or (closes and not right_goes_on)
    if (left_goes_on or right_goes_on) and not broken:
        return _HALF_QUOTED, False
    more = _more_words(text, start, end)
    if more <= 0:
        return _INSIDE, False
    shape = _WORD
    if broken and more >= 2:
        shape = _FRAGMENT
    elif broken or (more >= 2 and cut.several[index]):
        shape = _PHRASE
    around = text[max(0, start - 2) : start] + text[end : end + 2]
    if len(around) == 4 and around.isalnum() and around in text:
        shape += _JOINED
    piece = text[start:end]
    near = (text[max(0, start - 1) : end], text[start : end + 1])
    for joint in near:
        if len(joint) > len(piece) and joint.isalnum() and _twice(text, joint):
            shape += _REPEATED
    return shape, broken and more >= 2


def _twice(text: str, part: str) -> bool:
    first = text.find(part)
    return text.find(part, first + 1) >= 0


def _word_place(cut: _Cut, text: str, index: int, start: int, end: int) -> _Place | None:
    before = text[start - 1] if start else "\n"
    after = text[end] if end < len(text) else "\n"
    if before.isalnum() or after.isalnum():
        return None
    left = text[max(0, start - 40) : start].rstrip(" ")
    right = text[end : end + 40].lstrip(" ")
    marked = not left or left[-1] in _PUNCTUATION
    closed = not right or right[0] in _PUNCTUATION
    position = 0 if marked or not right or right[0] == "\n" else 2
    wanted_left, wanted_right = cut.before[index], cut.after[index]
    left_goes_on = wanted_left != "" and _ends_with_word(left, wanted_left)
    right_goes_on = wanted_right != "" and _starts_with_word(right, wanted_right)
    several = " " in text[start:end]
    if (left_goes_on or not wanted_left) and (right_goes_on or not wanted_right):
        shape = _QUOTED
    elif left_goes_on or right_goes_on:
        shape = _HALF_QUOTED
    else:
        shape = _FRAGMENT if several else _WORD
        joints = (left.rpartition(" ")[2] + text[start - 1 : end], text[start:end] + " "
                  + right.partition(" ")[0])  # fmt: skip
        shape += sum(_REPEATED for joint in joints if len(joint) > end - start + 2
                     and _twice(text, joint))  # fmt: skip
    alone = marked and closed
    return _Place(
        start, end, index, position, shape + (_ALONE if alone else 0.0),
        several and shape >= _PHRASE, alone,
    )  # fmt: skip


def _ends_with_word(text: str, word: str) -> bool:
    return text.casefold().endswith(word.casefold()) and not text[: -len(word)][-1:].isalnum()


def _starts_with_word(text: str, word: str) -> bool:
    return text.casefold().startswith(word.casefold()) and not text[len(word) :][:1].isalnum()


@cache
def _segmenter() -> Callable[[str, bool], list[str]]:
    import rjieba

    return rjieba.cut


def _words(text: str) -> list[str]:
    return _segmenter()(text, False)


def _count_words(text: str) -> int:
    return len(_words(text))


def _more_words(text: str, start: int, end: int) -> int:
    """Words that the text around needs more with the piece than without it."""
    left = start
    while left > max(0, start - _WINDOW) and text[left - 1].isalnum():
        left -= 1
    right = end
    while right < min(len(text), end + _WINDOW) and text[right].isalnum():
        right += 1
    with_piece = _count_words(text[left:right])
    without = _count_words(text[left:start] + text[end:right]) if left < start or end < right else 0
    return with_piece - without


# ---------------------------------------------------------------- alignment


def _align(line: str, cut: _Cut, text: str) -> Interleaving | None:
    places = _places(cut, text)
    if len(places) < 4:
        return None
    habits: tuple[float, ...] = _FIRST_POSITIONS
    pace = math.inf
    path: list[_Place] = []
    score = 0.0
    for attempt in range(3):  # again with the habits of this kit
        path, score = _best_path(cut, places, habits, pace)
        if attempt == 0 and score < _HOPELESS:
            return None
        counts = [sum(place.position == position for place in path) for position in range(3)]
        weight = len(path) + 3
        habits = tuple(
            (count + 3 * first) / weight
            for count, first in zip(counts, _FIRST_POSITIONS, strict=True)
        )
        gaps = sorted(b.start - a.start for a, b in pairwise(path))
        pace = max(float(sum(gaps[: -len(gaps) // 10 or None])) / max(len(gaps), 1), 10.0)
    if score < _ACCEPT or len(path) < _ACCEPT_INSERTIONS:
        return None
    anomalies = sum(place.anomalous for place in path)
    return Interleaving(
        line,
        cut.pieces,
        tuple(
            Insertion(0, place.start, place.end, cut.pieces[place.index], order)
            for order, place in enumerate(path)
        ),
        anomalies,
        sum(place.anomalous for place in places) - anomalies,
        sum(place.position == 0 for place in path),
        sum(place.alone for place in path),
        cut.words,
        score,
    )


def _best_path(
    cut: _Cut, places: list[_Place], habits: tuple[float, ...], pace: float
) -> tuple[list[_Place], float]:
    """The places, in order, that the cyclic insertion explains best, and its score.

    `pace` is the usual number of characters from one insertion to the next.
    """
    count = len(cut.pieces)
    odds = [
        math.log(kit / natural) for kit, natural in zip(habits, _NATURAL_POSITIONS, strict=True)
    ]
    scores = [0.0] * len(places)
    previous = [-1] * len(places)
    best = [-1] * count  # the best path that ends with each piece
    latest = [-1] * count  # and the one that ends last: it may be nearer
    waiting: list[int] = []  # places whose end is not passed yet
    for number, place in enumerate(places):
        still = []
        for other in waiting:
            if places[other].end <= place.start:
                index = places[other].index
                if best[index] < 0 or scores[other] >= scores[best[index]]:
                    best[index] = other
                latest[index] = other
            else:
                still.append(other)
        waiting = still
        chosen, value = -1, -min(_LATE_START * place.index, 6.0)
        for other in (*best, *latest):
            if other < 0:
                continue
            before = places[other]
            far = (place.start - before.start) / pace - _FAR
            cost = _SKIP * ((place.index - before.index - 1) % count)
            if far > 0:
                cost += min(_FAR_COST * far, _FAR_MOST)
            if scores[other] - cost > value:
                chosen, value = other, scores[other] - cost
        scores[number] = value + place.shape + odds[place.position]
        previous[number] = chosen
        waiting.append(number)

    def final(number: int) -> float:
        return scores[number] - (_BROKEN_END if places[number].index != count - 1 else 0.0)

    at = max(range(len(places)), key=final)
    score = final(at)
    path: list[_Place] = []
    while at >= 0:
        path.append(places[at])
        at = previous[at]
    path.reverse()
    return path, score


def _by_text(found: Interleaving, texts: Sequence[str]) -> Interleaving:
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text) + 1)
    moved = []
    for insertion in found.insertions:
        index = bisect_right(starts, insertion.start) - 1
        start, end = insertion.start - starts[index], insertion.end - starts[index]
        text = texts[index]
        if found.words and text[end : end + 1] == " ":
            end += 1
        elif found.words and end == len(text) and text[start - 1 : start] == " ":
            start -= 1
        moved.append(Insertion(index, start, end, text[start:end], insertion.order))
    return replace(found, insertions=tuple(moved))

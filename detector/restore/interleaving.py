"""Finds a title that was cut in pieces and dropped into the text, piece by piece, in turn.

The kit takes a line (the title, sometimes the keyword), drops its punctuation, cuts it in
pieces of equal length (two characters; other kits: three and more, or words) and inserts one
piece after the other into the article: after punctuation, at word ends, at line ends, and starts
again with the first piece when all are used. To invert that is an alignment: among all places
where a piece stands (`restore.placing`), choose the sequence that follows the cyclic order and
whose members look inserted (dynamic programming, linear in the places times the pieces).

A real word that coincides with a piece (运动 in 运动员) is inside of a longer word or out of
order, and stays.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from detector.patterns import pattern
from detector.restore.cutting import LEAST, Cut, Plan, describe, may_hold, plans
from detector.restore.fluency import Fluency, default_fluency
from detector.restore.placing import Place, places, rough_places
from detector.restore.simplified import to_simplified
from detector.settings import data_table

_KANA = pattern("[\u3041-\u3096\u30a1-\u30fa]")

# Scores are near natural logarithms of odds; found on honest pages and attacked copies.
_SKIP = 4.5  # one piece of the cycle left out
_LATE_START = 1.5  # a piece: the sequence does not begin with the first
_LATEST_START = 6.0
# Kits stop where the text ends or a cycle does: what a usual gap of text behind the end costs.
_BROKEN_END = 1.0
_WHOLE_END = 0.2
_REST_MOST = 4.0
_FAR = 3.0  # kits insert at a steady pace: a gap of so many usual gaps begins to cost
_FAR_COST = 0.7  # a usual gap more
_FAR_MOST = 5.0
_TOUCHING = 6.0  # no kit puts two pieces at one place: the line itself is quoted there
_TURN_LEAST, _TURN_MOST = -3.0, 4.0
_PROMISING = 12.0
_HOPELESS = 8.0  # a first alignment below this never came to anything

# Shares of the positions (`placing.AFTER_MARK` and so on) in honest text and in kits'.
_NATURAL_POSITIONS = (0.14, 0.12, 0.74)
_FIRST_POSITIONS = (0.65, 0.15, 0.20)


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


def find_interleaving(
    lines: Sequence[str], texts: Sequence[str], fluency: Fluency | None = None
) -> Interleaving | None:
    """The insertions of the pieces of one of `lines` (titles, keywords) in `texts`, or None.

    `texts` are the blocks of the article in order, without the title itself. `fluency` is the
    package's own table where none is given.
    """
    joined = "\n".join(texts)
    best: Interleaving | None = None
    tried: set[tuple[str, ...]] = set()
    for line in lines:
        for plan in plans(line):
            if plan.pieces in tried:
                continue
            tried.add(plan.pieces)
            if not may_hold(plan, joined):
                continue
            if not plan.words:  # word list and table are of simplified characters
                plan, text = _simplified(plan, joined)
            else:
                text = joined
            found = _align(line, plan, text, fluency)
            if found is not None and (best is None or found.score > best.score):
                best = found
    return _by_text(best, texts) if best is not None else None


def _simplified(plan: Plan, text: str) -> tuple[Plan, str]:
    """Both in simplified characters, if nothing moves by it; Japanese is left alone."""
    if _KANA.search(text):
        return plan, text
    plain = to_simplified(text)
    units = tuple(to_simplified(unit) for unit in plan.units)
    if len(plain) != len(text) or any(
        len(a) != len(b) for a, b in zip(units, plan.units, strict=True)
    ):
        return plan, text
    pieces = tuple(
        "".join(units[at : at + plan.size])
        for at in range(0, len(plan.pieces) * plan.size, plan.size)
    )
    return Plan(pieces, units, plan.size, plan.words), plain


def remove(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """`text` without the spans, which are in order and apart."""
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts.append(text[at:start])
        at = end
    parts.append(text[at:])
    return "".join(parts)


# ---------------------------------------------------------------- alignment


def _align(line: str, plan: Plan, text: str, fluency: Fluency | None) -> Interleaving | None:
    if not _promising(describe(plan, inner=False), text):
        return None
    cut = describe(plan)
    fluency = fluency or default_fluency()
    found = places(cut, text, fluency)
    if len(found) < LEAST:
        return None
    knobs = data_table("interleaving")["accept"]
    habits: tuple[float, ...] = _FIRST_POSITIONS
    numbers = Counter(place.index for place in found)
    pace = _first_pace(cut, numbers, len(text))
    path: list[Place] = []
    score = 0.0
    turns: dict[int, float] = {}
    for attempt in range(3):  # again with the habits of this kit
        turns = _turns(numbers, pace, len(text))
        path, score = _best_path(cut, found, habits, turns, pace, len(text))
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
    if score < knobs["words" if cut.words else "characters"] or len(path) < LEAST:
        return None
    for _ in range(2):  # again with the neighbourhood that the text had before
        spans = [(place.start, place.end) for place in path]
        found = places(cut, text, fluency, without=spans)
        path, _ = _best_path(cut, found, habits, turns, pace, len(text))
        if spans == [(place.start, place.end) for place in path]:
            break
    anomalies = sum(place.anomalous for place in path)
    return Interleaving(
        line,
        cut.pieces,
        tuple(
            Insertion(0, place.start, place.end, cut.pieces[place.index], order)
            for order, place in enumerate(path)
        ),
        anomalies,
        sum(place.anomalous for place in found) - anomalies,
        sum(place.position == 0 for place in path),
        sum(place.alone for place in path),
        cut.words,
        score,
    )


def _promising(cut: Cut, text: str) -> bool:
    """Whether the order alone would do: spares most honest texts the words' description."""
    found = rough_places(cut, text)
    if len(found) < LEAST:
        return False
    numbers = Counter(place.index for place in found)
    pace = _first_pace(cut, numbers, len(text))
    turns = _turns(numbers, pace, len(text))
    _, score = _best_path(cut, found, _FIRST_POSITIONS, turns, pace, len(text))
    return score >= _PROMISING


def _first_pace(cut: Cut, numbers: Mapping[int, int], length: int) -> float:
    """As if the usual piece stood only where it was put in."""
    return length / (len(cut.pieces) * max(median(numbers.values()), 1))


def _turns(numbers: Mapping[int, int], pace: float, length: int) -> dict[int, float]:
    """By piece: how much likelier it comes next where kits take turns than in honest text.

    A kit puts in a piece every `pace` characters, and it must be this one; in honest text it
    stands as often as it does, in any order.
    """
    return {
        index: max(min(math.log(length / (pace * number)), _TURN_MOST), _TURN_LEAST)
        for index, number in numbers.items()
    }


def _best_path(
    cut: Cut,
    found: list[Place],
    habits: tuple[float, ...],
    turns: Mapping[int, float],
    pace: float,
    length: int,
) -> tuple[list[Place], float]:
    """The places, in order, that the cyclic insertion explains best, and its score.

    `pace` is the usual number of characters from one insertion to the next.
    """
    count = len(cut.pieces)
    odds = [
        math.log(kit / natural) for kit, natural in zip(habits, _NATURAL_POSITIONS, strict=True)
    ]
    scores = [0.0] * len(found)
    previous = [-1] * len(found)
    best = [-1] * count  # the best path that ends with each piece
    latest = [-1] * count  # and the one that ends last: it may be nearer
    waiting: list[int] = []  # places whose end is not passed yet
    for number, place in enumerate(found):
        still = []
        for other in waiting:
            if found[other].end <= place.start:
                index = found[other].index
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
            before = found[other]
            far = (place.start - before.start) / pace - _FAR
            cost = _SKIP * ((place.index - before.index - 1) % count)
            if place.start - before.end <= cut.words:
                cost += _TOUCHING
            if far > 0:
                cost += min(_FAR_COST * far, _FAR_MOST)
            if scores[other] - cost > value:
                chosen, value = other, scores[other] - cost
        scores[number] = value + place.shape + odds[place.position] + turns[place.index]
        previous[number] = chosen
        waiting.append(number)

    def final(number: int) -> float:
        rest = min((length - found[number].end) / pace, _REST_MOST)
        whole = found[number].index == count - 1
        return scores[number] - rest * (_WHOLE_END if whole else _BROKEN_END)

    at = max(range(len(found)), key=final)
    score = final(at)
    path: list[Place] = []
    while at >= 0:
        path.append(found[at])
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

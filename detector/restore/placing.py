"""Where the pieces of a line stand in a text, and what there looks inserted.

Every place has features: what the line's own order says (the text goes on as the line does),
what the words say (the piece cuts one, the text needs fewer words without it), what the rest of
the text says (the join stands elsewhere, the piece with its neighbour does) and what the table
of `restore.fluency` says (how much better the text goes on without the piece). Their weights
are learned by `detector.learn.interleaving_weights` on attacks upon honest articles and stand
in `data/interleaving.toml`; the sum is near a natural logarithm of odds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from detector.patterns import pattern
from detector.restore.cutting import MARKS, Cut, segment
from detector.restore.fluency import Fluency
from detector.settings import data_table

MAX_PLACES = 1500
_ROUGH = (1.5, -1.0, -3.0)  # the text goes on as the line on no side, on one, on both
_GOES_ON = pattern(rf"[^\W_{MARKS}]|[{MARKS}]")
_WINDOW = 8  # characters of context on either side that decide about word boundaries
_WORDS_NEAR, _CHARACTERS_NEAR = 30, 6  # characters that hold two tokens
_CONTEXT = 40  # characters on either side that hold the neighbouring words

PUNCTUATION = frozenset("，。、；：！？…—“”‘’（）《》「」『』【】〈〉·,.;:!?()\"'\n|/~-–•")
_GLUE = " -–—_/&+'’\"“”"  # stands between words that belong together
_BETWEEN = _GLUE + "·•、，,|《》「」：:\u3000"
_ENDS = frozenset(".!?。！？…\n")
# Words that only bind (的, 是): kits take them for word ends.
_BINDING = frozenset("的是了在和与及或将把被对为以而也都就")

# Where a piece stands: behind a mark or at a line's edge, behind a word that only binds, or
# elsewhere.
AFTER_MARK, AFTER_BINDING, ELSEWHERE = 0, 1, 2
# Features that say the same; learned beside the others, but the alignment knows better, because
# it learns the habit of the kit at hand.
_POSITIONS = frozenset(("marked", "binding"))


@dataclass(frozen=True, slots=True)
class Place:
    """`text[start:end]` reads as the piece `index`; `shape` is how much it looks inserted."""

    start: int
    end: int
    index: int
    position: int
    shape: float
    anomalous: bool  # the piece cannot stand there by itself
    alone: bool  # nothing else between two marks


def places(
    cut: Cut, text: str, fluency: Fluency, without: Sequence[tuple[int, int]] = ()
) -> list[Place]:
    """Every place of a piece, in order; none at all where they are too many to be told apart.

    What stands at the spans `without` (in order, apart) is no neighbour of any place.
    """
    weights: Mapping[str, float] = data_table("interleaving")[
        "words" if cut.words else "characters"
    ]
    found = []
    for start, end, index in occurrences(cut, text):
        if without:
            around, first = _around(text, start, end, without, cut.words)
            features = describe_place(cut, around, index, first, first + end - start, fluency, text)
        else:
            features = describe_place(cut, text, index, start, end, fluency)
        shape = sum(
            weights.get(name, 0.0) * value
            for name, value in features.items()
            if name not in _POSITIONS
        )
        position = position_of(text, start, end)
        found.append(
            Place(
                start, end, index, position, shape + weights["bias"],
                anomalous=bool(features.get("fragment", 0.0)),
                alone=bool(features.get("alone", 0.0)),
            )
        )  # fmt: skip
        if len(found) > MAX_PLACES:
            return []
    found.sort(key=lambda place: (place.start, place.end))
    return found


def rough_places(cut: Cut, text: str) -> list[Place]:
    """The same by the line's own order alone: quick, and kinder than `places`."""
    found = []
    for start, end, index in occurrences(cut, text):
        before, after = cut.before[index], cut.after[index]
        gap = " " if cut.words else ""
        left = before != "" and text.endswith(before + gap, 0, start)
        right = after != "" and text.startswith(gap + after, end)
        shape = _ROUGH[(left or not before) + (right or not after) if left or right else 0]
        found.append(Place(start, end, index, position_of(text, start, end), shape, False, False))
        if len(found) > MAX_PLACES:
            return []
    found.sort(key=lambda place: (place.start, place.end))
    return found


def _around(
    text: str, start: int, end: int, without: Sequence[tuple[int, int]], words: bool
) -> tuple[str, int]:
    """The neighbourhood of a place without the spans, and where the place begins in it."""
    low, high = max(start - 3 * _CONTEXT, 0), min(end + 3 * _CONTEXT, len(text))
    left, right = [], []
    at = low
    number = bisect_left(without, (low, 0))
    while number < len(without) and without[number][0] < start:
        first, last = without[number]
        if last <= start:
            left.append(text[at:first])
            at = last + (1 if words and text[last : last + 1] == " " else 0)
        number += 1
    left.append(text[at:start] if at <= start else "")
    at = end
    while number < len(without) and without[number][0] < high:
        first, last = without[number]
        if first >= end:
            right.append(text[at:first])
            at = last + (1 if words and text[last : last + 1] == " " else 0)
        number += 1
    right.append(text[at:high] if at < high else "")
    before = "".join(left)
    return before + text[start:end] + "".join(right), len(before)


def occurrences(cut: Cut, text: str) -> Iterator[tuple[int, int, int]]:
    """(start, end, index of the piece) of every place; words only as whole words."""
    for index, piece in enumerate(cut.pieces):
        at = text.find(piece)
        while at >= 0:
            end = at + len(piece)
            if not cut.words or not (
                text[max(at - 1, 0) : at].isalnum() or _GOES_ON.match(text, end)
            ):  # fmt: skip
                yield at, end, index
            at = text.find(piece, at + 1)


def position_of(text: str, start: int, end: int) -> int:
    """What the piece stands behind."""
    before = text[start - 1] if start else "\n"
    if before == " ":
        before = text[max(0, start - 3) : start].rstrip(" ")[-1:] or "\n"
    after = text[end : end + 1] or "\n"
    if before in PUNCTUATION or before.isspace() or after == "\n":
        return AFTER_MARK
    return AFTER_BINDING if before in _BINDING else ELSEWHERE


def describe_place(
    cut: Cut, text: str, index: int, start: int, end: int, fluency: Fluency, whole: str = ""
) -> dict[str, float]:
    """The features of a place that are not 0, by name; `whole` is all the text, if not `text`."""
    describe = _word_features if cut.words else _character_features
    found = describe(cut, text, index, start, end, whole or text)
    found |= _fluency_features(text, start, end, fluency, cut.words)
    return {name: value for name, value in found.items() if value}


def _character_features(
    cut: Cut, text: str, index: int, start: int, end: int, whole: str
) -> dict[str, float]:
    before = text[start - 1] if start else "\n"
    after = text[end] if end < len(text) else "\n"
    marked = before in PUNCTUATION or before.isspace()
    closed = after in PUNCTUATION
    left, right = cut.before[index], cut.after[index]
    left_goes_on = left != "" and text[max(0, start - 4) : start].rstrip(_BETWEEN).endswith(left)
    right_goes_on = right != "" and text[end : end + 4].lstrip(_BETWEEN).startswith(right)
    broken = (cut.opens[index] and not left_goes_on) or (cut.closes[index] and not right_goes_on)
    quoted = (left_goes_on or not left) and (right_goes_on or not right)
    more = _more_words(text, start, end)
    piece = text[start:end]
    around = text[max(0, start - 2) : start] + text[end : end + 2]
    return {
        "quoted": quoted,
        "half_quoted": (left_goes_on or right_goes_on) and not quoted and not broken,
        "half_broken": (left_goes_on or right_goes_on) and not quoted and broken,
        "inside": more <= 0,
        "more_words": min(max(more, -2), 3),
        "broken": broken and not quoted,
        "fragment": broken and not quoted and more >= 2,
        "phrase": more >= 2 and cut.several[index],
        "joined": len(around) == 4 and around.isalnum() and around in whole,
        "left_known": _known(whole, before + piece),
        "right_known": _known(whole, piece + after),
        "left_share": _share(whole, before + piece, before),
        "right_share": _share(whole, piece + after, after),
        "alone": marked and closed,
        "closed": closed and not marked,
        "marked": marked and not closed,
        "binding": before in _BINDING,
    }


def _known(text: str, joint: str) -> float:
    """Whether the piece with its neighbour stands elsewhere in the text too: 0, 1, or 2 times."""
    if not joint.isalnum():
        return 0.0
    first = text.find(joint)
    second = text.find(joint, first + 1)
    if second < 0:
        return 0.0
    return 1.0 if text.find(joint, second + 1) < 0 else 2.0


def _share(text: str, joint: str, neighbour: str) -> float:
    """How often the neighbour stands with the piece, of the other times that it stands at all."""
    together = text.count(joint) - 1
    return together / (text.count(neighbour) - 1 + 1) if together > 0 else 0.0


def _word_features(
    cut: Cut, text: str, index: int, start: int, end: int, whole: str
) -> dict[str, float]:
    left = text[max(0, start - _CONTEXT) : start].rstrip(_GLUE)
    right = text[end : end + _CONTEXT].lstrip(_GLUE)
    last, following = left[-1:] or "\n", right[:1] or "\n"
    marked, closed = last in PUNCTUATION, following in PUNCTUATION
    wanted_left, wanted_right = cut.before[index], cut.after[index]
    left_goes_on = wanted_left != "" and _ends_with_word(left, wanted_left)
    right_goes_on = wanted_right != "" and _starts_with_word(right, wanted_right)
    quoted = (left_goes_on or not wanted_left) and (right_goes_on or not wanted_right)
    piece = text[start:end]
    left_word, right_word = left.rpartition(" ")[2], right.partition(" ")[0]
    left_joint = f"{left_word} {piece}"
    right_joint = f"{piece} {right_word}"
    begins = last in _ENDS
    capital = piece[:1].isupper()
    return {
        "quoted": quoted,
        "half_quoted": (left_goes_on or right_goes_on) and not quoted,
        "fragment": " " in piece and not left_goes_on and not right_goes_on,
        "left_known": _known_joint(whole, left_joint) if not marked else 0.0,
        "right_known": _known_joint(whole, right_joint) if not closed else 0.0,
        "left_share": _share(whole, left_joint, left_word + " "),
        "right_share": _share(whole, right_joint, " " + right_word),
        "joined": not marked and f" {left_word} {right_word}" in whole,
        "lower_start": begins and piece[:1].islower(),
        "capital_follows": begins and following.isupper(),
        "capital_inside": capital and not begins,
        "capital_odd": capital and not begins and f" {piece.lower()} " in whole,
        "lower_follows": begins and capital and following.islower(),
        "alone": marked and closed,
        "closed": closed and not marked,
        "marked": marked and not closed,
    }  # fmt: skip


def _known_joint(text: str, joint: str) -> float:
    first = text.find(joint)
    if first < 0:
        return 0.0
    second = text.find(joint, first + 1)
    if second < 0:
        return 0.0
    return 1.0 if text.find(joint, second + 1) < 0 else 2.0


def _ends_with_word(text: str, word: str) -> bool:
    return text.casefold().endswith(word.casefold()) and not text[: -len(word)][-1:].isalnum()


def _starts_with_word(text: str, word: str) -> bool:
    return text.casefold().startswith(word.casefold()) and not text[len(word) :][:1].isalnum()


def _more_words(text: str, start: int, end: int) -> int:
    """Words that the text around needs more with the piece than without it."""
    left = start
    while left > max(0, start - _WINDOW) and text[left - 1].isalnum():
        left -= 1
    right = end
    while right < min(len(text), end + _WINDOW) and text[right].isalnum():
        right += 1
    with_piece = len(segment(text[left:right]))
    without = len(segment(text[left:start] + text[end:right])) if right - left > end - start else 0
    return with_piece - without


def _fluency_features(
    text: str, start: int, end: int, fluency: Fluency, words: bool
) -> dict[str, float]:
    reach = _WORDS_NEAR if words else _CHARACTERS_NEAR
    left = fluency.tokens(text[max(0, start - reach) : start])[-2:]
    if start <= reach and len(left) < 2:
        left = ["\n", *left]
    right = fluency.tokens(text[end : end + reach] + "\n")[:2]
    piece = fluency.tokens(text[start:end])
    goes_on = fluency.log_probability([*left, *right], len(left))
    after_piece = fluency.log_probability([*piece[-2:], *right], len(piece[-2:]))
    begins = fluency.log_probability([*left, *piece], len(left))
    freely = fluency.log_probability(piece, 0)
    return {
        "joins": min(max(goes_on - after_piece, -8.0), 8.0),
        "follows": min(max(begins - freely, -8.0), 8.0),
        "unlikely": min(max(goes_on - after_piece - begins, 0.0), 30.0),
        "join_odd": min(goes_on, 0.0) / 5.0,
        "piece_odd": max(after_piece, -30.0) / 5.0,
    }

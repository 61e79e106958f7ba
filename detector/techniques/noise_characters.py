"""Characters without a meaning are strewn into the text.

What attackers do: to make a copied article unique and to break the words that filters look for,
kits put zero-width characters or heaps of combining marks into words, signs (丶 ★ ·), stray
punctuation or emoji between the characters of a word, or two random rare hanzi before each
punctuation mark.

How it is seen: invisible characters inside of words of a script that needs none; one sign that
again and again splits words which are whole without it; pairs of rare hanzi before marks, several
different ones that are no words.

What must not fire: joiners of Persian, Hindi and emoji; soft hyphens; direction marks; names with
a dot (约翰·史密斯); lists divided by signs; rare hanzi of names and classical texts; "zalgo" in a
single comment is reported, but weakly.

Source: obfuscation of Chinese site-group kits; UTS #39 and UAX #44 for the characters.

Example: 今★天我们一★起去公★园散★步。
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from detector.normalise import Edit, exact_edits, has_invisible, strewn
from detector.patterns import pattern
from detector.settings import data_table
from detector.techniques import Context, technique
from detector.types import Block, Finding, Page, Span

_NAME = "noise-characters"


@dataclass(frozen=True, slots=True)
class Noise:
    """`text[start:end]` is noise, or a word with noise in it that `replacement` restores."""

    start: int
    end: int
    replacement: str
    kind: str  # invisible | marks | separator | rare


@technique(_NAME, group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """One finding for each word or place with noise."""
    blocks = [block for block in page.blocks if block.hidden is None and block.text]
    joiners = page.language != "ar"  # Persian and Urdu write with them
    sure, words = invisible_noise([block.text for block in blocks], joiners)
    if sure:  # once it is on purpose, what the page hides has it too
        hidden = [block for block in page.blocks if block.hidden is not None and block.text]
        blocks += hidden
        start = len(blocks) - len(hidden)
        words += [
            (start + number, _noise(edit)) for number, block in enumerate(hidden)
            for edit in _every(block.text, joiners)
        ]  # fmt: skip
    for number, noise in words:
        text = blocks[number].text
        what = f"U+{ord(text[noise.start]):04X}"
        inside = _without(text, noise)
        message = f"The character {what}, which nobody sees or needs, is put into {inside}."
        yield _finding(blocks[number], noise, 0.9 if sure else 0.3, message, sure)
    own = [page.blocks[index] for index in context.content]
    texts = [block.text for block in own]
    chinese = page.language[:2] in ("zh", "")  # other languages have no word list here
    for number, noise in splitting_noise(texts) if chinese else ():
        yield _finding(own[number], noise, 0.9, "A sign splits words again and again.", True)
    for number, noise in rare_noise([block.text for block in blocks]):
        message = "Two rare characters without a meaning stand before the mark."
        yield _finding(blocks[number], noise, 0.95, message, True)


def _finding(block: Block, noise: Noise, score: float, message: str, cut: bool) -> Finding:
    return Finding(
        technique=_NAME,
        score=score,
        quote=block.text[noise.start : noise.end],
        message=message,
        location=block.place.location(),
        span=Span("block", noise.start, noise.end, block=block.index),
        replacement=noise.replacement if cut else None,
    )


# ---------------------------------------------------------------- invisible characters, marks

_WORD = 12  # characters of the word that a message shows, on each side


def invisible_noise(
    texts: Sequence[str], joiners: bool = True
) -> tuple[bool, list[tuple[int, Noise]]]:
    """Invisible characters and heaps of marks inside of words, as (number of the text, noise).

    The first value says whether there are so many that they were put in on purpose; then every
    such character inside of a word counts, soft hyphens too.
    """
    if not has_invisible("\n".join(texts)):
        return False, []
    strict = [(number, edit) for number, text in enumerate(texts) for edit in _edits(text)]
    heaped = {number for number, edit in strict if edit.end - edit.start >= HEAP}
    # Heaps of marks in one place are an ornament; letters stay readable under one or two.
    counted = sum(
        len(heaped) > FEW_TEXTS or edit.end - edit.start < HEAP or edit.kind != "marks"
        for number, edit in strict if len(heaped) > FEW_TEXTS or number not in heaped
    )  # fmt: skip
    if counted < data_table("noise")["invisible_words"]:
        return False, [(number, _noise(edit)) for number, edit in strict]
    every = [
        (number, edit) for number, text in enumerate(texts) if not text.isascii()
        for edit in _every(text, joiners)
    ]  # fmt: skip
    return True, [(number, _noise(edit)) for number, edit in every]


HEAP = 5  # marks on one letter that make it unreadable
FEW_TEXTS = 2


def _every(text: str, joiners: bool) -> list[Edit]:
    found = {*_edits(text), *strewn(text, joiners)}
    return sorted(found, key=lambda edit: (edit.start, edit.end))


def _edits(text: str) -> list[Edit]:
    return [edit for edit in exact_edits(text) if edit.kind in ("invisible", "marks")]


def _noise(edit: Edit) -> Noise:
    return Noise(edit.start, edit.end, "", edit.kind)


def _without(text: str, noise: Noise) -> str:
    """The word around, as it was."""
    before = text[max(noise.start - _WORD, 0) : noise.start].rpartition(" ")[2]
    return repr(before + text[noise.end : noise.end + _WORD].partition(" ")[0])


# ---------------------------------------------------------------- signs inside of words

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_EMOJI = "\u2600-\u2712\u2715-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d"


@cache
def _sign() -> re.Pattern[str]:
    signs = re.escape(data_table("noise")["signs"])
    return pattern(f"(?:[{signs}]|[{_EMOJI}]+)(?<=[{_HAN}].)(?=[{_HAN}])|[{_EMOJI}]+(?=[{_HAN}])")


@cache
def _gate() -> re.Pattern[str]:
    signs = re.escape(data_table("noise")["signs"])
    return pattern(f"[{signs}{_EMOJI}](?<=[{_HAN}].)")


_MARK = pattern(f"[,.;:!?，。；：！？、](?<=[{_HAN}].)(?=[{_HAN}])")


def splitting_noise(texts: Sequence[str]) -> list[tuple[int, Noise]]:
    """Signs, emoji and stray marks that split words, as (number of the text, noise)."""
    knobs = data_table("noise")
    joined = "\n".join(texts)
    if joined.isascii():
        return []
    places: dict[str, list[tuple[int, int, int, bool]]] = defaultdict(list)
    if _gate().search(joined):
        _collect(texts, _sign(), places)
    if len(joined) > knobs["mark_least"]:
        marks = sum(1 for _ in _MARK.finditer(joined))
        if marks > len(joined) * knobs["mark_density"]:
            _collect(texts, _MARK, places)
    found: list[tuple[int, Noise]] = []
    for group, members in places.items():
        split = sum(member[3] for member in members)
        honest = group in "，。；：！？、,.;:!?"
        share = knobs["mark_split_share"] if honest else knobs["sign_split_share"]
        if split < knobs["split_least"] or split < share * len(members):
            continue
        # A sign is noise wherever it stands between hanzi; a mark only where it splits a word.
        found += [
            (number, Noise(start, end, "", "separator"))
            for number, start, end, splits in members
            if splits or not honest
        ]
    return sorted(found, key=lambda item: (item[0], item[1].start))


def _collect(
    texts: Sequence[str],
    pattern: re.Pattern[str],
    places: dict[str, list[tuple[int, int, int, bool]]],
) -> None:
    for number, text in enumerate(texts):
        for match in pattern.finditer(text):
            start, end = match.span()
            group = match.group() if len(match.group()) == 1 else "emoji"
            if group > "\u25ff" and re.match(f"[{_EMOJI}]", group):
                group = "emoji"
            places[group].append((number, start, end, _splits_word(text, start, end)))


def _splits_word(text: str, start: int, end: int) -> bool:
    """Whether the hanzi on both sides belong to one word of the dictionary."""
    left = start
    while left > max(0, start - 4) and _is_han(text[left - 1]):
        left -= 1
    right = end
    while right < min(len(text), end + 4) and _is_han(text[right]):
        right += 1
    at = left
    for word in _cut(text[left:start] + text[end:right]):
        at += len(word)
        if at == start:
            return False
        if at > start:
            return True
    return False


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf"


def _cut(text: str) -> list[str]:
    import rjieba

    return rjieba.cut(text, False)


# ---------------------------------------------------------------- rare hanzi before marks

# The look ahead comes last: the pattern is searched by its first class.
_BEFORE_MARK = pattern(f"[{_HAN}][{_HAN}](?=[^\\w\\s])")


def rare_noise(texts: Sequence[str]) -> list[tuple[int, Noise]]:
    """Pairs of rare hanzi before marks, where several different ones are no words."""
    knobs = data_table("noise")
    pairs = [
        (number, match.start(), match.group())
        for number, text in enumerate(texts)
        if not text.isascii()
        for match in _BEFORE_MARK.finditer(text)
    ]
    odd = _odd(texts, [pair for _, _, pair in pairs], knobs["rare_least"])
    rare = [(pair[0] in odd) + (pair[1] in odd) for _, _, pair in pairs]
    different = {pair for (_, _, pair), count in zip(pairs, rare, strict=True) if count == 2}
    both = rare.count(2)
    if len(different) < knobs["rare_least"] or both < knobs["rare_share"] * len(pairs):
        return []
    if sum(len(_cut(pair)) > 1 for pair in different) < knobs["rare_least"]:
        return []
    every = both >= knobs["rare_every"] * len(pairs)
    return [
        (number, Noise(start, start + 2, "", "rare"))
        for (number, start, _), count in zip(pairs, rare, strict=True)
        if count == 2 or every
    ]


def _odd(texts: Sequence[str], pairs: Sequence[str], least: int) -> frozenset[str]:
    """Characters of pairs before marks that hardly anybody writes.

    In a simplified text they are also those of its character set's second level that stand
    before marks and nowhere else.
    """
    before = Counter(character for pair in pairs for character in pair)
    rare = frozenset(filter(_rare, before))
    uncommon = frozenset(filter(_uncommon, before))
    if sum(uncommon.issuperset(pair) for pair in set(pairs)) < least:
        return rare
    everywhere = Counter("".join(texts))
    hanzi = {c: n for c, n in everywhere.items() if _is_han(c)}
    foreign = sum(n for c, n in hanzi.items() if not _encodes(c))
    if foreign - sum(before[c] for c in rare) > TRADITIONAL * sum(hanzi.values()):
        return rare
    return rare | {c for c in uncommon if everywhere[c] == before[c]}


TRADITIONAL = 0.03  # share of hanzi outside of the simplified set


def _encodes(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _rare(character: str) -> bool:
    """Common neither in simplified nor in traditional writing.

    Common are the 3,755 characters of level 1 of GB 2312 (lead bytes B0 to D7) and the 5,401 of
    level 1 of Big5 (A4 to C6).
    """
    return _uncommon(character) and _uncommon(character, "big5", 0xC6)


def _uncommon(character: str, encoding: str = "gb2312", last: int = 0xD7) -> bool:
    """Not of the first level of a character set."""
    try:
        return character.encode(encoding)[0] > last
    except UnicodeEncodeError:
        return True

"""Undoes obfuscation of text and keeps the way back to the source.

Two levels:

* `fold(text)` is for matching: everything that a filter-dodger writes differently is
  brought to one form (full width, mathematical and enclosed letters, look-alikes in words of
  mixed script, invisible characters, split words, homophones, numerals in contact numbers).
  `Folded.origin` leads from a span of the folded text to the span of the source.
* `exact_edits(text)` are the changes that can be undone exactly, so that restored text may
  show them: invisible characters, combining noise, Latin letters written as hanzi, look-alikes
  inside a Latin word.

Sources: Unicode UTS #39 (confusables), UAX #44 (default-ignorable code points); tables in
`data/`. NFKC of everything is slow (16 MB/s), so only the characters that need it are touched.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise

_ROUNDS = 6  # a fold can uncover another (a split homophone); more rounds never changed anything

# Default-ignorable code points and tag characters; never seen, so never missed.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U0001bca0-\U0001bca3\U000e0000-\U000e0fff"
)
# Letters and digits in fancy dress that NFKC brings home. Superscripts, ligatures and
# half-width kana are honest writing and stay.
_FANCY = (
    "\u2100-\u214f\u2160-\u217f\u2460-\u24ff\u2776-\u2793\u3220-\u3229\u3280-\u3289"
    "\uff10-\uff19\uff20-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff\U0001f100-\U0001f189"
)
_MARKS = "\u0300-\u036f\u0488\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_SMALL = "ɢɪɴʀʏʙʜʟ\u1d00-\u1d2b\ua730\ua731"  # Latin small capitals
_OVERLAYS = "\u0334-\u0338\u0488\u0489\u20d0-\u20ff"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
# Signs that stand for a letter or a character of a contact word.
_SIGNS = {"➕": "+", "✚": "+", "🅥": "V", "∨": "V"}


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


def apply(text: str, edits: Iterable[Edit]) -> str:
    """`text` with the edits made; they must be in order and not overlap."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts.append(text[at : edit.start])
        parts.append(edit.replacement)
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)


def fold(text: str) -> Folded:
    """`text` in the form that terms are matched against. Letter case is kept.

    Returns the same string object, at the cost of a few scans, where nothing needs folding.
    """
    if not needs_folding(text):
        return Folded(text, text)
    rounds: list[tuple[Edit, ...]] = []
    current = text
    for _ in range(_ROUNDS):
        before = current
        for stage in (_characters, hanzi_latin, _homoglyphs, _separators, _homophones, _numerals):
            edits = tuple(stage(current))
            if edits:
                rounds.append(edits)
                current = apply(current, edits)
        if current == before:
            break
    return Folded(current, text, tuple(rounds)) if rounds else Folded(text, text)


def fold_all(texts: Sequence[str]) -> list[Folded]:
    """`fold` of every text; one look at all of them together spares most pages the rest."""
    if not needs_folding("\n".join(texts)):
        return [Folded(text, text) for text in texts]
    return [fold(text) for text in texts]


def needs_folding(text: str) -> bool:
    """Whether a fold could change the text: quick, and may say yes in vain."""
    if _SPLIT_GATE.search(text):
        return True
    if text.isascii() or not _HIGH.search(text):
        return False
    tables = _tables()
    if tables.rare.search(text) or (_LOOKALIKE.search(text) and _MIXED.search(text)):
        return True
    return _HAN_CHARACTER.search(text) is not None and bool(
        tables.hanzi_run.search(text)
        or "惫" in text
        or tables.split.search(text)
        or tables.number.search(text)
        or tables.homophone(text)
    )


def has_invisible(text: str) -> bool:
    """Whether the text holds invisible characters or combining marks at all, honest or not."""
    return not text.isascii() and _INVISIBLE_OR_MARK.search(text) is not None


def exact_edits(text: str) -> tuple[Edit, ...]:
    """The obfuscation of `text` that can be undone without loss, in order, not overlapping.

    Honest uses stay: joiners in emoji and in the scripts that need them, marks that an
    alphabet has, hanzi that make words, Russian and Greek words.
    """
    if text.isascii():
        return ()
    found = [*_invisible(text), *hanzi_latin(text), *_exact_homoglyphs(text)]
    found.sort(key=lambda edit: (edit.start, edit.end))
    kept: list[Edit] = []
    for edit in found:
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return tuple(kept)


# ---------------------------------------------------------------- tables


@dataclass(frozen=True, slots=True)
class _Tables:
    confusables: dict[str, str]
    hanzi: dict[str, str]
    numerals: dict[str, str]
    rare: re.Pattern[str]
    hanzi_run: re.Pattern[str]
    strong: re.Pattern[str]
    split: re.Pattern[str]
    number: re.Pattern[str]
    homophone: Callable[[str], list[tuple[int, int, int]]]
    homophone_targets: tuple[str, ...]
    needs_contact: frozenset[int]


def _data(name: str) -> str:
    return resources.files("detector.data").joinpath(name).read_text(encoding="utf-8")


def _lines(name: str) -> list[list[str]]:
    return [line.split() for line in _data(name).splitlines() if line and not line.startswith("#")]


@cache
def _tables() -> _Tables:
    settings = tomllib.loads(_data("normalise.toml"))
    homophones = tomllib.loads(_data("homophones.toml"))
    confusables = {chr(int(code, 16)): letter for code, letter in _lines("confusables.txt")}
    hanzi = {character: letter for letter, character in _lines("hanzi_latin.txt")}
    numerals = {
        character: digit
        for digit, characters in settings["numerals"].items()
        for character in characters
        if not character.isascii()
    }
    terms: list[str] = []
    targets: list[str] = []
    needs: set[int] = set()
    for section in ("always", "before_contact"):
        for target, variants in homophones[section].items():
            for variant in variants:
                if section == "before_contact":
                    needs.add(len(terms))
                terms.append(variant)
                targets.append(target)
    strong = re.escape(settings["strong_separators"])
    weak = re.escape(settings["weak_separators"])
    one = "".join(hanzi)
    digits = "0-9" + "".join(numerals)
    signs = "".join(_SIGNS)
    return _Tables(
        confusables=confusables,
        hanzi=hanzi,
        numerals=numerals,
        rare=re.compile(f"[{_INVISIBLE}{_FANCY}{_MARKS}{signs}{strong}{_SMALL}]"),
        # A pattern that starts with one character class is searched several times faster.
        hanzi_run=re.compile(f"[{one}][{one}][{one}]+"),
        strong=re.compile(f"[{strong}](?<=[{_HAN}].)(?=[{_HAN}])"),
        split=re.compile(
            f"([{weak}])(?<=[{_HAN}].)(?<![{_HAN}]..)(?:[{_HAN}]\\1)+[{_HAN}](?![{_HAN}])"
        ),
        number=re.compile(f"[{digits}]{{6,}}"),
        homophone=_automaton(terms),
        homophone_targets=tuple(targets),
        needs_contact=frozenset(needs),
    )


def _automaton(terms: list[str]) -> Callable[[str], list[tuple[int, int, int]]]:
    from ahocorasick_rs import AhoCorasick, MatchKind

    machine = AhoCorasick(terms, matchkind=MatchKind.LeftmostLongest)
    return machine.find_matches_as_indexes


# ---------------------------------------------------------------- characters

_CHARACTER = re.compile(f"[{_INVISIBLE}]+|[{_FANCY}➕✚🅥∨]|[{_MARKS}]+|[{_SMALL}]+")
_SMALL_CAPITAL = re.compile(f"[{_SMALL}]")
_INVISIBLE_RUN = re.compile(f"[{_INVISIBLE}]+")
_INVISIBLE_OR_MARK = re.compile(f"[{_INVISIBLE}{_MARKS}]")
_MARK_RUN = re.compile(f"[{_MARKS}]+")
_OVERLAY = re.compile(f"[{_OVERLAYS}]")
_NOISY_MARKS = 3  # Vietnamese and Hebrew put two on one letter


def _characters(text: str) -> list[Edit]:
    """Single characters: invisible ones go, fancy ones become plain, marks compose or go."""
    edits: list[Edit] = []
    confusables = _tables().confusables
    for match in _CHARACTER.finditer(text):
        start, end, found = match.start(), match.end(), match.group()
        first = found[0]
        if _INVISIBLE_RUN.match(first):
            edits.append(Edit(start, end, "", "invisible"))
        elif first in _SIGNS:
            edits.append(Edit(start, end, _SIGNS[first], "fancy"))
        elif _MARK_RUN.match(first):
            base = text[start - 1] if start else ""
            if start and (not edits or edits[-1].end < start):
                composed = unicodedata.normalize("NFC", base + found)
                if len(composed) == 1:
                    edits.append(Edit(start - 1, end, composed, "marks"))
                    continue
            edits.append(Edit(start, end, "", "marks"))
        elif _SMALL_CAPITAL.match(first):
            plain = "".join(confusables.get(character, character) for character in found)
            if plain != found:
                edits.append(Edit(start, end, plain, "fancy"))
        else:
            plain = unicodedata.normalize("NFKC", found).strip("()")
            if plain != found:
                edits.append(Edit(start, end, plain, "fancy"))
    return edits


_JOINERS = frozenset("\u200c\u200d")
_DIRECTIONS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _invisible(text: str) -> list[Edit]:
    """Invisible characters inside of words, and combining noise."""
    edits: list[Edit] = []
    for match in _INVISIBLE_RUN.finditer(text):
        start, end = match.span()
        before = text[start - 1] if start else ""
        after = text[end] if end < len(text) else ""
        if _honest_invisible(match.group(), before, after):
            continue
        edits.append(Edit(start, end, "", "invisible"))
    for match in _MARK_RUN.finditer(text):
        start, end = match.span()
        if start and (
            end - start >= _NOISY_MARKS
            or (_OVERLAY.search(match.group()) and text[start - 1].isalpha())
            or _is_han(text[start - 1])
        ):
            edits.append(Edit(start, end, "", "marks"))
    return edits


def _honest_invisible(found: str, before: str, after: str) -> bool:
    """Joiners of Indic, Arabic and emoji text, direction marks, selectors, hyphenation, breaks."""
    characters = set(found)
    if characters == {"\u00ad"}:
        return not _is_han(before)
    if any("\U000e0000" <= character <= "\U000e0fff" for character in characters):
        return before == "\U0001f3f4" or _is_han(before)  # flags; ideographic variants
    if characters & set("\u3164\u115f\u1160\uffa0"):
        return True  # Hangul fillers: input leftovers
    if characters <= _JOINERS:
        return not (_plain(before) and _plain(after))
    if characters & _DIRECTIONS:
        return True
    if any("\ufe00" <= character <= "\ufe0f" for character in characters):
        return not (_plain(before) and before.isascii() and before.isalpha() and _plain(after))
    # A zero-width space or a byte-order mark between words or at an edge is an editor's leftover.
    return not (_plain(before) and _plain(after))


def _plain(character: str) -> bool:
    """A letter or digit of a script that needs no joiners."""
    if not character or not character.isalnum():
        return False
    code = ord(character)
    return (
        code < 0x0590
        or 0x1E00 <= code < 0x2000
        or _is_han(character)
        or (0x3040 <= code < 0x3100 or 0xAC00 <= code < 0xD7B0)
    )


def _is_han(character: str) -> bool:
    return (
        "\u4e00" <= character <= "\u9fff"
        or "\u3400" <= character <= "\u4dbf"
        or "\U00020000" <= character <= "\U0003ffff"
    )


# ---------------------------------------------------------------- Latin as hanzi, look-alikes


def hanzi_latin(text: str) -> list[Edit]:
    """Latin letters that were written as hanzi through the bytes of GBK.

    A run of three and more of these 52 characters makes no Chinese words (none in 2,800 honest
    pages); a shorter run is left alone, except the letter V in a contact phrase.
    """
    tables = _tables()
    edits = [
        Edit(
            match.start(),
            match.end(),
            "".join(tables.hanzi[character] for character in match.group()),
            "hanzi-latin",
        )
        for match in tables.hanzi_run.finditer(text)
        if len(set(match.group())) > 1
    ]
    if "惫" in text:
        edits += [Edit(m.start(), m.end(), "v", "hanzi-latin") for m in _LONE_V.finditer(text)]
        edits.sort(key=lambda edit: edit.start)
    return edits


_LONE_V = re.compile(f"惫(?<=[加➕+微薇].)(?![{_HAN}])")
_ALIKE = (  # Greek, Cyrillic, Armenian, Georgian, Cherokee, Coptic, Lisu
    "\u0370-\u03ff\u0400-\u052f\u0531-\u058f\u10d0-\u10ff\u13a0-\u13f5\u2c80-\u2cff\ua4d0-\ua4ff"
)
_MIXED = re.compile(f"[A-Za-z][{_ALIKE}]|[{_ALIKE}][A-Za-z]")
_LOOKALIKE = re.compile(f"[{_ALIKE}]")
_MIXED_WORD = re.compile(f"[A-Za-z0-9{_ALIKE}]+")


def _homoglyphs(text: str) -> list[Edit]:
    """Look-alikes in words of Latin and another script, brought to Latin."""
    if not _MIXED.search(text):
        return []
    confusables = _tables().confusables
    edits: list[Edit] = []
    for match in _MIXED_WORD.finditer(text):
        word = match.group()
        if word.isascii() or not _MIXED.search(word):
            continue
        for place, character in enumerate(word, match.start()):
            if not character.isascii() and character in confusables:
                edits.append(Edit(place, place + 1, confusables[character], "homoglyph"))
    return edits


def _exact_homoglyphs(text: str) -> list[Edit]:
    """Whole words in which every foreign letter is a look-alike: one edit a word."""
    if not _MIXED.search(text):
        return []
    confusables = _tables().confusables
    edits: list[Edit] = []
    for match in _MIXED_WORD.finditer(text):
        word = match.group()
        if word.isascii() or len(word) < 4 or not _MIXED.search(word):
            continue
        foreign = [character for character in word if not character.isascii()]
        latin = sum(character.isascii() and character.isalpha() for character in word)
        if latin < 2 or any(character not in confusables for character in foreign):
            continue
        if _one_change_of_script(word) and len(foreign) > 1 and latin > 1:
            continue  # two words that lost the space between them
        plain = "".join(confusables.get(character, character) for character in word)
        edits.append(Edit(match.start(), match.end(), plain, "homoglyph"))
    return edits


def _one_change_of_script(word: str) -> bool:
    kinds = [character.isascii() for character in word if character.isalpha()]
    return sum(a != b for a, b in pairwise(kinds)) == 1


# ---------------------------------------------------------------- split words, homophones, numbers

_HIGH = re.compile("[\u0300-\U0010ffff]")
_HAN_CHARACTER = re.compile(f"[{_HAN}]")
_SPLIT_GATE = re.compile(r"[ .\-_*·•|/~+][A-Za-z][ .\-_*·•|/~+][A-Za-z][ .\-_*·•|/~+]")
# c.a.s.i.n.o, c a s i n o: at least four single letters with the same character between them.
_SPLIT_LATIN = re.compile(
    r"([ .\-_*·•|/~+])(?<=[A-Za-z].)(?<![A-Za-z]..)(?:[A-Za-z]\1){2,}[A-Za-z](?![A-Za-z])"
)


def _separators(text: str) -> list[Edit]:
    """Removes what splits a word into its characters."""
    edits: list[Edit] = []
    for match in _SPLIT_LATIN.finditer(text):
        edits.extend(
            Edit(place, place + 1, "", "separator")
            for place in range(match.start(), match.end(), 2)
        )
    if not text.isascii():
        tables = _tables()
        edits.extend(
            Edit(match.start(), match.end(), "", "separator")
            for match in tables.strong.finditer(text)
        )
        for match in tables.split.finditer(text):
            edits.extend(
                Edit(place, place + 1, "", "separator")
                for place in range(match.start(), match.end(), 2)
            )
    edits.sort(key=lambda edit: edit.start)
    return [edit for i, edit in enumerate(edits) if not i or edit.start >= edits[i - 1].end]


_CONTACT_BEFORE = re.compile(r"(?:加|十|\+|＋|扫|添加|联系|咨询)[ :：]?$")
_CONTACT_AFTER = re.compile(r" ?(?:号|號|群|[:：]|[A-Za-z0-9_]{4})")


def _homophones(text: str) -> list[Edit]:
    if text.isascii():
        return []
    tables = _tables()
    edits: list[Edit] = []
    for index, start, end in tables.homophone(text):
        if index in tables.needs_contact and not (
            _CONTACT_BEFORE.search(text[max(0, start - 4) : start])
            or _CONTACT_AFTER.match(text, end)
        ):
            continue
        edits.append(Edit(start, end, tables.homophone_targets[index], "homophone"))
    return edits


def _numerals(text: str) -> list[Edit]:
    """Digits of a contact number: a run of six and more that is not all plain."""
    if text.isascii():
        return []
    numerals = _tables().numerals
    return [
        Edit(place, place + 1, numerals[text[place]], "numeral")
        for match in _tables().number.finditer(text)
        for place in range(match.start(), match.end())
        if text[place] in numerals
    ]

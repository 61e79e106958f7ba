"""Classes of characters, and the tables of `data/` that the folding uses."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from detector.patterns import pattern

# Default-ignorable code points and tag characters; never seen, so never missed.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U0001bca0-\U0001bca3\U000e0000-\U000e0fff"
)
# Letters and digits in fancy dress that NFKC brings home. Superscripts, ligatures and
# half-width kana are honest writing and stay.
FANCY = (
    "\u2100-\u214f\u2160-\u217f\u2460-\u24ff\u2776-\u2793\u3220-\u3229\u3280-\u3289"
    "\uff10-\uff19\uff20-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff\U0001f100-\U0001f189"
)
MARKS = "\u0300-\u036f\u0488\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
SMALL = "ɢɪɴʀʏʙʜʟ\u1d00-\u1d2b\ua730\ua731"  # Latin small capitals
OVERLAYS = "\u0334-\u0338\u0488\u0489\u20d0-\u20ff"
HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
# Signs that stand for a letter or a character of a contact word.
SIGNS = {"➕": "+", "✚": "+", "🅥": "V", "∨": "V"}


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that is read from data, compiled once."""

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
def tables() -> Tables:
    """The tables, read on the first call."""
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
    signs = "".join(SIGNS)
    return Tables(
        confusables=confusables,
        hanzi=hanzi,
        numerals=numerals,
        rare=pattern(f"[{INVISIBLE}{FANCY}{MARKS}{signs}{strong}{SMALL}]"),
        # A pattern that starts with one character class is searched several times faster.
        hanzi_run=pattern(f"[{one}][{one}][{one}]+"),
        strong=pattern(f"[{strong}](?<=[{HAN}].)(?=[{HAN}])"),
        split=pattern(f"([{weak}])(?<=[{HAN}].)(?<![{HAN}]..)(?:[{HAN}]\\1)+[{HAN}](?![{HAN}])"),
        number=pattern(f"[{digits}]{{6,}}"),
        homophone=_automaton(terms),
        homophone_targets=tuple(targets),
        needs_contact=frozenset(needs),
    )


def _automaton(terms: list[str]) -> Callable[[str], list[tuple[int, int, int]]]:
    from ahocorasick_rs import AhoCorasick, MatchKind

    machine = AhoCorasick(terms, matchkind=MatchKind.LeftmostLongest)
    return machine.find_matches_as_indexes


def is_han(character: str) -> bool:
    """Whether a character is a Han ideograph."""
    return (
        "\u4e00" <= character <= "\u9fff"
        or "\u3400" <= character <= "\u4dbf"
        or "\U00020000" <= character <= "\U0003ffff"
    )

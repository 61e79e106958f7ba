"""Latin letters written as hanzi through the bytes of GBK, and look-alikes of other scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from detector.normalise.edits import Edit
from detector.normalise.tables import HAN, tables
from detector.patterns import pattern


def hanzi_latin(text: str) -> list[Edit]:
    """Latin letters that were written as hanzi through the bytes of GBK.

    A run of three and more of these 52 characters makes no Chinese words (none in 2,800 honest
    pages); a shorter run is left alone, except the letter V in a contact phrase.
    """
    table = tables()
    edits = [
        Edit(
            match.start(),
            match.end(),
            "".join(table.hanzi[character] for character in match.group()),
            "hanzi-latin",
        )
        for match in table.hanzi_run.finditer(text)
        if len(set(match.group())) > 1
    ]
    if "惫" in text:
        edits += [Edit(m.start(), m.end(), "v", "hanzi-latin") for m in _LONE_V.finditer(text)]
        edits.sort(key=lambda edit: edit.start)
    return edits


_LONE_V = pattern(f"惫(?<=[加➕+微薇].)(?![{HAN}])")
_ALIKE = (  # Greek, Cyrillic, Armenian, Georgian, Cherokee, Coptic, Lisu
    "\u0370-\u03ff\u0400-\u052f\u0531-\u058f\u10d0-\u10ff\u13a0-\u13f5\u2c80-\u2cff\ua4d0-\ua4ff"
)
MIXED = pattern(f"[A-Za-z][{_ALIKE}]|[{_ALIKE}][A-Za-z]")
LOOKALIKE = pattern(f"[{_ALIKE}]")
_MIXED_WORD = pattern(f"[A-Za-z0-9{_ALIKE}]+")


def _mixed_words(text: str) -> Iterator[re.Match[str]]:
    """The words that mix Latin letters with look-alikes."""
    if MIXED.search(text):
        for match in _MIXED_WORD.finditer(text):
            word = match.group()
            if not word.isascii() and MIXED.search(word):
                yield match


def homoglyphs(text: str) -> list[Edit]:
    """Look-alikes in words of Latin and another script, brought to Latin."""
    edits: list[Edit] = []
    for match in _mixed_words(text):
        confusables = tables().confusables  # not read for a text without such words
        for place, character in enumerate(match.group(), match.start()):
            if not character.isascii() and character in confusables:
                edits.append(Edit(place, place + 1, confusables[character], "homoglyph"))
    return edits


def exact_homoglyphs(text: str) -> list[Edit]:
    """Whole words in which every foreign letter is a look-alike: one edit a word."""
    edits: list[Edit] = []
    for match in _mixed_words(text):
        confusables = tables().confusables  # not read for a text without such words
        word = match.group()
        if len(word) < 4:
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

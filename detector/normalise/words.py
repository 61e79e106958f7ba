"""Split words, homophones of contact words, numerals in contact numbers."""

from __future__ import annotations

from collections.abc import Iterator

from detector.normalise.edits import Edit
from detector.normalise.tables import HAN, tables
from detector.patterns import pattern

HIGH = pattern("[^\x00-\u02ff]")  # told by what it is not: that compiles at once
HAN_CHARACTER = pattern(f"[{HAN}]")
_GAPS = r" .\-_*·•|/~+★丶｜"
# Of alphabets, kana and Hangul; hanzi have rules of their own.
_LETTER = "A-Za-z\u00c0-\u024f\u0370-\u05ea\u0e00-\u0e4e\u1e00-\u1eff\u3040-\u30ff\uac00-\ud7a3"
SPLIT_GATE = pattern(f"[{_GAPS}][{_LETTER}][{_GAPS}][{_LETTER}][{_GAPS}]")
# c.a.s.i.n.o, c a s i n o: at least four single letters with the same character between them.
_SPLIT_LETTERS = pattern(
    f"([{_GAPS}])(?<=[{_LETTER}].)(?<![{_LETTER}]..)(?:[{_LETTER}]\\1){{2,}}[{_LETTER}](?![{_LETTER}])"
)


def letter_runs(text: str) -> Iterator[tuple[int, str]]:
    """Rows of single letters with one gap between each two: (offset of the first, letters)."""
    if SPLIT_GATE.search(text):
        for match in _SPLIT_LETTERS.finditer(text):
            yield match.start() - 1, text[match.start() - 1 : match.end() : 2]


def separators(text: str) -> list[Edit]:
    """Removes what splits a word into its characters."""
    edits: list[Edit] = []
    for match in _SPLIT_LETTERS.finditer(text):
        edits.extend(
            Edit(place, place + 1, "", "separator")
            for place in range(match.start(), match.end(), 2)
        )
    if not text.isascii():
        table = tables()
        edits.extend(
            Edit(match.start(), match.end(), "", "separator")
            for match in table.strong.finditer(text)
        )
        for match in table.split.finditer(text):
            edits.extend(
                Edit(place, place + 1, "", "separator")
                for place in range(match.start(), match.end(), 2)
            )
    edits.sort(key=lambda edit: edit.start)
    return [edit for i, edit in enumerate(edits) if not i or edit.start >= edits[i - 1].end]


_CONTACT_BEFORE = pattern(r"(?:加|十|\+|＋|扫|添加|联系|咨询)[ :：]?$")
_CONTACT_AFTER = pattern(r" ?(?:号|號|群|[:：]|[A-Za-z0-9_]{4})")


def homophones(text: str) -> list[Edit]:
    """Homophones of contact words brought to the word that is meant."""
    if text.isascii():
        return []
    table = tables()
    edits: list[Edit] = []
    for index, start, end in table.homophone(text):
        if index in table.needs_contact and not (
            _CONTACT_BEFORE.search(text[max(0, start - 4) : start])
            or _CONTACT_AFTER.match(text, end)
        ):
            continue
        edits.append(Edit(start, end, table.homophone_targets[index], "homophone"))
    return edits


def numerals(text: str) -> list[Edit]:
    """Digits of a contact number: a run of six and more that is not all plain."""
    if text.isascii():
        return []
    numerals = tables().numerals
    return [
        Edit(place, place + 1, numerals[text[place]], "numeral")
        for match in tables().number.finditer(text)
        for place in range(match.start(), match.end())
        if text[place] in numerals
    ]

"""Single characters: invisible ones, combining noise, letters in fancy dress."""

from __future__ import annotations

import unicodedata

from detector.normalise.edits import Edit
from detector.normalise.tables import (
    FANCY,
    INVISIBLE,
    MARKS,
    OVERLAYS,
    SIGNS,
    SMALL,
    is_han,
    tables,
)
from detector.patterns import pattern

_CHARACTER = pattern(f"[{INVISIBLE}]+|[{FANCY}➕✚🅥∨]|[{MARKS}]+|[{SMALL}]+")
_SMALL_CAPITAL = pattern(f"[{SMALL}]")
_INVISIBLE_RUN = pattern(f"[{INVISIBLE}]+")
INVISIBLE_OR_MARK = pattern(f"[{INVISIBLE}{MARKS}]")
_MARK_RUN = pattern(f"[{MARKS}]+")
_OVERLAY = pattern(f"[{OVERLAYS}]")
_NOISY_MARKS = 3  # Vietnamese and Hebrew put two on one letter


def characters(text: str) -> list[Edit]:
    """Single characters: invisible ones go, fancy ones become plain, marks compose or go."""
    edits: list[Edit] = []
    confusables = tables().confusables
    for match in _CHARACTER.finditer(text):
        start, end, found = match.start(), match.end(), match.group()
        first = found[0]
        if _INVISIBLE_RUN.match(first):
            edits.append(Edit(start, end, "", "invisible"))
        elif first in SIGNS:
            edits.append(Edit(start, end, SIGNS[first], "fancy"))
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


def invisible(text: str) -> list[Edit]:
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
            or (_OVERLAY.search(match.group()) and text[start - 1].isalnum())
            or is_han(text[start - 1])
        ):
            edits.append(Edit(start, end, "", "marks"))
    return edits


def strewn(text: str, joiners: bool = True) -> list[Edit]:
    """Every invisible run that its place does not need: for pages that are full of them.

    Wider than `invisible`: soft hyphens go, zero-width characters of scripts with joiners, and
    what stands at the edge of a word. Without `joiners` the page's language needs none either.
    """
    edits: list[Edit] = []
    for match in _INVISIBLE_RUN.finditer(text):
        start, end = match.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        characters = set(match.group())
        touches = _in_word(before) or _in_word(after)
        if (
            not touches
            or (characters <= _JOINERS and not _needless(before, after, joiners))
            or (characters & _DIRECTIONS and (_right_to_left(before) or _right_to_left(after)))
            or _variant(characters, before)
            or (not (_in_word(before) and _in_word(after)) and _selects(characters))
            or "\u0e00" <= before <= "\u109f"  # Thai to Burmese mark where words end
            or "\u1780" <= before <= "\u17ff"  # so does Khmer
        ):
            continue
        edits.append(Edit(start, end, "", "invisible"))
    return edits


def _needless(before: str, after: str, joiners: bool) -> bool:
    """Whether a joiner joins nothing here: letters that need none, spaces or marks."""
    return all(
        not side or _plain(side) or side.isspace() or (not joiners and _arabic(side))
        or unicodedata.category(side)[0] == "P"
        for side in (before, after)
    )  # fmt: skip


def _arabic(character: str) -> bool:
    return "\u0620" <= character <= "\u06d3" and character.isalpha()


def _selects(characters: set[str]) -> bool:
    """Variation selectors and flags, which belong to the emoji before them."""
    return any("\ufe00" <= c <= "\ufe0f" or "\U000e0000" <= c <= "\U000e0fff" for c in characters)


def _in_word(character: str) -> bool:
    return character.isalnum() or (
        character > "\u02ff" and unicodedata.category(character)[0] == "M"
    )


def _right_to_left(character: str) -> bool:
    return "\u0590" <= character <= "\u08ff"


def _variant(characters: set[str], before: str) -> bool:
    """Selectors of ideographic variants behind their hanzi."""
    return is_han(before) and all("\U000e0100" <= c <= "\U000e01ef" for c in characters)


def _honest_invisible(found: str, before: str, after: str) -> bool:
    """Joiners of Indic, Arabic and emoji text, direction marks, selectors, hyphenation, breaks."""
    characters = set(found)
    if characters == {"\u00ad"}:
        return not is_han(before)
    if any("\U000e0000" <= character <= "\U000e0fff" for character in characters):
        return before == "\U0001f3f4" or _variant(characters, before)  # a flag
    if characters & set("\u3164\u115f\u1160\uffa0"):
        return True  # Hangul fillers: input leftovers
    if characters <= _JOINERS:
        return not (_plain(before) and _plain(after))
    if characters & _DIRECTIONS:
        return True
    if any("\ufe00" <= character <= "\ufe0f" for character in characters):
        return not (_plain(before) and before.isascii() and before.isalpha() and _plain(after))
    # A zero-width space or a byte-order mark between words or at an edge is an editor's leftover.
    return not ((_plain(before) or _arabic(before)) and (_plain(after) or _arabic(after)))


def _plain(character: str) -> bool:
    """A letter or digit of a script that needs no joiners."""
    if not character or not character.isalnum():
        return False
    code = ord(character)
    return (
        code < 0x0590
        or 0x1E00 <= code < 0x2000
        or is_han(character)
        or (0x3040 <= code < 0x3100 or 0xAC00 <= code < 0xD7B0)
    )

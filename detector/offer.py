"""Which characters of a block are an offer, where the rest of it is the page's own."""

from __future__ import annotations

from collections.abc import Sequence

from detector.lexicon import Hit
from detector.patterns import pattern
from detector.promotion import (
    bare_account,
    common_words,
    contact_span,
    mostly_spaced,
    script_distance,
    scripts_of,
)

ENDS = pattern(r"[。！？!?；;]\s*|\.\s+|\n")
OPENING, CLOSING = "([【（“", ")]】）”"
PART = pattern(r"[^\s，,、:：;；|]+")
REACH = 60  # characters of an offer before and behind its account
UNKNOWN_WORDS = 2  # of an offer, in a row, that no list has
# An offer of more of its block than this takes the rest along: it is an advertisement.
MOST = 0.4


def account_span(text: str, hits: Sequence[Hit]) -> tuple[int, int]:
    """Where an account to contact stands; (0, 0) without one."""
    start, end = contact_span(text, hits) if hits else (0, 0)
    if start == end and (account := bare_account(text)):
        start = text.index(account)
        end = start + len(account)
    return start, end


def offer_span(text: str, hits: Sequence[Hit], start: int, end: int) -> tuple[int, int]:
    """The bracket, sentence or part of it that offers the account at `start:end`."""
    left, right = _around(text, start, end, REACH)
    if is_bracket(text[left:right]):
        return left, right
    left = _first_word(text, left, start, [hit.start for hit in hits])
    return left, end if _apart(text, left, end, right) else right


def is_bracket(text: str) -> bool:
    """Whether a text stands in brackets."""
    return len(text) > 1 and text[0] in OPENING and text[-1] in CLOSING


def foreign_part(text: str, hits: Sequence[Hit]) -> tuple[int, int]:
    """The part of a promoting block that promotes: all of it, unless most of it is silent."""
    whole = 0, len(text)
    if not hits:
        return whole
    first, last = hits[0].start, max(hit.end for hit in hits)
    start, end = account_span(text, hits)
    if start < end:
        left, right = offer_span(text, hits, start, end)
        if left > first or right < last:
            left, right = _sentences(text, min(first, left), max(last, right))
    else:
        left, right = _sentences(text, first, last)
    return (left, right) if right - left <= MOST * len(text) else whole


def _sentences(text: str, start: int, end: int) -> tuple[int, int]:
    """The whole sentences that hold `start:end`."""
    left = 0
    for match in ENDS.finditer(text, 0, start):
        left = match.end()
    stop = ENDS.search(text, end)
    return left, stop.end() if stop else len(text)


def _around(text: str, start: int, end: int, reach: int) -> tuple[int, int]:
    """The bracket or sentence that holds an account, as offsets."""
    left = max(start - reach, 0)
    for match in ENDS.finditer(text, left, start):
        left = match.end()
    right = min(end + reach, len(text))
    stop = ENDS.search(text, end, right)
    if stop:
        right = stop.start()
    for open_, close in zip(OPENING, CLOSING, strict=True):
        at = text.rfind(open_, left, start)
        until = text.find(close, end, right)
        # Brackets around the account alone are its own: 微信【abc123】.
        if 0 <= at < start - 1 and until >= 0:
            return at, until + 1
    # An account ends its offer: what follows in the sentence is the page's own.
    if stop is None and right < len(text):
        right = end
    while left < right and text[left] in " -:：,，":
        left += 1
    return left, right


def _apart(text: str, left: int, end: int, right: int) -> bool:
    """Whether what follows an account is in another script than its offer, or Han behind a space.

    Scripts without spaces have one there only where something was put in.
    """
    rest = text[end:right].lstrip()
    if not rest or not any(map(str.isalpha, rest)) or common_words().find(rest):
        return False
    return (
        ends_offer(text, end) or script_distance(rest, scripts_of(text[left:end])) >= OTHER_SCRIPT
    )


OTHER_SCRIPT = 0.8


def ends_offer(text: str, end: int) -> bool:
    """Whether a space and Han follow an account."""
    return text[end : end + 1].isspace() and "\u3400" <= text[end + 1 : end + 2] <= "\u9fff"


def _first_word(text: str, left: int, start: int, hits: Sequence[int]) -> int:
    """Where an offer begins in its sentence: no part before it has a word of trades or offers.

    Parts end at white space and punctuation; in scripts with spaces, some words of an offer are
    in no list.
    """
    said = sorted([*hits, *(left + hit.start for hit in common_words().find(text[left:start]))])
    spaced = mostly_spaced(text[left:start])
    parts = [m.start() for m in PART.finditer(text, left, start)]
    silent = 0
    first = start
    end = start
    for at in reversed(parts):
        if any(at <= word < end for word in said):
            silent, first = 0, at
        else:
            silent += 1
            if silent > (UNKNOWN_WORDS if spaced else 0):
                break
        end = at
    named = text[left:first].rstrip().rpartition(" ")
    if spaced and first < start and any(c.isdigit() for c in named[2]):
        first = left + len(named[0]) + (1 if named[1] else 0)  # a brand with a number: lucky88
    return first if first < start else left

"""What the words above a list of links promise, by `data/related_headings.toml`."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final, cast

from detector.settings import data_table

LONGEST_HEADING: Final = 40  # characters of a heading block
ADDED_TO_HEADING: Final = 12  # characters that may follow the words: 相关文章 »更多
_EAST_ASIAN_WEIGHT: Final = 2.5  # a Han character tells about as much as so many letters
_BEGINNING: Final = 3  # characters that headings are looked up by
_SHORTEST_BEGINNING: Final = 8  # `links`, `news` alone begin many sentences
_DECORATION: Final = " \t\u3000:：|/>»›<«‹·・•.…-–—=*#&+~【】[]()（）《》「」『』〖〗◆◇■□▪●○★☆▼▽↓→"


def heading_kind(text: str) -> str:
    """What a heading promises: a RelatedKind, `end`, or "" where it is no such heading."""
    if not text or len(text) > LONGEST_HEADING:
        return ""
    folded = " ".join(text.lower().split()).strip(_DECORATION)
    exact, beginnings = _headings()
    kind = exact.get(folded)
    if kind is not None:
        return kind
    for phrase, promised in beginnings.get(folded[:_BEGINNING], ()):
        if folded.startswith(phrase) and len(folded) <= len(phrase) + ADDED_TO_HEADING:
            following = folded[len(phrase)]
            if not following.isalpha() or is_east_asian(following):
                return promised
    return ""


@cache
def _headings() -> tuple[dict[str, str], dict[str, list[tuple[str, str]]]]:
    """Exact headings, and those long enough to be known by their beginning."""
    exact: dict[str, str] = {}
    for kind, languages in data_table("related_headings").items():
        if kind == "continuation":
            continue
        for words in cast("dict[str, list[str]]", languages).values():
            for phrase in words:
                plain = " ".join(phrase.lower().split())
                exact.setdefault(plain, kind)
                exact.setdefault(_unaccented(plain), kind)
    beginnings: dict[str, list[tuple[str, str]]] = {}
    for phrase in sorted(exact, key=len, reverse=True):
        if weight(phrase) >= _SHORTEST_BEGINNING:
            beginnings.setdefault(phrase[:_BEGINNING], []).append((phrase, exact[phrase]))
    return exact, beginnings


def _unaccented(text: str) -> str:
    """Latin letters without their accents: many sites write headings so."""
    if not any("\u00c0" <= c <= "\u024f" for c in text):
        return text
    parts = unicodedata.normalize("NFD", text)
    return "".join(c for c in parts if unicodedata.category(c) != "Mn")


def goes_on(text: str) -> bool:
    """Whether it is what links a teaser to its own text: `[Read more…]`."""
    return " ".join(text.lower().split()).strip(_DECORATION) in _continuations()


@cache
def _continuations() -> frozenset[str]:
    words = data_table("related_headings")["continuation"]
    return frozenset(phrase for phrases in words.values() for phrase in phrases)


def is_east_asian(character: str) -> bool:
    return "\u3041" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3"


def weight(text: str) -> float:
    """Letters of a text, Han, kana and hangul counted for more."""
    wide = sum(1 for c in text if is_east_asian(c))
    return wide * _EAST_ASIAN_WEIGHT + sum(1 for c in text if c.isalpha()) - wide

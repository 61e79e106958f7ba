"""Findings' sentences in the reader's language, from the English ones that results carry.

A result says its sentences in English, wherever it is kept and whoever reads it. The data file of
a language has the sentence of each technique with names for what the page fills in; a sentence is
read back by that and said again. One that is not in the file stays English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from detector.settings import data_table

MOST_PHRASES = 6  # that one "and" after the other joins
LONGEST = 2000  # characters of a sentence; longer ones are not read back
_NAME = re.compile(r"\\{(\w+)\\}")
_WORDS = frozenset(("count", "off", "piece", "script", "sites", "total"))
_PLAIN = frozenset(("title", "quote", "text", "said", "word", "meant", "target", "mark", "heading"))


@cache
def languages() -> tuple[str, ...]:
    """Languages other than English that there is a file for."""
    names = [place.name for place in (files("detector") / "data").iterdir()]
    return tuple(sorted(n.split(".")[1] for n in names if n.startswith("messages.")))


def translated(technique: str, message: str, lang: str) -> str:
    """A finding's sentence in a language. `technique` "decision" is for a policy's reasons."""
    if lang not in languages() or len(message) > LONGEST:
        return message
    return _sentence(technique, message, lang) or message


def reason(message: str, lang: str) -> str:
    """A reason of a decision: a sentence of the policy's, or a finding's with its quote."""
    if lang not in languages() or len(message) > LONGEST:
        return message
    said = _sentence("decision", message, lang)
    if said:
        return said
    sentence, found, quote = message.partition(". (")
    for technique in _forms(lang):
        said = _sentence(technique, sentence + "." if found else message, lang)
        if said:
            form = data_table(f"messages.{lang}")["joined"]["quote"]
            return form.format(said=said, quote=quote.removesuffix(")")) if found else said
    return message


def category(name: str, lang: str) -> str:
    """The name of a category."""
    known: Mapping[str, str] = data_table(f"messages.{lang}")["categories"] if lang != "en" else {}
    return known.get(name, name)


@cache
def _forms(lang: str) -> Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]:
    """By technique: patterns of English sentences with what says the same."""
    tables = dict(data_table(f"messages.{lang}")["sentences"])
    tables[""] = data_table(f"messages.{lang}")["phrases"]
    return {
        name: tuple((_pattern(english), other) for english, other in table.items())
        for name, table in tables.items()
    }


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile(_NAME.sub(_group, re.escape(english)), re.S)


def _group(match: re.Match[str]) -> str:
    """One word for a number or the name of an alphabet, else the shortest that fits."""
    form = r"\S+" if match[1] in _WORDS else ".+?"
    return f"(?P<{match[1]}>{form})"


def _sentence(technique: str, message: str, lang: str) -> str:
    """The sentence as said in the language, "" where no form fits."""
    for pattern, other in _forms(lang).get(technique, ()):
        match = pattern.fullmatch(message)
        if match:
            parts = match.groupdict()
            inner = parts.get("technique")
            if inner and "message" in parts:  # what another technique found
                parts["message"] = translated(inner, parts["message"], lang)
            return other.format_map({n: _part(n, text, lang) for n, text in parts.items()})
    return ""


def _part(name: str, text: str, lang: str) -> str:
    """What fills a sentence: a phrase, a category, a word, or as it is."""
    if name in _PLAIN or not text:
        return text
    table = data_table(f"messages.{lang}")
    found = table["categories"].get(text) or table["words"].get(text)
    joined = table["joined"]["and" if name == "who" else "comma"]
    return found or _phrase(text, lang, joined) or text


def _phrase(text: str, lang: str, joined: str) -> str:
    """A phrase, or several that "and" joins; "" where one of them is unknown."""
    for left, right in _cuts(text):
        first = _single(left, lang)
        rest = first and _phrase(right, lang, joined)
        if first and rest:
            return first + joined + rest
    return _single(text, lang)


def _cuts(text: str) -> Iterator[tuple[str, str]]:
    """Before and after each "and", the first few: the words of a page may have many."""
    at = -1
    for _ in range(MOST_PHRASES):
        at = text.find(" and ", at + 1)
        if at < 0:
            return
        yield text[:at], text[at + 5 :]


def _single(text: str, lang: str) -> str:
    for pattern, other in _forms(lang)[""]:
        match = pattern.fullmatch(text)
        if match:
            return other.format_map({n: _part(n, t, lang) for n, t in match.groupdict().items()})
    return ""

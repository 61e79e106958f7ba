"""Trade words of spam in a text: which term, where, of which category, how telling.

The words are data (`data/lexicons/<category>.txt`, one `term<TAB>lang<TAB>weight` a line; the
header names the source). `honest.txt` holds honest words that contain a term (牛奶, bandar
udara): they match as neutral and swallow what they cover. `traditional.tsv` holds the other
script's spelling of every Han term, made by `learn/lexicon_variants.py`, so that the scan needs
no converter; it also writes `data/spellings.tsv`, all spellings in one list, so that a start
need not make them.

One search finds all spellings (`term_search`). It runs over a folded text that is as long as
the text itself, so that offsets need no mapping: `str.lower` changes the length of İ alone,
which is replaced before; what would need two letters (ß, ё, marks that people leave out) is a
second spelling of the term instead.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from detector.term_search import TermSearch

FOLDER = Path(__file__).parent / "data" / "lexicons"
SPELLINGS = FOLDER.parent / "spellings.tsv"
SUFFIXES = (".txt", ".tsv")
CONTACT = "contact"  # words that ask to be contacted: no category of the result
HONEST = "honest"
WEAK = 0.2  # the most that a term common in honest text may weigh

# Languages whose writers often leave the marks out.
_MARKS_OPTIONAL = frozenset({"vi", "tr", "es", "pt", "fr"})
# Shorter unmarked spellings collide with honest words of other languages ("ca do", "giay").
_SHORTEST_UNMARKED = 7


class LexiconError(ValueError):
    """A word list that cannot be read: names file and line."""


class Term(NamedTuple):
    """One line of a word list. `weight` 0..1: how telling the term is by itself."""

    term: str
    category: str
    lang: str
    weight: float


@dataclass(slots=True, unsafe_hash=True)  # as good as frozen, half the cost
class Hit:
    """A term found: `text[start:end]` is a spelling of `term`. Offsets in code points."""

    start: int
    end: int
    term: str
    category: str
    lang: str
    weight: float


def fold(text: str) -> str:
    """The text without case, of the same length; dotless ı and dotted İ become i."""
    if "\u0130" in text:
        text = text.replace("\u0130", "i")
    text = text.lower()
    return text.replace("\u0131", "i") if "\u0131" in text else text


@lru_cache(maxsize=4096)
def joins(char: str) -> bool:
    """Whether a letter or digit next to it makes a longer word: scripts that write spaces.

    Han, kana, hangul, Thai, Lao, Khmer and Burmese do not: 加QQ群 holds the word QQ.
    """
    code = ord(char)
    if code < 0x80:
        return char.isalnum()
    if code < 0x0E00 or 0x10A0 <= code < 0x1100 or 0x1E00 <= code < 0x2000:
        return char.isalnum() or 0x0300 <= code <= 0x036F
    return False


def read_terms(path: Path) -> Iterator[Term]:
    """The terms of one file; its stem is their category.

    `honest.txt` has no weight column. Raises LexiconError with file and line.
    """
    category = path.stem
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line or line[0] == "#":
            continue
        parts = line.split("\t")
        try:
            if category == HONEST:
                term, lang = parts
                yield Term(term, HONEST, lang, 0.0)
            else:
                term, lang, weight = parts
                yield Term(term, category, lang, float(weight))
        except ValueError as error:
            raise LexiconError(f"{path.name}:{number}: {error}") from None


def read_folder(folder: Path = FOLDER) -> list[Term]:
    """Every term of every list, honest ones included, in the order of file names."""
    return [term for path in sorted(folder.glob("*.txt")) for term in read_terms(path)]


def read_variants(folder: Path = FOLDER) -> dict[str, tuple[str, ...]]:
    """The other script's spellings by term, from `traditional.tsv`."""
    path = folder / "traditional.tsv"
    if not path.exists():
        return {}
    rows = (row.split("\t") for row in path.read_text("utf-8").split("\n") if row[:1] != "#")
    return {row[0]: tuple(row[1:]) for row in rows if len(row) > 1}


def spellings(term: Term) -> Iterator[str]:
    """How a term is written, folded: as listed, hyphenated, without marks, ß as ss, ё as е."""
    base = fold(term.term)
    yield base
    if base.isascii():
        if " " in base:
            yield base.replace(" ", "-")
        return
    if "ß" in base:
        yield base.replace("ß", "ss")
    elif "ё" in base:
        yield base.replace("ё", "е")
    elif term.lang in _MARKS_OPTIONAL and len(base) >= _SHORTEST_UNMARKED:
        plain = unicodedata.normalize("NFD", base.replace("đ", "d"))
        yield "".join(char for char in plain if not 0x0300 <= ord(char) <= 0x036F)


def corroborated(weights: Iterable[float], most: float) -> float:
    """Noisy-or: 1 - product of (1 - weight), each weight counting for at most `most`: 0..1."""
    return 1.0 - math.prod(1.0 - min(weight, most) for weight in weights)


def noisy_or(hits: Iterable[Hit]) -> dict[str, float]:
    """Category to 1 - product of (1 - weight) over its distinct terms: 0..1.

    Of the weak terms, which honest pages use too, the strongest alone counts: a long honest page
    holds many of them.
    """
    left: dict[str, float] = {}
    weak: dict[str, float] = {}
    seen: set[str] = set()
    for hit in hits:
        if hit.term in seen:
            continue
        seen.add(hit.term)
        if hit.weight <= WEAK:
            weak[hit.category] = max(hit.weight, weak.get(hit.category, 0.0))
            left.setdefault(hit.category, 1.0)
        else:
            left[hit.category] = left.get(hit.category, 1.0) * (1.0 - hit.weight)
    return {name: 1.0 - value * (1.0 - weak.get(name, 0.0)) for name, value in left.items()}


def _leftmost_longest(span: tuple[int, int, Term]) -> tuple[int, int]:
    return span[0], -span[1]


def spelling_lines(terms: Sequence[Term], variants: Mapping[str, Sequence[str]]) -> list[str]:
    """All spellings, each with its term, as `TermSearch` reads them.

    A spelling listed twice keeps its first term. `variants`: further spellings by term.
    """
    owner: dict[str, Term] = {}
    for term in terms:
        for spelling in spellings(term):
            owner.setdefault(spelling, term)
    for term in terms:  # after all listed ones: a listed spelling wins
        for spelling in variants.get(term.term, ()):
            owner.setdefault(fold(spelling), term)
    return ["\t".join((s, *map(str, term))) for s, term in owner.items()]


def digest_of(folder: Path = FOLDER) -> str:
    """What tells whether the spellings were made of the lists as they are."""
    data = b"".join(p.read_bytes() for p in sorted(folder.iterdir()) if p.suffix in SUFFIXES)
    return hashlib.sha256(data).hexdigest()


class Lexicon:
    """All terms and the search for them. Build once (`default_lexicon`), use from any thread."""

    def __init__(
        self,
        terms: Iterable[Term],
        variants: Mapping[str, Sequence[str]] | None = None,
        lines: Sequence[str] = (),
    ) -> None:
        """`variants`: further spellings by term. `lines`: all spellings, where they are known."""
        self._terms = terms
        self._search = TermSearch(lines or spelling_lines(self.terms, variants or {}))
        self._entries: dict[int, tuple[Term, bool, bool]] = {}

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """As they are listed."""
        return tuple(self._terms)

    def build(self) -> None:
        """Be ready for many pages: what the first ones would build is built now."""
        self._search.build()

    def _entry(self, number: int) -> tuple[Term, bool, bool]:
        """The term, and whether its first and last character need a word's end beside them."""
        spelling, term, category, lang, weight = self._search.lines[number].split("\t")
        entry = (
            Term(term, category, lang, float(weight)), joins(spelling[0]), joins(spelling[-1]),
        )  # fmt: skip
        self._entries[number] = entry
        return entry

    def _spans(self, text: str) -> tuple[list[tuple[int, int, Term]], list[tuple[int, int]]]:
        """Spans of terms and of honest words that stand as words of their own."""
        found: list[tuple[int, int, Term]] = []
        honest: list[tuple[int, int]] = []
        size = len(text)
        entries = self._entries
        for number, start, end in self._search.matches(fold(text)):
            term, left, right = entries.get(number) or self._entry(number)
            if left and start and joins(text[start - 1]):
                continue
            # "QQ12345": a number may follow a word of contact at once.
            if (right and end < size and joins(text[end])) and not (
                term.category == CONTACT and text[end].isdigit()
            ):
                continue
            if term.category == HONEST:
                honest.append((start, end))
            else:
                found.append((start, end, term))
        return found, honest

    def find(self, text: str) -> list[Hit]:
        """The hits of a text, leftmost longest, in order, never overlapping.

        A term that an honest word covers or cuts is none; one that holds the honest word whole is.
        """
        return [
            Hit(start, end, term.term, term.category, term.lang, term.weight)
            for start, end, term in self._chosen(text)
        ]

    def find_each(self, texts: Sequence[str]) -> list[list[Hit]]:
        """`find` of each of many texts without line ends, in one search."""
        found: list[list[Hit]] = [[] for _ in texts]
        number = first = 0
        until = len(texts[0]) if texts else 0
        # No term holds a line end, which is no part of a word either.
        for start, end, term in self._chosen("\n".join(texts)):
            while start >= until:
                number += 1
                first = until + 1
                until = first + len(texts[number])
            found[number].append(
                Hit(start - first, end - first, term.term, term.category, term.lang, term.weight)
            )
        return found

    def _chosen(self, text: str) -> Iterator[tuple[int, int, Term]]:
        found, honest = self._spans(text)
        if not found:
            return
        found.sort(key=_leftmost_longest)
        honest.sort()
        starts = [start for start, _ in honest]
        reach = list(accumulate((end for _, end in honest), max))
        last = 0
        for start, end, term in found:
            if start < last:
                continue
            if starts:
                before = bisect_left(starts, start)
                if before and reach[before - 1] > start:
                    continue
                inside = bisect_left(starts, end)
                if inside and reach[inside - 1] > end:
                    continue
            yield start, end, term
            last = end

    def has_any(self, text: str) -> bool:
        """Whether `find` would give a hit."""
        found, honest = self._spans(text)
        return bool(found) and (not honest or bool(self.find(text)))

    def score(self, text: str) -> dict[str, float]:
        """Category to how much its distinct terms say together, 0..1 (`noisy_or`)."""
        return noisy_or(self.find(text))


@lru_cache(maxsize=1)
def default_lexicon() -> Lexicon:
    """The lists that ship with the package, read on the first call."""
    try:
        header, *lines = SPELLINGS.read_text("utf-8").rstrip("\n").split("\n")
    except OSError:
        header, lines = "", []
    if lines and header.endswith(digest_of()):
        return Lexicon(_listed(), lines=lines)
    return Lexicon(read_folder(), read_variants())


def _listed() -> Iterator[Term]:
    yield from read_folder()

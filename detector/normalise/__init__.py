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

from collections.abc import Sequence

from detector.normalise.characters import INVISIBLE_OR_MARK, characters, invisible, strewn
from detector.normalise.edits import Edit, Folded, apply
from detector.normalise.letters import (
    LOOKALIKE,
    MIXED,
    exact_homoglyphs,
    hanzi_latin,
    homoglyphs,
)
from detector.normalise.tables import tables
from detector.normalise.words import (
    HAN_CHARACTER,
    HIGH,
    SPLIT_GATE,
    homophones,
    letter_runs,
    numerals,
    separators,
)

__all__ = [
    "Edit", "Folded", "apply", "exact_edits", "fold", "fold_all", "has_invisible", "letter_runs",
    "needs_folding", "strewn",
]  # fmt: skip

_ROUNDS = 6  # a fold can uncover another (a split homophone); more rounds never changed anything


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
        for stage in (characters, hanzi_latin, homoglyphs, separators, homophones, numerals):
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
    if SPLIT_GATE.search(text):
        return True
    if text.isascii() or not HIGH.search(text):
        return False
    table = tables()
    if table.rare.search(text) or (LOOKALIKE.search(text) and MIXED.search(text)):
        return True
    return HAN_CHARACTER.search(text) is not None and bool(
        table.hanzi_run.search(text)
        or "惫" in text
        or table.split.search(text)
        or table.number.search(text)
        or table.homophone(text)
    )


def has_invisible(text: str) -> bool:
    """Whether the text holds invisible characters or combining marks at all, honest or not."""
    return not text.isascii() and INVISIBLE_OR_MARK.search(text) is not None


def exact_edits(text: str) -> tuple[Edit, ...]:
    """The obfuscation of `text` that can be undone without loss, in order, not overlapping.

    Honest uses stay: joiners in emoji and in the scripts that need them, marks that an
    alphabet has, hanzi that make words, Russian and Greek words.
    """
    if text.isascii():
        return ()
    found = [*invisible(text), *hanzi_latin(text), *exact_homoglyphs(text)]
    found.sort(key=lambda edit: (edit.start, edit.end))
    kept: list[Edit] = []
    for edit in found:
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return tuple(kept)

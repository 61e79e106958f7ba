"""Trade words behind a disguise: what a folded text says that its source does not.

`hits_behind` looks through look-alikes, fancy letters, homophones and separators;
`spelled_out` reads letters that stand apart, f r e e v p n, where the gaps between words are
lost too. Spans count in the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from detector.lexicon import HONEST, Hit, Term, default_lexicon
from detector.lexicon import fold as lower
from detector.normalise import Edit, Folded, letter_runs

# Shorter terms stand by chance in letters without gaps.
SHORTEST_TIGHT = 5


@dataclass(frozen=True, slots=True)
class Disguised:
    """A hit with its span in the source, the word that is meant, and the disguise."""

    hit: Hit
    word: str
    kind: str  # of the edit that hid it, see `normalise.Edit`

    @property
    def edit(self) -> Edit:
        """What restores the word."""
        return Edit(self.hit.start, self.hit.end, self.word, self.kind)


def hits_behind(folded: Folded, plain: Sequence[Hit]) -> list[Disguised]:
    """Hits of the folded text that the source does not have, in order, never overlapping.

    `plain` are the hits of the source. Full width alone is honest writing.
    """
    text = folded.source
    if folded.text is text:
        return []
    known = {(hit.start, hit.end) for hit in plain}
    found: list[Disguised] = []
    last = 0
    changes: tuple[Edit, ...] | None = None
    for hit in sorted([*_folded_hits(folded), *spelled_out(text)], key=_order):
        start, end, word = hit.hit.start, hit.hit.end, hit.word
        if start < last or (start, end) in known or lower(text[start:end]) == lower(word):
            continue
        changes = folded.changes() if changes is None else changes
        kind = hit.kind or _kind(text, changes, start, end)
        if kind:
            found.append(replace(hit, kind=kind))
            last = end
    return found


def merged(plain: Sequence[Hit], behind: Sequence[Hit]) -> list[Hit]:
    """Both in order; a plain hit that a disguised one covers is part of it."""
    kept = [
        hit for hit in plain if not any(b.start < hit.end and hit.start < b.end for b in behind)
    ]
    return sorted([*kept, *behind], key=lambda hit: hit.start)


def _order(found: Disguised) -> tuple[int, int]:
    return found.hit.start, -found.hit.end


def _folded_hits(folded: Folded) -> Iterator[Disguised]:
    for hit in default_lexicon().find(folded.text):
        first, last = hit.start, hit.end
        start, end = folded.origin(first, last)
        # What was folded as one comes back as one: 加薇芯 is 加微信, though 加微 is the hit.
        while last < len(folded.text) and folded.origin(first, last + 1) == (start, end):
            last += 1
        while first and folded.origin(first - 1, last) == (start, end):
            first -= 1
        word = folded.text[first:last]
        yield Disguised(replace(hit, start=start, end=end), word, "")


def spelled_out(text: str) -> Iterator[Disguised]:
    """Terms in rows of single letters: s l o t g a c o r, p.o.k.e.r."""
    for start, letters in letter_runs(text):
        terms, machine = _tight()
        for index, first, end in machine.find_matches_as_indexes(lower(letters)):
            term = terms[index]
            if term.category != HONEST:
                hit = Hit(start + 2 * first, start + 2 * end - 1, term.term, term.category,
                          term.lang, term.weight)  # fmt: skip
                yield Disguised(hit, term.term, "separator")


@cache
def _tight() -> tuple[list[Term], Any]:
    """The terms without their spaces, and an automaton over them."""
    from ahocorasick_rs import AhoCorasick, MatchKind

    owner: dict[str, Term] = {}
    for term in default_lexicon().terms:
        bare = "".join(lower(term.term).split())
        if len(bare) >= SHORTEST_TIGHT:
            owner.setdefault(bare, term)
    return list(owner.values()), AhoCorasick(owner, matchkind=MatchKind.LeftmostLongest)


_KINDS = ("hanzi-latin", "homoglyph", "homophone", "numeral", "fancy", "separator", "invisible",
          "marks")  # fmt: skip


def _kind(text: str, changes: Sequence[Edit], start: int, end: int) -> str:
    """Which disguise of the span counts."""
    kinds = {
        edit.kind
        for edit in changes
        if edit.start < end and start < edit.end and not _full_width(text, edit)
    }
    return next((kind for kind in _KINDS if kind in kinds), "")


def _full_width(text: str, edit: Edit) -> bool:
    return edit.kind == "fancy" and all(
        "\uff01" <= character <= "\uff5e" for character in text[edit.start : edit.end]
    )

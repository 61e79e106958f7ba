"""Finds every spelling of many terms in a text, cheap for one page and for a million.

An automaton over all spellings takes a tenth of a second to build, many times what it takes to
scan a page. So the first texts are searched by the beginnings of spellings in a table, which
costs more a character and nothing before; the automata are built when enough was searched to
pay for them, or at once for workers that will share them.

A spelling is a line: `spelling<TAB>term<TAB>category<TAB>lang<TAB>weight`, the spelling folded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from ahocorasick_rs import AhoCorasick, Implementation

from detector.patterns import pattern

# Characters after which the automata are built.
FEW = 50_000
# Characters that spellings are looked up by; shorter ones by all of theirs.
_BEGINNING = 4
# Nearly half of the spellings hold such a letter; a text without any is spared them.
_HAN_OR_KANA = pattern("[\u3040-\u9fff\uf900-\ufaff]")


class TermSearch:
    """Spellings and the search for them; safe to share by threads."""

    def __init__(self, lines: Sequence[str]) -> None:
        """`lines`: no spelling twice."""
        self.lines = lines
        self._searched = 0
        self._built = False

    def spellings(self) -> list[str]:
        """All of them, in the order of the lines."""
        return [line[: line.index("\t")] for line in self.lines]

    def matches(self, folded: str) -> Iterator[tuple[int, int, int]]:
        """Every spelling wherever it stands: the index of its line, start and end."""
        if not self._built:
            self._searched += len(folded)
            if self._searched <= FEW:
                yield from self._looked_up(folded)
                return
            self.build()
        parts = [self._rest]
        if not folded.isascii() and _HAN_OR_KANA.search(folded):
            parts.append(self._east)
        for automaton, numbers in parts:
            for index, start, end in automaton.find_matches_as_indexes(folded, overlapping=True):
                yield numbers[index], start, end

    def build(self) -> None:
        """Make the automata now."""
        assert self._rest and self._east
        self._built = True

    @cached_property
    def _rest(self) -> tuple[AhoCorasick, Sequence[int]]:
        return self._part(east=False)

    @cached_property
    def _east(self) -> tuple[AhoCorasick, Sequence[int]]:
        return self._part(east=True)

    def _part(self, *, east: bool) -> tuple[AhoCorasick, Sequence[int]]:
        """An automaton of the spellings of some scripts, and their lines' numbers."""
        chosen = {
            spelling: number
            for number, line in enumerate(self.lines)
            if bool(_HAN_OR_KANA.search(spelling := line[: line.index("\t")])) is east
        }
        machine = AhoCorasick(
            chosen, store_patterns=False, implementation=Implementation.ContiguousNFA
        )
        return machine, list(chosen.values())

    @cached_property
    def _beginnings(self) -> tuple[dict[str, list[int]], dict[int, dict[str, int]]]:
        """Lines by the beginning of the spelling; those of short ones by length and spelling."""
        long: dict[str, list[int]] = {}
        short: dict[int, dict[str, int]] = {}
        for number, line in enumerate(self.lines):
            beginning = line[:_BEGINNING]
            if beginning in long:
                long[beginning].append(number)
            elif "\t" not in beginning:
                long[beginning] = [number]
            else:
                spelling = line[: line.index("\t")]
                short.setdefault(len(spelling), {})[spelling] = number
        return long, short

    def _looked_up(self, folded: str) -> Iterator[tuple[int, int, int]]:
        """The same as the automata find."""
        long, short = self._beginnings
        lines = self.lines
        every = range(len(folded))
        for at in [at for at in every if folded[at : at + _BEGINNING] in long]:
            for number in long[folded[at : at + _BEGINNING]]:
                line = lines[number]
                size = line.index("\t")
                if folded.startswith(line[:size], at):
                    yield number, at, at + size
        for size, spellings in short.items():
            for at in [at for at in every if folded[at : at + size] in spellings]:
                yield spellings[folded[at : at + size]], at, at + size

"""How well text goes on: a small n-gram table that tells a join from an insertion.

`Fluency.log_probability(tokens, start)` is the logarithm of how likely the tokens from `start`
on are after those before. Tokens are single characters of scripts without spaces, words of the
others; a word that is not among the frequent ones counts as its ending, because endings carry
the grammar (der kalten Nacht, de la maison). Counts of one, two and three tokens in a row are
hashed into a table of 16 bits a cell (fingerprint and logarithm of the count), so that no text
can be read back out of it. `detector.learn.fluency_counts` makes the table.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from zlib import crc32

from detector.patterns import pattern

SLOTS = 8  # cells of a bucket
LEVEL_BITS = 5
LEVEL_STEP = 0.75  # a level more is a count 2 ** 0.75 times higher
FINGERPRINT_BITS = 16 - LEVEL_BITS
ORDER = 3

# Logarithm of the penalty for falling back to a shorter history.
_BACK_OFF = math.log(0.4)
# An unknown token: rarer than any that the table keeps.
_UNKNOWN = -13.0
_LEVELS = tuple(level * LEVEL_STEP * math.log(2) for level in range(1 << LEVEL_BITS))
_MASK = (1 << FINGERPRINT_BITS) - 1

_TOKEN = pattern(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]"
    r"|[^\W\d_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]+"
    r"|\d+|\n|[^\w\s]|_"
)
START = "\n"


def split(text: str) -> list[str]:
    """The tokens of a text; numbers are all one token, white space is none but a line's end."""
    return ["0" if token[0].isdigit() else token for token in _TOKEN.findall(text)]


def ending(word: str) -> str:
    """What stands for a word that is not frequent: its last letters and its case."""
    return ("^" if word[:1].isupper() else "~") + word[-3:].lower()


def is_word(token: str) -> bool:
    """Whether a token is a word of a script with spaces, which may be counted by its ending."""
    return len(token) > 1 or (token.isalpha() and not "\u0e00" <= token <= "\u9fff")


def key(tokens: Sequence[str]) -> int:
    """The hash of a row of tokens."""
    return crc32("\x1f".join(tokens).encode())


class Fluency:
    """The table; `cells` are its buckets one after the other, `total` all tokens counted."""

    def __init__(self, cells: array[int], total: float) -> None:
        self._cells = cells
        self._buckets = len(cells) // SLOTS
        self._total = math.log(max(total, 1.0))
        self._seen: dict[tuple[str, ...], float | None] = {}

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text as the table knows them."""
        return [
            token
            if not is_word(token) or self._count((token,)) is not None
            else ending(token)
            for token in split(text)
        ]  # fmt: skip

    def log_probability(self, tokens: Sequence[str], start: int) -> float:
        """Natural logarithm of the probability of `tokens[start:]` after `tokens[:start]`."""
        return sum(self._next(tokens, at) for at in range(start, len(tokens)))

    def _next(self, tokens: Sequence[str], at: int) -> float:
        penalty = 0.0
        for length in (2, 1):
            if at < length:
                continue
            history = tuple(tokens[at - length : at])
            together = self._count((*history, tokens[at]))
            if together is not None:
                before = self._count(history)
                if before is not None:
                    return penalty + min(together - before, 0.0)
            penalty += _BACK_OFF
        alone = self._count((tokens[at],))
        return penalty + (_UNKNOWN if alone is None else alone - self._total)

    def _count(self, tokens: tuple[str, ...]) -> float | None:
        """Logarithm of the count, or None."""
        if tokens in self._seen:
            return self._seen[tokens]
        hashed = key(tokens)
        at = (hashed % self._buckets) * SLOTS
        wanted = (hashed // self._buckets) & _MASK
        found = None
        for cell in self._cells[at : at + SLOTS]:
            if cell >> LEVEL_BITS == wanted and cell:
                found = _LEVELS[cell & ((1 << LEVEL_BITS) - 1)]
                break
        if len(self._seen) > 50_000:
            self._seen.clear()
        self._seen[tokens] = found
        return found


def pack(counts: dict[tuple[str, ...], float], buckets: int) -> array[int]:
    """The cells for these counts; where a bucket is full the lowest counts are left out."""
    rows: list[list[tuple[float, int]]] = [[] for _ in range(buckets)]
    for tokens, count in counts.items():
        hashed = key(tokens)
        level = min(round(math.log2(max(count, 1.0)) / LEVEL_STEP), (1 << LEVEL_BITS) - 1)
        cell = ((hashed // buckets) & _MASK) << LEVEL_BITS | level
        if cell:
            rows[hashed % buckets].append((count, cell))
    cells = array("H", bytes(2 * SLOTS * buckets))
    for number, row in enumerate(rows):
        row.sort(reverse=True)
        for slot, (_, cell) in enumerate(row[:SLOTS]):
            cells[number * SLOTS + slot] = cell
    return cells


@cache
def default_fluency() -> Fluency:
    """The table of the package, read when first needed."""
    data = (files("detector") / "data" / "fluency.bin").read_bytes()
    cells = array("H")
    cells.frombytes(data[8:])
    if cells.itemsize != 2:
        raise RuntimeError("this platform has no 16-bit array")
    import sys

    if sys.byteorder == "big":
        cells.byteswap()
    return Fluency(cells, float(int.from_bytes(data[:8], "little")))

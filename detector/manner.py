"""How a title is written, whatever it says: marks, figures, capitals, scripts, length.

Titles of one site are written alike: some end in a question mark, some name the place
before a colon, some put (图) at the end. `agreement` says by how much that speaks for one
origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_MARKS: Final = ":：,，.。!！?？|-—_·\"“”'《》【】()（）[]「」/、;；%$€&+*#~…–’‘«»>"
_RANGES: Final = (
    ((0x20, 0x21), (0x3000, 0x3001), (0xA0, 0xA1)),  # spaces
    ((0x30, 0x3A),),  # digits
    ((0x41, 0x5B),),  # capitals
    ((0x61, 0x7B),),  # small letters
    ((0xC0, 0x250),),  # letters with marks
    ((0x3400, 0xA000),),  # Han
    ((0x3041, 0x3100),),  # kana
    ((0xAC00, 0xD7A4),),  # hangul
    ((0x400, 0x530),),  # Cyrillic
    ((0x600, 0x700),),  # Arabic
    ((0x900, 0xA00),),  # Devanagari
)
_SPACE: Final = 1 + len(_MARKS)
_DIGIT: Final = _SPACE + 1
_CAPITAL: Final = _SPACE + 2
_CLASSES: Final = _SPACE + len(_RANGES)
_BREAK: Final = 0x0A

DIMENSIONS: Final = 2 * _CLASSES + 5


def _table() -> npt.NDArray[np.uint8]:
    """Class of each code point of the basic plane, 0 for what has none."""
    table = np.zeros(0x10000, np.uint8)
    for number, ranges in enumerate(_RANGES, _SPACE):
        for first, beyond in ranges:
            table[first:beyond] = number
    table[[ord(mark) for mark in _MARKS]] = np.arange(1, _SPACE)
    return table


_CLASS: Final = _table()


def manner(texts: Sequence[str]) -> Floats:
    """Vectors (n, DIMENSIONS): classes of characters counted and as the last one, log of length
    and of words, share of words with a capital, whether a capital or a digit is first."""
    joined = "".join(f"{text.replace(chr(_BREAK), ' ')}\n" for text in texts)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    classes = _CLASS[np.minimum(points, 0xFFFF)]
    breaks = points == _BREAK
    ends = np.flatnonzero(breaks)
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64)
    n = len(texts)
    owner = np.repeat(np.arange(n), ends - starts + 1)
    inside = ~breaks
    found = np.zeros((n, DIMENSIONS), np.float32)
    counts = np.bincount(owner[inside] * _CLASSES + classes[inside], minlength=n * _CLASSES)
    found[:, :_CLASSES] = np.log1p(counts.reshape(n, _CLASSES))
    written = np.flatnonzero(ends > starts)
    found[written, _CLASSES + classes[ends[written] - 1]] = 1
    gap = breaks | (classes == _SPACE)
    first = inside & ~gap & np.concatenate([[True], gap[:-1]])
    words = np.bincount(owner[first], minlength=n)
    capitals = np.bincount(owner[first & (classes == _CAPITAL)], minlength=n)
    found[:, -5] = np.log(np.maximum(ends - starts, 1))
    found[:, -4] = np.log1p(words)
    found[:, -3] = capitals / np.maximum(words, 1)
    found[written, -2] = classes[starts[written]] == _CAPITAL
    found[written, -1] = classes[starts[written]] == _DIGIT
    return found

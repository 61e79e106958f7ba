"""Hashed character n-grams: the same function in training and in the scan.

Source: feature hashing, Weinberger et al., ICML 2009; unsigned here, since the
tables are large against the number of grams of a page.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MULTIPLIER = np.uint32(0x01000193)  # FNV-1a's prime
SPREAD = np.uint32(0x9E3779B1)  # Knuth's multiplicative hash: high bits depend on all input


def grams(text: str, bits: int, longest: int = 4) -> NDArray[np.uint32]:
    """Indices below `2**bits` of all character n-grams, n from 1 to `longest`.

    The text is lower-cased and framed by spaces; digits count as one character,
    so that phone numbers and years do not become words.
    """
    codes = np.frombuffer(
        bytearray(f" {text.lower()} ".encode("utf-32-le", "replace")), dtype=np.uint32
    )
    codes[(codes >= 48) & (codes <= 57)] = 48
    size = len(codes)
    longest = min(longest, size)
    found = np.empty(longest * size - longest * (longest - 1) // 2, dtype=np.uint32)
    rolling = np.zeros(size, dtype=np.uint32)
    at = 0
    for n in range(1, longest + 1):
        rolling = rolling[: size - n + 1]
        rolling *= MULTIPLIER
        rolling ^= codes[n - 1 :]
        hashed = found[at : at + len(rolling)]
        np.multiply(rolling, SPREAD, out=hashed)
        hashed += np.uint32(n)
        at += len(rolling)
    found *= SPREAD
    found >>= np.uint32(32 - bits)
    return found


# From so many grams on, a table of all indices tells them apart faster than sorting does.
MANY = 2000


def distinct_grams(text: str, bits: int) -> NDArray[np.intp]:
    """The different ones of `grams`, in order; never empty, since the frame is text."""
    found = grams(text, bits)
    if len(found) < MANY:
        found.sort()
        first = np.empty(len(found), dtype=np.bool_)
        first[0] = True
        np.not_equal(found[1:], found[:-1], out=first[1:])
        return found[first].astype(np.intp)
    table = np.zeros(1 << bits, dtype=np.bool_)
    table[found] = True
    return np.flatnonzero(table)

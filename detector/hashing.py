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
    codes = np.frombuffer(f" {text.lower()} ".encode("utf-32-le", "replace"), dtype=np.uint32)
    codes = np.where((codes >= 48) & (codes <= 57), np.uint32(48), codes)
    shift = np.uint32(32 - bits)
    found = []
    rolling = np.zeros(len(codes), dtype=np.uint32)
    for n in range(1, longest + 1):
        if len(codes) < n:
            break
        rolling = rolling[: len(codes) - n + 1] * MULTIPLIER ^ codes[n - 1 :]
        found.append((rolling * SPREAD + np.uint32(n)) * SPREAD >> shift)
    return np.concatenate(found) if found else np.zeros(0, dtype=np.uint32)

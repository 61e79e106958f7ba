"""Near-duplicate findings: pages that one campaign filled share hashes.

Source: Broder (1997), resemblance of documents by min-wise hashing; Indyk and
Motwani (1998), banding of such signatures. Two pages whose findings have a
resemblance of 0.5 share a band with a probability of 0.66, of 0.8 with 0.997,
of 0.2 with 0.06.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np

from detector.hosts import host_of
from detector.types import Finding

BANDS, ROWS = 8, 3
SHINGLE = 5  # characters
MOST = 4_000  # characters of all findings that are read
_PRIME = (1 << 31) - 1
_numbers = np.random.default_rng(1997)
_A = _numbers.integers(1, _PRIME, BANDS * ROWS, dtype=np.uint64)
_B = _numbers.integers(0, _PRIME, BANDS * ROWS, dtype=np.uint64)


def bands(findings: Iterable[Finding]) -> tuple[int, ...]:
    """Hashes of 48 bits; () where the findings have no words. Digits and case count for nothing."""
    shingles: set[int] = set()
    room = MOST
    for finding in findings:
        host = host_of(finding.href or "")
        if host:
            shingles.add(zlib.crc32(b"\0" + host.encode("utf-8", "replace")))
        words = "".join(c for c in finding.quote[:room].lower() if c.isalpha())
        room -= len(words)
        data = words.encode("utf-8", "replace") if words.isascii() else words.encode("utf-32-le")
        step = 1 if words.isascii() else 4
        for at in range(0, max(len(data) - (SHINGLE - 1) * step, 1), step):
            part = data[at : at + SHINGLE * step]
            if part:
                shingles.add(zlib.crc32(part))
    if not shingles:
        return ()
    values = np.fromiter(shingles, np.uint64, len(shingles)) % _PRIME
    least = ((values[:, None] * _A + _B) % _PRIME).min(axis=0).reshape(BANDS, ROWS)
    made = []
    for number, row in enumerate(least):
        data = row.tobytes()
        made.append((number << 40) | (zlib.crc32(data) << 8) | (zlib.adler32(data) & 0xFF))
    return tuple(made)

"""Vectors of short texts from a table: one row a word or a run of Han characters.

A sentence encoder costs 20 to 30 ms a title. The table here was fitted to give
nearly the same vectors from a weighted sum of rows (`learn/vectors.py` says how),
which costs microseconds and needs no segmenter: Chinese, Japanese and Korean are
read as all their runs of two to four characters, of which the table knows the
words, and everything else as lower-case words and their beginnings.

Words are not stored, only 32-bit hashes of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from detector.agreement import Agreement
from detector.manner import DIMENSIONS

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

RUNS: Final = (2, 3, 4)  # lengths of the runs of Han characters
BEGINNINGS: Final = (4, 6)  # letters of a long word that stand for its inflected forms
_PRIME: Final = np.uint32(0x01000193)  # FNV's, folded over code points
_LETTER_BITS: Final = 13
LETTER_CELLS: Final = 1 << _LETTER_BITS
_SPACE: Final = 0x20
_BREAK: Final = 0x0A


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of several texts, grouped by text in their order.

    `hashes` (uint32, m), `text` (m) index of the text that each is from,
    `row` (m) of the table or -1, `rare` (m) how much each tells, 0 to 1,
    `length` (m) in characters, and `run` (m), whether it is a run of Han
    characters, kana or hangul and not a word.
    """

    hashes: npt.NDArray[np.uint32]
    text: Ints
    row: Ints
    rare: Floats
    length: Ints
    run: npt.NDArray[np.bool_]
    count: int


class StaticVectors:
    """The table. `arrays` are those of `vectors.npz`.

    keys: uint32 (n), ascending; rows: int8 (n, d); scale: float32 (d);
    rare: uint8 (n), 255 = tells most; fold: uint16 (65536), each character to
    its simplified, lower-case, half-width form, punctuation to a space; letters: float
    (LETTER_CELLS), how rare each pair or triple of characters is; topic_*, manner_*, about_*
    and languages are the arrays of `agreement`.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        self.keys: npt.NDArray[np.uint32] = arrays["keys"].astype(np.uint32, copy=False)
        self.rows: npt.NDArray[np.int8] = arrays["rows"].astype(np.int8, copy=False)
        self.scale: Floats = arrays["scale"].astype(np.float32, copy=False)
        self.rare: npt.NDArray[np.uint8] = arrays["rare"].astype(np.uint8, copy=False)
        self.fold: npt.NDArray[np.uint16] = arrays["fold"].astype(np.uint16, copy=False)
        self.letters: Floats = arrays["letters"].astype(np.float32)
        self.topic = Agreement.load(arrays, "topic")
        self.manner = Agreement.load(arrays, "manner")
        self.about = Agreement.load(arrays, "about")
        if not len(self.keys) == len(self.rows) == len(self.rare):
            raise ValueError("vectors.npz: keys, rows and rare differ in length")
        if (
            self.rows.shape[1:] != self.scale.shape
            or self.fold.shape != (0x10000,)
            or self.letters.shape != (LETTER_CELLS,)
            or self.topic.mean.shape != self.scale.shape
            or self.about.mean.shape != self.scale.shape
            or self.manner.mean.shape != (DIMENSIONS,)
        ):
            raise ValueError("vectors.npz: an array has another shape than expected")

    def tokens(self, texts: Sequence[str]) -> Tokens:
        """Tokens of all texts, looked up once."""
        hashes, owner, length, run = tokenise(texts, self.fold)
        if len(self.keys):
            at = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
            known = self.keys[at] == hashes
        else:
            at, known = np.zeros(len(hashes), np.int64), np.zeros(len(hashes), np.bool_)
        rare = np.where(known, self.rare[at].astype(np.float32) / 255 if len(self.keys) else 0, 1)
        return Tokens(
            hashes,
            owner,
            np.where(known, at, -1).astype(np.int64),
            rare.astype(np.float32),
            length,
            run,
            len(texts),
        )

    def embed(self, tokens: Tokens) -> Floats:
        """Unit vectors (count, d); a text without a known token gets zeros."""
        known = tokens.row >= 0
        return _sums(self.rows[tokens.row[known]], self.scale, tokens.text[known], tokens.count)


def embed(
    keys: npt.NDArray[np.uint32], rows: npt.NDArray[np.int8], scale: Floats,
    tokens: tuple[npt.NDArray[np.uint32], Ints, int],
) -> Floats:  # fmt: skip
    """The same from a table's arrays and tokens as hashes, index of the text, count of texts."""
    hashes, owner, count = tokens
    at = np.minimum(np.searchsorted(keys, hashes), len(keys) - 1)
    known = keys[at] == hashes
    return _sums(rows[at[known]], scale, owner[known], count)


def _sums(rows: npt.NDArray[np.int8], scale: Floats, owner: Ints, count: int) -> Floats:
    sums = np.zeros((count, rows.shape[1]), np.float32)
    if len(rows):
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        sums[owner[starts]] = np.add.reduceat(rows.astype(np.float32), starts, axis=0)
    sums *= scale
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    unit: Floats = np.divide(sums, norms, out=np.zeros_like(sums), where=norms > 0)
    return unit


def is_run(codes: npt.NDArray[np.uint16]) -> npt.NDArray[np.bool_]:
    """Which code points are written without spaces and so read in runs."""
    han = (codes >= 0x3400) & (codes <= 0x9FFF)
    kana = (codes >= 0x3041) & (codes <= 0x30FF)
    hangul = (codes >= 0xAC00) & (codes <= 0xD7A3)
    return han | kana | hangul


def tokenise(
    texts: Sequence[str], fold: npt.NDArray[np.uint16]
) -> tuple[npt.NDArray[np.uint32], Ints, Ints, npt.NDArray[np.bool_]]:
    """Hash, index of the text, length, and run or word, of each token, ordered by text."""
    joined = "\n".join(t.replace("\n", " ") for t in texts)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = np.where(points <= 0xFFFF, fold[np.minimum(points, 0xFFFF)], _SPACE).astype(np.uint16)
    codes[points == _BREAK] = _BREAK
    runs = is_run(codes)
    parts: list[npt.NDArray[np.uint32]] = []
    owners: list[Ints] = []
    lengths: list[Ints] = []
    if runs.any():
        text_of = np.cumsum(codes == _BREAK)
        wide = codes.astype(np.uint32)
        whole, hashed = runs, (wide ^ np.uint32(0x811C9DC5)) * _PRIME
        for n in range(2, max(RUNS) + 1):
            if len(codes) < n:
                break
            whole = whole[:-1] & runs[n - 1 :]
            hashed = (hashed[:-1] ^ wide[n - 1 :]) * _PRIME
            found = np.flatnonzero(whole)
            parts.append(hashed[found] ^ np.uint32(n))
            owners.append(text_of[found])
            lengths.append(np.full(len(found), n, np.int64))
    codes[runs] = _SPACE
    words: list[int] = []
    word_length: list[int] = []
    ends: list[int] = []
    rest = codes.tobytes().decode("utf-16-le", "surrogatepass")
    for line in rest.split("\n"):
        for word in line.split():
            found_hashes, found_lengths = _word_tokens(word)
            words += found_hashes
            word_length += found_lengths
        ends.append(len(words))
    wide_tokens = sum(len(part) for part in parts)
    parts.append(np.array(words, np.uint32))
    owners.append(np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0)))
    lengths.append(np.array(word_length, np.int64))
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    is_wide = np.arange(len(owner)) < wide_tokens
    return (
        np.concatenate(parts)[order],
        owner[order],
        np.concatenate(lengths)[order],
        is_wide[order],
    )


@lru_cache(maxsize=1 << 15)
def _word_tokens(word: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Hashes and lengths of a word and of its beginnings; none of a single letter."""
    n = len(word)
    if n < 2:
        return (), ()
    starts = [b for b in BEGINNINGS if n > b + 1]
    hashes = [crc32(word.encode("utf-8", "surrogatepass"))]
    hashes += [crc32(word[:b].encode("utf-8", "surrogatepass"), 1) for b in starts]
    return tuple(hashes), (n, *starts)


def letter_cells(texts: Sequence[str]) -> Ints:
    """Text index * LETTER_CELLS + cell, of each pair and triple of characters.

    Digits count as one, case and punctuation stay: titles of one site are
    written alike even where they share no word.
    """
    joined = "\n".join(t.replace("\n", " ") for t in texts)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).copy()
    points[(points >= 0x30) & (points <= 0x39)] = 0x30
    owner = np.cumsum(points == _BREAK)
    parts: list[Ints] = []
    hashed = points
    for size in (2, 3):
        if len(points) < size:
            break
        hashed = hashed[:-1] * np.uint32(0x9E3779B1) + points[size - 1 :]
        mixed = (hashed ^ (hashed >> np.uint32(15))) * np.uint32(0x85EBCA6B)
        inside = (owner[: len(hashed)] == owner[size - 1 :]) & (points[: len(hashed)] != _BREAK)
        cell = (mixed >> np.uint32(32 - _LETTER_BITS)).astype(np.int64)
        parts.append((owner[: len(hashed)] * LETTER_CELLS + cell)[inside])
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def folding(to_simplified: Mapping[str, str]) -> npt.NDArray[np.uint16]:
    """The `fold` array: lower case, half width, simplified, punctuation to a space."""
    import unicodedata

    fold = np.full(0x10000, _SPACE, np.uint16)
    for point in range(0x21, 0x10000):
        if 0xD800 <= point < 0xE000:
            continue
        plain = unicodedata.normalize("NFKC", chr(point)).lower()
        character = plain if len(plain) == 1 and plain <= "\uffff" else chr(point)
        if unicodedata.category(character)[0] in "LMN":
            simple = to_simplified.get(character, character)
            fold[point] = ord(simple if simple <= "\uffff" else character)
    return fold

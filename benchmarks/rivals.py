"""Simple ways to judge a page, measured beside the model on the same pages and split.

- `keyword_list`: BeautifulSoup's text and a list of trade terms; two different ones flag.
- `LinearText`: as fastText's classifier (Joulin 2017): hashed words, pairs of words and
  characters of the page's text into one linear model; no markup, no balance of languages.
- `two_signals`: two different techniques that are sure of their finding.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import SGDClassifier

from detector.learn.data import side_of
from detector.learn.examples import Example, Labelled
from detector.learn.fit import FALSE_ALARMS
from detector.learn.text import rows_of

BITS = 18
TELLING = 0.9  # weight of the terms that a careful list would hold
SURE = 0.5
_WORD = re.compile(r"\w+")


@cache
def _terms() -> tuple[object, tuple[str, ...]]:
    from ahocorasick_rs import AhoCorasick

    from detector.lexicon import CONTACT, HONEST, read_folder

    telling = {
        t.term.lower()
        for t in read_folder()
        if t.weight >= TELLING and t.category not in (CONTACT, HONEST)
    }
    terms = tuple(sorted(telling))
    return AhoCorasick(terms), terms


def keyword_list(page: Labelled) -> bool:
    """Two different terms of the list stand in the page's text or title, as words of their own."""
    import warnings

    from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning

    warnings.filterwarnings("ignore", category=XMLParsedAsHTMLWarning)
    if page.kind == "text":
        text = page.data.decode("utf-8", "replace")
    else:
        soup = BeautifulSoup(page.data, "lxml")
        for tag in soup(["script", "style"]):
            tag.decompose()
        text = soup.get_text(" ")
    text = text.lower()
    automaton, terms = _terms()
    found = set()
    for number, start, end in automaton.find_matches_as_indexes(text):  # type: ignore[attr-defined]
        around = text[start - 1 : start] + text[end : end + 1]
        if not (terms[number].isascii() and any(c.isascii() and c.isalnum() for c in around)):
            found.add(number)
    return len(found) >= 2


def two_signals(example: Example) -> bool:
    """Two techniques found something and are sure of it."""
    return sum(score >= SURE for _, score in example.seen) >= 2


def bag(examples: Sequence[Example]) -> csr_matrix:
    """Hashed words, pairs of words and characters of each page's text, rows of unit length."""
    texts = ["\n".join(e.fields.values()) for e in examples]
    indices: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    lengths = [0]
    for text in texts:
        words = [crc32(w.encode()) for w in _WORD.findall(text.lower())]
        pairs = [(a * 31 + b) & 0xFFFFFFFF for a, b in pairwise(words)]
        seen = np.unique(np.array([*words, *pairs], dtype=np.int64) % (1 << BITS))
        indices.append(seen)
        lengths.append(len(seen))
    counts = np.array(lengths)
    values = np.repeat(1 / np.sqrt(np.maximum(counts[1:], 1)), counts[1:]).astype(np.float32)
    own = csr_matrix((values, np.concatenate(indices), np.cumsum(counts)), (len(texts), 1 << BITS))
    return hstack([own, rows_of(texts, BITS)], format="csr")


class LinearText:
    """Trained like ours on the same pages; its threshold keeps to the same false alarms."""

    def __init__(self, examples: Sequence[Example], rows: csr_matrix, seed: int = 0) -> None:
        foreign = np.array([e.label != "clean" for e in examples])
        held = np.array([side_of(e.site, seed, 0.25) for e in examples])
        trial = self._fit(rows[~held], foreign[~held], seed)
        honest = np.array([e.label == "clean" and e.real for e in examples])
        scores = np.sort(trial.predict_proba(rows[held & honest])[:, 1])[::-1]
        allowed = scores[int(len(scores) * FALSE_ALARMS)] if len(scores) else 0.5
        self.flag = float(max(allowed, 0.5))
        self.model = self._fit(rows, foreign, seed)

    @staticmethod
    def _fit(rows: csr_matrix, foreign: NDArray[np.bool_], seed: int) -> SGDClassifier:
        model = SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=10, tol=None, random_state=seed)
        return model.fit(rows, foreign)

    def scores(self, rows: csr_matrix) -> NDArray[np.float64]:
        """Probability of not being clean, shape (pages,)."""
        found: NDArray[np.float64] = self.model.predict_proba(rows)[:, 1]
        return found

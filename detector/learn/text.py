"""Trains the text scorers: does a text promote anything, and what; over hashed n-grams.

All texts become one sparse matrix once; each fold then takes rows of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import SGDClassifier

from detector.hashing import grams
from detector.model import TextScorer

BITS = 18
# Chosen by log loss on held-out sites among 1e-6 … 1e-4, and 3 … 12 epochs.
REGULARISATION = 1e-5
EPOCHS = 5
CHUNK = 4000  # texts a process hashes at once


@dataclass(frozen=True, slots=True)
class Snippet:
    """A short text with what it promotes; "" where it promotes nothing.

    `owner` is the number of the example it comes from, -1 where it is of none:
    such a text belongs to every fold.
    """

    text: str
    category: str
    language: str
    weight: float = 1.0
    owner: int = -1


def rows_of(texts: Sequence[str], bits: int = BITS) -> csr_matrix:
    """Binary n-gram rows of unit length, shape (texts, 2**bits)."""
    indices: list[NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
    lengths = np.zeros(len(texts) + 1, dtype=np.int64)
    for number, text in enumerate(texts, 1):
        seen = np.unique(grams(text, bits))
        indices.append(seen.astype(np.int32))
        lengths[number] = len(seen)
    starts = np.cumsum(lengths)
    norms = 1.0 / np.sqrt(np.maximum(lengths[1:], 1))
    values = np.repeat(norms.astype(np.float32), lengths[1:])
    return csr_matrix((values, np.concatenate(indices), starts), shape=(len(texts), 1 << bits))


def matrix(texts: Sequence[str], jobs: int = 1, bits: int = BITS) -> csr_matrix:
    """As `rows_of`, on several processes where there is enough to do."""
    if jobs == 1 or len(texts) < 2 * CHUNK:
        return rows_of(texts, bits)
    chunks = [texts[i : i + CHUNK] for i in range(0, len(texts), CHUNK)]
    parts = Parallel(n_jobs=jobs)(delayed(rows_of)(chunk, bits) for chunk in chunks)
    return vstack(parts, format="csr")


def balanced_weights(snippets: Sequence[Snippet]) -> NDArray[np.float64]:
    """Weights under which a language says nothing about promotion.

    In every language, promoting and honest snippets weigh the same; a language
    that has only one of the two is scaled down to what little it can teach.
    """
    sides: Counter[tuple[str, bool]] = Counter()
    for snippet in snippets:
        sides[snippet.language, bool(snippet.category)] += snippet.weight  # type: ignore[assignment]
    weights = np.empty(len(snippets))
    for i, snippet in enumerate(snippets):
        here = sides[snippet.language, bool(snippet.category)]
        other = sides[snippet.language, not snippet.category]
        weights[i] = snippet.weight * min(other / here, 1.0) if other else 0.02 * snippet.weight
    return weights


@dataclass(frozen=True, slots=True)
class Corpus:
    """Snippets with their matrix; a fold trains on the rows whose owners it holds."""

    snippets: Sequence[Snippet]
    rows: Any  # csr_matrix, shape (snippets, 2**BITS)

    @classmethod
    def of(cls, snippets: Sequence[Snippet], jobs: int = 1) -> Corpus:
        """Hash all snippets."""
        return cls(snippets, matrix([s.text for s in snippets], jobs))

    def without(self, language: str) -> Corpus:
        """The same without that language's texts of no example."""
        if not language:
            return self
        kept = [
            i for i, s in enumerate(self.snippets) if s.owner >= 0 or s.language != language
        ]  # fmt: skip
        return Corpus([self.snippets[i] for i in kept], self.rows[kept])

    def chosen(self, owners: Sequence[int] | None) -> NDArray[np.int64]:
        """Rows of those examples and of none; all rows for None."""
        if owners is None:
            return np.arange(len(self.snippets))
        wanted = {-1, *owners}
        return np.array([i for i, s in enumerate(self.snippets) if s.owner in wanted])


def train_text(
    corpus: Corpus,
    categories: Sequence[str],
    seed: int,
    jobs: int = 1,
    owners: Sequence[int] | None = None,
    base: TextScorer | None = None,
) -> TextScorer:
    """Fit one logistic regression for promotion, and one a category among promoting texts.

    `base` is where the search starts: what another scorer knows is kept where the
    new texts say nothing.
    """
    chosen = corpus.chosen(owners)
    snippets = [corpus.snippets[i] for i in chosen]
    rows = corpus.rows[chosen]
    weights = balanced_weights(snippets)
    labels = np.array([s.category for s in snippets])
    promoting = np.flatnonzero(labels != "")
    among = rows[promoting]
    tasks: list[tuple[Any, NDArray[np.bool_], NDArray[np.float64]]] = [
        (rows, labels != "", weights)
    ]
    for category in categories:
        target = labels[promoting] == category
        own = np.array([snippets[i].weight for i in promoting])
        if target.any():
            # Rare categories are heard: both sides weigh the same up to a factor of 8.
            own[target] *= min(max(own[~target].sum() / own[target].sum(), 1.0), 8.0)
        tasks.append((among, target, own))

    def fit(number: int) -> tuple[NDArray[np.float32], float]:
        x, target, w = tasks[number]
        if target.all() or not target.any():
            if base is None:
                return np.zeros(1 << BITS, dtype=np.float32), 10.0 if target.any() else -10.0
            weights = base.weights[:, number].astype(np.float32)
            return weights, float(base.intercepts[number])
        model = SGDClassifier(
            loss="log_loss", alpha=REGULARISATION, max_iter=EPOCHS, tol=None, random_state=seed,
            average=True,
        )  # fmt: skip
        first: dict[str, Any] = {}
        if base is not None:
            first = {
                "coef_init": base.weights[:, number].astype(np.float64)[None],
                "intercept_init": base.intercepts[number : number + 1].astype(np.float64),
            }
        model.fit(x, target, sample_weight=w / w.mean(), **first)
        return model.coef_[0].astype(np.float32), float(model.intercept_[0])

    fitted = Parallel(n_jobs=jobs, prefer="threads")(delayed(fit)(i) for i in range(len(tasks)))
    columns = np.stack([coefficients for coefficients, _ in fitted], axis=1)
    # float16 as shipped, so that what is evaluated is what scans.
    shipped = columns.astype(np.float16).astype(np.float32)
    intercepts = np.array([intercept for _, intercept in fitted], dtype=np.float32)
    return TextScorer(tuple(categories), shipped, intercepts, BITS)

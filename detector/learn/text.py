"""Trains the text scorers: one linear scorer a category over hashed n-grams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier

from detector.hashing import grams
from detector.model import TextScorer

BITS = 18
# Chosen by held-out sites among 1e-6 … 1e-4.
REGULARISATION = 1e-5
EPOCHS = 12


@dataclass(frozen=True, slots=True)
class Snippet:
    """A short text with what it promotes; "" where it promotes nothing."""

    text: str
    category: str
    language: str
    weight: float = 1.0


def matrix(texts: Sequence[str], bits: int = BITS) -> csr_matrix:
    """Binary n-gram rows of unit length, shape (texts, 2**bits)."""
    indices: list[NDArray[np.uint32]] = []
    values: list[NDArray[np.float32]] = []
    starts = [0]
    for text in texts:
        seen = np.unique(grams(text, bits))
        indices.append(seen)
        norm = np.float32(1.0 / np.sqrt(max(len(seen), 1)))
        values.append(np.full(len(seen), norm, dtype=np.float32))
        starts.append(starts[-1] + len(seen))
    return csr_matrix(
        (np.concatenate(values), np.concatenate(indices).astype(np.int32), starts),
        shape=(len(texts), 1 << bits),
    )


def balanced_weights(snippets: Sequence[Snippet]) -> NDArray[np.float64]:
    """Weights under which a language says nothing about promotion.

    In every language, promoting and honest snippets weigh the same; a language
    that has only one of the two is scaled down to what little it can teach.
    """
    sides = Counter((s.language, bool(s.category)) for s in snippets)
    weights = np.empty(len(snippets))
    for i, snippet in enumerate(snippets):
        here = sides[snippet.language, bool(snippet.category)]
        other = sides[snippet.language, not snippet.category]
        weights[i] = snippet.weight * min(other / here, 1.0) if other else 0.02 * snippet.weight
    return weights


def train_text(
    snippets: Sequence[Snippet], categories: Sequence[str], seed: int, jobs: int = 2
) -> TextScorer:
    """Fit one logistic regression a category against all honest text."""
    rows = matrix([s.text for s in snippets])
    weights = balanced_weights(snippets)
    labels = np.array([s.category for s in snippets])
    honest = labels == ""

    def fit(category: str) -> tuple[NDArray[np.float32], float]:
        chosen = np.flatnonzero(honest | (labels == category))
        target = labels[chosen] == category
        if not target.any():
            return np.zeros(1 << BITS, dtype=np.float32), -10.0
        # Rare categories are heard: both sides weigh the same up to a factor of 8.
        w = weights[chosen].copy()
        w[target] *= min(w[~target].sum() / w[target].sum(), 8.0)
        model = SGDClassifier(
            loss="log_loss", alpha=REGULARISATION, max_iter=EPOCHS, tol=None, random_state=seed,
            average=True,
        )  # fmt: skip
        model.fit(rows[chosen], target, sample_weight=w / w.mean())
        return model.coef_[0].astype(np.float32), float(model.intercept_[0])

    fitted = Parallel(n_jobs=jobs, prefer="threads")(delayed(fit)(c) for c in categories)
    columns = np.stack([coefficients for coefficients, _ in fitted], axis=1)
    # float16 as shipped, so that what is evaluated is what scans.
    shipped = columns.astype(np.float16).astype(np.float32)
    intercepts = np.array([intercept for _, intercept in fitted], dtype=np.float32)
    return TextScorer(tuple(categories), shipped, intercepts, BITS)

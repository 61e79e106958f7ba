"""Proof that the classes are balanced: what the language alone tells of the label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from detector.learn.examples import Example

HALVES = 2


def language_probe(examples: Sequence[Example], weights: NDArray[np.float64]) -> float:
    """Area under the curve of a guess from the language alone, 0.5 at chance.

    Each half of the examples is guessed from the weighted shares of the other.
    """
    foreign = np.array([e.label != "clean" for e in examples])
    if foreign.all() or not foreign.any():
        return 0.5
    guess = np.zeros(len(examples))
    prior = float(weights[foreign].sum() / weights.sum())
    for half in range(HALVES):
        sums: dict[str, list[float]] = defaultdict(lambda: [prior, 1.0])
        for i in range(1 - half, len(examples), HALVES):
            sums[examples[i].language][0] += weights[i] * foreign[i]
            sums[examples[i].language][1] += weights[i]
        for i in range(half, len(examples), HALVES):
            hit, count = sums[examples[i].language]
            guess[i] = hit / count
    return float(roc_auc_score(foreign, guess, sample_weight=weights))

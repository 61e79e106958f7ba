"""Trains the page classifier, two boosted forests, and gives it as plain arrays.

The first forest tells foreign matter from none, the second spam pages from injected
ones. Evidence may only speak against a page: the first forest is monotone in it, so
that more evidence, or evidence of a kind that training lacks, never acquits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from detector.model import Forest, calibrated

# Chosen by log loss on held-out sites.
PARAMETERS: dict[str, Any] = {
    "learning_rate": 0.08,
    "max_iter": 150,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "l2_regularization": 1.0,
    "max_features": 0.3,
    "early_stopping": False,
}
# Beginnings of the names of features that can only speak against a page.
EVIDENCE = ("evidence.", "lexicon.", "text.")
ENDINGS = (".max", ".count")
NOT_EVIDENCE = ("lexicon.focus",)


def is_evidence(name: str) -> bool:
    """Whether more of the feature can only make a page more suspect."""
    return (name.startswith(EVIDENCE) or name.endswith(ENDINGS)) and name not in NOT_EVIDENCE


def boosted(
    rows: NDArray[np.float64], target: NDArray[np.bool_], weights: NDArray[np.float64],
    seed: int, monotone: Sequence[int] | None = None,
) -> HistGradientBoostingClassifier:  # fmt: skip
    """One forest. On one thread: sums in another order would be another model."""
    model = HistGradientBoostingClassifier(random_state=seed, monotonic_cst=monotone, **PARAMETERS)
    with threadpool_limits(1, user_api="openmp"):
        model.fit(rows, target, sample_weight=weights)
    return model


def train_forest(
    rows: NDArray[np.float64], names: Sequence[str], labels: Sequence[str],
    weights: NDArray[np.float64], seed: int,
) -> Forest:  # fmt: skip
    """Fit both forests; `labels` of `LABELS`, all of which must occur."""
    kinds = np.array(labels)
    foreign = kinds != "clean"
    monotone = [int(is_evidence(name)) for name in names]
    first = boosted(rows, foreign, weights, seed, monotone)
    second = boosted(rows[foreign], kinds[foreign] == "spam", weights[foreign], seed)
    return export((first, second))


def raw_scores(forest: Forest, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """As `Forest.raw` for many rows, shape (rows, 2), tree by tree."""
    total = np.tile(forest.baseline, (len(rows), 1))
    everyone = np.arange(len(rows))
    for root, score in zip(forest.roots, forest.classes, strict=True):
        at = np.full(len(rows), root)
        while True:
            inner = forest.left[at] >= 0
            if not inner.any():
                break
            goes_left = rows[everyone, forest.feature[at]] <= forest.threshold[at]
            step = np.where(goes_left, forest.left[at], forest.right[at])
            at = np.where(inner, step, at)
        total[:, score] += forest.value[at]
    return total


def export(models: Sequence[HistGradientBoostingClassifier]) -> Forest:
    """The fitted trees as arrays, thresholds and sums as scikit-learn computes them."""
    parts: dict[str, list[NDArray[Any]]] = {
        name: [] for name in ("feature", "threshold", "left", "right", "value")
    }
    roots, classes, baseline = [], [], []
    offset = 0
    for score, model in enumerate(models):
        baseline.append(float(np.asarray(model._baseline_prediction).reshape(-1)[0]))
        for (tree,) in model._predictors:
            nodes = tree.nodes
            leaf = nodes["is_leaf"].astype(bool)
            roots.append(offset)
            classes.append(score)
            parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]))
            parts["threshold"].append(np.where(leaf, 0.0, nodes["num_threshold"]))
            parts["left"].append(np.where(leaf, -1, nodes["left"].astype(np.int64) + offset))
            parts["right"].append(np.where(leaf, -1, nodes["right"].astype(np.int64) + offset))
            parts["value"].append(_inner_values(nodes, leaf))
            offset += len(nodes)
    joined = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    return Forest(
        joined["feature"].astype(np.int32), joined["threshold"],
        joined["left"].astype(np.int32), joined["right"].astype(np.int32), joined["value"],
        np.array(roots, dtype=np.int32), np.array(classes, dtype=np.int32), np.array(baseline),
    )  # fmt: skip


def _inner_values(nodes: NDArray[np.void], leaf: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Node values; an inner node has the mean of its leaves, for attribution."""
    values = nodes["value"].astype(np.float64).copy()
    counts = nodes["count"].astype(np.float64)
    # Children come after their parent, so one backward pass is enough.
    for i in range(len(nodes) - 1, -1, -1):
        if not leaf[i]:
            left, right = int(nodes["left"][i]), int(nodes["right"][i])
            total = counts[left] + counts[right]
            values[i] = (values[left] * counts[left] + values[right] * counts[right]) / total
    return values


def calibrate(
    raw: NDArray[np.float64], labels: Sequence[str], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Platt scaling of both scores on out-of-fold values: scales and shifts, shape (2,) each."""
    kinds = np.array(labels)
    foreign = kinds != "clean"
    scale, shift = np.ones(2), np.zeros(2)
    for score, (which, target) in enumerate(
        ((np.ones(len(kinds), dtype=bool), foreign), (foreign, kinds == "spam"))
    ):
        model = LogisticRegression(C=10.0, max_iter=1000)
        model.fit(raw[which, score][:, None], target[which], sample_weight=weights[which])
        scale[score], shift[score] = model.coef_[0, 0], model.intercept_[0]
    return scale, shift


def probabilities(
    forest: Forest, rows: NDArray[np.float64], scale: NDArray[np.float64],
    shift: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Calibrated probabilities, shape (rows, 3)."""
    return calibrated(raw_scores(forest, rows), scale, shift)

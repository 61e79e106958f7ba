"""Trains the page classifier and writes it as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from detector.model import Forest
from detector.types import LABELS

# Chosen by log loss on held-out sites.
PARAMETERS = {
    "learning_rate": 0.08,
    "max_iter": 150,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "l2_regularization": 1.0,
    "max_features": 0.3,
    "early_stopping": False,
}


def train_forest(
    rows: NDArray[np.float64], labels: Sequence[str], weights: NDArray[np.float64], seed: int
) -> Forest:
    """Fit boosted trees; `labels` of `LABELS`, all of which must occur."""
    target = np.array([LABELS.index(label) for label in labels])  # type: ignore[arg-type]
    model = HistGradientBoostingClassifier(random_state=seed, **PARAMETERS)
    model.fit(rows, target, sample_weight=weights)
    return export(model)


def export(model: HistGradientBoostingClassifier) -> Forest:
    """The fitted trees as arrays, thresholds and sums as scikit-learn computes them."""
    parts: dict[str, list[NDArray[np.float64]]] = {
        name: [] for name in ("feature", "threshold", "left", "right", "value")
    }
    roots, classes = [], []
    offset = 0
    for iteration in model._predictors:
        for index, tree in enumerate(iteration):
            nodes = tree.nodes
            leaf = nodes["is_leaf"].astype(bool)
            roots.append(offset)
            classes.append(index)
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
        np.array(roots, dtype=np.int32), np.array(classes, dtype=np.int32),
        np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1),
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
    """Vector scaling on out-of-fold scores: (classes, classes) weights, (classes,) shifts.

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    target = np.array([LABELS.index(label) for label in labels])  # type: ignore[arg-type]
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit(raw, target, sample_weight=weights)
    return model.coef_.T.astype(np.float64), model.intercept_.astype(np.float64)

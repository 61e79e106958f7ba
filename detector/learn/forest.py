"""Trains the page classifier, three boosted forests, and gives it as plain arrays.

The first forest tells foreign matter from none, the second spam pages from injected
ones, the third spam pages from clean ones: next to attacked pages, which are honest but
for the attack, all that sets spam pages apart in structure and wording would count little.
Evidence may only speak against a page: the first and the third are monotone in it, so
that more evidence, or evidence of a kind that training lacks, never acquits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from detector.model import Forest, calibrated, together
from detector.model_folder import SCORES

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
ODDS = ("odds.sum", "odds.max")
# Pages that a technique is credited with before it is seen, and held against it.
PRIOR, PRIOR_CLEAN = 10.0, 0.5
# What of a page's weight its copy without the strongest technique's name has.
NAMELESS = 0.4
STRONG = 0.3  # score from which a technique is dropped in copies


def is_evidence(name: str) -> bool:
    """Whether more of the feature can only make a page more suspect.

    Counts and text scores are left free: monotone in them, held-out pages fare worse.
    """
    return name.endswith(".max") or name.startswith("evidence.") or name in ODDS


def boosted(
    rows: NDArray[np.float64], target: NDArray[np.bool_], weights: NDArray[np.float64],
    seed: int, monotone: Sequence[int] | None = None,
) -> HistGradientBoostingClassifier:  # fmt: skip
    """One forest. On one thread: sums in another order would be another model."""
    model = HistGradientBoostingClassifier(random_state=seed, monotonic_cst=monotone, **PARAMETERS)
    with threadpool_limits(1, user_api="openmp"):
        model.fit(rows, target, sample_weight=weights)
    return model


def odds_of(
    rows: NDArray[np.float64], names: Sequence[str], foreign: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """What each technique's finding is worth: log of how much oftener foreign pages show it.

    Shape (names,), 0 for other features. `PRIOR` pages of foreign matter stand for what
    training lacks: a technique that honest pages never show is trusted before it is seen.
    """
    which = np.array([n.endswith(".max") and not n.startswith("evidence.") for n in names])
    there = (rows[foreign].sum(axis=0) + PRIOR) / (foreign.sum() + PRIOR)
    here = (rows[~foreign].sum(axis=0) + PRIOR_CLEAN) / ((~foreign).sum() + 2 * PRIOR_CLEAN)
    worth = np.zeros(len(names))
    worth[which] = np.maximum(np.log(there[which] / here[which]), 0.0)
    return worth


def without_strongest(
    rows: NDArray[np.float64], names: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Copies of pages as if the model did not know their strongest technique's name.

    They teach that evidence counts whatever it is called. Gives the copies and the
    numbers of the rows that they are of.
    """
    index = {name: i for i, name in enumerate(names)}
    own = [
        (i, index.get(n.removesuffix(".max") + ".count"))
        for n, i in index.items()
        if n.endswith(".max") and not n.startswith(("evidence.", "odds."))
    ]
    strength = rows[:, [i for i, _ in own]]
    which = np.flatnonzero(strength.max(axis=1) >= STRONG)
    copies = rows[which]
    for number, best in enumerate(strength[which].argmax(axis=1)):
        for column in own[best]:
            if column is not None:
                copies[number, column] = 0.0
    return copies, which


def train_forest(
    rows: NDArray[np.float64], names: Sequence[str], labels: Sequence[str],
    weights: NDArray[np.float64], seed: int,
) -> Forest:  # fmt: skip
    """Fit the classifiers; `labels` of `LABELS`, all of which must occur."""
    kinds = np.array(labels)
    foreign = kinds != "clean"
    odds = odds_of(rows, names, foreign)
    odds_at = np.array([names.index(name) for name in ODDS], dtype=np.int32)
    nothing = np.zeros(0)
    filler = Forest(*(nothing,) * 9, odds, odds_at)  # type: ignore[arg-type]
    full = filler.filled(rows)
    copies, which = without_strongest(full, names)
    share = np.ones(len(rows))
    share[which] -= NAMELESS
    every = np.concatenate([full, copies])
    target = np.concatenate([foreign, foreign[which]])
    own = np.concatenate([weights * share, weights[which] * NAMELESS])
    monotone = [int(is_evidence(name)) for name in names]
    first = boosted(every, target, own, seed, monotone)
    second = boosted(full[foreign], kinds[foreign] == "spam", weights[foreign], seed)
    whole = kinds != "injected"
    is_spam = kinds[whole] == "spam"
    even = weights[whole].copy()
    even[is_spam] *= even[~is_spam].sum() / even[is_spam].sum()
    third = boosted(full[whole], is_spam, even, seed, monotone)
    trees = export((first, second, third))
    line, bias = straight(every, target, own)
    spam_line, spam_bias = straight(full[whole], is_spam, even)
    linear = np.stack([line, np.zeros(len(names)), spam_line], axis=1)
    return replace(
        trees, baseline=trees.baseline + np.array([bias, 0.0, spam_bias]), linear=linear,
        odds=odds, odds_at=odds_at,
    )  # fmt: skip


def straight(
    rows: NDArray[np.float64], target: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """A logistic regression on scaled features: weights for the features as they are, and bias.

    Added to the forest it is surer of many weak signs, and of amounts that no split saw.
    """
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    constant = deviation < 1e-6
    scaled = (rows - mean) / deviation
    scaled[:, constant] = 0.0
    model = LogisticRegression(C=0.1, max_iter=300)
    model.fit(scaled, target, sample_weight=weights)
    line = np.where(constant, 0.0, model.coef_[0] / deviation)
    return line, float(model.intercept_[0] - line @ mean)


def raw_scores(forest: Forest, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """As `Forest.raw` for many rows, shape (rows, scores)."""
    rows = forest.filled(rows)
    total = forest.baseline + rows @ forest.linear
    values = forest.value[forest.trees.leaves(rows)]
    for score in range(total.shape[1]):
        total[:, score] += values[:, forest.classes == score].sum(axis=1)
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
        np.zeros((0, SCORES)), np.zeros(0), np.zeros(2, dtype=np.int32),
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
    """Scales and shifts of out-of-fold scores (pages, scores), shape (scores,) each.

    Platt scaling of each, then of the two that say foreign together: the likelihood of
    `calibrated`, which adds their odds, is greatest.
    """
    kinds = np.array(labels)
    foreign = kinds != "clean"
    scale, shift = np.ones(SCORES), np.zeros(SCORES)
    asked = (np.ones(len(kinds), dtype=bool), foreign, kinds != "injected")
    for score, (which, target) in enumerate(
        zip(asked, (foreign, kinds == "spam", kinds == "spam"), strict=True)
    ):
        model = LogisticRegression(C=10.0, max_iter=1000)
        model.fit(raw[which, score][:, None], target[which], sample_weight=weights[which])
        scale[score], shift[score] = model.coef_[0, 0], model.intercept_[0]
    sign = np.where(foreign, -1.0, 1.0)

    def loss(at: NDArray[np.float64]) -> float:
        odds = together(raw[:, 0] * at[0] + at[1], raw[:, 2] * at[2] + at[3])
        return float(weights @ np.logaddexp(0.0, sign * odds) / weights.sum())

    start = np.array([scale[0], shift[0], scale[2], shift[2]])
    # Neither score may turn round: more of it is never less foreign.
    limits = [(0.05, 5.0), (None, None)] * 2
    best = minimize(loss, start, method="L-BFGS-B", bounds=limits).x
    scale[[0, 2]], shift[[0, 2]] = best[[0, 2]], best[[1, 3]]
    return scale, shift


def probabilities(
    forest: Forest, rows: NDArray[np.float64], scale: NDArray[np.float64],
    shift: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Calibrated probabilities, shape (rows, 3)."""
    return calibrated(raw_scores(forest, rows), scale, shift)

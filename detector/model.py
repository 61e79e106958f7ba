"""A trained model: plain arrays, verified before use, scored with numpy.

A model folder holds `model.json` (what it is: features, calibration, versions,
digests of its other files) and `weights.npz`. Nothing is unpickled. The text
scorers are linear over hashed character n-grams. Gradient-boosted forests
(Friedman 2001), two of them with a logistic regression beside them, judge a page by named
features: is anything foreign in it; does it look like a spam page, compared with honest
pages alone; and if it is one of the two, which. Their scores are calibrated on pages that
they never saw, as Platt (1999) does for one score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.hashing import distinct_grams
from detector.model_folder import FOREST, SCORES, read_arrays, read_folder
from detector.model_folder import ModelError as ModelError
from detector.relevance import RelevanceModel
from detector.trees import Trees
from detector.types import LABELS, Label, ModelId

# Relevance under which a related link is off-topic, where the model states none.
OFF_TOPIC = 0.5
# Log-odds by which looking like a spam page may outdo the rest. Out of fold 2 finds 0.9 % of
# the spam pages less than no limit; honest pages on the trades keep their distance.
MOST_ADDED = 2.0
# The threshold of pages without a finding that supports the opinion, likewise.
UNSUPPORTED = 0.94
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TextScorer:
    """Linear scores of a text: does it promote anything, and which category.

    `weights` is (2**bits, 1 + categories); a score is the sum of the weights of the
    text's n-grams, scaled by its length, plus the intercept. Column 0 gives the
    log-odds that the text promotes anything, the others compare categories.
    """

    categories: tuple[str, ...]
    weights: NDArray[np.float16 | np.float32]
    intercepts: Floats
    bits: int
    promoting: Floats = field(init=False)  # column 0, side by side in memory

    def __post_init__(self) -> None:
        object.__setattr__(self, "promoting", self.weights[:, 0].astype(np.float32))

    def scores(self, text: str) -> Floats:
        """All scores, shape (1 + categories,)."""
        seen = distinct_grams(text, self.bits)
        total: Floats = self.weights[seen].sum(axis=0, dtype=np.float32) / np.sqrt(len(seen))
        return total + self.intercepts

    def promotes(self, text: str) -> float:
        """Log-odds that the text promotes anything: the first of `scores`."""
        seen = distinct_grams(text, self.bits)
        # Summed in order, as the sum over rows is.
        total = np.cumsum(self.promoting[seen], dtype=np.float32)[-1] / np.sqrt(len(seen))
        return float(total + self.intercepts[0])

    def shares(self, text: str) -> dict[str, float]:
        """Probability by category that the text promotes it; together at most 1."""
        scores = self.scores(text).astype(np.float64)
        promoting = 1.0 / (1.0 + np.exp(-np.clip(scores[0], -30, 30)))
        exponents = np.exp(scores[1:] - scores[1:].max())
        shares = promoting * exponents / exponents.sum()
        return dict(zip(self.categories, shares.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Forest:
    """Boosted regression trees, all in one set of arrays.

    Node arrays have shape (nodes,); `roots` is (trees,), `classes` says to which of
    the `SCORES` each tree adds: 0, foreign matter; 1, spam as a whole among the foreign;
    2, spam as a whole against clean. `left` is negative at leaves. `linear`
    (features, scores) is added for each score.

    `odds` (features,) has the log-odds that each technique's finding was worth in
    training; their sum and their maximum fill the columns `odds_at` of a row, so that
    a rare technique counts as its kind did.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]
    classes: NDArray[np.int32]
    baseline: NDArray[np.float64]
    linear: NDArray[np.float64]
    odds: NDArray[np.float64]
    odds_at: NDArray[np.int32]
    trees: Trees = field(init=False)

    def __post_init__(self) -> None:
        trees = Trees(self.feature, self.threshold, self.left, self.right, self.value, self.roots)
        object.__setattr__(self, "trees", trees)

    def filled(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """A copy of rows (…, features) with the columns of `odds_at` filled."""
        worth = rows * self.odds
        out = rows.copy()
        out[..., self.odds_at[0]] = worth.sum(axis=-1)
        out[..., self.odds_at[1]] = worth.max(axis=-1)
        return out

    def raw(self, row: NDArray[np.float64]) -> NDArray[np.float64]:
        """Additive scores, shape (scores,): `classes` says what they are."""
        return self.explained(row)[0]

    def explained(
        self, row: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """`raw` scores, and how much each feature moved each, shape (scores, features).

        Source: path attribution of Saabas (2014): a split is credited with the
        change of the node's value.
        """
        full = self.filled(row)
        path = self.trees.path(full)
        values = self.value[path]
        raw = self.baseline + np.bincount(self.classes, values[-1], len(self.baseline))
        split = self.trees.feature[path[:-1]] + self.classes * len(full)
        credit = np.bincount(split.ravel(), np.diff(values, axis=0).ravel(), SCORES * len(full))
        return raw + full @ self.linear, full * self.linear.T + credit.reshape(SCORES, -1)


class Model:
    """What `detector train` writes and a scan reads."""

    def __init__(self, folder: Path, card: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
        self.folder = folder
        self.card = card
        self.off_topic: float = card["thresholds"].get("off_topic", OFF_TOPIC)
        self.features: tuple[str, ...] = tuple(card["features"])
        self._index = {name: i for i, name in enumerate(self.features)}
        self.flag: float = card["thresholds"]["flag"]
        self.unsupported: float = card["thresholds"].get("unsupported", UNSUPPORTED)
        self.id = ModelId(card["name"], card["version"], card["sha256"])
        self.text = TextScorer(
            tuple(card["categories"]),
            arrays["text.weights"],
            arrays["text.intercepts"],
            card["text_bits"],
        )
        self.forest = Forest(*(arrays[f"forest.{name}"] for name in FOREST))
        self._scale = arrays["calibration.weights"]
        self._shift = arrays["calibration.intercepts"]

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read and verify a model folder. Raises ModelError."""
        card, arrays = read_folder(folder)
        try:
            return cls(folder, card, arrays)
        except (KeyError, ValueError, TypeError) as error:
            raise ModelError(f"{folder}: damaged, {error!r} is missing or wrong") from error

    @cached_property
    def relevance(self) -> RelevanceModel | None:
        """What judges related links, read when first asked: most pages have none to judge.

        None where the model has no such part. Raises ModelError.
        """
        if "relevance.npz" not in self.card["files"]:
            return None
        try:
            vectors, trees = (
                read_arrays(self.folder, self.card, n) for n in ("vectors.npz", "relevance.npz")
            )
            return RelevanceModel.load(vectors, trees)
        except (KeyError, ValueError, TypeError) as error:
            raise ModelError(f"{self.folder}: damaged, {error!r} is missing or wrong") from error

    def vector(self, features: Mapping[str, float]) -> NDArray[np.float64]:
        """Features in the model's order, shape (features,); others are left out."""
        row = np.zeros(len(self.features))
        index = self._index
        for name, value in features.items():
            at = index.get(name)
            if at is not None:
                row[at] = value
        return row

    def spam_score(self, text: str) -> float:
        """Log-odds that a text promotes anything."""
        return self.text.promotes(text)

    def category_scores(self, text: str) -> dict[str, float]:
        """Probability by category that a text promotes it."""
        return self.text.shares(text)

    def probabilities(self, row: NDArray[np.float64]) -> dict[Label, float]:
        """Calibrated probabilities of the labels; they sum to 1."""
        return self.opinion(row)[0]

    def opinion(
        self, row: NDArray[np.float64], most: int = 8
    ) -> tuple[dict[Label, float], tuple[tuple[str, float], ...]]:
        """`probabilities`, and the features that moved them most, with their log-odds
        against clean."""
        raw, credit = self.forest.explained(row)
        shares = calibrated(raw[None], self._scale, self._shift)[0].tolist()
        # Of the two scores that can say foreign, by how much each did.
        foreign, spam = (raw * self._scale + self._shift)[[0, 2]]
        ahead = min(spam - foreign, MOST_ADDED)
        share = 1.0 / (1.0 + np.exp(-max(ahead, -30.0)))
        own = (1.0 - share) * self._scale[0] * credit[0] + share * self._scale[2] * credit[2]
        order = np.argsort(-np.abs(own))[:most]
        moved = tuple((self.features[i], float(own[i])) for i in order if own[i])
        return dict(zip(LABELS, shares, strict=True)), moved


def calibrated(
    raw: NDArray[np.float64], scale: NDArray[np.float64], shift: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probabilities in the order of `LABELS`, shape (pages, 3), of raw scores (pages, scores).

    The odds of foreign matter are the sum of two: of anything foreign, and of a spam page.
    Mild spam pages carry less evidence than honest pages now and then do, but look unlike
    honest pages otherwise; pages with something put in look like honest ones but for it.
    """
    odds = raw * scale + shift
    odds = np.stack([together(odds[:, 0], odds[:, 2]), odds[:, 1]])
    foreign, spam = 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))
    return np.stack([1.0 - foreign, foreign * (1.0 - spam), foreign * spam], axis=1)


def together(foreign: NDArray[np.float64], spam: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds of foreign matter, of those of anything foreign and of a spam page.

    The second look at subject and manner adds to doubt and is no evidence of its own.
    """
    odds: NDArray[np.float64] = np.logaddexp(foreign, np.minimum(spam, foreign + MOST_ADDED))
    return odds


def rank_categories(
    promoted: Mapping[str, float], words: Mapping[str, float], share: float
) -> tuple[str, ...]:
    """What is promoted, most likely first: weight of findings and probability of the words.

    Categories under `share` of the first are left out, and all after the third.
    """
    weight = dict(promoted)
    for name, probability in words.items():
        weight[name] = weight.get(name, 0.0) + probability
    if len(weight) > 1:
        weight.pop("other", None)  # said where nothing better is known
    if not weight:
        return ("other",)
    ranked = sorted(weight, key=lambda name: -weight[name])
    best = weight[ranked[0]]
    return tuple(name for name in ranked if weight[name] >= share * best)[:3]


def load_relevance(folder: Path) -> RelevanceModel | None:
    """The related-link arrays of a folder, for training that has no model yet."""
    tables = []
    for name in ("vectors.npz", "relevance.npz"):
        path = folder / name
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as archive:
            tables.append({key: archive[key] for key in archive.files})
    return RelevanceModel.load(*tables)


def default_folder() -> Path:
    """Where the shipped model lies: inside the package, or beside it in a checkout."""
    inside = Path(str(files("detector"))) / "_models" / "default"
    return inside if inside.is_dir() else inside.parents[2] / "models" / "default"


def find_folder(name: str | Path | None) -> Path:
    """A model by path, by name beside the shipped one, or the shipped one."""
    if name is None:
        return default_folder()
    path = Path(name)
    if (path / "model.json").is_file() or path.parent != Path():
        return path
    return default_folder().parent / path


def available(folder: Path | None = None) -> Sequence[Path]:
    """All model folders beside the shipped one."""
    root = folder or default_folder().parent
    return sorted(path.parent for path in root.glob("*/model.json"))

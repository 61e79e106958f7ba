"""A trained model: plain arrays, verified before use, scored with numpy.

A model folder holds `model.json` (what it is: features, calibration, versions,
digests of its other files) and `weights.npz`. Nothing is unpickled. The text
scorers are linear over hashed character n-grams; the page classifier is a
gradient-boosted forest (Friedman 2001) over named features, as trained by
scikit-learn, calibrated by vector scaling (Guo et al., ICML 2017).
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.hashing import grams
from detector.relevance import RelevanceModel
from detector.types import LABELS, Label, ModelId

SCHEMA = "detector.model/1"
# Relevance under which a related link is off-topic, where the model states none.
OFF_TOPIC = 0.3
Floats = NDArray[np.float32]


class ModelError(Exception):
    """A model folder that cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class TextScorer:
    """Linear scores of a text, one column a category.

    `weights` is (2**bits, categories); a score is the mean weight of the text's
    n-grams, scaled, plus the intercept: the log-odds that the text promotes it.
    """

    categories: tuple[str, ...]
    weights: Floats
    intercepts: Floats
    bits: int

    def scores(self, text: str) -> Floats:
        """Log-odds by category, shape (categories,)."""
        indices = grams(text, self.bits)
        if len(indices) == 0:
            return self.intercepts
        seen = np.unique(indices)
        total: Floats = self.weights[seen].sum(axis=0, dtype=np.float32) / np.sqrt(len(seen))
        return total + self.intercepts


@dataclass(frozen=True, slots=True)
class Forest:
    """Boosted regression trees, all in one set of arrays.

    Node arrays have shape (nodes,); `roots` is (trees,), `classes` says to which
    class each tree adds. `left` is negative at leaves.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]
    classes: NDArray[np.int32]
    baseline: NDArray[np.float64]

    def raw(self, row: NDArray[np.float64]) -> NDArray[np.float64]:
        """Additive scores by class, shape (classes,)."""
        return self._sum(self._leaves(row)[-1])

    def _sum(self, leaves: NDArray[np.int32]) -> NDArray[np.float64]:
        total: NDArray[np.float64] = self.baseline + np.bincount(
            self.classes, self.value[leaves], len(self.baseline)
        )
        return total

    def _leaves(self, row: NDArray[np.float64]) -> list[NDArray[np.int32]]:
        """The nodes that every tree passes, level by level."""
        at = self.roots
        levels = [at]
        while True:
            inner = self.left[at] >= 0
            if not inner.any():
                return levels
            goes_left = row[self.feature[at]] <= self.threshold[at]
            step = np.where(goes_left, self.left[at], self.right[at])
            at = np.where(inner, step, at)
            levels.append(at)

    def contributions(self, row: NDArray[np.float64], against: int) -> NDArray[np.float64]:
        """How much each feature moved the odds away from class `against`.

        Source: path attribution of Saabas (2014): a split is credited with the
        change of the node's value.
        """
        sign = np.where(self.classes == against, -1.0, 1.0)
        credit = np.zeros(len(row))
        levels = self._leaves(row)
        for before, after in pairwise(levels):
            moved = before != after
            change = (self.value[after] - self.value[before]) * sign
            np.add.at(credit, self.feature[before[moved]], change[moved])
        return credit


class Model:
    """What `detector train` writes and a scan reads."""

    def __init__(self, folder: Path, card: Mapping[str, Any], tables: Mapping[str, Any]) -> None:
        self.folder = folder
        self.card = card
        arrays = tables["weights.npz"]
        self.off_topic: float = card["thresholds"].get("off_topic", OFF_TOPIC)
        self.relevance: RelevanceModel | None = None
        if "relevance.npz" in tables:
            self.relevance = RelevanceModel.load(tables["vectors.npz"], tables["relevance.npz"])
        self.features: tuple[str, ...] = tuple(card["features"])
        self._index = {name: i for i, name in enumerate(self.features)}
        self.flag: float = card["thresholds"]["flag"]
        self.id = ModelId(card["name"], card["version"], card["sha256"])
        self.text = TextScorer(
            tuple(card["categories"]),
            arrays["text.weights"].astype(np.float32),
            arrays["text.intercepts"],
            card["text_bits"],
        )
        self.forest = Forest(
            *(
                arrays[f"forest.{name}"]
                for name in "feature threshold left right value roots classes baseline".split()
            )
        )
        self._scale = arrays["calibration.weights"]
        self._shift = arrays["calibration.intercepts"]

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read and verify a model folder. Raises ModelError."""
        try:
            card = json.loads((folder / "model.json").read_text("utf-8"))
        except FileNotFoundError:
            raise ModelError(
                f"{folder}: no model here; `detector models list` shows what there is"
            ) from None
        except (OSError, ValueError) as error:
            raise ModelError(f"{folder}/model.json cannot be read: {error}") from error
        schema = card.get("schema") if isinstance(card, dict) else None
        if schema != SCHEMA:
            raise ModelError(
                f"{folder}: made for another version ({schema}, this one reads {SCHEMA}); "
                "train it again with `detector train`"
            )
        tables = {
            name: _read_arrays(folder / name, digest)
            for name, digest in card["files"].items()
            if name.endswith(".npz")
        }
        if digest_of(card) != card["sha256"]:
            raise ModelError(f"{folder}/model.json was changed after training; get it again")
        try:
            return cls(folder, card, tables)
        except (KeyError, ValueError, TypeError) as error:
            raise ModelError(f"{folder}: damaged, {error!r} is missing or wrong") from error

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
        return float(self.text.scores(text).max())

    def category_scores(self, text: str) -> dict[str, float]:
        """Probability by category that a text promotes it."""
        scores = self.text.scores(text)
        return {
            name: float(1.0 / (1.0 + np.exp(-score)))
            for name, score in zip(self.text.categories, scores, strict=True)
        }

    def probabilities(self, row: NDArray[np.float64]) -> dict[Label, float]:
        """Calibrated probabilities of the labels; they sum to 1."""
        scaled = self.forest.raw(row) @ self._scale + self._shift
        exponents = np.exp(scaled - scaled.max())
        shares = exponents / exponents.sum()
        return {label: float(shares[i]) for i, label in enumerate(LABELS)}

    def contributions(
        self, row: NDArray[np.float64], most: int = 8
    ) -> tuple[tuple[str, float], ...]:
        """The features that moved the verdict most, with their log-odds against clean."""
        credit = self.forest.contributions(row, LABELS.index("clean"))
        order = np.argsort(-np.abs(credit))[:most]
        return tuple((self.features[i], float(credit[i])) for i in order if credit[i])


def digest_of(card: Mapping[str, Any]) -> str:
    """The model's identity: SHA-256 of its card without the digest itself."""
    plain = {key: value for key, value in card.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _read_arrays(path: Path, digest: str) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelError(f"{path} is damaged (its digest differs from model.json); get it again")
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error


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

"""A model is small enough to write by hand; a damaged, older or foreign one is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from detector.learn.fit import Fitted
from detector.learn.forest import ODDS, raw_scores, train_forest
from detector.learn.write import write_model
from detector.model import Model, ModelError, TextScorer
from detector.reference import FILE, mismatches, references

NAMES = ("evidence.max", "hidden-links.count", "hidden-links.max", *ODDS, "size.links")


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    rng = np.random.default_rng(0)
    rows = rng.random((300, len(NAMES)))
    rows[:, 3:5] = 0.0
    labels = ["clean" if r[2] < 0.5 else "spam" if r[5] > 0.5 else "injected" for r in rows]
    forest = train_forest(rows, NAMES, labels, np.ones(300), seed=0)
    text = TextScorer(("gambling",), np.ones((256, 2), np.float32), np.zeros(2, np.float32), 8)
    ones = np.ones(2)
    return Fitted(NAMES, text, forest, ones, ones * 0, 0.5, np.zeros((300, 3)), rows)


@pytest.fixture
def folder(fitted: Fitted, tmp_path: Path) -> Path:
    write_model(fitted, tmp_path / "m", "m", "1", {})
    return tmp_path / "m"


def test_a_written_model_scores_as_the_fitted_one(fitted: Fitted, folder: Path) -> None:
    model = Model.load(folder)
    many = raw_scores(fitted.forest, fitted.rows[:20])
    for row, expected in zip(fitted.rows[:20], many, strict=True):
        assert model.forest.raw(row) == pytest.approx(expected)
        assert sum(model.probabilities(row).values()) == pytest.approx(1.0)


def test_more_evidence_never_acquits(folder: Path) -> None:
    model = Model.load(folder)
    row = model.vector({"size.links": 0.4})
    last = 0.0
    for strength in np.linspace(0, 1, 11):
        row[NAMES.index("hidden-links.max")] = strength
        row[NAMES.index("evidence.max")] = strength
        foreign = 1 - model.probabilities(row)["clean"]
        assert foreign >= last - 1e-6
        last = foreign


def test_the_same_fit_gives_the_same_digest(fitted: Fitted, tmp_path: Path) -> None:
    digests = {write_model(fitted, tmp_path / n, "m", "1", {}) for n in ("a", "b")}
    assert len(digests) == 1


def test_damaged_older_and_missing_models_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model here"):
        Model.load(tmp_path / "none")
    weights = folder / "weights.npz"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-10])
    with pytest.raises(ModelError, match="damaged"):
        Model.load(folder)
    weights.write_bytes(whole)
    card = json.loads((folder / "model.json").read_text("utf-8"))
    (folder / "model.json").write_text(json.dumps(card | {"name": "other"}), "utf-8")
    with pytest.raises(ModelError, match="changed after training"):
        Model.load(folder)
    (folder / "model.json").write_text(json.dumps(card | {"schema": "detector.model/1"}), "utf-8")
    with pytest.raises(ModelError, match="another version"):
        Model.load(folder)


def test_reference_scores_show_a_model_that_scores_otherwise(folder: Path) -> None:
    model = Model.load(folder)
    (folder / FILE).write_text(references(model), "utf-8")
    assert mismatches(model) == []
    model.text.intercepts[0] += 1
    assert "differs" in mismatches(model)[0]

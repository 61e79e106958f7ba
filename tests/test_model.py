"""A model is small enough to write by hand; a damaged, older or foreign one is refused."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from detector.learn.fit import Fitted
from detector.learn.forest import ODDS, raw_scores, train_forest
from detector.learn.write import packed, repacked, write_model
from detector.model import Model, ModelError, TextScorer, rank_categories
from detector.model_folder import SCORES, digest_of
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
    ones = np.ones(SCORES)
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


def recarded(folder: Path, **changes: object) -> None:
    """The card with other values and the digest that goes with them."""
    card = json.loads((folder / "model.json").read_text("utf-8")) | changes
    card["sha256"] = digest_of(card)
    (folder / "model.json").write_text(json.dumps(card), "utf-8")


def reweighted(folder: Path, **changes: object) -> None:
    """Other arrays under a digest that is theirs: what a wrong program might write."""
    with np.load(folder / "weights.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    for name, value in changes.items():
        key = name.replace("__", ".")
        if value is None:
            del arrays[key]
        else:
            arrays[key] = value(arrays[key])  # type: ignore[operator]
    data = packed(arrays)
    (folder / "weights.npz").write_bytes(data)
    recarded(folder, files={"weights.npz": hashlib.sha256(data).hexdigest()})


def test_arrays_are_the_same_stored_plain() -> None:
    arrays = {"rows": np.arange(12, dtype=np.int8).reshape(3, 4), "names": np.array(["a", "bc"])}
    small = packed(arrays)
    plain = repacked(small)
    assert plain == repacked(plain) == packed(arrays, plain=True)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
    with np.load(io.BytesIO(plain), allow_pickle=False) as archive:
        assert sorted(archive.files) == sorted(arrays)
        assert all(np.array_equal(archive[name], arrays[name]) for name in arrays)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model here"):
        Model.load(tmp_path / "none")


@pytest.mark.parametrize("name", ["weights.npz", "model.json"])
@pytest.mark.parametrize("cut", [1, 10, 1000])
def test_a_file_cut_short_is_damage(folder: Path, name: str, cut: int) -> None:
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: max(len(whole) - cut, 0)])
    if name == "model.json" and cut == 1:  # the last line's end, and nothing is lost
        assert Model.load(folder)
        return
    with pytest.raises(ModelError, match=r"damaged|cannot be read"):
        Model.load(folder)


def test_a_file_that_is_gone_is_named(folder: Path) -> None:
    (folder / "weights.npz").unlink()
    with pytest.raises(ModelError, match=r"weights\.npz cannot be read"):
        Model.load(folder)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "another program"),
        ("[]", "another program"),
        ('{"schema": 3}', "another program"),
        ('{"schema": "spacy/1", "name": "en"}', "another program"),
        ('{"schema": "detector.model/1", "name": "old"}', "another version"),
        ('{"schema": "detector.model/99"}', "another version"),
        ('{"schema": "detector.model/4"}', "name is missing"),
        ("not json", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_card_of_an_older_version_or_another_program_is_told(
    folder: Path, text: str, says: str
) -> None:
    (folder / "model.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=says):
        Model.load(folder)


def test_a_changed_card_is_told(folder: Path) -> None:
    card = json.loads((folder / "model.json").read_text("utf-8"))
    (folder / "model.json").write_text(json.dumps(card | {"name": "other"}), "utf-8")
    with pytest.raises(ModelError, match="changed after training"):
        Model.load(folder)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"thresholds": {}}, "flag"),
        ({"features": ["only-one"]}, "features"),
        ({"categories": ["gambling", "loans"]}, "another shape"),
        ({"text_bits": 9}, "another shape"),
        ({"text_bits": 10**9}, "another shape"),
        ({"files": {"../weights.npz": "0"}}, "no file of the folder"),
        ({"files": {}}, "no weights.npz"),
    ],
)
def test_a_card_that_does_not_fit_its_arrays_is_refused(
    folder: Path, changes: dict[str, object], says: str
) -> None:
    recarded(folder, **changes)
    with pytest.raises(ModelError, match=says):
        Model.load(folder)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"forest__odds": None}, "lacks forest.odds"),
        ({"forest__left": np.zeros_like}, "leads nowhere"),  # a tree that never ends
        ({"forest__feature": lambda a: a + 1000}, "out of range"),
        ({"forest__roots": lambda a: a - 1}, "out of range"),
        ({"forest__value": lambda a: a[:-1]}, "lacks a part"),
        ({"calibration__weights": lambda a: a[:1]}, "calibration"),
    ],
)
def test_arrays_that_do_not_fit_each_other_are_refused(
    folder: Path, changes: dict[str, object], says: str
) -> None:
    reweighted(folder, **changes)
    with pytest.raises(ModelError, match=says):
        Model.load(folder)


def test_a_model_that_knows_a_lost_technique_is_refused(folder: Path) -> None:
    names = [n.replace("hidden-links", "crystal-ball") for n in NAMES]
    recarded(folder, features=names)
    with pytest.raises(ModelError, match="crystal-ball, which this version lacks"):
        Model.load(folder)


def test_pickled_arrays_are_never_read(folder: Path) -> None:
    np.savez(folder / "weights.npz", bad=np.array([{"a": 1}], dtype=object))
    data = (folder / "weights.npz").read_bytes()
    recarded(folder, files={"weights.npz": hashlib.sha256(data).hexdigest()})
    with pytest.raises(ModelError, match="cannot be read"):
        Model.load(folder)


def test_reference_scores_show_a_model_that_scores_otherwise(folder: Path) -> None:
    model = Model.load(folder)
    (folder / FILE).write_text(references(model), "utf-8")
    assert mismatches(model) == []
    model.text.intercepts[0] += 1
    assert "differs" in mismatches(model)[0]


def test_other_is_said_only_where_nothing_better_is_known() -> None:
    assert rank_categories({"other": 2.0}, {"loans": 0.3}, 0.2) == ("loans",)
    assert rank_categories({"other": 2.0}, {}, 0.2) == ("other",)
    assert rank_categories({}, {}, 0.2) == ("other",)
    assert rank_categories({"loans": 1.0, "crypto": 0.3, "adult": 0.1}, {}, 0.2) == (
        "loans",
        "crypto",
    )

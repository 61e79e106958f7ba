"""`detector evaluate` and `detector models`: measured, compared, kept out or promoted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from detector.cli import group
from detector.model_folder import digest_of

ROOT = Path(__file__).parents[2]


def detector(*arguments: object) -> Result:
    return CliRunner().invoke(group, list(map(str, arguments)))


def silenced(model: Path, folder: Path) -> Path:
    """A copy of a model that never calls a page anything but clean."""
    shutil.copytree(model, folder)
    card = json.loads((folder / "model.json").read_text("utf-8"))
    card["thresholds"]["flag"] = 1.1
    card["sha256"] = digest_of(card)
    (folder / "model.json").write_text(json.dumps(card), "utf-8")
    return folder


@pytest.fixture
def place(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped model to be replaced, in a folder of the test's own."""
    target = tmp_path / "shipped"
    shutil.copytree(trained, target)
    monkeypatch.setattr("detector.cli._promoting.default_folder", lambda: target)
    return target


@pytest.fixture
def floors(labels: Path, tmp_path: Path) -> Path:
    """Floors of the pages of `labels`, not yet measured."""
    file = tmp_path / "quality.json"
    empty = {"digest": "", "floors": {}}
    file.write_text(json.dumps({"pages": {"data": [str(labels)], **empty}, "unseen": empty}))
    return file


def sha(model: Path) -> str:
    return str(json.loads((model / "model.json").read_text("utf-8"))["sha256"])


def test_the_shipped_model_reaches_its_floors() -> None:
    run = detector("models", "floors", "--floors", ROOT / "tests/quality.json")
    assert run.exit_code == 0, run.stderr


def test_evaluate_names_the_pages_that_changed_sides(
    trained: Path, labels: Path, tmp_path: Path
) -> None:
    quiet = silenced(trained, tmp_path / "quiet")
    out = tmp_path / "figures.json"
    run = detector(
        "evaluate", labels, "--model", trained, "--against", quiet, "--json", out, "-j", 1
    )
    assert run.exit_code == 0, run.output
    figures = json.loads(out.read_text("utf-8"))
    against = figures["against"]
    assert figures["overall"]["real spam found"]["rate"] > 0.9
    assert against["name"] == "small" and len(against["better"]) > 40
    assert against["p_value"] < 1e-6
    assert f"  + {against['better'][0]}" in run.output
    assert "McNemar p = " in run.output


def test_evaluate_says_what_is_missing(labels: Path, tmp_path: Path) -> None:
    run = detector("evaluate", labels, "--model", tmp_path / "none")
    assert run.exit_code == 2 and "no model here" in run.stderr
    run = detector("evaluate", tmp_path / "nothing")
    assert run.exit_code == 2 and "no such file" in run.stderr


def test_a_better_model_is_promoted_and_raises_the_floors(
    trained: Path, place: Path, floors: Path, tmp_path: Path
) -> None:
    shutil.rmtree(place)
    silenced(trained, place)
    run = detector("models", "promote", trained, "--floors", floors)
    assert run.exit_code == 0, run.stderr
    assert sha(place) == sha(trained)
    raised = json.loads(floors.read_text("utf-8"))
    assert raised["pages"]["floors"]["real spam found"] > 0.9
    assert raised["unseen"]["digest"] and raised["unseen"]["floors"]
    run = detector("models", "floors", "--floors", floors)
    assert run.exit_code == 0, run.stderr


def test_a_worse_model_is_refused_unless_told(
    trained: Path, place: Path, floors: Path, tmp_path: Path
) -> None:
    quiet = silenced(trained, tmp_path / "quiet")
    assert detector("models", "floors", "--raise", "--floors", floors).exit_code == 0
    before = floors.read_text("utf-8")
    run = detector("models", "promote", quiet, "--floors", floors)
    assert run.exit_code == 1
    assert "real spam found: 0.0000, under the floor" in run.stderr
    assert "worse than the model in place" in run.stderr
    assert sha(place) == sha(trained) and floors.read_text("utf-8") == before
    run = detector("models", "promote", quiet, "--floors", floors, "--allow-regression")
    assert run.exit_code == 0
    assert sha(place) == sha(quiet)
    assert json.loads(floors.read_text("utf-8"))["pages"]["floors"]["real spam found"] == 0.0


def test_promoting_without_pages_or_model_says_what_to_do(
    trained: Path, place: Path, tmp_path: Path
) -> None:
    none = tmp_path / "no-floors.json"
    run = detector("models", "promote", trained, "--floors", none)
    assert run.exit_code == 2 and "--on" in run.stderr
    run = detector("models", "promote", tmp_path / "none", "--floors", none)
    assert run.exit_code == 2 and "no model here" in run.stderr
    none.write_text("{}")
    run = detector("models", "promote", trained, "--floors", none)
    assert run.exit_code == 2 and "no file of floors" in run.stderr


def test_verify_tells_a_whole_model_from_a_damaged_one(trained: Path, tmp_path: Path) -> None:
    assert detector("models", "verify", trained).output == "small: whole\n"
    bad = tmp_path / "bad"
    shutil.copytree(trained, bad)
    weights = (bad / "weights.npz").read_bytes()
    (bad / "weights.npz").write_bytes(weights[:-7])
    run = detector("models", "verify", trained, bad)
    assert run.exit_code == 1 and "damaged" in run.output

"""Small labelled data of the project's own making, and a model trained on it once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.learn.generate import CleanPage, Recipe, Sample, generate, write_labelled

SUBJECTS = "the harbour library;a village school;the old mill;our choir;the seed bank".split(";")
ACTS = "opened its doors;published a timetable;asked for help;repaired the roof".split(";")


def honest_page(number: int) -> str:
    """An honest page, no two alike."""
    who, what = SUBJECTS[number % 5], ACTS[number % 4]
    lines = "".join(
        f"<p>Note {i} of report {number}: {who} {what}, and {7 * number + i} neighbours came to "
        f"see how the work of week {(number * i) % 52} had gone.</p>"
        for i in range(1, 6)
    )
    return (
        f"<html><head><meta charset='utf-8'><title>Report {number}: {who}</title></head><body>"
        f"<nav><a href='/'>Home</a> <a href='/about'>About</a></nav>"
        f"<h1>Report {number}: {who}</h1>{lines}<footer>Weekly paper</footer></body></html>"
    )


@pytest.fixture
def article() -> Callable[[int], str]:
    """Number → an honest page."""
    return honest_page


def samples(count: int, seed: int = 0) -> list[Sample]:
    """Labelled pages of all classes on `count` sites."""
    pages = [
        CleanPage(f"https://s{i}.example/p", f"s{i}.example", "en", honest_page(i))
        for i in range(count)
    ]
    return list(generate(pages, Recipe(spam=0.8, honest=0.2, cloaking=0.0), seed))


@pytest.fixture(scope="session")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of about a hundred labelled pages."""
    folder = tmp_path_factory.mktemp("labels")
    write_labelled(samples(32), folder, "made")
    return folder


@pytest.fixture(scope="session")
def trained(labels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder that `detector train` wrote."""
    from click.testing import CliRunner

    from detector.cli import group

    folder = tmp_path_factory.mktemp("models") / "small"
    run = CliRunner().invoke(
        group,
        ["train", str(labels), "-o", str(folder), "--no-compose", "--no-cache", "-j", "1"],
    )
    assert run.exit_code == 0, run.output
    assert json.loads((folder / "model.json").read_text("utf-8"))["sha256"] in run.output
    return folder

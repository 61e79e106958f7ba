"""`detector compare` on files: matching, formats, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest

from detector.cli import group

HONEST = "<!doctype html><title>Tram</title><h1>Tram line</h1><p>The tram runs again on Monday.</p>"
SPAM = '<p><a href="https://x.example/">online casino bonus, slot gacor</a></p>'
SCHEMA = Path(__file__).parents[2] / "docs" / "result.schema.json"


class Ran(NamedTuple):
    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """The command in this process."""

    def ran(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as ended:
            group(["compare", *map(str, arguments)])
        told = capfd.readouterr()
        return Ran(int(str(ended.value.code)), told.out, told.err)

    return ran


@pytest.fixture
def views(tmp_path: Path) -> tuple[Path, Path]:
    visitor, crawler = tmp_path / "visitor", tmp_path / "crawler"
    for folder, more in ((visitor, ""), (crawler, SPAM)):
        folder.mkdir()
        (folder / "a.html").write_text(HONEST + more)
        (folder / "b.html").write_text(HONEST)
    (crawler / "only.html").write_text(HONEST)
    return visitor, crawler


def test_reports_show_the_source_of_the_view_that_has_it(
    views: tuple[Path, Path], tmp_path: Path, run: Callable[..., Ran]
) -> None:
    visitor, crawler = views
    told = run(
        visitor / "a.html", crawler / "a.html", "--verbose", "--sarif-output", tmp_path / "s"
    )
    assert "  1 | " in told.stdout and "^^^^" in told.stdout
    (first, *_) = json.loads((tmp_path / "s").read_text())["runs"][0]["results"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("crawler/a.html")
    region = place["region"]
    line = (HONEST + SPAM).splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == region["snippet"]["text"]
    assert "online casino bonus" in region["snippet"]["text"]
    assert "fixes" not in first  # it would be made in the visitor's file


def test_two_files(views: tuple[Path, Path], run: Callable[..., Ran]) -> None:
    visitor, crawler = views
    found = run(visitor / "a.html", crawler / "a.html", "--format", "json")
    assert found.exit_code == 1
    record: dict[str, Any] = json.loads(found.stdout)[0]
    jsonschema.validate(record, json.loads(SCHEMA.read_text("utf-8")))
    assert record["label"] == "injected"
    assert record["findings"][0]["technique"] == "cloaking"
    assert record["findings"][0]["view"] == "crawler"
    assert run(visitor / "b.html", crawler / "b.html").exit_code == 0


def test_folders_are_matched_by_path(views: tuple[Path, Path], run: Callable[..., Ran]) -> None:
    found = run(*views, "--format", "jsonl")
    records = [json.loads(line) for line in found.stdout.splitlines()]
    assert [record["label"] for record in records] == ["injected", "clean"]
    assert "1 only CRAWLER" in found.stderr


@pytest.mark.parametrize("form", ["table", "html", "sarif", "csv"])
def test_every_format_shows_it(
    views: tuple[Path, Path], run: Callable[..., Ran], form: str
) -> None:
    found = run(views[0] / "a.html", views[1] / "a.html", "--format", form, "--verbose")
    assert found.exit_code == 1
    assert "cloaking" in found.stdout


def test_a_missing_file(tmp_path: Path, run: Callable[..., Ran]) -> None:
    found = run(tmp_path / "a", tmp_path / "b")
    assert found.exit_code == 2
    assert "no such file" in found.stderr

"""Settings files: found, read, checked, and weaker than the environment and flags."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from detector.cli import group
from detector.cli._config import find

CLEAN = "<!doctype html><title>Tram</title><p>The tram runs again on Monday."


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, object]:
    """The options that `detector links` runs with."""
    given: dict[str, object] = {}

    def noted(paths: tuple[str, ...], **options: object) -> int:
        given.update(options)
        return 0

    monkeypatch.setattr("detector.cli._linking.run_links", noted)
    ended = CliRunner().invoke(group, ["links", *arguments, "page.html"])
    assert ended.exit_code == 0, ended.output
    return given


def test_a_flag_wins_over_the_environment_over_the_file(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(monkeypatch)["workers"] is None
    (project / "detector.toml").write_text("workers = 2\n[links]\noff-topic-only = true\n")
    assert asked(monkeypatch)["workers"] == 2
    assert asked(monkeypatch)["off_topic_only"] is True
    monkeypatch.setenv("DETECTOR_LINKS_WORKERS", "3")
    assert asked(monkeypatch)["workers"] == 3
    assert asked(monkeypatch, "--workers", "4")["workers"] == 4


def test_a_table_wins_over_what_stands_above_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "detector.toml").write_text("workers = 2\n[links]\nworkers = 5\n")
    assert asked(monkeypatch)["workers"] == 5


def test_pyproject_and_folders_above(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "pyproject.toml").write_text("[tool.detector]\npolicy = 'p.toml'\n")
    (project / "p.toml").write_text("")
    inner = project / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert asked(monkeypatch)["policy"] == project / "p.toml"
    (inner / ".git").mkdir()
    assert find(inner) is None


def test_a_named_file(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (project / "detector.toml").write_text("workers = 2\n")
    (tmp_path / "other.toml").write_text("workers = 7\n")
    given: dict[str, object] = {}
    monkeypatch.setattr(
        "detector.cli._linking.run_links", lambda paths, **options: given.update(options) or 0
    )
    arguments = ["--config", str(tmp_path / "other.toml"), "links", "x"]
    assert CliRunner().invoke(group, arguments).exit_code == 0
    assert given["workers"] == 7


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("worker = 2", "unknown key 'worker'"),
        ("[links]\nverbos = 1", "no option 'verbos'"),
        ("[scam]\nworkers = 1", "no command is called scam"),
        ("workers = ", "detector.toml"),
        ("workers = 'many'", "not a valid integer"),
    ],
)
def test_mistakes_are_named(project: Path, text: str, words: str) -> None:
    (project / "detector.toml").write_text(text)
    ended = CliRunner().invoke(group, ["links", "page.html"])
    assert ended.exit_code == 2
    assert words in ended.output
    assert CliRunner().invoke(group, ["links", "--help"]).exit_code == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(project: Path, shell: str) -> None:
    script = CliRunner().invoke(group, ["completion", shell]).output
    assert "_DETECTOR_COMPLETE" in script
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=script, text=True, check=True, timeout=60)


def test_words_are_completed() -> None:
    environment = os.environ | {
        "_DETECTOR_COMPLETE": "bash_complete", "COMP_WORDS": "detector sc", "COMP_CWORD": "1"
    }  # fmt: skip
    code = "from detector.cli import group; group.main(prog_name='detector')"
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=root,
        timeout=60, check=False,
    )  # fmt: skip
    assert ended.stdout.split() == ["plain,scan"]

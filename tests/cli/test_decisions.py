"""Several outputs, baselines, suppressions and changed files, as users run them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

FAKE = [sys.executable, str(Path(__file__).with_name("fake_detector.py"))]
TOMORROW = (date.today() + timedelta(1)).isoformat()
YESTERDAY = (date.today() - timedelta(1)).isoformat()


def detector(
    *arguments: object, cwd: Path | None = None, **named: Any
) -> subprocess.CompletedProcess[str]:
    command = [*FAKE, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, timeout=60, check=False, cwd=cwd, text=True, **named
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    for name, text in {"a.html": "tea", "b.html": "injected!", "c.html": "spam!"}.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def sarif(path: Path) -> list[dict[str, Any]]:
    (run,) = json.loads(path.read_text("utf-8"))["runs"]
    results: list[dict[str, Any]] = run["results"]
    return results


def test_one_run_writes_several_outputs(site: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / f"out.{name}" for name in ("jsonl", "json", "csv", "sarif", "html")}
    extra = [part for name, file in files.items() for part in (f"--{name}-output", file)]
    run = detector("scan", site, *extra)
    assert "3 pages: 1 clean, 1 injected, 1 spam" in run.stdout
    records = lines(files["jsonl"].read_text("utf-8"))
    assert [r["label"] for r in records] == ["clean", "injected", "spam"]
    assert all("source" not in r for r in records)
    assert len(json.loads(files["json"].read_text("utf-8"))) == 3
    assert len(files["csv"].read_text("utf-8").splitlines()) == 4
    assert [r["ruleId"] for r in sarif(files["sarif"])] == ["spam-block"] * 2
    assert files["html"].read_text("utf-8").startswith("<!doctype html>")


def test_exit_zero(site: Path) -> None:
    assert detector("scan", site).returncode == 1
    assert detector("scan", site, "--exit-zero").returncode == 0
    assert detector("scan", site / "none.html", "--exit-zero").returncode == 2


def test_verbose_marks_the_words_in_their_line(site: Path) -> None:
    (site / "b.html").write_text("two words injected! \x1b[31m", "utf-8")
    out = detector("scan", site / "b.html", "--verbose").stdout.splitlines()
    at = next(i for i, line in enumerate(out) if line.startswith("  1 | "))
    assert out[at] == "  1 | two words injected! <U+001B>[31m"
    assert out[at + 1] == "    |           ^^^^^^^^"


@pytest.mark.parametrize("form", ["jsonl", "json", "sarif"])
def test_a_baseline_leaves_what_is_new(site: Path, tmp_path: Path, form: str) -> None:
    before = tmp_path / f"before.{form}"
    detector("scan", "site", "-o", before, cwd=tmp_path)
    again = detector("scan", "site", "--baseline", before, "-f", "jsonl", cwd=tmp_path)
    assert again.returncode == 0
    assert [r["label"] for r in lines(again.stdout)] == ["clean"]
    assert "2 known" in again.stderr
    (site / "d.html").write_text("spam! too", "utf-8")
    (site / "b.html").write_text("a line more\ninjected!", "utf-8")
    new = tmp_path / "new.sarif"
    options = ["--baseline", before, "-f", "jsonl", "--sarif-output", new]
    run = detector("scan", "site", *options, cwd=tmp_path)
    assert run.returncode == 1
    assert [r["uri"] for r in lines(run.stdout)] == ["site/a.html", "site/d.html"]
    assert [r["baselineState"] for r in sarif(new)] == ["new"]


def test_a_baseline_of_something_else_is_one_line(site: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"a": 1}', "utf-8")
    run = detector("scan", site, "--baseline", other)
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "no JSONL, JSON or SARIF output" in run.stderr


@pytest.mark.parametrize(
    ("keys", "labels"),
    [
        ({}, "1 clean, 2 suppressed"),
        ({"until": TOMORROW}, "1 clean, 2 suppressed"),
        ({"until": YESTERDAY}, "1 clean, 1 injected, 1 spam"),
        ({"pages": "b.*"}, "1 clean, 1 spam, 1 suppressed"),
        ({"text": "spam"}, "1 clean, 1 injected, 1 suppressed"),
    ],
)
def test_policies_suppress_with_a_reason(
    keys: dict[str, str], labels: str, site: Path, tmp_path: Path
) -> None:
    table = {"technique": "spam-*", "reason": "ours", **keys}
    policy = tmp_path / "policy.toml"
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
    policy.write_text(f"[[suppressions]]\n{text}", "utf-8")
    run = detector("scan", site, "--policy", policy, "-f", "jsonl")
    assert labels in run.stderr
    assert run.returncode == int("spam," in labels or "injected" in labels or "1 spam" in labels)
    hidden = [r for r in lines(run.stdout) if r.get("suppressed")]
    assert all(r["findings"][0]["suppressed"]["reason"] == "ours" for r in hidden)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('technique = "a"', "reason must be given"),
        ('technique = "a"\nreason = "b"\nuntil = "soon"', "until must be a date"),
        ('technique = "a"\nreason = "b"\nwhen = "c"', "unknown key 'when'"),
    ],
)
def test_a_wrong_suppression_is_named(table: str, words: str, site: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(f"[[suppressions]]\n{table}", "utf-8")
    run = detector("scan", site, "--policy", policy)
    assert run.returncode == 2
    assert words in run.stderr


def git(folder: Path, *arguments: str) -> None:
    names = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)


def test_changed_scans_what_git_says(site: Path) -> None:
    git(site, "init", "-q")
    git(site, "add", ".")
    git(site, "commit", "-q", "-m", "pages")
    run = detector("scan", "--changed", "HEAD", "-f", "jsonl", cwd=site)
    assert (run.returncode, run.stdout) == (0, "")
    (site / "a.html").write_text("injected! now", "utf-8")
    (site / "new ü.html").write_text("spam!", "utf-8")
    (site / "code.py").write_text("spam!", "utf-8")
    (site / "c.html").unlink()
    run = detector("scan", "--changed", "HEAD", "-f", "jsonl", cwd=site)
    assert [r["uri"] for r in lines(run.stdout)] == ["a.html", "new ü.html"]
    assert run.returncode == 1


def test_an_unknown_revision_is_one_line(site: Path) -> None:
    git(site, "init", "-q")
    run = detector("scan", "--changed", "no-such-branch", cwd=site)
    assert run.returncode == 2
    assert run.stderr.startswith("detector: git: ")


def test_a_scan_needs_a_path_or_a_revision() -> None:
    run = detector("scan")
    assert run.returncode == 2
    assert "Missing argument" in run.stderr

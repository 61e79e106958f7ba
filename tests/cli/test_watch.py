"""`detector watch`: bursts, changes, restarts, and what is no page."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.sources.watching import Seen, changes, sweep

FAKE = [sys.executable, str(Path(__file__).with_name("fake_detector.py"))]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "www"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.html").write_text("<p>tea")
    (folder / "sub" / "b.php").write_text("<p>injected! tea")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    (folder / ".git").mkdir()
    (folder / ".git" / "c.html").write_text("<p>injected!")
    return folder


def names(batch: dict[str, Any]) -> list[str]:
    return [os.path.basename(path) for path in batch]


def test_a_sweep_finds_pages_alone(root: Path) -> None:
    assert sorted(map(os.path.basename, sweep(str(root)))) == ["a.html", "b.php"]


def test_only_what_changed_since_comes_again(root: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "seen.db")
    seen = Seen(store)
    (batch,) = changes(str(root), seen, every=9, once=True)
    assert names(batch) == ["a.html", "b.php"]
    seen.note(batch)
    seen.close()
    (root / "a.html").write_text("<p>more tea")
    (root / "sub" / "b.php").unlink()
    (batch,) = changes(str(root), Seen(store), every=9, once=True)
    assert names(batch) == ["a.html"]


def once(root: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*FAKE, "watch", str(root), "--once", "--workers", "1", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_once_is_for_timers(root: Path, tmp_path: Path) -> None:
    to = ["--state", tmp_path / "seen.db", "-o", tmp_path / "found.jsonl"]
    assert once(root, *to).returncode == 1
    assert once(root, *to).returncode == 0
    assert len((tmp_path / "found.jsonl").read_text().splitlines()) == 2
    assert "JSON lines" in once(root, "--format", "sarif").stderr
    assert "for ever" in once(root, "-o", root / "found.jsonl").stderr


def test_a_command_is_told_what_was_found(root: Path, tmp_path: Path) -> None:
    said = tmp_path / "said.jsonl"
    told = f"{sys.executable} -c \"import sys; open('{said}', 'a').write(sys.stdin.read())\""
    to = ["--state", tmp_path / "seen.db", "-o", tmp_path / "found.jsonl", "--on-found", told]
    assert once(root, *to).returncode == 1
    (line,) = said.read_text().splitlines()
    assert json.loads(line)["uri"].endswith("b.php")
    assert once(root, *to).returncode == 0  # nothing changed: nobody is told again
    assert len(said.read_text().splitlines()) == 1


@pytest.mark.parametrize(("command", "words"), [("false", "ended with 1"), ("no-such", "No such")])
def test_a_command_that_fails_is_said(root: Path, command: str, words: str) -> None:
    ended = once(root, "-f", "jsonl", "--on-found", command)
    assert ended.returncode == 1
    assert words in ended.stderr


def test_a_store_that_is_none(root: Path, tmp_path: Path) -> None:
    (tmp_path / "seen.db").write_text("no store at all, " * 50)
    assert once(root, "--state", tmp_path / "seen.db").returncode == 2


@pytest.fixture
def watching(root: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    arguments = ["-o", str(tmp_path / "found.jsonl"), "--state", str(tmp_path / "seen.db")]
    command = [*FAKE, "watch", str(root), "--workers", "1", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def results(tmp_path: Path, count: int) -> list[dict[str, Any]]:
    """The results, when there are so many."""
    end = time.monotonic() + 40
    lines: list[str] = []
    while len(lines) < count and time.monotonic() < end:
        time.sleep(0.1)
        path = tmp_path / "found.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def test_a_burst_and_an_end(root: Path, tmp_path: Path, watching: subprocess.Popen[str]) -> None:
    assert len(results(tmp_path, 2)) == 2
    time.sleep(1)  # the first sweep is over; events are waited for
    for number in range(200):
        (root / f"new{number}.html").write_text("<p>spam! tea")
    (root / "a.html").write_text("<p>injected! now")
    found = results(tmp_path, 203)
    labels = [record["label"] for record in found[2:]]
    assert labels.count("spam") == 200
    assert labels.count("injected") == 1
    watching.send_signal(signal.SIGTERM)
    assert watching.wait(20) == 130

"""What a scan says of itself: JSON lines with page numbers, times by stage, counts that add up."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from detector.stages import STAGES

FAKE = [sys.executable, str(Path(__file__).parents[1] / "cli" / "fake_detector.py")]
REAL = [sys.executable, "-m", "detector"]
SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"
PAGE = "<!doctype html><title>Tide table</title><p>High water at noon.</p>"


def logged(*arguments: object, command: list[str] = FAKE) -> tuple[int, list[Any], list[Any]]:
    """Exit code, results, and what was logged: every line on standard error is JSON."""
    ended = subprocess.run(
        [*command, "scan", "--format", "jsonl", "--log-format", "json", *map(str, arguments)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    log = [json.loads(line) for line in ended.stderr.splitlines()]
    for entry in log:
        assert {"time", "level", "event"} <= entry.keys()
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()], log


def the(event: str, log: list[Any]) -> Any:
    (found,) = (entry for entry in log if entry["event"] == event)
    return found


def adds_up(end: Any) -> bool:
    return bool(end["seen"] == end["results"] + end["errors"] + end["skipped"] + end["unfinished"])


def of_all_kinds(folder: Path) -> Path:
    """Pages, failures of several kinds, and what is no page."""
    (folder / "a.html").write_text(PAGE)
    (folder / "b.html").write_bytes(b"")
    (folder / "c.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    (folder / "d.css").write_bytes(b"p {}")
    (folder / "e.html.gz").write_bytes(gzip.compress(PAGE.encode())[:12])
    (folder / "f.jsonl").write_text('{"text": "tea"}\n{"text": \n{"text": "spam!"}\n')
    (folder / "i.zip").write_bytes(b"PK\x03\x04")
    return folder


def test_every_page_is_logged_and_the_counts_add_up(tmp_path: Path) -> None:
    code, results, log = logged(of_all_kinds(tmp_path))
    pages = [entry for entry in log if entry["event"] == "page"]
    assert [entry["page"] for entry in pages] == list(range(1, len(results) + 1))
    assert [entry["uri"] for entry in pages] == [result["uri"] for result in results]
    for entry, result in zip(pages, results, strict=True):
        assert entry["label"] == (result["label"] or "error")
        assert entry.get("error") == result["error"]
        assert entry["level"] == ("warning" if result["error"] else "info")
    end = the("finished", log)
    assert adds_up(end)
    assert (end["results"], end["errors"], end["skipped"]) == (4, 2, 3)
    assert (end["unfinished"], end["exit"]) == (0, code)
    assert Counter(r["label"] or "error" for r in results) == end["labels"]


def test_a_resumed_scan_counts_what_was_there(tmp_path: Path) -> None:
    folder, out = of_all_kinds(tmp_path), tmp_path.parent / "out.jsonl"
    _, _, log = logged(folder, "-o", out)
    whole = the("finished", log)
    lines = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(b"".join(lines[:2]))
    _, _, log = logged(folder, "-o", out, "--resume")
    end = the("finished", log)
    assert adds_up(end)
    for name in ("seen", "results", "errors", "skipped", "labels"):
        assert end[name] == whole[name]
    numbers = [entry["page"] for entry in log if entry["event"] == "page"]
    assert numbers == list(range(3, len(lines) + 1))


def test_an_interrupted_scan_tells_what_it_did_not_finish(tmp_path: Path) -> None:
    path, out = tmp_path / "x.jsonl", tmp_path / "out.jsonl"
    path.write_text("".join(json.dumps({"text": f"slow! {n}"}) + "\n" for n in range(3000)))
    command = [*FAKE, "scan", str(path), "-o", str(out), "--log-format", "json"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as scan:
        assert scan.stderr
        log = [json.loads(scan.stderr.readline()) for _ in range(3)]
        os.kill(scan.pid, signal.SIGINT)
        log += [json.loads(line) for line in scan.stderr]
    end = the("finished", log)
    assert adds_up(end)
    assert end["exit"] == scan.returncode == 130
    assert end["results"] == len(out.read_bytes().splitlines()) < end["seen"]


def test_what_goes_wrong_is_a_line_too(tmp_path: Path) -> None:
    code, _, log = logged(tmp_path / "nowhere")
    assert code == 2
    assert the("message", log)["message"] == f"no such file or folder: {tmp_path}/nowhere"


def test_controls_in_addresses_do_not_reach_the_log(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps({"url": "a\x1b[2J\u202eb", "text": "tea"}))
    command = [*FAKE, "scan", str(tmp_path), "--format", "jsonl", "--log-format", "json"]
    said = subprocess.run(command, capture_output=True, timeout=60, check=False).stderr
    assert b"\x1b" not in said
    assert said.isascii()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_profile_tells_where_the_time_went(form: str) -> None:
    command = [*REAL, "scan", str(SAMPLES), "--format", "jsonl", "--profile", "--log-format", form]
    ended = subprocess.run(command, capture_output=True, timeout=120, check=False)
    results = [json.loads(line) for line in ended.stdout.splitlines()]
    for result in results:
        stages = result["stages_ms"]
        assert set(stages) <= set(STAGES)
        assert {"decode", "page", "techniques", "features", "content"} <= set(stages)
        assert sum(stages.values()) <= result["elapsed_ms"] + 0.01
    said = ended.stderr.decode()
    if form == "text":
        assert f"profile: {len(results)} pages in " in said
        assert all(f"  {name} " in said for name in STAGES)
        return
    told = the("profile", [json.loads(line) for line in said.splitlines()])
    for name in STAGES:
        spent = sum(result["stages_ms"].get(name, 0.0) for result in results)
        assert told["stages_ms"][name] == pytest.approx(spent, abs=0.1)
    slowest = max(results, key=lambda result: result["elapsed_ms"])
    assert told["slowest"][0]["uri"] == slowest["uri"]


def test_without_a_profile_results_are_as_the_contract_says() -> None:
    _, results, _ = logged(SAMPLES / "en-clean-news.html", command=REAL)
    assert "stages_ms" not in results[0]

"""Scans that end before their end: full disks, signals, kills; what is there is whole."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

FAKE = [sys.executable, str(Path(__file__).parents[1] / "cli" / "fake_detector.py")]


def run(*arguments: object, before: Callable[[], None] | None = None) -> Any:
    command = [*FAKE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False, preexec_fn=before)


def pages(folder: Path, count: int, text: str = "x" * 3000) -> Path:
    path = folder / "pages.jsonl"
    lines = (json.dumps({"url": f"https://a.example/{i}", "text": text}) for i in range(count))
    path.write_text("\n".join(lines), "utf-8")
    return path


def plain(data: bytes) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in data.splitlines()]
    for record in found:
        record.pop("elapsed_ms")
    return found


def small_disk() -> None:
    """Files of this process can have a megabyte and a half."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))


@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_a_full_disk_leaves_whole_records_and_a_clear_error(tmp_path: Path, form: str) -> None:
    out = tmp_path / f"out.{form}"
    ended = run("scan", pages(tmp_path, 2000, "injected!" * 300), "-o", out, before=small_disk)
    assert ended.returncode == 2
    said = ended.stderr.decode().splitlines()
    assert said == [f"detector: cannot write {out}: File too large; what it holds is whole"]
    data = out.read_bytes()
    records = plain(data) if form == "jsonl" else json.loads(data)
    assert 0 < len(records) < 2000


def test_resume_after_a_full_disk_gives_what_an_undisturbed_run_gives(tmp_path: Path) -> None:
    path, out, whole = pages(tmp_path, 1000), tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    run("scan", path, "-o", whole)
    assert run("scan", path, "-o", out, before=small_disk).returncode == 2
    assert run("scan", path, "-o", out, "--resume").returncode == 0
    assert plain(out.read_bytes()) == plain(whole.read_bytes())


def test_a_full_disk_leaves_no_half_table(tmp_path: Path) -> None:
    path = pages(tmp_path, 40)
    lines = path.read_text().splitlines()
    noise = [json.dumps({"text": os.urandom(40_000).hex()}) for _ in lines]
    path.write_text("\n".join(noise))
    ended = run("scan", path, "-o", tmp_path / "out.parquet", before=small_disk)
    assert ended.returncode == 2
    assert b"nothing is kept of it" in ended.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["pages.jsonl"]


def _started(out: Path, command: list[str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    for _ in range(600):
        if out.exists() and out.stat().st_size:
            return process
        time.sleep(0.05)
    raise AssertionError("nothing was written")


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_a_scan_in_good_order(tmp_path: Path, how: signal.Signals, code: int) -> None:
    path, out = pages(tmp_path, 2000, "slow!"), tmp_path / "out.json"
    with _started(out, [*FAKE, "scan", str(path), "-o", str(out)]) as process:
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert b"interrupted; what is written is complete" in said
    assert b"Traceback" not in said
    assert 0 < len(json.loads(out.read_bytes())) < 2000


def test_an_interrupted_table_has_the_rows_so_far(tmp_path: Path) -> None:
    path, out = pages(tmp_path, 2000, "slow!"), tmp_path / "out.parquet"
    side = tmp_path / "side.jsonl"
    command = [*FAKE, "scan", str(path), "-o", str(out), "--jsonl-output", str(side)]
    with _started(side, command) as process:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert pq.read_table(out).num_rows == len(side.read_bytes().splitlines())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_someone_kills_changes_no_result(tmp_path: Path, how: signal.Signals) -> None:
    path, out = pages(tmp_path, 300, "slow!"), tmp_path / "out.jsonl"
    command = [*FAKE, "scan", str(path), "-o", str(out), "--workers", "2"]
    with _started(out, command) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), how)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert [r["label"] for r in plain(out.read_bytes())] == ["clean"] * 300


def test_a_machine_that_was_lost_leaves_zeros_that_are_cut_off(tmp_path: Path) -> None:
    path, out = pages(tmp_path, 20), tmp_path / "out.jsonl"
    run("scan", path, "-o", out)
    whole = out.read_bytes()
    out.write_bytes(b"".join(whole.splitlines(keepends=True)[:7]) + bytes(4096))
    assert run("scan", path, "-o", out, "--resume").returncode == 0
    assert plain(out.read_bytes()) == plain(whole)


def test_parquet_has_a_row_a_page(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    assert run("scan", pages(tmp_path, 1500), "-o", out).returncode == 0
    table = pq.read_table(out)
    assert table["label"].to_pylist() == ["clean"] * 1500
    assert pq.ParquetFile(out).num_row_groups == 2
    assert [json.loads(line)["uri"] for line in table["json"].to_pylist()] == table[
        "uri"
    ].to_pylist()


def test_without_pyarrow_parquet_says_what_to_install(tmp_path: Path) -> None:
    path, out = pages(tmp_path, 2), tmp_path / "out.parquet"
    (tmp_path / "pyarrow.py").write_text("raise ImportError('none here')")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [*FAKE, "scan", str(path), "-o", str(out)]
    ended = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert ended.returncode == 2
    assert ended.stderr.decode().strip() == (
        'detector: parquet needs more packages: pip install "seo-injection-detector[sources]"'
    )
    assert not out.exists()


def test_pages_that_were_read_and_have_no_result_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from detector.cli import group

    def forgetful(documents: Any, *_: Any, **__: Any) -> Any:
        yield from (b"clean\t{}\n" for _ in list(documents)[1:])

    monkeypatch.setattr("detector.pool.run", forgetful)
    out = str(tmp_path / "out.jsonl")
    with pytest.raises(SystemExit) as ended:
        group(["scan", str(pages(tmp_path, 5)), "-o", out])
    assert ended.value.code == 2
    assert "5 pages were read and 4 have a result" in capfd.readouterr().err

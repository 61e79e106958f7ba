"""Pages as a table, and what one process of the command says of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = 900
os.environ["PYTHONPATH"] = str(ROOT)  # for the workers, before any engine starts


def plain(line: str | bytes) -> dict[str, Any]:
    """A result without its timing."""
    record: dict[str, Any] = json.loads(line)
    record.pop("elapsed_ms")
    return record


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tables of our sample pages, each page with an address of its own."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path_factory.mktemp("pages")
    data = [path.read_bytes() for path in sorted((ROOT / "datasets" / "samples").glob("*.html"))]
    for part in range(6):
        numbers = range(part * PAGES // 6, (part + 1) * PAGES // 6)
        columns = {
            "url": [f"https://{i:05}.example/" for i in numbers],
            "html": [data[i % len(data)] if i % 97 else b"" for i in numbers],
        }
        # For engines of texts; the scan takes `html` where both are.
        columns["page"] = [page.decode("utf-8", "replace") or " " for page in columns["html"]]
        pq.write_table(pa.table(columns), folder / f"{part}.parquet", row_group_size=100)
    return folder


@pytest.fixture(scope="session")
def expected(table: Path) -> list[dict[str, Any]]:
    """The results of one process, by address."""
    command = [sys.executable, "-m", "detector", "scan", str(table), "--format", "jsonl"]
    command += ["--workers", "1", "--exit-zero"]
    run = subprocess.run(command, capture_output=True, check=True, timeout=300, cwd=ROOT)
    found = [plain(line) for line in run.stdout.splitlines()]
    assert len(found) == PAGES
    assert [r["uri"] for r in found] == sorted(r["uri"] for r in found)
    return found


def descendants() -> Iterator[tuple[int, str]]:
    """The processes that this one and its children started, with their command lines."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
                parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
            except OSError:
                continue
    for process in parents:
        above = parents[process]
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid():
            try:
                words = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ")
            except OSError:
                continue
            yield process, words.decode(errors="replace")


@contextmanager
def killing(wanted: Callable[[str], bool], after: float) -> Iterator[list[int]]:
    """Kills one of the engine's own processes when it has lived that many seconds."""
    killed: list[int] = []
    stop = threading.Event()

    def watch() -> None:
        seen: dict[int, float] = {}
        while not stop.is_set() and not killed:
            for process, words in descendants():
                if not wanted(words):
                    continue
                if time.monotonic() - seen.setdefault(process, time.monotonic()) > after:
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)
                    break
            time.sleep(0.05)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()

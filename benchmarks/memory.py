"""Peak memory of `detector scan` on a long WARC made by repeating real pages.

    python benchmarks/memory.py CORPUS [--megabytes 1000] [--workers 2]

The archive is written to a temporary folder. Memory of the scan and of all its children is
sampled from /proc (Linux): resident (RSS, what processes share counts in each of them) and
proportional (PSS, it counts once). `benchmarks/results/memory.csv` has the curve, which must be
flat.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
EVERY = 0.5  # seconds


def write(corpus: Path, target: Path, size: int) -> None:
    """Repeat the corpus's archives until the records, unpacked, have that size."""
    archives = sorted(corpus.glob("*.warc.gz"))
    if not archives:
        sys.exit(f"{corpus}: no *.warc.gz here")
    written = 0
    with target.open("wb") as out:
        while written < size:
            for path in archives:
                with gzip.open(path) as records:
                    while written < size and (chunk := records.read(1 << 20)):
                        written += out.write(chunk)


def family(root: int) -> set[int]:
    """A process and all that descend from it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(
                    (entry / "stat").read_text().rpartition(")")[2].split()[1]
                )
            except OSError:
                continue
    found = {root}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


def used(process: int) -> tuple[int, int]:
    """Kilobytes of a process in memory, RSS and PSS; zeros when it is gone."""
    found = {"Rss:": 0, "Pss:": 0}
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(" ")
            if name in found:
                found[name] = int(rest.split()[0])
    except (OSError, ValueError):
        pass
    return found["Rss:"], found["Pss:"]


@dataclass(slots=True)
class Moment:
    """What all processes used at a time, in kilobytes."""

    seconds: float
    main: int  # RSS of the first process
    worker: int  # RSS of the largest other one
    resident: int  # of all
    proportional: int  # of all


def main() -> None:
    """Write the archive, scan it, follow its memory."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    wanted = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "pages.warc"
        write(wanted.corpus, archive, wanted.megabytes * 1_000_000)
        command = [
            sys.executable, "-m", "detector", "scan", str(archive), "--format", "jsonl",
            "--fail-on", "none", "--workers", str(wanted.workers),
        ]  # fmt: skip
        started = time.monotonic()
        curve: list[Moment] = []
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as scan:
            while scan.poll() is None:
                each = {process: used(process) for process in family(scan.pid)}
                first = each.pop(scan.pid, (0, 0))
                curve.append(
                    Moment(
                        time.monotonic() - started,
                        first[0],
                        max((rss for rss, _ in each.values()), default=0),
                        first[0] + sum(rss for rss, _ in each.values()),
                        first[1] + sum(pss for _, pss in each.values()),
                    )
                )
                time.sleep(EVERY)
    with (RESULTS / "memory.csv").open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["seconds", "main_rss", "worker_rss", "sum_rss", "sum_pss"])
        for m in curve:
            sizes = (m.main, m.worker, m.resident, m.proportional)
            out.writerow([f"{m.seconds:.1f}", *(f"{size / 1000:.1f}" for size in sizes)])
    half = len(curve) // 2
    early = max((m.resident for m in curve[len(curve) // 10 : half]), default=0)
    late = max((m.resident for m in curve[half:]), default=0)
    peak = {
        name: max(getattr(m, name) for m in curve) / 1000
        for name in ("main", "worker", "resident", "proportional")
    }
    print(
        f"{curve[-1].seconds:.0f} s; peak MB: main process {peak['main']:.0f}, largest worker "
        f"{peak['worker']:.0f}, together {peak['resident']:.0f} (RSS), "
        f"{peak['proportional']:.0f} (PSS); first half {early / 1000:.0f}, second {late / 1000:.0f}"
    )


if __name__ == "__main__":
    main()

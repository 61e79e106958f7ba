"""Peak memory of `detector scan` on a long WARC made by repeating real pages.

    python benchmarks/memory.py CORPUS [--megabytes 1000]

The archive is written to a temporary folder. Memory of the scan and of all its children is
sampled from /proc (Linux), so that workers count; `benchmarks/results/memory.csv` has the
curve, which must be flat.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import subprocess
import sys
import tempfile
import time
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


def resident(process: int) -> int:
    """Kilobytes of a process in memory; 0 when it is gone."""
    try:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def main() -> None:
    """Write the archive, scan it, follow its memory."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--megabytes", type=int, default=1000)
    wanted = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "pages.warc"
        write(wanted.corpus, archive, wanted.megabytes * 1_000_000)
        command = [
            sys.executable, "-m", "detector", "scan", str(archive), "--format", "jsonl",
            "--fail-on", "none",
        ]  # fmt: skip
        started = time.monotonic()
        curve: list[tuple[float, int]] = []
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as scan:
            while scan.poll() is None:
                used = sum(map(resident, family(scan.pid)))
                curve.append((time.monotonic() - started, used))
                time.sleep(EVERY)
    with (RESULTS / "memory.csv").open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["seconds", "megabytes"])
        out.writerows((f"{at:.1f}", f"{used / 1000:.1f}") for at, used in curve)
    half = curve[len(curve) // 2 :]
    early = max((used for _, used in curve[len(curve) // 10 : len(curve) // 2]), default=0)
    print(
        f"peak {max(used for _, used in curve) / 1000:.0f} MB over {curve[-1][0]:.0f} s; "
        f"second half {max(used for _, used in half) / 1000:.0f} MB, "
        f"first {early / 1000:.0f} MB"
    )


if __name__ == "__main__":
    main()

"""What a crawl costs, measured from small to large, and from it a plan for the whole web.

    python benchmarks/scale.py CORPUS [--pages 1000,10000] [--workers 1,2] [--crawl 3e9]

Archives of that many records are made by repeating the corpus's pages, a gzip member each,
and scanned by the command. Time, processor time of the reading process and of the workers,
memory, and bytes in and out go to `benchmarks/results/scale.csv`; pages from 1 KB to 10 MB,
in one process, to `scale-size.csv`. The plan is printed from the largest run.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, fields
from itertools import cycle, islice
from math import log
from pathlib import Path

from memory import family, used

from detector.scan import Scanner
from detector.sources import open_sources

RESULTS = Path(__file__).parent / "results"
SAMPLES = Path(__file__).parents[1] / "datasets" / "samples"
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)  # bytes of a page
STEP = 0.25  # seconds between looks at the memory


@dataclass(frozen=True, slots=True)
class Run:
    """One scan of the command; bytes are those of a page."""

    pages: int
    workers: int
    seconds: float
    main_cpu: float  # seconds of the process that reads, orders and writes, its start too
    worker_cpu: float
    in_bytes: float  # compressed, as archives are kept
    out_bytes: float
    out_gz_bytes: float
    main_mb: float  # the most that the process had
    worker_mb: float


def write_archive(corpus: Path, target: Path, count: int) -> None:
    """So many records of the corpus's pages, each with an address of its own."""
    documents = [d for d in open_sources([str(corpus / "clean.warc.gz")]) if d.failure is None]
    documents += [d for d in open_sources([str(corpus / "spam.warc.gz")]) if d.failure is None]
    step = max(1, len(documents) // 1000)  # a sample, spread over the sources
    chosen = documents[::step]
    with target.open("wb") as out:
        for number, document in enumerate(islice(cycle(chosen), count)):
            body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + document.data
            head = (
                "WARC/1.0\r\nWARC-Type: response\r\n"
                f"WARC-Target-URI: https://{number}.example/\r\n"
                "Content-Type: application/http; msgtype=response\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            out.write(gzip.compress(head.encode() + body + b"\r\n\r\n", 6))


def cpu(process: int) -> float:
    """Seconds that a process has used so far."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def scan(archive: Path, pages: int, workers: int, out: Path) -> Run:
    """Scan it once, with an eye on the processes."""
    command = [sys.executable, "-m", "detector", "scan", str(archive), "-o", str(out)]
    command += ["--workers", str(workers), "--exit-zero"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    main_cpu = main_kb = worker_kb = 0.0
    started = time.monotonic()
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            main_cpu = max(main_cpu, cpu(process.pid))
            main_kb = max(main_kb, used(process.pid)[0])
            others = [used(p)[0] for p in family(process.pid) - {process.pid}]
            worker_kb = max([worker_kb, *others])
            time.sleep(STEP)
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    data = out.read_bytes()
    if process.returncode or data.count(b"\n") != pages:
        sys.exit(f"the scan of {pages} pages ended with {process.returncode}")
    sample = data[:20_000_000]
    return Run(
        pages, workers, seconds, main_cpu, whole - main_cpu,
        archive.stat().st_size / pages, len(data) / pages,
        len(gzip.compress(sample, 6)) / len(sample) * len(data) / pages,
        main_kb / 1000, worker_kb / 1000,
    )  # fmt: skip


def by_size() -> list[tuple[int, float]]:
    """Bytes and the fastest milliseconds of pages made by repeating our samples' bodies."""
    scanner = Scanner()
    text = b"\n".join(p.read_bytes() for p in sorted(SAMPLES.glob("en-clean*.html")))
    body = text.partition(b"<body")[2].partition(b">")[2].rpartition(b"</body>")[0]
    found = []
    for size in SIZES:
        page = b"<!doctype html><title>Town news</title>" + body * (size // len(body) + 1)
        page = page[:size]
        times = []
        for _ in range(3 if size > 1e6 else 7):
            started = time.perf_counter()
            scanner.scan(page, kind="html")
            times.append((time.perf_counter() - started) * 1e3)
        found.append((size, min(times)))
    return found


def plan(small: Run, run: Run, crawl: float) -> str:
    """The arithmetic for a crawl of that many pages, from two runs without their starts."""
    more = (run.pages - small.pages) / 1e3
    main_ms = (run.main_cpu - small.main_cpu) / more
    worker_ms = (run.worker_cpu - small.worker_cpu) / more
    core_ms = main_ms + worker_ms
    core_hours = crawl * core_ms / 3.6e6
    feeds = worker_ms / max(main_ms, 1e-9)
    lines = [
        f"{crawl:.2g} pages at {core_ms:.2f} ms of a core each: {core_hours:,.0f} core hours;"
        f" on 1,000 cores {core_hours / 1000:,.1f} hours, on 64 {core_hours / 64 / 24:,.0f} days",
        f"in: {crawl * run.in_bytes / 1e12:,.0f} TB compressed,"
        f" {run.in_bytes / core_ms / 1e3:.1f} MB/s a core,"
        f" {1000 * run.in_bytes / core_ms * 8 / 1e6:,.0f} Gbit/s for 1,000 cores",
        f"out: {crawl * run.out_bytes / 1e12:,.0f} TB of JSON lines,"
        f" {crawl * run.out_gz_bytes / 1e12:,.1f} TB gzipped",
        f"the reading process takes {main_ms:.2f} ms a page and so feeds about"
        f" {feeds:.0f} workers; a machine with more cores runs a scan for each {feeds:.0f}",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, write the tables, print the plan."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--pages", default="1000,10000")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--crawl", type=float, default=3e9)
    wanted = parser.parse_args()
    counts = [int(n) for n in wanted.pages.split(",")]
    RESULTS.mkdir(exist_ok=True)
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            archive = Path(folder) / f"{count}.warc.gz"
            write_archive(wanted.corpus, archive, count)
            for workers in (int(n) for n in wanted.workers.split(",")):
                runs.append(scan(archive, count, workers, Path(folder) / "out.jsonl"))
                run = runs[-1]
                print(
                    f"{run.pages:,} pages, {run.workers} workers: {run.seconds:.1f} s,"
                    f" {run.pages / run.seconds:,.0f} pages/s; CPU s: main {run.main_cpu:.1f},"
                    f" workers {run.worker_cpu:.1f}; MB: main {run.main_mb:.0f},"
                    f" worker {run.worker_mb:.0f}; bytes in {run.in_bytes:,.0f},"
                    f" out {run.out_bytes:,.0f} ({run.out_gz_bytes:,.0f} gzipped)",
                    flush=True,
                )
    sizes = by_size()
    with (RESULTS / "scale.csv").open("w", newline="") as handle:
        out = csv.writer(handle)
        names = [field.name for field in fields(Run)]
        out.writerow(names)
        out.writerows([round(getattr(run, name), 3) for name in names] for run in runs)
    with (RESULTS / "scale-size.csv").open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["bytes", "ms"])
        out.writerows((size, round(ms, 3)) for size, ms in sizes)
    print("ms by bytes: " + ", ".join(f"{size:,} {ms:.2f}" for size, ms in sizes))
    (small, few), (large, many) = sizes[2], sizes[-1]
    print(f"exponent from {small:,} bytes on: {log(many / few) / log(large / small):.2f}")
    least, most = ([r for r in runs if r.pages == n] for n in (min(counts), max(counts)))
    if len(most) > 1:
        print(f"{most[-1].workers} workers: {most[0].seconds / most[-1].seconds:.2f} x one")
    if len(counts) > 1:
        print(plan(least[0], most[0], wanted.crawl))


if __name__ == "__main__":
    main()

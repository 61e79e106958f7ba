"""What a page costs to pass through a process: this project's pool beside pebble.

    python benchmarks/pool.py [PAGES]      # pebble only where it is installed

The work is a fixed busy time, so the difference to it is the pool's own cost.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from detector.pool import run
from detector.types import Document, Failure
from detector.worker import Work

SIZE = 50_000  # bytes of a page
REPLY = bytes(15_000)  # a result
WORK = 0.001  # seconds


def work(document: Document) -> bytes:
    """Busy for WORK seconds."""
    end = time.perf_counter() + WORK
    while time.perf_counter() < end:
        pass
    return REPLY


def make() -> Work:
    """The work."""
    return work


def fail(document: Document, failure: Failure) -> bytes:
    """Never needed here."""
    return failure.message.encode()


def documents(pages: int) -> Iterator[Document]:
    """Pages of equal size."""
    data = bytes(SIZE)
    for index in range(pages):
        yield Document(str(index), data, "html")


def ours(pages: int, workers: int) -> int:
    """Pages that came through this project's pool."""
    return sum(1 for _ in run(documents(pages), make, fail, workers=workers))


def pebble(pages: int, workers: int) -> int:
    """Pages that came through pebble, a task each: its limit is one of a task."""
    from pebble import ProcessPool

    with ProcessPool(max_workers=workers) as pool:
        results = pool.map(work, documents(pages), timeout=10).result()
        return sum(1 for _ in results)


def main() -> None:
    """Prints a line a pool and number of workers."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for workers in (1, 2):
        for way in (ours, pebble):
            started = time.perf_counter()
            try:
                came = way(pages, workers)
            except ImportError:
                print(f"{way.__name__}: not installed")
                continue
            spent = time.perf_counter() - started
            ideal = pages * WORK / workers
            print(
                f"{way.__name__:7} workers {workers}: {came} pages, {spent:.2f} s,"
                f" {(spent - ideal) / pages * 1e6:.0f} µs a page over the work itself"
            )


if __name__ == "__main__":
    main()

"""Where the time of a scan goes: milliseconds a page and multiples of the bare parse, by stage.

    python benchmarks/stages.py CORPUS [--pages 200] [--rounds 3]

The functions of each stage are wrapped by a clock, and a stage's time is its own, without the
stages that it calls, so that all of them add up to the whole scan. What techniques share
(suspects, hidden parts, words of the page) is counted once, under its own name. Of each page the
fastest round counts. The table is written to `benchmarks/results/stages.csv`.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from detector import blocks, dom, language, page, roles, scan, scripts, techniques
from detector.decode import decode
from detector.model import Model
from detector.scan import Scanner
from detector.style import StyleSheet
from detector.techniques import Context

sys.path.insert(0, str(Path(__file__).parent))
from speed import RESULTS, read

# (owner, attribute, stage)
POINTS: tuple[tuple[Any, str, str], ...] = (
    (page, "decode", "decode"),
    (dom, "parse", "parse"),
    (blocks.Walk, "run", "walk"),
    (StyleSheet, "parse", "style sheets"),
    (blocks.Walk, "_hide", "hiding of elements"),
    (scripts, "hides", "scripts that hide"),
    (page, "_assemble", "page of what was walked"),
    (roles, "assign", "roles"),
    (page, "find_related_blocks", "related lists"),
    (language, "detect", "language"),
    (scan, "find_all", "techniques"),
    (Context, "hits", "lexicon"),
    (Context, "hits_in", "lexicon"),
    (Context, "promotion", "promotion"),
    (Context, "judge", "judged blocks"),
    (Context, "suspects", "suspects"),
    (Context, "_shown", "shown text"),
    (Context, "_concealed", "concealed parts"),
    (Context, "related", "relevance of links"),
    (scan, "place_findings", "placing"),
    (scan, "fields", "fields"),
    (scan, "features", "features"),
    (Model, "spam_score", "text scores"),
    (Model, "opinion", "forest"),
    (scan, "restore", "content"),
)


class Clock:
    """CPU nanoseconds by stage; a stage stops while one that it calls runs."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, int] = defaultdict(int)
        self._open: list[str] = []
        self._since = 0

    def enter(self, stage: str) -> None:
        """Begin a stage."""
        now = time.process_time_ns()
        if self._open:
            self.spent[self._open[-1]] += now - self._since
        self._open.append(stage)
        self._since = time.process_time_ns()

    def leave(self) -> None:
        """End the stage that was begun last."""
        now = time.process_time_ns()
        self.spent[self._open.pop()] += now - self._since
        self._since = time.process_time_ns()

    def wrap(self, call: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """The same function, timed."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            self.enter(stage)
            try:
                return call(*args, **kwargs)
            finally:
                self.leave()

        return timed


@contextmanager
def timed(clock: Clock) -> Iterator[None]:
    """Every point wrapped, and every technique under its own name."""
    before: list[tuple[Any, str, Any]] = []
    for owner, name, stage in POINTS:
        old = owner.__dict__[name]
        new: Any
        if isinstance(old, cached_property):
            new = cached_property(clock.wrap(old.func, stage))
            new.__set_name__(owner, name)
        elif isinstance(old, classmethod):
            new = classmethod(clock.wrap(old.__func__, stage))
        else:
            new = clock.wrap(old, stage)
        before.append((owner, name, old))
        setattr(owner, name, new)
    every = dict(techniques.techniques())
    shown = {
        name: techniques.Technique(
            name,
            entry.group,
            clock.wrap(lambda p, c, find=entry.find: list(find(p, c)), f"technique {name}"),
            entry.page,
        )
        for name, entry in every.items()
    }
    before.append((techniques, "techniques", techniques.techniques))
    techniques.techniques = lambda: shown  # type: ignore[assignment]
    # `find_all` is a generator: what the techniques take must not count twice.
    scan.find_all = clock.wrap(lambda *a: list(before_all(*a)), "techniques")  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for owner, name, old in before:
            setattr(owner, name, old)


before_all = techniques.find_all


def measure(pages: list[bytes], rounds: int) -> dict[str, float]:
    """CPU milliseconds a page by stage."""
    scanner = Scanner()
    for data in pages[:10]:
        scanner.scan(data)
    best: list[dict[str, int]] = [{} for _ in pages]
    for _ in range(rounds):
        for number, data in enumerate(pages):
            clock = Clock()
            with timed(clock):
                clock.enter("the rest of the scan")
                scanner.scan(data)
                clock.leave()
            if not best[number] or sum(clock.spent.values()) < sum(best[number].values()):
                best[number] = dict(clock.spent)
    total: defaultdict[str, float] = defaultdict(float)
    for spent in best:
        for stage, nanoseconds in spent.items():
            total[stage] += nanoseconds / 1e6 / len(pages)
    return dict(total)


def bare_parse(pages: list[bytes], rounds: int) -> float:
    """CPU milliseconds a page of the parser alone, on decoded text."""
    sources = [decode(data).text for data in pages]
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for source in sources:
            dom.parse(source)
        best = min(best, time.process_time() - started)
    return best * 1000 / len(pages)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    pages = read(wanted.corpus, wanted.pages)
    parse = bare_parse(pages, wanted.rounds)
    stages = measure(pages, wanted.rounds)
    whole = sum(stages.values())
    RESULTS.mkdir(exist_ok=True)
    print(f"{len(pages)} pages; bare parse {parse:.3f} ms, whole scan {whole:.2f} ms")
    with (RESULTS / "stages.csv").open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["stage", "ms", "parses"])
        by_cost = sorted(stages.items(), key=lambda item: -item[1])
        for stage, spent in (("bare parse", parse), ("whole scan", whole), *by_cost):
            out.writerow([stage, f"{spent:.4f}", f"{spent / parse:.3f}"])
            print(f"{stage:44}{spent:9.3f} ms{spent / parse:8.2f} x parse")


if __name__ == "__main__":
    main()

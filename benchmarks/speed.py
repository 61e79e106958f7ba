"""Pages a second on one core: the whole scan beside what others need to extract text.

    python benchmarks/speed.py CORPUS [--pages 200] [--rounds 3]

One process, the same bytes for everyone, one page after the other: on each page the
contestants run in turn, in an order drawn anew, so that what else the machine does hits
all alike. Times are of the process's own CPU. A ratio is of the sums over all pages; its
spread is from the lowest to the highest round. Results go to `benchmarks/results/speed.csv`,
and where matplotlib is installed to `speed.svg`;
`stages.py` says where our own time goes.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, pairwise
from pathlib import Path
from statistics import median

import numpy as np

from detector import dom
from detector.decode import decode
from detector.scan import Scanner
from detector.sources import Counts, Options, open_sources

RESULTS = Path(__file__).parent / "results"
OURS = "detector"
# What people write themselves: a handful of words of each trade.
KEYWORDS = re.compile(
    r"casino|poker|slot|bonus|viagra|cialis|escort|replica|betting|loan|essay|博彩|赌场|彩票|外围|代孕|发票",
    re.IGNORECASE,
)
Contestant = Callable[[bytes], object]


def read(corpus: Path, count: int) -> list[bytes]:
    """Pages drawn from all the archives of a corpus, the same ones every time."""
    archives = sorted(str(path) for path in corpus.glob("*.warc.gz"))
    found = [d.data for d in open_sources(archives, Options(), Counts()) if not d.failure]
    pages = [data if isinstance(data, bytes) else data.encode() for data in found]
    return random.Random(1).sample(pages, min(count, len(pages)))


def contestants(scanner: Scanner) -> dict[str, Contestant]:
    """Ours and each of the others that is installed."""
    found: dict[str, Contestant] = {OURS: scanner.scan}
    found["turbohtml parse"] = lambda data: dom.parse(decode(data).text)
    try:
        import trafilatura

        found["trafilatura"] = trafilatura.extract
        found["trafilatura fast"] = lambda data: trafilatura.extract(data, fast=True)
        found["trafilatura + linear text"] = linear_text(trafilatura.extract)
    except ImportError:
        pass
    try:
        from resiliparse.extract.html2text import extract_plain_text

        found["resiliparse"] = lambda data: extract_plain_text(decode(data).text, main_content=True)
    except ImportError:
        pass
    try:
        from readability import Document as Readable

        found["readability-lxml"] = lambda data: Readable(decode(data).text).summary()
    except ImportError:
        pass
    try:
        import justext

        words = justext.get_stoplist("English")
        found["jusText"] = lambda data: justext.justext(data, words)
    except ImportError:
        pass
    try:
        from bs4 import BeautifulSoup

        found["BeautifulSoup + keywords"] = lambda data: KEYWORDS.findall(
            BeautifulSoup(data, "html.parser").get_text(" ")
        )
    except ImportError:
        pass
    return found


def linear_text(extract: Callable[[bytes], str | None]) -> Contestant:
    """What corpus builders run: text, then a classifier as fastText's (Joulin 2017).

    Hashed words and pairs of words into one linear model. Its weights are drawn at random:
    they cost what fitted ones do.
    """
    from zlib import crc32

    bits = 18
    weights = np.random.default_rng(0).standard_normal((1 << bits, 2)).astype(np.float32)

    def judge(data: bytes) -> object:
        words = [crc32(word.encode()) for word in re.findall(r"\w+", (extract(data) or "").lower())]
        pairs = [a * 31 + b for a, b in pairwise(words)]
        rows = np.array([*words, *pairs], dtype=np.int64) % (1 << bits)
        return weights[rows].mean(axis=0) if len(rows) else None

    return judge


def clock(call: Contestant, data: bytes) -> float:
    """CPU seconds of one call; one that fails on a page has still spent them."""
    started = time.process_time()
    try:
        call(data)
    except Exception as error:  # extractors raise what they like
        print(f"  {type(error).__name__} on a page of {len(data)} bytes", file=sys.stderr)
    return time.process_time() - started


def race(
    entries: Mapping[str, Contestant], pages: Sequence[bytes], rounds: int
) -> dict[str, list[list[float]]]:
    """CPU seconds by contestant, round and page."""
    rng = random.Random(2)
    spent: dict[str, list[list[float]]] = {name: [] for name in entries}
    for name in entries:  # caches and models
        for data in pages[:10]:
            clock(entries[name], data)
    for number in range(rounds):
        for times in spent.values():
            times.append([])
        for data in pages:
            order = list(entries)
            rng.shuffle(order)
            for name in order:
                spent[name][number].append(clock(entries[name], data))
    return spent


def main() -> None:
    """Run the race, print the table, write the files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    pages = read(wanted.corpus, wanted.pages)
    if not pages:
        sys.exit(f"{wanted.corpus}: no *.warc.gz with pages here")
    scanner = Scanner()
    spent = race(contestants(scanner), pages, wanted.rounds)
    RESULTS.mkdir(exist_ok=True)
    ours = [sum(times) for times in spent[OURS]]
    print(f"{len(pages)} pages, {wanted.rounds} rounds, CPU time of one process\n")
    print(f"{'':26}{'pages/s':>9}{'median ms':>11}{'p99 ms':>9}{'of ours':>9}  spread")
    with (RESULTS / "speed.csv").open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow("contestant pages_per_second median_ms p99_ms ratio lowest highest".split())
        for name, rounds in sorted(spent.items(), key=lambda item: sum(map(sum, item[1]))):
            each = sorted(min(times) * 1000 for times in zip(*rounds, strict=True))
            ratios = [sum(times) / own for times, own in zip(rounds, ours, strict=True)]
            ratio = sum(map(sum, rounds)) / sum(ours)
            row = (
                len(pages) * len(rounds) / sum(map(sum, rounds)),
                median(each), each[int(len(each) * 0.99)], ratio, min(ratios), max(ratios),
            )  # fmt: skip
            out.writerow([name, *(f"{value:.4g}" for value in row)])
            print(
                f"{name:26}{row[0]:9.1f}{row[1]:11.2f}{row[2]:9.2f}{ratio:9.2f}"
                f"  {row[4]:.2f}-{row[5]:.2f}"
            )
    plot({name: sorted(chain.from_iterable(t)) for name, t in spent.items()}, RESULTS / "speed.svg")


def plot(times: Mapping[str, Sequence[float]], target: Path) -> None:
    """CPU milliseconds a page, from the first to the 99th percentile, the median marked."""
    try:
        import matplotlib

        matplotlib.use("svg")
        from matplotlib import pyplot
    except ImportError:
        return
    matplotlib.rcParams["svg.hashsalt"] = "detector"
    names = sorted(times, key=lambda name: -sum(times[name]))
    figure, axes = pyplot.subplots(figsize=(8, 0.45 * len(names) + 1.2), layout="constrained")
    for row, name in enumerate(names):
        each = [seconds * 1000 for seconds in times[name]]
        first, middle, last = (each[int((len(each) - 1) * share)] for share in (0.01, 0.5, 0.99))
        colour = "C3" if name == OURS else "C0"
        axes.plot([first, last], [row, row], color=colour, linewidth=6, alpha=0.4)
        axes.plot([middle], [row], "o", color=colour)
    axes.set_yticks(range(len(names)), names)
    axes.set_xscale("log")
    axes.set_xlabel("CPU milliseconds a page: percentiles 1 to 99, median marked")
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main()

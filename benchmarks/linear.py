"""How the cost of a scan grows: by size of a page, links, hidden blocks, style rules.

    python benchmarks/linear.py [--megabytes 10]

Pages are made of words drawn from a fixed list, each dimension in steps of about three. The
exponent is the slope of log time over log size (least squares) from the second step on: 1 is
linear. Times are of the process's CPU, the best of two. `benchmarks/results/linear.csv` has all
of them. Exit code 1 where an exponent is over 1.1.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from detector.scan import Scanner

RESULTS = Path(__file__).parent / "results"
MOST = 1.1
WORDS = (
    "harbour garden river letter window bridge market winter station teacher paper mountain "
    "village evening music kitchen doctor travel morning weather question island orchestra "
    "meeting forest summer library children history building water council engine"
).split()


def sentence(rng: random.Random, words: int) -> str:
    """Words with an end."""
    return " ".join(rng.choices(WORDS, k=words)).capitalize() + "."


def page(body: str, head: str = "") -> bytes:
    """A whole document around a body."""
    return (
        "<!doctype html><html lang=en><head><title>Harbour news of the week</title>"
        f"{head}</head><body><h1>Harbour news of the week</h1>{body}</body></html>"
    ).encode()


def text(rng: random.Random, size: int) -> bytes:
    """A page of `size` kilobytes: paragraphs in containers."""
    parts: list[str] = []
    length = 0
    while length < size * 1000:
        part = f'<div class="row r{len(parts) % 50}"><p>{sentence(rng, 40)}</p></div>'
        parts.append(part)
        length += len(part)
    return page("".join(parts))


def links(rng: random.Random, count: int) -> bytes:
    """A page with that many links, half of them to other hosts."""
    parts = (
        f'<li><a href="{f"https://s{n % 300}.example" if n % 2 else ""}/p/{n}">'
        f"{sentence(rng, 4)}</a></li>"
        for n in range(count)
    )
    return page(f"<ul>{''.join(parts)}</ul>")


def hidden(rng: random.Random, count: int) -> bytes:
    """A page with that many hidden blocks."""
    parts = (
        f'<div style="display:none">{sentence(rng, 6)} <a href="https://s{n % 300}.example/">'
        f"{rng.choice(WORDS)}</a></div>"
        for n in range(count)
    )
    return page(f"<p>{sentence(rng, 60)}</p>{''.join(parts)}")


def rules(rng: random.Random, count: int) -> bytes:
    """A page with that many style rules that hide, a third of them with ancestors."""
    names = [f"c{n}" for n in range(count)]
    css = "".join(
        f".r{n % 7} .{name}{{display:none}}" if n % 3 == 0 else f".{name}{{display:none;top:{n}px}}"
        for n, name in enumerate(names)
    )
    body = "".join(
        f'<div class="r{n % 9} {rng.choice(names)}"><p>{sentence(rng, 8)}</p></div>'
        for n in range(500)
    )
    return page(body, f"<style>{css}</style>")


def steps(most: int) -> list[int]:
    """From a hundredth up, in steps of about three."""
    return [max(round(most / 10 ** (power / 2)), 1) for power in range(4, -1, -1)]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the line through (log size, log time)."""
    logs = [(math.log(size), math.log(spent)) for size, spent in points]
    x = sum(a for a, _ in logs) / len(logs)
    y = sum(b for _, b in logs) / len(logs)
    return sum((a - x) * (b - y) for a, b in logs) / sum((a - x) ** 2 for a, _ in logs)


def clock(scanner: Scanner, data: bytes) -> float:
    """CPU seconds of one scan, the best of two."""
    best = math.inf
    for _ in range(2):
        started = time.process_time()
        scanner.scan(data, kind="html")
        best = min(best, time.process_time() - started)
    return best


def main() -> int:
    """Measure each dimension, print exponents, write the times."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--megabytes", type=float, default=10.0)
    wanted = parser.parse_args()
    share = wanted.megabytes / 10
    dimensions: dict[str, tuple[Callable[[random.Random, int], bytes], int]] = {
        "kilobytes": (text, int(10_000 * share)),
        "links": (links, int(30_000 * share)),
        "hidden blocks": (hidden, int(30_000 * share)),
        "style rules": (rules, int(18_000 * share)),
    }
    scanner = Scanner()
    scanner.scan(text(random.Random(0), 20), kind="html")
    RESULTS.mkdir(exist_ok=True)
    worst = 0.0
    with (RESULTS / "linear.csv").open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["dimension", "size", "bytes", "seconds"])
        for name, (make, most) in dimensions.items():
            points: list[tuple[float, float]] = []
            for size in steps(most):
                data = make(random.Random(size), size)
                spent = clock(scanner, data)
                points.append((size, spent))
                out.writerow([name, size, len(data), f"{spent:.4f}"])
            exponent = slope(points[1:])
            worst = max(worst, exponent)
            shown = "  ".join(f"{size:g}: {spent:.3f} s" for size, spent in points)
            print(f"{name:14} exponent {exponent:5.2f}   {shown}", flush=True)
    return int(worst > MOST)


if __name__ == "__main__":
    sys.exit(main())

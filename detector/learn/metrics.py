"""What a model's judgements are worth: rates with intervals, calibration, differences.

Rates come with their counts and Wilson's 95 % interval (Wilson 1927): small groups
then look as uncertain as they are.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detector.types import LABELS, Label

BINS = 15
Z = 1.959964  # two-sided 95 %


@dataclass(frozen=True, slots=True)
class Judged:
    """One page: what is true of it, and what the model said."""

    uri: str
    truth: Label
    said: Label
    foreign: float  # probability of not being clean
    spam: float
    language: str = ""
    category: str = ""
    categories: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    site: str = ""
    source: str = ""
    real: bool = True

    @property
    def flagged(self) -> bool:
        """Called not clean."""
        return self.said != "clean"

    @property
    def right(self) -> bool:
        """On the right side of clean and not clean."""
        return self.flagged == (self.truth != "clean")


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` of `count`."""

    hits: int
    count: int

    @property
    def value(self) -> float:
        """The share; nan of none."""
        return self.hits / self.count if self.count else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval."""
        n, k = self.count, self.hits
        if not n:
            return 0.0, 1.0
        share, z2 = k / n, Z * Z
        centre = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return max(centre - half, 0.0), min(centre + half, 1.0)

    def __str__(self) -> str:
        low, high = self.interval
        if not self.count:
            return "none"
        return f"{self.value:.3f} ({self.hits}/{self.count}, {low:.3f}–{high:.3f})"

    def record(self) -> dict[str, Any]:
        """For JSON."""
        low, high = self.interval
        value = round(self.value, 5) if self.count else None
        return {
            "hits": self.hits,
            "count": self.count,
            "low": round(low, 5),
            "high": round(high, 5),
            "rate": value,
        }


def rate(pages: Iterable[Judged], hit: Callable[[Judged], bool]) -> Rate:
    """How many of the pages `hit` holds for."""
    found = [hit(p) for p in pages]
    return Rate(sum(found), len(found))


def calibration_error(pages: Sequence[Judged]) -> float:
    """Expected calibration error of `foreign` over equal bins (Naeini 2015)."""
    bins: dict[int, list[Judged]] = defaultdict(list)
    for page in pages:
        bins[min(int(page.foreign * BINS), BINS - 1)].append(page)
    gaps = (
        abs(sum(p.foreign for p in b) - sum(p.truth != "clean" for p in b)) for b in bins.values()
    )
    return sum(gaps) / max(len(pages), 1)


def top_two(pages: Iterable[Judged]) -> Rate:
    """Among flagged foreign pages of a known category: it is one of the first two said."""
    known = [
        p for p in pages if p.truth != "clean" and p.flagged and p.category not in ("", "other")
    ]
    return rate(known, lambda p: p.category in p.categories[:2])


def split(
    pages: Iterable[Judged], keys: Callable[[Judged], Iterable[str]]
) -> dict[str, list[Judged]]:
    """Pages by key, sorted by it; a page may stand under several."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for page in pages:
        for key in keys(page):
            groups[key or "unknown"].append(page)
    return dict(sorted(groups.items()))


GROUPS: dict[str, Callable[[Judged], Iterable[str]]] = {
    "language": lambda p: (p.language,),
    "technique": lambda p: p.techniques,
    "category": lambda p: (p.category,) if p.truth != "clean" else (),
    "source": lambda p: (p.source,),
}


def measure(pages: Sequence[Judged]) -> dict[str, Any]:
    """All figures as plain values; rates are `Rate.record()`."""
    clean = [p for p in pages if p.truth == "clean"]
    out: dict[str, Any] = {
        "pages": len(pages),
        "overall": {
            "real clean called not clean": rate(
                (p for p in clean if p.real), lambda p: p.flagged
            ).record(),
            "composed clean called not clean": rate(
                (p for p in clean if not p.real), lambda p: p.flagged
            ).record(),
        },
        "calibration_error": round(calibration_error(pages), 5),
        "category_top_two": top_two(pages).record(),
    }
    for label in LABELS[1:]:
        for real, word in ((True, "real"), (False, "composed")):
            chosen = [p for p in pages if p.truth == label and p.real == real]
            out["overall"][f"{word} {label} found"] = rate(chosen, lambda p: p.flagged).record()
    found = [p for p in pages if p.truth != "clean" and p.flagged]
    out["overall"]["label right among found"] = rate(found, lambda p: p.said == p.truth).record()
    for name, keys in GROUPS.items():
        out[name] = {key: _both_sides(group) for key, group in split(pages, keys).items()}
    return out


def figures(measured: Mapping[str, Any]) -> dict[str, float]:
    """The figures of `measure` that a floor can hold: rates of some pages, calibration."""
    found = {n: r["rate"] for n, r in measured["overall"].items() if r["rate"] is not None}
    found["calibration error"] = measured["calibration_error"]
    if measured["category_top_two"]["rate"] is not None:
        found["category among the first two"] = measured["category_top_two"]["rate"]
    return found


def _both_sides(pages: Sequence[Judged]) -> dict[str, Any]:
    clean = [p for p in pages if p.truth == "clean"]
    foreign = [p for p in pages if p.truth != "clean"]
    return {
        "false_alarms": rate(clean, lambda p: p.flagged).record(),
        "found": rate(foreign, lambda p: p.flagged).record(),
    }


@dataclass(frozen=True, slots=True)
class Difference:
    """Two models on the same pages: pages that only one of them judges right."""

    gained: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def p_value(self) -> float:
        """Exact two-sided McNemar test (McNemar 1947): chance of so uneven a split."""
        b, c = len(self.gained), len(self.lost)
        n = b + c
        tail: float = sum(math.comb(n, k) for k in range(min(b, c) + 1)) / 2.0**n
        return min(1.0, 2 * tail)


def compare(ours: Sequence[Judged], theirs: Sequence[Judged]) -> Difference:
    """`ours` against `theirs`, paired in order. Raises ValueError for other pages."""
    if [p.uri for p in ours] != [p.uri for p in theirs]:
        raise ValueError("the two models did not judge the same pages in the same order")
    pairs = list(zip(ours, theirs, strict=True))
    return Difference(
        tuple(a.uri for a, b in pairs if a.right and not b.right),
        tuple(a.uri for a, b in pairs if b.right and not a.right),
    )

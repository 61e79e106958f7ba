"""Keeps a worse model out: the floors of `tests/quality.json`, which only rise.

The file holds two sets of figures of `metrics.figures`, each with the digest of the pages
that it was measured on: `pages`, what a model says of pages that are at hand, and `unseen`,
what its own training measured on sites that it had left out. A floor is the least that a
figure must reach ("found", "right") or the most it may show ("called not clean", "error").
Figures of other pages cannot be compared; they set the floors anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor
from pathlib import Path
from typing import Any

from detector.learn.metrics import Difference, Judged, compare

SURE = 0.05  # p value from which a difference counts
SLACK = 1e-6  # of rounding


@dataclass(frozen=True, slots=True)
class Floors:
    """One set: the figures, the digest of their pages, and where those pages are."""

    values: Mapping[str, float] = field(default_factory=dict)
    digest: str = ""
    data: tuple[str, ...] = ()  # sources, beside the file's own folder

    def missed(self, values: Mapping[str, float], digest: str) -> list[Shortfall]:
        """What falls short, where the pages are the same."""
        return shortfalls(values, self.values) if digest == self.digest else []

    def raised(self, values: Mapping[str, float], digest: str, lower: bool = False) -> Floors:
        """After a model that may take the place. `lower` lets a floor fall."""
        same = digest == self.digest and not lower
        made = raised(values, self.values) if same else raised(values, {})
        return replace(self, values=made, digest=digest)

    def record(self) -> dict[str, Any]:
        """For JSON."""
        out: dict[str, Any] = {"data": list(self.data)} if self.data else {}
        return out | {"digest": self.digest, "floors": dict(sorted(self.values.items()))}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A figure that misses its floor."""

    name: str
    value: float
    floor: float

    def __str__(self) -> str:
        word = "over" if is_ceiling(self.name) else "under"
        return f"{self.name}: {self.value:.4f}, {word} the floor of {self.floor:.4f}"


def is_ceiling(name: str) -> bool:
    """Whether less of the figure is better."""
    return "called not clean" in name or "error" in name


def shortfalls(values: Mapping[str, float], floors: Mapping[str, float]) -> list[Shortfall]:
    """Floors that the values miss; a figure that is not there misses."""
    missed = []
    for name, limit in floors.items():
        value = values.get(name, float("inf") if is_ceiling(name) else 0.0)
        if value > limit if is_ceiling(name) else value < limit:
            missed.append(Shortfall(name, value, limit))
    return missed


def raised(values: Mapping[str, float], floors: Mapping[str, float]) -> dict[str, float]:
    """Floors after a better model: none is lowered, new figures join."""
    out = dict(floors)
    for name, value in values.items():
        old = out.get(name, value)
        kept = min(old, value) if is_ceiling(name) else max(old, value)
        # Rounded to the lenient side: the model that sets a floor must pass it.
        out[name] = (
            ceil(kept * 1e4 - SLACK) if is_ceiling(name) else floor(kept * 1e4 + SLACK)
        ) / 1e4
    return out


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a model may take another's place, and why not."""

    reasons: tuple[str, ...]
    difference: Difference | None = None

    @property
    def allowed(self) -> bool:
        """No reason speaks against it."""
        return not self.reasons


def decide(new: Sequence[Judged], old: Sequence[Judged] | None) -> Decision:
    """Compare a new model with the one in place, on the same pages."""
    reasons = []
    difference = None
    if old is not None:
        difference = compare(new, old)
        gained, lost = len(difference.gained), len(difference.lost)
        if lost > gained and difference.p_value < SURE:
            reasons.append(
                f"worse than the model in place on {lost} pages, better on {gained} "
                f"(McNemar p = {difference.p_value:.3g})"
            )
        alarms = [
            uri for uri in difference.lost
            if any(p.uri == uri and p.truth == "clean" for p in new)
        ]  # fmt: skip
        cleared = sum(p.truth == "clean" for p in new if p.uri in set(difference.gained))
        if len(alarms) > cleared + 2 * max(1, cleared) ** 0.5:
            reasons.append(f"{len(alarms)} new false alarms, such as {alarms[0]}")
    return Decision(tuple(reasons), difference)


def promote(source: Path, target: Path) -> None:
    """Put a model in another's place; a crash leaves one of the two whole."""
    staged = target.with_name(f".{target.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(source, staged)
    kept = target.with_name(f".{target.name}.old")
    shutil.rmtree(kept, ignore_errors=True)
    if target.exists():
        target.rename(kept)
    staged.rename(target)
    shutil.rmtree(kept, ignore_errors=True)


SETS = ("pages", "unseen")


def read_floors(path: Path) -> dict[str, Floors]:
    """The sets of a file by name; empty ones where there is none. Raises ValueError."""
    if not path.is_file():
        return {name: Floors() for name in SETS}
    try:
        table = json.loads(path.read_text("utf-8"))
        return {
            name: Floors(
                {k: float(v) for k, v in table[name]["floors"].items()},
                table[name]["digest"], tuple(table[name].get("data", ())),
            )
            for name in SETS
        }  # fmt: skip
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is no file of floors ({error!r}); restore it") from error


def write_floors(path: Path, sets: Mapping[str, Floors]) -> None:
    """Write the file anew, whole or not at all."""
    table = {name: sets[name].record() for name in SETS}
    staged = path.with_name(f".{path.name}.new")
    staged.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", "utf-8")
    staged.replace(path)

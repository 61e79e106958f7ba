"""Keeps a worse model out: the floors of `tests/quality.json`, which only rise.

The file holds, by name of a figure of `measure`'s `overall`, the least that a model must
reach ("found", "right") or the most it may show ("called not clean"), and the digest of
the pages it was measured on.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.learn.metrics import Difference, Judged, compare, measure

SURE = 0.05  # p value from which a difference counts


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


def figures(measured: Mapping[str, Any]) -> dict[str, float]:
    """The figures that floors can hold: rates with pages behind them, calibration."""
    found = {n: r["rate"] for n, r in measured["overall"].items() if r["rate"] is not None}
    found["calibration error"] = measured["calibration_error"]
    if measured["category_top_two"]["rate"] is not None:
        found["category among the first two"] = measured["category_top_two"]["rate"]
    return found


def shortfalls(values: Mapping[str, float], floors: Mapping[str, float]) -> list[Shortfall]:
    """Floors that the values miss; a figure that is not there misses."""
    missed = []
    for name, floor in floors.items():
        value = values.get(name, float("inf") if is_ceiling(name) else 0.0)
        if value > floor if is_ceiling(name) else value < floor:
            missed.append(Shortfall(name, value, floor))
    return missed


def raised(values: Mapping[str, float], floors: Mapping[str, float]) -> dict[str, float]:
    """Floors after a better model: none is lowered, new figures join."""
    out = dict(floors)
    for name, value in values.items():
        old = out.get(name, value)
        out[name] = round(min(old, value) if is_ceiling(name) else max(old, value), 4)
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


def decide(
    new: Sequence[Judged], old: Sequence[Judged] | None, floors: Mapping[str, float]
) -> Decision:
    """Compare a new model with the one in place, on the same pages, and with the floors."""
    reasons = [str(s) for s in shortfalls(figures(measure(new)), floors)]
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


def read_floors(path: Path) -> dict[str, float]:
    """The floors of a file; {} where there is none."""
    if not path.is_file():
        return {}
    return dict(json.loads(path.read_text("utf-8"))["floors"])


def floor_data(path: Path) -> tuple[str, ...]:
    """The labelled pages that the floors were measured on, beside the file's own folder."""
    if not path.is_file():
        return ()
    named = json.loads(path.read_text("utf-8")).get("data", [])
    return tuple(str((path.parent / name).resolve()) for name in named)

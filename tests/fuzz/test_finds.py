"""Inputs that once broke a promise keep it, and so do the first ones of fuzzing; no atheris."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .targets import TARGETS, seeds

FINDS = Path(__file__).parent / "finds"


def kept() -> Iterator[Any]:
    for path in sorted(FINDS.glob("*/*")):
        yield pytest.param(path, id=f"{path.parent.name}-{path.stem}")


@pytest.mark.parametrize("path", list(kept()))
def test_a_find_breaks_nothing_any_more(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_the_first_inputs_of_fuzzing_break_nothing(name: str) -> None:
    first = [seed for number, seed in enumerate(seeds(name)) if number % 7 == 0]
    assert first or name in ("sources",)
    for seed in first:
        TARGETS[name](seed)


def test_every_find_is_of_a_target() -> None:
    assert {path.name for path in FINDS.iterdir()} <= set(TARGETS)

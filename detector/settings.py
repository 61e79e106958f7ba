"""Thresholds and other knobs as data: `data/*.toml`, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def data_table(name: str) -> Mapping[str, Any]:
    """The TOML file `data/<name>.toml` of the package."""
    return tomllib.loads((files("detector") / "data" / f"{name}.toml").read_text("utf-8"))


def thresholds() -> Mapping[str, Any]:
    """One table a technique, each value with its reason beside it."""
    return data_table("thresholds")

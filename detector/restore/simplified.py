"""Traditional characters as simplified ones and back, by OpenCC, loaded when first needed."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def _converter(direction: str) -> Any:
    from opencc import OpenCC

    return OpenCC(direction)


def to_simplified(text: str) -> str:
    """Traditional characters as simplified ones."""
    return str(_converter("t2s").convert(text))


def to_traditional(text: str) -> str:
    """Simplified characters as traditional ones."""
    return str(_converter("s2t").convert(text))

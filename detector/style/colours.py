"""Colours of any CSS notation.

Source: CSS Color 4.
"""

from __future__ import annotations

from functools import lru_cache

from detector.settings import data_table
from detector.style.lengths import functions, number_unit

Colour = tuple[int, int, int, float]
"""Red, green, blue 0 to 255; alpha 0 to 1."""


@lru_cache(maxsize=4096)
def parse_colour(value: str) -> Colour | None:
    """A colour of any CSS notation; None for what is none, or depends on others."""
    if value.startswith("#"):
        return _hex(value[1:])
    if value == "transparent":
        return 0, 0, 0, 0.0
    if "(" not in value:
        name = data_table("colours")["names"].get(value)
        return _hex(name[1:]) if name else None
    found = functions(value)
    if len(found) != 1 or found[0][0] not in ("rgb", "rgba", "hsl", "hsla"):
        return None
    name, args = found[0]
    numbers = [number_unit(a) for a in args if a != "/"]
    if not 3 <= len(numbers) <= 4 or any(n is None for n in numbers):
        return None
    plain = [n for n in numbers if n is not None]
    alpha = plain[3][0] / (100 if plain[3][1] == "%" else 1) if len(plain) == 4 else 1.0
    alpha = min(1.0, max(0.0, alpha))
    if name.startswith("rgb"):
        red, green, blue = (n * 2.55 if unit == "%" else n for n, unit in plain[:3])
    else:
        import colorsys

        turn = plain[0][0] % 360 / 360
        light, full = (min(100.0, max(0.0, n)) / 100 for n in (plain[2][0], plain[1][0]))
        red, green, blue = (c * 255 for c in colorsys.hls_to_rgb(turn, light, full))
    return _channel(red), _channel(green), _channel(blue), alpha


def _channel(value: float) -> int:
    return round(min(255.0, max(0.0, value)))


def _hex(digits: str) -> Colour | None:
    if len(digits) in (3, 4):
        digits = "".join(d * 2 for d in digits)
    if len(digits) not in (6, 8) or not digits.isalnum():
        return None
    try:
        value = int(digits.ljust(8, "f"), 16)
    except ValueError:
        return None
    return value >> 24 & 255, value >> 16 & 255, value >> 8 & 255, (value & 255) / 255

"""Numbers, lengths and functions of CSS values.

Source: CSS Values 4.
"""

from __future__ import annotations

from detector.patterns import pattern

_NUMBER = pattern(r"([+-]?(?:\d{1,20}\.?\d{0,12}|\.\d{1,12})(?:e[+-]?\d{1,2})?)([a-z%]{0,6})")
_FUNCTION = pattern(r"([a-z-]{1,20})\(([^()]{0,200})\)")
_UNITS = {
    "": 1.0,  # quirks mode and zero
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
    "rem": 16.0,
    # Of a window of 1280 by 800, the commonest when the web's tools agree on one.
    "vw": 12.8,
    "vh": 8.0,
    "vmin": 8.0,
    "vmax": 12.8,
    "svw": 12.8,
    "svh": 8.0,
    "dvw": 12.8,
    "dvh": 8.0,
}


def number_unit(value: str) -> tuple[float, str] | None:
    """`-9999px` as (-9999.0, "px"); None where it is no single dimension."""
    match = _NUMBER.fullmatch(value)
    if match is None:
        return _calculated(value) if value.startswith("calc(") else None
    return float(match[1]), match[2]


def _calculated(value: str) -> tuple[float, str] | None:
    """`calc(-1 * 9999px)`, `calc(100% - 9999px)`: products, or the px part of a sum."""
    inner = value[5:].rstrip(")").strip()
    if len(inner) > 100 or "(" in inner:
        return None
    if "*" in inner:
        total, unit = 1.0, ""
        for factor in inner.split("*"):
            got = _NUMBER.fullmatch(factor.strip())
            if got is None:
                return None
            total, unit = total * float(got[1]), got[2] or unit
        return total, unit
    total, sign, found = 0.0, 1.0, False
    for token in inner.split():
        if token in "+-":
            sign = -1.0 if token == "-" else 1.0
        elif got := _NUMBER.fullmatch(token):
            if got[2] in _UNITS:
                total, found = total + sign * float(got[1]) * _UNITS[got[2]], True
        else:
            return None
    return (total, "px") if found else None


def pixels(value: str, font_size: float = 16.0) -> float | None:
    """A length in CSS pixels; None for percentages and what is no length."""
    dimension = number_unit(value)
    if dimension is None:
        return None
    number, unit = dimension
    if unit in _UNITS:
        return number * _UNITS[unit]
    if unit == "em":
        return number * font_size
    return number * font_size / 2 if unit in ("ex", "ch") else None


def percent(value: str) -> float | None:
    """A percentage as written, 50 for `50%`; None for anything else."""
    dimension = number_unit(value)
    return dimension[0] if dimension is not None and dimension[1] == "%" else None


def no_room(value: str, most: float) -> bool:
    """Whether a width or height, in any unit, is of at most so many pixels, or `0%`."""
    size = pixels(value)
    return percent(value) == 0 if size is None else 0 <= size <= most


def functions(value: str) -> list[tuple[str, list[str]]]:
    """`translate(-50%, 0) scale(0)` as names with their arguments."""
    return [
        (name, args.replace(",", " ").replace("/", " / ").split())
        for name, args in _FUNCTION.findall(value)
    ]

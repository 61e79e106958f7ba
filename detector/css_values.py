"""CSS declarations, lengths and colours, as far as they decide whether text is seen.

A linear parser for `style` attributes and rule bodies: comments, escapes, case, white space
and `!important` are handled as CSS Syntax Level 3 does, and only the properties that can hide
something are kept. tinycss2 gives the same answers (a test compares them) but takes 0.26 ms a
kilobyte, several times the whole of this.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from detector.settings import data_table

Colour = tuple[int, int, int, float]
"""Red, green, blue 0 to 255; alpha 0 to 1."""

INLINE = 1 << 60
"""The specificity of a `style` attribute: above any selector's."""

PROPERTIES = frozenset(
    [
        "animation",
        "animation-name",
        "background",
        "background-attachment",
        "background-clip",
        "background-color",
        "background-image",
        "bottom",
        "clip",
        "clip-path",
        "color",
        "content-visibility",
        "display",
        "filter",
        "font",
        "font-size",
        "height",
        "inset",
        "left",
        "line-height",
        "margin",
        "margin-left",
        "margin-top",
        "max-height",
        "max-width",
        "opacity",
        "overflow",
        "overflow-x",
        "overflow-y",
        "position",
        "right",
        "scale",
        "text-indent",
        "text-shadow",
        "top",
        "transform",
        "transition",
        "translate",
        "visibility",
        "width",
        "z-index",
        "-webkit-text-fill-color",
    ]
)
_PREFIXES = ("-webkit-", "-moz-", "-ms-", "-o-")
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n\f]?|\n|([^\n]))")
_NUMBER = re.compile(r"([+-]?(?:\d{1,20}\.?\d{0,12}|\.\d{1,12})(?:e[+-]?\d{1,2})?)([a-z%]{0,6})")
_FUNCTION = re.compile(r"([a-z-]{1,20})\(([^()]{0,200})\)")
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


class Declared(NamedTuple):
    """One declared value and what decides between it and another one.

    `specificity` packs ids, classes, tags and source order; higher wins where `important` is
    equal.
    """

    value: str  # lower case, white space folded, comments and escapes undone
    important: bool = False
    specificity: int = 0
    selector: str = ""  # "" for a style attribute

    @property
    def weight(self) -> tuple[bool, int]:
        """What the cascade compares."""
        return self.important, self.specificity


def inline(style: str) -> dict[str, Declared]:
    """The declarations of a `style` attribute that concern visibility, by longhand name.

    Shared between calls: do not change it. Empty where nothing matters.
    """
    return _inline(style) if len(style) <= 1000 else declarations(style, INLINE)


def declarations(body: str, specificity: int = 0, selector: str = "") -> dict[str, Declared]:
    """The declarations of a rule's body that concern visibility, by longhand name."""
    found: dict[str, Declared] = {}
    if "/*" in body:
        body = strip_comments(body)
    escaped = "\\" in body
    for part in split_outside(body, ";"):
        name, colon, value = part.partition(":")
        if not colon:
            continue
        name = name.strip()
        if escaped:
            name, value = unescape(name), unescape(value)
        name = name.lower()
        if name not in PROPERTIES:
            if name[:1] != "-":
                continue
            prefix = next((p for p in _PREFIXES if name.startswith(p)), "")
            name = name[len(prefix) :]
            if not prefix or name not in PROPERTIES:
                continue
        value = " ".join(value.lower().split())
        important = False
        if "!" in value:
            value, _, flag = value.rpartition("!")
            important = flag.strip() == "important"
            value = value.strip()
            if not important:  # not valid: the browser drops the declaration
                continue
        if not value:
            continue
        for long, long_value in _longhands(name, value):
            old = found.get(long)
            if old is None or important >= old.important:
                found[long] = Declared(long_value, important, specificity, selector)
    return found


_inline = lru_cache(maxsize=4096)(lambda style: declarations(style, INLINE))


def strip_comments(text: str) -> str:
    """Text without `/* … */`; an open one takes the rest."""
    kept: list[str] = []
    at = 0
    while (start := text.find("/*", at)) >= 0:
        kept.append(text[at:start])
        end = text.find("*/", start + 2)
        if end < 0:
            return " ".join(kept)
        at = end + 2
    kept.append(text[at:])
    return " ".join(kept)


def unescape(text: str) -> str:
    """CSS escapes undone: `\\64 isplay` is `display`."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1], 16)
        return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return match[2] or ""


def split_outside(text: str, separator: str) -> list[str]:
    """Split at a separator that stands outside of brackets and quotes. Linear."""
    parts = text.split(separator)
    if len(parts) == 1 or not ("(" in text or '"' in text or "'" in text or "[" in text):
        return parts
    joined: list[str] = []
    held: list[str] = []
    depth = quotes = apostrophes = 0
    for part in parts:
        held.append(part)
        depth += part.count("(") + part.count("[") - part.count(")") - part.count("]")
        quotes += part.count('"')
        apostrophes += part.count("'")
        if depth <= 0 and quotes % 2 == 0 and (apostrophes % 2 == 0 or quotes):
            joined.append(separator.join(held))
            held = []
            depth = quotes = apostrophes = 0
    if held:
        joined.append(separator.join(held))
    return joined


def _longhands(name: str, value: str) -> list[tuple[str, str]]:
    """What a declaration says of the longhands that are looked at."""
    if name == "background":
        return _background(value)
    if name in ("margin", "inset"):
        sides = value.split()
        if not 0 < len(sides) <= 4 or "(" in value:
            return []
        top, right, bottom, left = (
            sides[0],
            sides[1 % len(sides)],
            sides[2 % len(sides) if len(sides) != 3 else 2],
            sides[3] if len(sides) == 4 else sides[1 % len(sides)],
        )
        if name == "margin":
            return [("margin-top", top), ("margin-left", left)]
        return [("top", top), ("right", right), ("bottom", bottom), ("left", left)]
    if name == "font":
        for token in value.split():
            size, _, height = token.partition("/")
            match = _NUMBER.fullmatch(size)
            if match and (match[2] or float(match[1]) == 0):
                return [("font-size", size)] + ([("line-height", height)] if height else [])
        return []
    if name in ("overflow-x", "overflow-y"):
        return [("overflow", value)]
    if name in ("translate", "scale"):
        return [("transform", f"{name}({value.replace(' ', ',')})")]
    if name == "animation":
        return [("animation-name", value)]
    if name == "-webkit-text-fill-color":
        return [("color", value)]
    return [(name, value)]


def _background(value: str) -> list[tuple[str, str]]:
    image = "url(" in value or "gradient(" in value or "image" in value
    colour = "transparent"
    last = split_outside(value, ",")[-1] if "," in value else value
    for token in split_outside(last, " "):
        if parse_colour(token) is not None or token.startswith(("var(", "inherit")):
            colour = token
    found = [("background-color", colour), ("background-image", "image" if image else "none")]
    if " text" in value:
        found.append(("background-clip", "text"))
    return found


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


def functions(value: str) -> list[tuple[str, list[str]]]:
    """`translate(-50%, 0) scale(0)` as names with their arguments."""
    return [
        (name, args.replace(",", " ").replace("/", " / ").split())
        for name, args in _FUNCTION.findall(value)
    ]


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

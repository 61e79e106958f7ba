"""CSS declarations, as far as they decide whether text is seen.

A linear parser for `style` attributes and rule bodies: comments, escapes, case, white space
and `!important` are handled as CSS Syntax Level 3 does, and only the properties that can hide
something are kept. tinycss2 gives the same answers (a test compares them) but takes 0.26 ms a
kilobyte, several times the whole of this.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from detector.patterns import pattern
from detector.style.colours import parse_colour
from detector.style.lengths import _NUMBER

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
_ESCAPE = pattern(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n\f]?|\n|([^\n]))")


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
        return _background_parts(value)
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


def _background_parts(value: str) -> list[tuple[str, str]]:
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

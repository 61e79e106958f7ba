"""Which declarations show again what others hide, and which take part in hiding."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from detector.settings import data_table
from detector.style.declarations import Declared
from detector.style.inherited import style_limits
from detector.style.lengths import number_unit, percent, pixels
from detector.style.selectors import Selector

OFFSETS = frozenset(["left", "top", "right", "bottom"])
MARGINS = frozenset(("margin-left", "margin-top"))
BOX = frozenset(["width", "height", "max-width", "max-height", "line-height"])
Declarations = Mapping[str, Declared]


@cache
def state_classes() -> frozenset[str]:
    """Classes that a script or a server sets on what is open, chosen or ready."""
    return frozenset(data_table("benign_hiding")["states"]["classes"])


def has_state(selector: Selector) -> bool:
    """Whether a selector names a class of what is open, chosen or ready."""
    states = state_classes()
    return any(
        name in states or name.lower() in states
        for compound in selector.compounds
        for name in compound.classes
    )


def suspicious(name: str, value: str) -> bool:
    """Whether a value of a routine property could take part in hiding."""
    if name in OFFSETS or name in MARGINS:
        return (value[:1] == "-" and len(value) > 4) or len(value) > 5 or "%" in value
    if name in BOX:
        if value[:1] not in "01.":
            return False
        length = pixels(value)
        return (length is not None and length <= 1) or percent(value) == 0
    if name == "z-index":
        return value[:1] == "-"
    return True


_SHOWING = frozenset(
    ["left", "top", "right", "bottom", "margin-left", "margin-top", "clip", "clip-path"]
)


def reveals_of(found: Declarations) -> set[str]:
    """The properties by which a rule's declarations show what another rule hides."""
    shown: set[str] = set()
    for name, (value, *_) in found.items():
        if name == "display":
            if value != "none":
                shown.add(name)
        elif name == "visibility":
            if value not in ("hidden", "collapse"):
                shown.add(name)
        elif name == "opacity":
            number = number_unit(value)
            if number is not None and number[0] > style_limits().opacity:
                shown.add(name)
        elif name in _SHOWING:
            if not value.startswith("-") or len(value) < 5:
                shown.add(name)
        elif name == "transform":
            if "scale(0)" not in value and "-100%" not in value:
                shown.add(name)
        elif name in ("height", "max-height", "width", "max-width", "font-size"):
            number = number_unit(value)
            if number is None or number[0] > 2:
                shown.add(name)
        elif name in ("color", "background-color", "overflow", "z-index", "text-indent"):
            shown.add(name)
    return shown

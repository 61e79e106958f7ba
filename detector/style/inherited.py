"""What an element passes on to its children, and the limits of what is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from detector.settings import thresholds
from detector.style.colours import Colour, parse_colour
from detector.style.declarations import Declared
from detector.style.lengths import percent, pixels

_NEUTRAL = ("inherit", "initial", "unset", "revert", "currentcolor", "auto", "none", "normal")


@dataclass(frozen=True, slots=True)
class _Limits:
    """The table `[style]` of the thresholds; reasons stand there."""

    opacity: float
    offscreen: float
    offscreen_far: float
    offscreen_percent: float
    tiny_font: float
    zero_size: float
    colour_distance: int
    alpha: float
    match_steps: int
    rules_per_name: int
    rules_without_name: int


@cache
def style_limits() -> _Limits:
    """The thresholds of this module and of `style`, read once."""
    return _Limits(**thresholds()["style"])


@dataclass(frozen=True, slots=True)
class InheritedStyle:
    """What an element's children start with.

    `background` is the nearest declared opaque colour; None where it is not known (nothing
    declared, an image, or half transparent), and then no colour counts as invisible on it.
    """

    color: Colour | None = None
    background: Colour | None = None
    font_size: float = 16.0  # px
    visibility: str = "visible"

    def child(self, declared: Mapping[str, Declared]) -> InheritedStyle:
        """The state inside an element with these declarations; self when it is the same."""
        if "color" in declared:
            color = parse_colour(declared["color"].value) or self.color
        else:
            color = self.color
        if "background-color" in declared or "background-image" in declared:
            background = ground_of(declared, self.background)
        else:
            background = self.background
        size = self.font_size
        if "font-size" in declared:
            size = font_size_of(declared["font-size"].value, size)
        visibility = self.visibility
        if "visibility" in declared and declared["visibility"].value not in _NEUTRAL:
            visibility = declared["visibility"].value
        if (
            color == self.color
            and background == self.background
            and size == self.font_size
            and visibility == self.visibility
        ):
            return self
        return replace(
            self, color=color, background=background, font_size=size, visibility=visibility
        )


def declared_value(declared: Mapping[str, Declared], name: str) -> str:
    """The value of a property, "" where it is not declared."""
    found = declared.get(name)
    return found.value if found is not None else ""


def font_size_of(value: str, parent: float) -> float:
    """A font size in pixels, of a parent of `parent` pixels."""
    size = pixels(value, parent)
    if size is None:
        share = percent(value)
        if share is None:
            return 16.0 if value in ("medium", "initial") else max(parent, 9.0)
        size = parent * share / 100
    return size


def ground_of(declared: Mapping[str, Declared], behind: Colour | None) -> Colour | None:
    """The colour behind the text, None where it is not one known opaque colour."""
    image = declared_value(declared, "background-image")
    if image and image != "none":
        return None
    value = declared_value(declared, "background-color")
    colour = parse_colour(value) if value else None
    if colour is None:
        return behind if value in ("", "inherit", "initial", "unset", "none") else None
    if colour[3] <= style_limits().alpha:
        return behind
    return colour if colour[3] >= 0.95 else None

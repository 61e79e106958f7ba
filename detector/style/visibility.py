"""Whether declared styles hide an element's text, and how.

`hiding` looks at one element with what it inherits; hidden ancestors are the walk's business.
Sources: CSS Display 3, Positioned Layout 3, Masking 1, Color 4; the techniques are those of the
search engines' spam policies (hidden text and links).
"""

from __future__ import annotations

from collections.abc import Mapping

from detector.style.colours import Colour, parse_colour
from detector.style.declarations import Declared
from detector.style.inherited import (
    InheritedStyle,
    declared_value,
    font_size_of,
    ground_of,
    style_limits,
)
from detector.style.lengths import functions, number_unit, percent, pixels
from detector.types import HidingReason

Hiding = tuple[HidingReason, str]
_POSITIONED = ("absolute", "fixed", "relative", "sticky")


def hiding(declared: Mapping[str, Declared], inherited: InheritedStyle) -> Hiding | None:
    """Why a reader does not see the element's own text, with the deciding declaration.

    `declared` are the winning declarations of the element (sheet and attribute), `inherited`
    what its parent passes on. The surest reason first; None where it is seen.
    """
    for check in _CHECKS:
        if not check[0].isdisjoint(declared):
            found = check[1](declared, inherited)
            if found is not None:
                return found
    return None


def _shown(declared: Mapping[str, Declared], inherited: InheritedStyle) -> Hiding | None:
    if declared_value(declared, "display") == "none":
        return "display-none", "display:none"
    if declared_value(declared, "visibility") in ("hidden", "collapse"):
        return "visibility", "visibility:" + declared["visibility"].value
    if declared_value(declared, "content-visibility") == "hidden":
        return "visibility", "content-visibility:hidden"
    return None


def _opacity(declared: Mapping[str, Declared], inherited: InheritedStyle) -> Hiding | None:
    limit = style_limits().opacity
    animated = declared_value(declared, "animation-name")
    if animated and animated != "none":
        return None  # it fades in by itself
    value = declared_value(declared, "opacity")
    if value and (share := _share(value)) is not None and share <= limit:
        return "opacity", f"opacity:{value}"
    value = declared_value(declared, "filter")
    if "opacity" in value:
        for name, args in functions(value.replace("opacity=", "")):
            if not args or (share := _share(args[0])) is None:
                continue
            if name == "alpha":  # the old notation counts to 100
                share /= 100
            if name in ("opacity", "alpha") and share <= limit:
                return "opacity", f"filter:{value}"
    return None


def _share(value: str) -> float | None:
    got = number_unit(value)
    if got is None or got[1] not in ("", "%"):
        return None
    return got[0] / 100 if got[1] == "%" else got[0]


def _far(value: str, font_size: float, far: float, *, both: bool = False) -> bool:
    """Whether an offset moves a box out of every window."""
    limits = style_limits()
    length = pixels(value, font_size)
    if length is None:
        share = percent(value)
        if share is None:
            return False
        return share <= -limits.offscreen_percent or (both and share >= limits.offscreen_percent)
    return length <= -far or (both and length >= limits.offscreen_far)


def _offscreen(declared: Mapping[str, Declared], inherited: InheritedStyle) -> Hiding | None:
    limits = style_limits()
    size = inherited.font_size
    position = declared_value(declared, "position")
    if position in _POSITIONED:
        for name in ("left", "top", "right", "bottom"):
            value = declared_value(declared, name)
            if value and _far(value, size, limits.offscreen, both=name != "top"):
                return "offscreen", f"position:{position};{name}:{value}"
    value = declared_value(declared, "text-indent")
    if value and (_far(value, size, limits.offscreen, both=True) or percent(value) == 100):
        if percent(value) == 100 and declared_value(declared, "overflow") not in ("hidden", "clip"):
            return None
        return "offscreen", f"text-indent:{value}"
    for name in ("margin-left", "margin-top"):
        value = declared_value(declared, name)
        if value and _far(value, size, limits.offscreen):
            side = declared_value(declared, name.removeprefix("margin-"))
            if side.endswith("%") and not side.startswith("-"):
                continue  # half of a centred box's width
            return "offscreen", f"{name}:{value}"
    return None


def _transform(declared: Mapping[str, Declared], inherited: InheritedStyle) -> Hiding | None:
    value = declared_value(declared, "transform")
    if not value or value == "none":
        return None
    for name, args in functions(value):
        if name in ("scale", "scalex", "scaley", "scale3d"):
            sizes = [_share(arg) for arg in args[:2]]
            if any(s is not None and abs(s) < 0.01 for s in sizes):
                return "zero-size", f"transform:{value}"
        elif name in ("translate", "translatex", "translatey", "translate3d") and any(
            _far(arg, inherited.font_size, style_limits().offscreen, both=True) for arg in args[:2]
        ):
            return "offscreen", f"transform:{value}"
    return None


def _clip(declared: Mapping[str, Declared], inherited: InheritedStyle) -> Hiding | None:
    value = declared_value(declared, "clip")
    if value.startswith("rect(") and declared_value(declared, "position") in ("absolute", "fixed"):
        sides = [pixels(a, inherited.font_size) for _, args in functions(value) for a in args]
        if len(sides) == 4:
            top, right, bottom, left = (side or 0.0 for side in sides)
            known = all(side is not None for side in sides)
            if known and (right - left <= 1 or bottom - top <= 1):
                return "clip", f"clip:{value}"
    value = declared_value(declared, "clip-path")
    for name, args in functions(value) if "(" in value else ():
        if name == "inset":
            insets = [percent(a) or 0.0 for a in args]
            if "round" in args:
                insets = insets[: args.index("round")]
            if insets and _inset_empty(insets):
                return "clip", f"clip-path:{value}"
        elif name in ("circle", "ellipse"):
            if args and (_share(args[0]) == 0 or pixels(args[0]) == 0):
                return "clip", f"clip-path:{value}"
        elif name == "polygon" and len(args) >= 4 and len(set(args)) == 1:
            return "clip", f"clip-path:{value}"
    return None


def _inset_empty(sides: list[float]) -> bool:
    top, right = sides[0], sides[1 % len(sides)]
    bottom = sides[2] if len(sides) > 2 else top
    left = sides[3] if len(sides) > 3 else right
    return top + bottom >= 100 or left + right >= 100


def _size(declared: Mapping[str, Declared], inherited: InheritedStyle) -> Hiding | None:
    overflow = declared_value(declared, "overflow")
    if overflow not in ("hidden", "clip", "hidden hidden", "auto", "scroll"):
        return None
    for name in ("height", "max-height", "width", "max-width", "line-height"):
        value = declared_value(declared, name)
        length = pixels(value, inherited.font_size) if value else None
        if length is None and value and percent(value) == 0:
            length = 0.0
        if length is not None and 0 <= length <= style_limits().zero_size:
            if name == "line-height" and value not in ("0", "0px"):
                continue
            return "zero-size", f"{name}:{value};overflow:{overflow}"
    return None


def _tiny(declared: Mapping[str, Declared], inherited: InheritedStyle) -> Hiding | None:
    value = declared_value(declared, "font-size")
    if number_unit(value) is None:
        return None
    size = font_size_of(value, inherited.font_size)
    if 0 <= size <= style_limits().tiny_font:
        return "tiny", f"font-size:{value}"
    return None


def _colour(declared: Mapping[str, Declared], inherited: InheritedStyle) -> Hiding | None:
    clipped = declared_value(declared, "background-clip")
    shadow = declared_value(declared, "text-shadow")
    if clipped == "text" or (shadow and shadow != "none"):
        return None  # letters drawn by their background or shadow
    value = declared_value(declared, "color")
    color = parse_colour(value) if value else inherited.color
    if color is None:
        return None
    if value and color[3] <= style_limits().alpha:
        return "colour", f"color:{value}"
    background = ground_of(declared, inherited.background)
    if background is None or color[3] < 0.5:
        return None
    distance = max(abs(a - b) for a, b in zip(color[:3], background[:3], strict=True))
    if distance > style_limits().colour_distance:
        return None
    own = declared_value(declared, "background-color")
    mine = f"color:{value or _as_hex(color)}"
    return "colour", f"{mine} on background {own or _as_hex(background)}"


def _as_hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour[:3])


def _behind(declared: Mapping[str, Declared], inherited: InheritedStyle) -> Hiding | None:
    depth = number_unit(declared_value(declared, "z-index"))
    position = declared_value(declared, "position")
    if depth is not None and depth[0] < 0 and position in ("absolute", "fixed"):
        return "behind", f"position:{position};z-index:{declared['z-index'].value}"
    return None


_CHECKS = (
    (frozenset(("display", "visibility", "content-visibility")), _shown),
    (frozenset(("opacity", "filter")), _opacity),
    (
        frozenset(["left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top"]),
        _offscreen,
    ),
    (frozenset(("transform",)), _transform),
    (frozenset(("clip", "clip-path")), _clip),
    (frozenset(("overflow",)), _size),
    (frozenset(("font-size",)), _tiny),
    (frozenset(("color", "background-color")), _colour),
    (frozenset(("z-index",)), _behind),
)

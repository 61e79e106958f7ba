"""The honest pattern that explains why something is hidden, or none.

Interfaces hide most of what they offer: menus, dialogs, text for screen readers. The names of
these patterns (`data/benign_hiding.toml`) are looked for in an element's own class, id and
role, and in those of a few elements around it. An attacker can name his class "menu": an
explanation never clears the words, techniques still judge those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from detector.settings import data_table
from detector.style.declarations import inline
from detector.style.selectors import ElementLike
from detector.style.sheet import StyleSheet
from detector.types import HidingReason

_WORD = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_LONGEST = 300  # characters of one class or id that are read
_MOST = 20  # classes of one element that are read
# Which properties show again what was hidden for a reason.
_PROPERTIES: dict[str, tuple[str, ...]] = {
    "display-none": ("display",),
    "hidden-attribute": ("display",),
    "visibility": ("visibility",),
    "opacity": ("opacity",),
    "zero-size": ("height", "max-height", "width", "max-width", "transform", "overflow"),
    "clip": ("clip", "clip-path"),
    "behind": ("z-index", "opacity"),
    "offscreen": (
        "left", "right", "top", "bottom", "margin-left", "margin-top", "transform", "text-indent",
    ),
    "tiny": ("font-size",),
    "colour": ("color", "background-color"),
    "script": ("display",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One honest pattern, as the data file tells it."""

    name: str
    words: frozenset[str]
    phrases: tuple[str, ...]
    tags: frozenset[str]
    roles: frozenset[str]
    attributes: frozenset[str]
    reach: int
    reasons: frozenset[str]


@cache
def _patterns() -> tuple[_Pattern, ...]:
    return tuple(
        _Pattern(
            name,
            frozenset(table.get("words", ())),
            tuple(f" {phrase} " for phrase in table.get("phrases", ())),
            frozenset(table.get("tags", ())),
            frozenset(table.get("roles", ())),
            frozenset(table.get("attributes", ())),
            table.get("reach", 0),
            frozenset(table.get("reasons", ())),
        )
        for name, table in data_table("benign_hiding")["patterns"].items()
    )


def benign(
    element: ElementLike, reason: HidingReason, sheet: StyleSheet | None = None
) -> str | None:
    """The name of the pattern that explains the hiding of `element`, None where none does.

    `element` is the one that carries the hiding. With the page's `sheet`, rules that reveal it
    when a reader acts (`:hover`, `:target`, `.open`, a narrower window) count too.
    """
    if reason == "template":
        return "template"
    found = _by_structure(element, reason, sheet)
    if found is not None:
        return found
    around: ElementLike | None = element
    depth = 0
    while around is not None and depth <= _farthest():
        if depth and around.tag in ("body", "html"):
            break  # their classes tell the page, not what is hidden in it
        name = _named(around, depth, reason)
        if name is not None:
            return name
        around = around.parent
        depth += 1
    if sheet is not None and sheet.interactive(element, _PROPERTIES.get(reason, ())):
        return "interactive"
    return None


@cache
def _farthest() -> int:
    return max(pattern.reach for pattern in _patterns())


def _named(element: ElementLike, depth: int, reason: str) -> str | None:
    words = names_of(element)
    attributes = element.attributes
    role = _text(attributes.get("role")).lower() if attributes else ""
    padded = ""
    for pattern in _patterns():
        if depth > pattern.reach or (pattern.reasons and reason not in pattern.reasons):
            continue
        if element.tag in pattern.tags or (role and role in pattern.roles):
            return pattern.name
        if words:
            if not pattern.words.isdisjoint(words):
                return pattern.name
            if pattern.phrases:
                padded = padded or f" {' '.join(words)} "
                if any(phrase in padded for phrase in pattern.phrases):
                    return pattern.name
        if depth == 0 and attributes and pattern.attributes:
            for name in pattern.attributes:
                if name in attributes:
                    return pattern.name
    return None


def _by_structure(element: ElementLike, reason: str, sheet: StyleSheet | None) -> str | None:
    attributes = element.attributes
    if not attributes:
        return None
    if element.tag == "a":
        href = _text(attributes.get("href")).strip()
        if href.startswith("#") and len(href) > 1:
            return "skip-link"
    if (
        element.tag in ("i", "span", "svg", "b")
        and _text(attributes.get("aria-hidden")).lower() == "true"
    ):
        return "icon"
    style = attributes.get("style")
    declared = dict(sheet.declarations(element) or {}) if sheet is not None else {}
    if style:
        declared.update(inline(_text(style)))
    if not declared:
        return None
    if reason in ("opacity", "visibility", "offscreen", "zero-size") and (
        declared.get("transition", ("none",))[0] != "none"
        or declared.get("animation-name", ("none",))[0] != "none"
    ):
        return "animation"
    if "text-indent" in declared or reason in ("tiny", "colour"):
        image = declared.get("background-image")
        if image is not None and image.value != "none":
            return "image-replacement"
    return None


def names_of(element: ElementLike) -> tuple[str, ...]:
    """The words of an element's classes and id, lower case, in order."""
    words: tuple[str, ...] = ()
    for name in element.classes[:_MOST]:
        words += words_of(name[:_LONGEST])
    if element.id:
        words += words_of(element.id[:_LONGEST])
    return words


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """`mainNav__sub-menu2` as ("main", "nav", "sub", "menu", "2")."""
    return tuple(word.lower() for word in _WORD.findall(name))


def _text(value: Any) -> str:
    return " ".join(value) if isinstance(value, list | tuple) else str(value or "")

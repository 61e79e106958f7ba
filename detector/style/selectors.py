"""Selectors compiled for matching.

Only what a saved page can decide is matched: names, attributes, ancestors. A selector that
depends on a reader's act (`:hover`, `:checked`) or on siblings never hides anything here.

Source: Selectors 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from detector.patterns import pattern
from detector.style.declarations import split_outside, unescape

LONGEST_SELECTOR = 300  # characters; generated ones beyond it are not worth the time
# Letters, digits, - and _ of ASCII and all beyond it, told by what they are not: compiling a
# class takes as long as it has characters.
_NAME = r"(?:[^\x00-,./:-@\[-^`{-\x7f]|\\[0-9a-fA-F]{1,6}[ ]?|\\.)+"
_SIMPLE = pattern(r"([a-zA-Z][\w-]*)?((?:[.#][-\w]+)*)")
_TOKEN = pattern(
    rf"\s*([>+~])\s*|(\s+)|([.#])({_NAME})|(\*)|\[([^\]]*)\]"
    rf"|(::?)([-\w]+)(\((?:[^()]|\([^()]*\))*\))?|({_NAME})"
)
_ATTRIBUTE = pattern(
    rf"\s*({_NAME})\s*(?:([~|^$*]?=)\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))\s*([iIsS])?\s*)?"
)
_DYNAMIC = frozenset(
    [
        "active",
        "checked",
        "focus",
        "focus-visible",
        "focus-within",
        "hover",
        "open",
        "popover-open",
        "target",
        "target-within",
        "modal",
        "fullscreen",
        "placeholder-shown",
        "valid",
        "invalid",
        "user-invalid",
        "indeterminate",
    ]
)
_ELEMENTS = frozenset(["after", "before", "first-letter", "first-line"])
_ALWAYS = frozenset(["link", "any-link", "enabled", "defined", "host"])


class ElementLike(Protocol):
    """What the matching needs to know of an element. The walk's open elements are this."""

    @property
    def tag(self) -> str:
        """Lower-case name."""

    @property
    def id(self) -> str:
        """The id attribute, "" where it has none."""

    @property
    def classes(self) -> Sequence[str]:
        """The tokens of the class attribute."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """All attributes; a value is a string, a list of tokens, or None where it is empty."""

    @property
    def parent(self) -> ElementLike | None:
        """The element around it."""


class Compound(NamedTuple):
    """`a.b#c[d]:not(.e)`: what one element must be."""

    tag: str = ""
    id: str = ""
    classes: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str, str], ...] = ()  # name, operator, value
    excluded: tuple[Compound, ...] = ()

    def matches(self, element: ElementLike) -> bool:
        """Whether the element is this."""
        if self.tag and self.tag != element.tag:
            return False
        if self.id and self.id != element.id:
            return False
        for name in self.classes:
            if name not in element.classes:
                return False
        for attribute in self.attributes:
            if not _attribute_matches(attribute, element.attributes):
                return False
        return not any(other.matches(element) for other in self.excluded)


class Selector(NamedTuple):
    """A compiled selector, innermost compound first."""

    text: str
    compounds: tuple[Compound, ...]
    combinators: tuple[str, ...]  # between compounds[i] and [i + 1]: " " or ">"
    specificity: int  # ids << 16 | classes << 8 | tags
    dynamic: bool  # depends on what the reader does
    unsure: bool  # depends on siblings, positions or what is not known here


def compile_selector(text: str) -> Selector | None:
    """Compile one selector without top-level commas; None where it never names an element."""
    text = text.strip()
    if not text or len(text) > LONGEST_SELECTOR:
        return None
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        tag, names = (simple[1] or "").lower(), simple[2]
        ids, classes = _names(names)
        if len(ids) > 1:
            return None
        weight = (len(ids) << 16) + (len(classes) << 8) + bool(tag)
        compound = Compound(tag, ids[0] if ids else "", tuple(classes))
        return Selector(text, (compound,), (), weight, False, False)
    return _compile(text)


def _names(text: str) -> tuple[list[str], list[str]]:
    ids: list[str] = []
    classes: list[str] = []
    for piece in text.replace("#", ".#").split("."):
        if piece.startswith("#"):
            ids.append(piece[1:])
        elif piece:
            classes.append(piece)
    return ids, classes


class _Draft:
    """A compound while it is read."""

    __slots__ = ("attributes", "classes", "excluded", "id", "tag", "used")

    def __init__(self) -> None:
        self.tag = self.id = ""
        self.classes: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.excluded: list[Compound] = []
        self.used = False

    def done(self) -> Compound:
        """The compound as it will stay."""
        return Compound(
            self.tag, self.id, tuple(self.classes), tuple(self.attributes), tuple(self.excluded)
        )


def _compile(text: str) -> Selector | None:
    compounds: list[Compound] = []
    combinators: list[str] = []
    draft = _Draft()
    weight = 0
    dynamic = unsure = False
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        at = token.end()
        sign, space, mark, name, star, attribute, colons, pseudo, args, tag = token.groups()
        if sign or space:
            if not draft.used:
                return None
            if sign in ("+", "~"):
                # The sibling is not looked at: the rule may not hide, only reveal.
                unsure = True
            compounds.append(draft.done())
            combinators.append(">" if sign == ">" else " " if not sign else "+")
            draft = _Draft()
            continue
        draft.used = True
        if mark == ".":
            draft.classes.append(unescape(name))
            weight += 1 << 8
        elif mark == "#":
            draft.id = unescape(name)
            weight += 1 << 16
        elif attribute is not None:
            match = _ATTRIBUTE.fullmatch(attribute)
            if match is None:
                return None
            value = match[3] or match[4] or match[5] or ""
            key = unescape(match[1]).lower()
            draft.attributes.append((key, match[2] or "", unescape(value)))
            weight += 1 << 8
            dynamic = dynamic or key == "open"
        elif tag:
            draft.tag = unescape(tag).lower()
            weight += 1
        elif pseudo:
            pseudo = pseudo.lower()
            if colons == "::" or pseudo in _ELEMENTS or pseudo.startswith("-"):
                return None
            weight += 1 << 8
            if pseudo in _DYNAMIC:
                dynamic = True
            elif pseudo == "root":
                draft.tag = "html"
            elif pseudo == "not" and args and (other := _plain(args[1:-1])) is not None:
                draft.excluded += other
            elif pseudo in ("is", "where") and args and (one := _only(args[1:-1])) is not None:
                draft.tag = draft.tag or one.tag
                draft.id = draft.id or one.id
                draft.classes += one.classes
                draft.attributes += one.attributes
                draft.excluded += one.excluded
            elif pseudo == "not" and args and any(f":{d}" in args for d in _DYNAMIC):
                dynamic = True
            elif pseudo not in _ALWAYS:
                unsure = True
        elif not star:
            return None
    if not draft.used:
        return None
    compounds.append(draft.done())
    compounds.reverse()
    combinators.reverse()
    # A sibling's compound is dropped, with what it stands under kept as an ancestor.
    kept = [compounds[0]]
    signs: list[str] = []
    for sign, compound in zip(combinators, compounds[1:], strict=True):
        if sign == "+":
            continue
        kept.append(compound)
        signs.append(sign)
    return Selector(text, tuple(kept), tuple(signs), min(weight, 0xFFFFFF), dynamic, unsure)


def _plain(args: str) -> list[Compound] | None:
    """The compounds of `:not(…)`, None where one is more than names and attributes."""
    found: list[Compound] = []
    for part in split_outside(args, ","):
        if ":" in part:
            return None
        selector = compile_selector(part)
        if selector is None or len(selector.compounds) != 1 or selector.unsure:
            return None
        found.append(selector.compounds[0])
    return found


def _only(args: str) -> Compound | None:
    """The compound of `:is(…)` where it has a single plain one."""
    found = _plain(args)
    return found[0] if found is not None and len(found) == 1 else None


def _attribute_matches(wanted: tuple[str, str, str], attributes: Mapping[str, Any]) -> bool:
    name, operator, value = wanted
    if name not in attributes:
        return False
    if not operator:
        return True
    raw = attributes[name]
    has = " ".join(raw) if isinstance(raw, list | tuple) else str(raw or "")
    if operator == "=":
        return has == value
    if not value:
        return False
    if operator == "*=":
        return value in has
    if operator == "^=":
        return has.startswith(value)
    if operator == "$=":
        return has.endswith(value)
    if operator == "~=":
        return value in has.split()
    return has == value or has.startswith(value + "-")

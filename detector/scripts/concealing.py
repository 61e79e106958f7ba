"""Which elements a script takes out of sight."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detector.scripts.load import any_of, anywhere, at_load, obfuscated, reading_of
from detector.scripts.reading import Effect
from detector.scripts.values import HOLE, as_text
from detector.scripts.writing import styles_of
from detector.style.declarations import inline
from detector.style.inherited import InheritedStyle
from detector.style.visibility import hiding

HIDING = (
    "none",
    "hidden",
    ".hide(",
    "-9",
    "px",
    "transparent",
    "olor:",
    "inset",
    "opacity",
    "cssText",
    "setAttribute('style",
    'setAttribute("style',
    "ontSize",
    ".style.font",
)
HIDDEN = (
    "color",
    "clip",
    "display",
    "isibility",
    ".hide(",
    "cssText",
    "left",
    "top",
    "ndent",
    "opacity",
    "setAttribute",
    ".style.font",
)
FINDING = (
    "createElement",
    "getElement",
    "querySelector",
    "$(",
    "jQuery(",
    "<style",
    "document.write",
    "Rule(",
)
MAKES_SHEET = ("createElement('style", 'createElement("style')
# Scripts that only hide are short where they are an attack: a long one is an interface.
LONGEST_HIDING = 2_500


def hides(code: str) -> tuple[tuple[str, str, str], ...]:
    """Elements that the script hides when the page loads, whatever the visitor does.

    Gives `(kind, name, how)` with kind `id`, `class` or `selector`. What some
    code of the script shows again (tabs, menus, dialogs), what it hides under a
    test and what an event hides is left out, and so is hiding the whole page.
    """
    short = len(code) <= LONGEST_HIDING or "document.write" in code
    direct = short and any_of(code, HIDDEN) and any_of(code, FINDING) and any_of(code, HIDING)
    direct = direct or (short and any_of(code, MAKES_SHEET))
    if not direct and not obfuscated(code):
        return ()
    reading = reading_of(code)
    found: dict[tuple[str, str], str] = {}
    for ran in at_load(reading):
        if "if" in ran.guards and not ran.guards & VISITORS:
            continue
        for kind, name, how in _hidden_by(ran.effect):
            found.setdefault((kind, name), how)
    for selector, how in _hiding_rules(styles_of(reading)):
        kind, name = _selector(selector)
        found.setdefault((kind, name), how)
    if found:
        shown = {key for effect in anywhere(reading) for key in _shown_by(effect)}
        for key in shown & set(found):
            del found[key]
    return tuple(
        (kind, name, how[:120])
        for (kind, name), how in found.items()
        if name not in WHOLE_PAGE and HOLE not in name
    )


VISITORS = frozenset(("referrer", "user-agent"))
WHOLE_PAGE = frozenset(("html", "body", "*", "html body", "html,body"))
NEGATIVE = re.compile(r"^\s*-\s*(\d{3,})")
ZERO = re.compile(r"^\s*0(?:px|%|em)?\s*$")


def declaration_hides(name: str, value: str) -> bool:
    """Whether one CSS declaration alone takes an element out of sight."""
    value = value.strip().lower().removesuffix("!important").strip()
    if name == "display":
        return value == "none"
    if name == "visibility":
        return value in ("hidden", "collapse")
    if name == "opacity":
        return bool(ZERO.match(value))
    if name in ("left", "right", "top", "bottom", "text-indent", "margin-left", "margin-top"):
        match = NEGATIVE.match(value)
        return match is not None and int(match[1][:9]) >= 500
    if name == "font-size":
        return value in ("0", "0px", "1px", "0pt")
    return False


def _css_hides(css: str) -> str:
    """The declaration of a style that hides, or ""."""
    declared: dict[str, str] = {}
    for part in css[:4000].split(";"):
        name, colon, value = part.partition(":")
        if colon:
            declared[name.strip().lower()] = value.strip().lower()
    for name, value in declared.items():
        if declaration_hides(name, value):
            return f"{name}:{value}"
    found = hiding(inline(css), InheritedStyle())
    if found is not None:
        return found[1]
    if declared.get("color") == "transparent":
        return "color:transparent"
    if declared.get("overflow") == "hidden":
        for name in ("height", "width", "max-height", "max-width"):
            if declared.get(name, "") in ("0", "0px", "1px"):
                return f"{name}:{declared[name]};overflow:hidden"
    return ""


CAMEL = re.compile(r"([A-Z])")
KINDS = frozenset(("id", "class", "selector"))


def _property(path: str) -> str:
    """`style.marginLeft` as `margin-left`."""
    name = path.removeprefix("style.")
    return CAMEL.sub(lambda match: "-" + match[1].lower(), name)


def _declared(effect: Effect) -> list[tuple[str, str]]:
    """CSS declarations that an effect gives its element."""
    args = [as_text(arg) if not isinstance(arg, (dict, list)) else arg for arg in effect.args]
    path = effect.path
    if effect.kind == "set":
        value = args[0] if args else None
        if not isinstance(value, str):
            return []
        if path in ("style.cssText", "style"):
            return _split_css(value)
        if path == "hidden":
            return [("display", "none")] if value == "true" else [("display", "block")]
        if path.startswith("style."):
            return [(_property(path), value)]
        return []
    if path in ("css", "style.setProperty") and args:
        if isinstance(args[0], dict):
            return [(_property(key), as_text(value) or "") for key, value in args[0].items()]
        if len(args) > 1 and isinstance(args[0], str) and isinstance(args[1], str):
            return [(_property(args[0]), args[1])]
    if path in ("attr", "setAttribute") and len(args) > 1 and args[0] == "style":
        return _split_css(args[1]) if isinstance(args[1], str) else []
    if path == "hide":
        return [("display", "none")]
    return []


def _split_css(css: str) -> list[tuple[str, str]]:
    out = []
    for part in css[:4000].split(";"):
        name, colon, value = part.partition(":")
        if colon:
            out.append((name.strip().lower(), value.strip().lower()))
    return out


def _hidden_by(effect: Effect) -> Iterator[tuple[str, str, str]]:
    element = effect.element
    if element is None or element[0] not in KINDS:
        return
    declared = _declared(effect)
    if not declared:
        return
    how = _css_hides(";".join(f"{name}:{value}" for name, value in declared))
    if how:
        yield element[0], element[1], how


SHOWS = frozenset("show toggle fadeIn fadeToggle slideDown slideToggle toggleClass".split())


def _shown_by(effect: Effect) -> Iterator[tuple[str, str]]:
    element = effect.element
    if element is None or element[0] not in KINDS:
        return
    if effect.kind == "call" and effect.path in SHOWS:
        yield element
        return
    if effect.kind == "set" and effect.path in ("style.display", "style.visibility", "hidden"):
        value = effect.args[0]
        if (
            value is None
            or (isinstance(value, str) and value not in ("none", "hidden"))
            or (effect.path == "hidden" and not value)
        ):
            yield element
        return
    for name, value in _declared(effect):
        if name in ("display", "visibility") and value not in ("none", "hidden", "collapse"):
            yield element


def _hiding_rules(css: str) -> Iterator[tuple[str, str]]:
    for rule in css.split("}")[:2000]:
        selectors, brace, body = rule.rpartition("{")
        if not brace:
            continue
        how = _css_hides(body)
        if how:
            for selector in selectors.rpartition("{")[2].split(",")[:20]:
                if selector.strip():
                    yield selector.strip()[:200], how


# `#x > div`: all that #x holds, as good as #x itself
CONTENT = re.compile(r"([#.][\w-]{1,80})\s?>?\s?(?:div|\*|p|a|span|ul|li|table)")


def _selector(selector: str) -> tuple[str, str]:
    inner = CONTENT.fullmatch(selector)
    if inner is not None:
        selector = inner[1]
    rest = selector[1:]
    if selector[:1] in ("#", ".") and rest.replace("-", "").replace("_", "").isalnum():
        return ("id" if selector[0] == "#" else "class"), rest
    return "selector", selector

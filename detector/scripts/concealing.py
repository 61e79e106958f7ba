"""Which elements a script takes out of sight."""

from __future__ import annotations

from collections.abc import Iterator

from detector.patterns import pattern
from detector.scripts.known import hiding_classes
from detector.scripts.load import any_of, anywhere, at_load, joined, obfuscated, reading_of
from detector.scripts.reading import Effect
from detector.scripts.values import HOLE, as_text
from detector.scripts.writing import styles_of
from detector.style.declarations import inline
from detector.style.inherited import InheritedStyle
from detector.style.visibility import hiding

# Words of which at least one stands in code that hides something: what it changes, to what,
# and how it gets at the element.
HIDDEN = (
    "color", "clip", "display", "isibility", ".hid", "cssText", "left", "top", "ndent", "opacity",
    "Attribute", ".style", "className", "lassList", "Class(", ".fadeOut(", ".slideUp(", "transform",
    ".remove(", "outerHTML",
)  # fmt: skip
HIDING = (
    "none", "hid", "-9", "px", "transparent", "olor:", "inset", "opacity", "cssText", "'style",
    '"style', "ontSize", ".style.font", "invisible", "sr-only", ".fadeOut(", ".slideUp(", "scale(0",
    ".remove(", "outerHTML", "className", "lassList.add", "ddClass(",
)  # fmt: skip
FINDING = (
    "createElement", "getElement", "querySelector", "$(", "jQuery(", "<style", "document.write",
    "Rule(", "StyleSheet", ".all", ".style.",
)  # fmt: skip
# Of these words at least one stands in such code too: what names a class, an attribute or a call
# by itself, or through what a property of a style is reached.
REACHING = (
    "tyle", "css", "Rule(", ".hid", "Attribute", "className", "lassList", "Class(", ".fadeOut(",
    ".slideUp(", ".remove(", "outerHTML",
)  # fmt: skip
MAKES_SHEET = ("createElement('style", 'createElement("style', "new CSSStyleSheet")
# Scripts that only hide are short where they are an attack: a long one is an interface.
LONGEST_HIDING = 2_500


def hides(code: str) -> tuple[tuple[str, str, str], ...]:
    """Elements that the script hides when the page loads, whatever the visitor does.

    Gives `(kind, name, how)` with kind `id`, `class` or `selector`. What some
    code of the script shows again (tabs, menus, dialogs), what it hides under a
    test and what an event hides is left out, and so is hiding the whole page.
    `how` is a declaration, or `.name` for a class whose rule the page may have.
    """
    if not _may_hide(code) and not obfuscated(code):
        return ()
    reading = reading_of(code)
    declared: dict[tuple[str, str], dict[str, str]] = {}
    for ran in at_load(reading):
        if "if" in ran.guards and not ran.guards & VISITORS:
            continue
        element = _element_of(ran.effect)
        if element is not None:
            declared.setdefault(element, {}).update(_declared(ran.effect))
    found: dict[tuple[str, str], str] = {}
    for key, styles in declared.items():
        how = _hiding(styles) or styles.get(CLASS, "")
        if how:
            found[key] = how
    for selector, how in _hiding_rules(styles_of(reading)):
        found.setdefault(_selector(selector), how)
    if found:
        shown = {key for effect in anywhere(reading) for key in _shown_by(effect)}
        for key in shown & set(found):
            del found[key]
    return tuple(
        (kind, name, how[:120])
        for (kind, name), how in found.items()
        if name not in WHOLE_PAGE
        and HOLE not in name
        and not (kind == "selector" and name.isalnum())
    )


def _may_hide(code: str) -> bool:
    """The cheap test before reading a script."""
    if len(code) > LONGEST_HIDING and "document.write" not in code:
        return False
    text = joined(code)
    return any_of(text, MAKES_SHEET) or (
        any_of(text, FINDING)
        and any_of(text, HIDDEN)
        and any_of(text, HIDING)
        and any_of(text, REACHING)
    )


CLASS = "."  # stands for a class that is put on, among declarations
VISITORS = frozenset(("referrer", "user-agent"))
WHOLE_PAGE = frozenset(("html", "body", "*", "html body", "html,body"))
NEGATIVE = pattern(r"^\s*-\s*(\d{3,})")
ZERO = pattern(r"^\s*0(?:px|%|em)?\s*$")


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


def _hiding(declared: dict[str, str]) -> str:
    """The declaration of a style that hides, or ""."""
    for name, value in declared.items():
        if declaration_hides(name, value):
            return f"{name}:{value}"
    found = hiding(inline(";".join(f"{n}:{v}" for n, v in declared.items())), InheritedStyle())
    if found is not None:
        return found[1]
    if declared.get("color") == "transparent":
        return "color:transparent"
    if declared.get("overflow") == "hidden":
        for name in ("height", "width", "max-height", "max-width"):
            if declared.get(name, "") in ("0", "0px", "1px"):
                return f"{name}:{declared[name]};overflow:hidden"
    return ""


CAMEL = pattern(r"([A-Z])")
KINDS = frozenset(("id", "class", "selector"))


def _property(path: str) -> str:
    """`style.marginLeft` as `margin-left`."""
    name = path.removeprefix("style.")
    return CAMEL.sub(lambda match: "-" + match[1].lower(), name)


# A name that is an id: `box.style.display`, `document.all.box.style.display`.
NAMED = pattern(r"(?:document\.all\.|window\.)?([A-Za-z][\w-]{0,80})\.(style\.\w{1,30})")
GONE = [("display", "none")]
FILTERING = frozenset(("remove", "detach"))  # with an argument, some of them
CLOSES = frozenset(("hide", "fadeOut", "slideUp", "remove", "detach"))


def _element_of(effect: Effect) -> tuple[str, str] | None:
    """The element that an effect is about, by what finds it."""
    if effect.element is None and effect.kind == "set":
        named = NAMED.fullmatch(effect.path)
        return ("id", named[1]) if named is not None else None
    if effect.element is not None and effect.element[0] in KINDS:
        return effect.element
    return None


def _declared(effect: Effect) -> list[tuple[str, str]]:
    """CSS declarations that an effect gives its element."""
    args = [as_text(arg) if not isinstance(arg, (dict, list)) else arg for arg in effect.args]
    path = effect.path
    if effect.element is None and (named := NAMED.fullmatch(path)) is not None:
        path = named[2]
    if effect.kind == "set":
        value = args[0] if args else None
        if not isinstance(value, str):
            return []
        if path in ("style.cssText", "style"):
            return _split_css(value)
        if path == "hidden":
            return GONE if value == "true" else [("display", "block")]
        if path == "className":
            return _classes(value)
        if path == "outerHTML" and not value.strip():
            return GONE
        if path.startswith("style."):
            return [(_property(path), value)]
        return []
    if path in CLOSES and (not args or path not in FILTERING):
        return GONE
    if path in ("css", "style.setProperty") and args:
        if isinstance(args[0], dict):
            return [(_property(key), as_text(value) or "") for key, value in args[0].items()]
        if len(args) > 1 and isinstance(args[0], str) and isinstance(args[1], str):
            return [(_property(args[0]), args[1])]
    if path in ("classList.add", "addClass") and args and isinstance(args[0], str):
        return _classes(" ".join(arg for arg in args if isinstance(arg, str)))
    if path in ("attr", "setAttribute", "toggleAttribute", "prop") and args:
        value = args[1] if len(args) > 1 else ""
        if args[0] == "hidden" and value != "false":
            return GONE
        if isinstance(value, str) and args[0] == "style":
            return _split_css(value)
        if isinstance(value, str) and args[0] == "class":
            return _classes(value)
    return []


def _classes(names: str) -> list[tuple[str, str]]:
    """What classes declare: those of the common frameworks hide, others as the page says."""
    given = names.split()
    known = next((name for name in given if name in hiding_classes()), "")
    if known:
        return [("display", "none")]
    return [(CLASS, f".{given[0]}")] if given else []


def _split_css(css: str) -> list[tuple[str, str]]:
    out = []
    for part in css[:4000].split(";"):
        name, colon, value = part.partition(":")
        if colon:
            out.append((name.strip().lower(), value.strip().lower()))
    return out


SHOWS = frozenset(
    """show toggle fadeIn fadeToggle slideDown slideToggle toggleClass removeClass
    classList.remove classList.toggle removeAttribute""".split()
)


def _shown_by(effect: Effect) -> Iterator[tuple[str, str]]:
    element = _element_of(effect)
    if element is None:
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
        how = _hiding(dict(_split_css(body)))
        if how:
            for selector in selectors.rpartition("{")[2].split(",")[:20]:
                if selector.strip():
                    yield selector.strip()[:200], how


# `#x > div`: all that #x holds, as good as #x itself
CONTENT = pattern(r"([#.][\w-]{1,80})\s?>?\s?(?:div|\*|p|a|span|ul|li|table)")


def _selector(selector: str) -> tuple[str, str]:
    inner = CONTENT.fullmatch(selector)
    if inner is not None:
        selector = inner[1]
    rest = selector[1:]
    if selector[:1] in ("#", ".") and rest.replace("-", "").replace("_", "").isalnum():
        return ("id" if selector[0] == "#" else "class"), rest
    return "selector", selector

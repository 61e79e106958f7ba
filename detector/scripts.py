"""What a script does to a page, read statically: nothing is ever executed.

Every function takes the code of one inline script or event handler and gives
what can be known from constants (see `script_reader`): what it hides, writes,
where it sends the visitor, which titles it sets, how its code was hidden.
Any string gives an answer in linear time; scripts without the trigger words
of a question cost one or two substring searches.

Source: ECMA-262; HTML (`document.write`, `Location`); kits as described in
Sucuri's and Unit 42's notes on SEO injections and traffic redirection systems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from detector import script_data
from detector.hiding import InheritedStyle, hiding
from detector.script_effects import Effect, Reading, read
from detector.script_reader import shortened
from detector.script_values import HOLE, Function, as_text
from detector.style import inline

Condition = Literal["referrer", "user-agent", "none", "timer"]

# Words of which at least one stands in code that hides its own text. Rare in honest
# inline scripts (7 % of them); what has none is never read for hidden text.
OBFUSCATION = ("eval(", "unescape(", "fromCharCode", "atob(", "p,a,c,k", "split('')", 'split("")')
# What decoded text is used for; cookie helpers and codecs decode without any of it.
USES = ("eval(", "document", "innerHTML", "AdjacentHTML", "Function(", "location", "setTimeout(")
# Letters in a row written as escapes; JSON escapes slashes and brackets, never words.
ESCAPED_WORD = re.compile(r"(?:\\(?:x|u00)[4-7][0-9a-fA-F]){3}")
WRITES = ("document.write", "innerHTML", "insertAdjacentHTML", ".append(", ".html(", ".prepend(")
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
LEAVING = ("location", "window.open(", "refresh")
# Scripts that only hide are short where they are an attack: a long one is an interface.
LONGEST_HIDING = 2_500


@dataclass(frozen=True, slots=True)
class Unfolded:
    """What a script hides in its own text."""

    text: str  # decoded code, texts and addresses, one a line
    layers: tuple[
        str, ...
    ]  # concat escapes unescape percent atob charcode join reverse packer eval
    literals: tuple[str, ...]  # every string literal, decoded


@dataclass(frozen=True, slots=True)
class Wrapper:
    """An element that a script opens around what follows, or closes."""

    opens: bool
    closes: bool
    tag: str
    style: str  # its style, `width` and `height` attributes included


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a script sends the visitor when the page loads, and when."""

    target: str  # the constant part of the address
    condition: Condition
    engines: tuple[str, ...] = ()  # search engines that the test names
    guards: tuple[str, ...] = ()  # all that its tests look at: referrer, cookie, host, if, part …
    how: str = ""  # location | open | write | refresh


@lru_cache(maxsize=64)
def _reading(code: str) -> Reading:
    return read(code)


def _any(code: str, words: tuple[str, ...]) -> bool:
    return any(word in code for word in words)


def obfuscated(code: str) -> bool:
    """Whether the script holds any way of hiding its text: the gate before reading it."""
    if ("\\x" in code or "\\u00" in code) and ESCAPED_WORD.search(code) is not None:
        return True
    if _any(code, OBFUSCATION) and _any(code, USES):
        return True
    return "[" in code and SPLIT_NAME.search(code) is not None


# `window["loca" + "tion"]`
SPLIT_NAME = re.compile(r"""\[["'][a-z]{1,12}["'] ?\+ ?["'][a-zA-Z]{1,12}["']""")


# -- effects in the order of a page load


@dataclass(frozen=True, slots=True)
class _Ran:
    effect: Effect
    guards: frozenset[str]
    timer: bool


def _at_load(reading: Reading) -> Iterator[_Ran]:
    """The effects of a page load, functions that it enters included, each at most twice."""
    entered: dict[int, int] = {}
    by_name: dict[str, Function] = {}
    for known in reading.functions:
        if known.name:
            by_name.setdefault(known.name, known)
    stack: list[tuple[list[object], int, frozenset[str], bool]] = [
        (list(reading.effects), 0, frozenset(), False)
    ]
    while stack:
        effects, at, guards, timer = stack.pop()
        while at < len(effects):
            effect = effects[at]
            at += 1
            if not isinstance(effect, Effect):
                continue
            joined = guards | effect.guards if effect.guards else guards
            function: Function | None = effect.function
            if effect.kind == "call" and effect.element is None and effect.path in by_name:
                function = by_name[effect.path]
            if function is not None:
                count = entered.get(id(function), 0)
                if count < 2:
                    entered[id(function)] = count + 1
                    stack.append((effects, at, guards, timer))
                    effects, at, guards = list(function.effects), 0, joined
                    timer = timer or effect.by == "timer"
                continue
            yield _Ran(effect, joined, timer)


def _anywhere(reading: Reading) -> Iterator[Effect]:
    """All effects, of functions that nothing is seen to call as well."""
    yield from reading.effects
    for function in reading.functions:
        for effect in function.effects:
            if isinstance(effect, Effect):
                yield effect


# -- questions


def unfold(code: str) -> Unfolded:
    """What the script's text hides: decoded layers, texts and all literals."""
    if not obfuscated(code):
        return Unfolded("", (), ())
    reading = _reading(code)
    written = _written(reading)
    parts = dict.fromkeys(part for part in (*reading.decoded, written) if part)
    text = "\n".join(parts).replace(HOLE, "")[:500_000]
    return Unfolded(text, tuple(reading.layers), tuple(reading.literals))


def encoded(code: str) -> bool:
    """Whether the script decodes any text, be it only brackets and quotes."""
    if not obfuscated(code):
        return False
    reading = _reading(code)
    return bool(reading.lightly) or any(name != "concat" for name in reading.layers)


def hides(code: str) -> tuple[tuple[str, str, str], ...]:
    """Elements that the script hides when the page loads, whatever the visitor does.

    Gives `(kind, name, how)` with kind `id`, `class` or `selector`. What some
    code of the script shows again (tabs, menus, dialogs), what it hides under a
    test and what an event hides is left out, and so is hiding the whole page.
    """
    short = len(code) <= LONGEST_HIDING or "document.write" in code
    direct = short and _any(code, HIDDEN) and _any(code, FINDING) and _any(code, HIDING)
    direct = direct or (short and _any(code, MAKES_SHEET))
    if not direct and not obfuscated(code):
        return ()
    reading = _reading(code)
    found: dict[tuple[str, str], str] = {}
    for ran in _at_load(reading):
        if "if" in ran.guards and not ran.guards & VISITORS:
            continue
        for kind, name, how in _hidden_by(ran.effect):
            found.setdefault((kind, name), how)
    for selector, how in _hiding_rules(_styles(reading)):
        kind, name = _selector(selector)
        found.setdefault((kind, name), how)
    if found:
        shown = {key for effect in _anywhere(reading) for key in _shown_by(effect)}
        for key in shown & set(found):
            del found[key]
    return tuple(
        (kind, name, how[:120])
        for (kind, name), how in found.items()
        if name not in WHOLE_PAGE and HOLE not in name
    )


VISITORS = frozenset(("referrer", "user-agent"))
WHOLE_PAGE = frozenset(("html", "body", "*", "html body", "html,body"))


def writes(code: str) -> str:
    """The HTML that the script puts into the page at load, as far as it is constant."""
    if not ("<" in code and _any(code, WRITES)) and not obfuscated(code):
        return ""
    return _written(_reading(code)).replace(HOLE, "")


def wrapper(code: str) -> Wrapper | None:
    """The element that `document.write` opens and leaves open, or closes."""
    if "document.write" not in code and not obfuscated(code):
        return None
    html = _written(_reading(code), into_stream=True)
    if "<" not in html or len(html) > 20_000:
        return None
    return _balance(html)


def redirects(code: str) -> tuple[Redirect, ...]:
    """Where the script sends the visitor at load, with what its tests look at."""
    if not (_any(code, LEAVING) and LEAVES.search(code)) and not obfuscated(code):
        return ()
    reading = _reading(code)
    partial = len(shortened(code)) < len(code)
    found: dict[tuple[str, str], Redirect] = {}
    for ran in _at_load(reading):
        for target, how in _target(ran.effect):
            redirect = _judged(target, how, ran, partial)
            found.setdefault((redirect.target, redirect.condition), redirect)
    return tuple(found.values())


LEAVES = re.compile(
    r"""location(?:\.href|\[["']href["']\])? ?=[^=]"""
    r"""|location\.(?:replace|assign) ?\(|window\.open\(|http-equiv"""
)


def titles(code: str) -> tuple[str, ...]:
    """The titles that the script sets at load, where they are constant."""
    if "document.title" not in code and not obfuscated(code):
        return ()
    out: dict[str, None] = {}
    for ran in _at_load(_reading(code)):
        effect = ran.effect
        if effect.kind == "set" and effect.path in ("document.title", "top.document.title"):
            value = effect.args[0]
            if isinstance(value, str) and value.strip(HOLE + " "):
                out[value.replace(HOLE, "").strip()] = None
    return tuple(out)


def remote(code: str) -> tuple[str, ...]:
    """Addresses of scripts and frames that hidden code loads."""
    if not obfuscated(code):
        return ()
    reading = _reading(code)
    found: dict[str, None] = {}
    for ran in _at_load(reading):
        effect = ran.effect
        if effect.kind == "set" and effect.element is not None and effect.path == "src":
            value = effect.args[0]
            if isinstance(value, str) and effect.element[1] in ("script", "iframe"):
                found[value.replace(HOLE, "").strip()] = None
    for match in SOURCE.finditer(_written(reading)):
        found[match[1].replace(HOLE, "").strip()] = None
    return tuple(address for address in found if address)


SOURCE = re.compile(
    r"<(?:script|iframe)\b[^>]{0,600}?\bsrc\s{0,4}=\s{0,4}[\"']?([^\"'\s>]{1,500})", re.IGNORECASE
)


# -- what an effect means


def _written(reading: Reading, *, into_stream: bool = False) -> str:
    """HTML of `document.write` (the parser's stream), and of `innerHTML` and its kin."""
    out: list[str] = []
    size = 0
    for ran in _at_load(reading):
        effect = ran.effect
        if into_stream and "if" in ran.guards:
            continue  # written for some visitors only: not what this page shows
        html: object = None
        if effect.kind == "call":
            last = effect.path.rpartition(".")[2]
            if effect.path in ("document.write", "document.writeln"):
                html = "".join(as_text(arg) or HOLE for arg in effect.args)
            elif into_stream:
                continue
            elif last == "insertAdjacentHTML" and len(effect.args) > 1:
                html = effect.args[1]
            elif last in ("append", "prepend", "html", "before", "after") and effect.args:
                html = effect.args[0]
        elif not into_stream and effect.path.rpartition(".")[2] in ("innerHTML", "outerHTML"):
            html = effect.args[0]
        if isinstance(html, str) and html and (into_stream or "<" in html or html != HOLE):
            out.append(html)
            size += len(html)
            if size > 400_000:
                break
    return "".join(out)


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


STYLE_TEXT = frozenset(
    ("innerHTML", "textContent", "innerText", "cssText", "appendChild", "append", "text", "html")
)


def _styles(reading: Reading) -> str:
    """CSS that the script adds to the page."""
    out: list[str] = []
    for ran in _at_load(reading):
        effect = ran.effect
        if effect.element == ("new", "style"):
            value = effect.args[0] if effect.args else None
            if isinstance(value, str) and effect.path.rpartition(".")[2] in STYLE_TEXT:
                out.append(value)
        elif effect.kind == "call":
            last = effect.path.rpartition(".")[2]
            if last == "insertRule" and effect.args and isinstance(effect.args[0], str):
                out.append(effect.args[0])
            elif last == "addRule" and len(effect.args) > 1:
                out.append(f"{as_text(effect.args[0]) or ''}{{{as_text(effect.args[1]) or ''}}}")
    html = _written(reading)
    lower = html.lower() if "<" in html else ""
    at = lower.find("<style")
    while at >= 0:
        start = lower.find(">", at)
        stop = lower.find("</style", at)
        if start < 0:
            break
        stop = len(html) if stop < 0 else stop
        out.append(html[start + 1 : stop])
        at = lower.find("<style", max(stop, start))
    return "\n".join(out)[:50_000]


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


TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})((?:[^<>\"']|\"[^\"<]{0,2000}\"|'[^'<]{0,2000}')"
                 r"{0,200})>?")  # fmt: skip
NEVER_CLOSED = frozenset(
    "area base br col embed hr img input link meta source track wbr p li td tr th option dd dt "
    "tbody thead body html head plaintext".split()
)
ATTRIBUTE = re.compile(
    r"\b(style|width|height)\s{0,4}=\s{0,4}(\"[^\"]{0,1000}|'[^']{0,1000}|[^\s>]{1,200})",
    re.IGNORECASE,
)


def _balance(html: str) -> Wrapper | None:
    """The first tag that stays open, or an end tag without a start."""
    stack: list[tuple[str, str]] = []
    closed = ""
    for match in TAG.finditer(html):
        end, tag, attributes = match[1], match[2].lower(), match[3]
        if tag in NEVER_CLOSED or attributes.endswith("/"):
            continue
        if not end:
            stack.append((tag, attributes))
            continue
        for depth in range(len(stack) - 1, -1, -1):
            if stack[depth][0] == tag:
                del stack[depth:]
                break
        else:
            closed = closed or tag
    if stack:
        tag, attributes = stack[0]
        return Wrapper(True, bool(closed), tag, _style_of(attributes))
    if closed:
        return Wrapper(False, True, closed, "")
    return None


def _style_of(attributes: str) -> str:
    parts = []
    for match in ATTRIBUTE.finditer(attributes):
        name, value = match[1].lower(), match[2].strip("\"'").replace(HOLE, "")
        if name == "style":
            parts.append(value.strip().rstrip(";"))
        else:
            parts.append(f"{name}:{value}px" if value.isdigit() else f"{name}:{value}")
    return ";".join(part for part in parts if part)


LOCATIONS = frozenset(
    f"{owner}{name}"
    for owner in ("", "top.", "parent.", "document.", "top.document.", "window.")
    for name in ("location", "location.href")
)
LOCATION_CALLS = frozenset(
    f"{owner}location.{name}"
    for owner in ("", "top.", "parent.", "document.", "window.")
    for name in ("replace", "assign")
)
META_REFRESH = re.compile(
    r"<meta\b[^>]{0,200}?refresh[^>]{0,100}?url\s{0,4}=\s{0,4}[\"']?([^\"'>\s]{1,500})",
    re.IGNORECASE,
)


def _target(effect: Effect) -> Iterator[tuple[str, str]]:
    value: object = None
    how = "location"
    if effect.element is not None:
        return
    if effect.kind == "set" and effect.path in LOCATIONS and effect.args[1] == "=":
        value = effect.args[0]
    elif effect.kind == "call" and effect.args:
        if effect.path in LOCATION_CALLS:
            value = effect.args[0]
        elif effect.path in ("open", "window.open"):
            if len(effect.args) > 1 and effect.args[1] not in (
                "_self",
                "_top",
                "_parent",
                "_blank",
            ):
                return
            value, how = effect.args[0], "open"
        elif effect.path in ("document.write", "document.writeln"):
            html = "".join(as_text(arg) or HOLE for arg in effect.args)
            if "refresh" in html.lower():
                for match in META_REFRESH.finditer(html):
                    yield match[1].replace(HOLE, ""), "refresh"
            return
    if isinstance(value, str) and value[:1] != HOLE:
        target = value.replace(HOLE, "").strip()
        if target:
            yield target, how


def _judged(target: str, how: str, ran: _Ran, partial: bool) -> Redirect:
    facts = tuple(sorted(guard for guard in ran.guards if not guard.startswith("=")))
    words = " ".join(guard[1:] for guard in ran.guards if guard.startswith("="))
    engines = script_data.engines_in(words) if words else ()
    condition: Condition = "none"
    if "referrer" in facts:
        condition = "referrer"
    elif "user-agent" in facts:
        condition = "user-agent"
    elif ran.timer:
        condition = "timer"
    if "user-agent" in facts and script_data.mobile_in(words):
        facts = (*facts, "mobile")
    if partial:  # what else guards it was not read
        facts = (*facts, "part")
    return Redirect(target, condition, engines, facts, how)

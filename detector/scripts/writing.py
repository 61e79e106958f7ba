"""The HTML and the styles that a script puts into the page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from detector.scripts.load import any_of, at_load, obfuscated, reading_of
from detector.scripts.reading import Reading
from detector.scripts.values import HOLE, as_text

WRITES = ("document.write", "innerHTML", "insertAdjacentHTML", ".append(", ".html(", ".prepend(")


@dataclass(frozen=True, slots=True)
class Wrapper:
    """An element that a script opens around what follows, or closes."""

    opens: bool
    closes: bool
    tag: str
    style: str  # its style, `width` and `height` attributes included


def writes(code: str) -> str:
    """The HTML that the script puts into the page at load, as far as it is constant."""
    if not ("<" in code and any_of(code, WRITES)) and not obfuscated(code):
        return ""
    return written_by(reading_of(code)).replace(HOLE, "")


def wrapper(code: str) -> Wrapper | None:
    """The element that `document.write` opens and leaves open, or closes."""
    if "document.write" not in code and not obfuscated(code):
        return None
    html = written_by(reading_of(code), into_stream=True)
    if "<" not in html or len(html) > 20_000:
        return None
    return _balance(html)


def written_by(reading: Reading, *, into_stream: bool = False) -> str:
    """HTML of `document.write` (the parser's stream), and of `innerHTML` and its kin."""
    out: list[str] = []
    size = 0
    for ran in at_load(reading):
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


STYLE_TEXT = frozenset(
    ("innerHTML", "textContent", "innerText", "cssText", "appendChild", "append", "text", "html")
)


def styles_of(reading: Reading) -> str:
    """CSS that the script adds to the page."""
    out: list[str] = []
    for ran in at_load(reading):
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
    html = written_by(reading)
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

"""The HTML and the styles that a script puts into the page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from detector.patterns import pattern
from detector.scripts.load import any_of, at_load, joined, obfuscated, reading_of
from detector.scripts.reading import Effect, Reading
from detector.scripts.values import HOLE, as_text

WRITE = "write"
WRITES = (
    ".write", "write(", "'write", '"write', "innerHTML", "outerHTML", "AdjacentHTML", ".append(",
    ".html(", ".prepend(", ".before(", ".after(",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wrapper:
    """An element that a script opens around what follows, or closes."""

    opens: bool
    closes: bool
    tag: str
    style: str  # its style, `width` and `height` attributes included


def writes(code: str) -> str:
    """The HTML that the script puts into the page at load, as far as it is constant."""
    if not ("<" in code and any_of(joined(code), WRITES)) and not obfuscated(code):
        return ""
    return written_by(reading_of(code)).replace(HOLE, "")


def wrapper(code: str) -> Wrapper | None:
    """The element that `document.write` opens and leaves open, or closes."""
    if not (WRITE in code and "<" in code) and not obfuscated(code):
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
        html = html_of(effect, into_stream=into_stream)
        if html and (into_stream or "<" in html or html != HOLE):
            out.append(html)
            size += len(html)
            if size > 400_000:
                break
    return "".join(out)


def html_of(effect: Effect, *, into_stream: bool = False) -> str:
    """The HTML that one effect writes, "" where it writes none or it is not constant."""
    html: object = None
    last = effect.path.rpartition(".")[2]
    if effect.kind == "call":
        if effect.path in ("document.write", "document.writeln"):
            html = "".join(as_text(arg) or HOLE for arg in effect.args)
        elif into_stream:
            return ""
        elif last == "insertAdjacentHTML" and len(effect.args) > 1:
            html = effect.args[1]
        elif last in ("append", "prepend", "html", "before", "after") and effect.args:
            html = effect.args[0]
    elif not into_stream and last in ("innerHTML", "outerHTML"):
        html = effect.args[0]
    return html if isinstance(html, str) else ""


SOURCE = pattern(
    r"<(?:script|iframe)\b[^>]{0,600}?\bsrc\s{0,4}=\s{0,4}[\"']?([^\"'\s>]{1,500})", re.IGNORECASE
)


def sources_of(effect: Effect) -> list[str]:
    """Addresses of scripts and frames that an effect loads."""
    value: object = None
    if effect.element is not None and effect.element[1] in ("script", "iframe"):
        if effect.kind == "set" and effect.path == "src":
            value = effect.args[0]
        elif effect.path == "setAttribute" and len(effect.args) > 1 and effect.args[0] == "src":
            value = effect.args[1]
    found = [value] if isinstance(value, str) else []
    html = html_of(effect)
    if "src" in html:
        found += [match[1] for match in SOURCE.finditer(html[:200_000])]
    return [address for text in found if (address := text.replace(HOLE, "").strip())]


STYLE_TEXT = frozenset(
    ("innerHTML", "textContent", "innerText", "cssText", "appendChild", "append", "text", "html")
)


def styles_of(reading: Reading) -> str:
    """CSS that the script adds to the page."""
    out: list[str] = []
    for ran in at_load(reading):
        effect = ran.effect
        last = effect.path.rpartition(".")[2]
        if effect.element == ("new", "style") and last in STYLE_TEXT:
            value = effect.args[0] if effect.args else None
            if isinstance(value, str):
                out.append(value)
        elif effect.kind == "call":
            first = effect.args[0] if effect.args else None
            if last in ("insertRule", "replaceSync") and isinstance(first, str):
                out.append(first)
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


TAG = pattern(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})((?:[^<>\"']|\"[^\"<]{0,2000}\"|'[^'<]{0,2000}')"
                 r"{0,200})>?")  # fmt: skip
NEVER_CLOSED = frozenset(
    "area base br col embed hr img input link meta source track wbr p li td tr th option dd dt "
    "tbody thead body html head plaintext".split()
)
ATTRIBUTE = pattern(
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

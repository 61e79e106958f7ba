"""Where things stand in a source string: one light linear scan, no tree.

The generator must not share a parser with what it tests, and its edits must leave every
other character as it was; so it looks for tags by hand and works on offsets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

Range = tuple[int, int]

RAW = frozenset({"script", "style", "textarea", "noscript", "template", "iframe", "svg", "title"})
AROUND = frozenset({"nav", "footer", "aside", "form", "button", "select", "label", "dialog"})
NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:-]*")
ATTRIBUTE = re.compile(r"""\b(name|property|content|rel|href)\s*=\s*("[^"]*"|'[^']*')""", re.I)
WIDE = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
TAG_LIMIT = 20_000  # characters searched for the end of one tag whose quotes are odd


@dataclass(frozen=True, slots=True)
class Text:
    """A text node of the body that holds more than white space."""

    start: int
    end: int
    link: bool
    around: bool  # inside navigation, footer, form …
    tag: str  # of the innermost open element seen last


@dataclass(slots=True)
class Outline:
    """Offsets of the places where attacks go. Ranges are start and end, end-exclusive."""

    head_start: int = 0
    head_end: int = 0
    body_start: int = 0
    body_end: int = 0
    html_end: int = 0
    footer: int = -1
    title: Range | None = None  # inner
    title_outer: Range | None = None
    h1: Range | None = None  # inner
    values: dict[str, Range] = field(default_factory=dict)  # meta name or link rel → its value
    texts: list[Text] = field(default_factory=list)
    runs: list[Range] = field(default_factory=list)  # text of the article, trimmed
    starts: list[int] = field(default_factory=list)  # of paragraphs inside the article
    charset: Range | None = None


def weight(text: str) -> int:
    """Length of a text as a reader feels it: a wide character counts for two and a half."""
    return len(text) + len(WIDE.findall(text)) * 3 // 2


def _tag_end(source: str, start: int) -> int:
    """Offset after the tag that opens at `start`; quoted `>` are skipped."""
    end = source.find(">", start)
    limit = start + TAG_LIMIT
    while 0 <= end < limit:
        inside = source[start:end]
        if inside.count('"') % 2 == 0 and ("'" not in inside or inside.count("'") % 2 == 0):
            return end + 1
        end = source.find(">", end + 1)
    end = source.find(">", start)
    return end + 1 if end >= 0 else len(source)


def tokens(source: str) -> Iterator[tuple[str, int, int]]:
    """(name, start, end) of each tag, "" for text; comments are left out; raw text is skipped."""
    at, size = 0, len(source)
    lower = source.lower()
    if len(lower) != size:  # a few characters change length when lowered
        lower = source
    while at < size:
        tag = source.find("<", at)
        if tag < 0:
            tag = size
        if tag > at:
            yield "", at, tag
        if tag == size:
            return
        if source.startswith("<!--", tag):
            end = source.find("-->", tag + 4)
            at = end + 3 if end >= 0 else size
            continue
        found = NAME.match(source, tag + 1)
        if not found:
            end = source.find(">", tag) if source[tag + 1 : tag + 2] in ("!", "?", "/") else tag
            at = end + 1 if end >= 0 else size
            continue
        name, end = found.group().lower(), _tag_end(source, tag)
        yield name, tag, end
        at = end
        if name in RAW and not source.startswith("/", end - 2):
            close = lower.find("</" + name, end)
            at = close if close >= 0 else size if name in ("script", "style") else end


def _best(texts: list[Text], source: str) -> tuple[int, int]:
    """The run of text nodes with the most text and the fewest links (largest sum)."""
    best, best_at, total, first = 0, (0, 0), 0, 0
    for index, text in enumerate(texts):
        size = weight(source[text.start : text.end].strip())
        score = -size - 12 if text.link or text.around else size - 14
        if total <= 0:
            total, first = 0, index
        total += score
        if total > best:
            best, best_at = total, (first, index + 1)
    return best_at


def scan(source: str) -> Outline:
    """The outline of an HTML source. Never fails: missing tags fall back to the nearest place."""
    out = Outline()
    links = around = 0
    in_body = False
    paragraphs: list[int] = []
    last, h1 = "", -1
    for name, start, end in tokens(source):
        if name == "":
            if out.title_outer and not in_body and last == "title":
                continue
            if in_body and not source[start:end].isspace():
                out.texts.append(Text(start, end, links > 0, around > 0, last))
            continue
        last = name
        if name == "head":
            out.head_start = end
        elif name == "/head":
            out.head_end, in_body = start, True
            out.body_start = out.body_start or end
        elif name == "body":
            out.body_start, in_body = end, True
        elif name == "/body":
            out.body_end = start
        elif name == "/html":
            out.html_end = end
        elif name == "title" and out.title is None:
            close = source.find("</", end)
            if close >= 0:
                out.title, out.title_outer = (end, close), (start, _tag_end(source, close))
        elif name in ("meta", "link"):
            _value(source, start, end, out)
        elif name == "a":
            links = 1
        elif name == "/a":
            links = 0
        elif name in AROUND:
            around += 1
            if name == "footer":
                out.footer = start
        elif name[1:] in AROUND:
            around = max(0, around - 1)
        elif name == "h1" and out.h1 is None:
            h1 = end
        elif name == "/h1" and h1 >= 0 and out.h1 is None:
            out.h1 = (h1, start)
        elif name == "p":
            paragraphs.append(start)
        if not in_body and name in ("div", "p", "table", "h1", "a", "main", "article"):
            in_body = True
            out.body_start = out.body_start or start
    _finish(source, out, paragraphs)
    return out


def _value(source: str, start: int, end: int, out: Outline) -> None:
    tag = source[start:end]
    if "charset" in tag and out.charset is None:
        found = re.search(r"charset\s*=\s*[\"']?\s*([\w-]+)", tag, re.I)
        if found:
            out.charset = (start + found.start(1), start + found.end(1))
    name, value = "", None
    for match in ATTRIBUTE.finditer(tag):
        if match[1].lower() in ("name", "property", "rel"):
            name = match[2][1:-1].lower()
        else:
            value = (start + match.start(2) + 1, start + match.end(2) - 1)
    if name and value:
        out.values.setdefault(name, value)


def _finish(source: str, out: Outline, paragraphs: list[int]) -> None:
    size = len(source)
    out.html_end = out.html_end or size
    out.body_end = out.body_end or min(out.html_end, source.rfind("</html") % (size + 1))
    if out.body_end < out.body_start:
        out.body_end = size
    out.head_end = out.head_end or max(out.head_start, out.title_outer[1] if out.title_outer else 0)
    out.texts = [t for t in out.texts if t.end <= out.body_end]
    if not out.body_start <= out.footer <= out.body_end:
        out.footer = out.body_end
    first, last = _best(out.texts, source)
    article = [t for t in out.texts[first:last] if not t.link and not t.around]
    for text in article:
        inner = source[text.start : text.end]
        trimmed = inner.strip()
        if len(trimmed) > 1:
            start = text.start + inner.index(trimmed[0])
            out.runs.append((start, start + len(trimmed)))
    if out.runs:
        low, high = out.runs[0][0], out.runs[-1][1]
        out.starts = [p for p in paragraphs if low - 400 <= p <= high and p >= out.body_start]

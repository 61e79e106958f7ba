"""A page as reviewers see it: its words in their order, findings marked, nothing that acts.

All elements outside a list of plain ones become `span` or go, all attributes go but
a few harmless ones: no script, style, address, image, form or frame of the page is
left, so hidden words show, and are labelled so. The frame around it is sandboxed
and its content policy lets nothing load; neither is what this relies on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from detector import roles
from detector.report.evidence import defanged, escape
from detector.scan import Scanner
from detector.soup import soup
from detector.types import Block, Document, Link, Page

MOST_NODES = 40_000  # browsers scroll through that many; the longest real pages have half
MOST_FINDINGS = 200
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
KEPT = frozenset(
    """a abbr address article aside b blockquote br caption center cite code col colgroup dd del
    div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i ins li main mark nav ol p
    pre q rp rt ruby s section small span strong sub sup table tbody td tfoot th thead tr u
    ul wbr""".split()
)
DROPPED = frozenset(
    """script style link meta base iframe frame frameset object embed applet svg math canvas audio
    video source track param""".split()
)
ATTRIBUTES = {"colspan", "rowspan", "lang", "dir"}
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:1rem;overflow-wrap:anywhere;
color:#111;background:#fff}table{border-collapse:collapse}td,th{padding:.1rem .4rem}
mark,.found{background:#ffe08a;outline:2px solid #c77700;color:#111}
:target{outline:4px solid #b00020}.hidden{border:1px dashed #667;padding:0 .2rem}
.hidden::before,.head::before{content:attr(data-why);font-size:11px;color:#445;margin-right:.3rem}
.img{color:#445;font-size:12px}.a{text-decoration:underline;color:#1a3f8b}
.head{border-bottom:1px solid #ccd;margin-bottom:.6rem;padding-bottom:.3rem}"""


def view(scanner: Scanner, document: Document, record: Mapping[str, Any]) -> str:
    """The HTML document of a page with the findings of its record marked as `#f0`, `#f1`, …"""
    page = scanner.page(
        document.data, uri=document.uri, kind=document.kind, charset=document.charset
    )
    tree = _lines(page) if page.kind == "text" else None
    if tree is None:
        tree = soup(page.source, replace(scanner.limits, max_nodes=MOST_NODES))
    places = {
        (tag.sourceline, tag.sourcepos): tag
        for tag in tree.find_all(True)
        if tag.sourceline is not None
    }
    hidden = {
        place: reason
        for place, reason in _hidden(page)
        if place in places and places[place].name not in DROPPED
    }
    head = [_head_line(page)]
    _sanitise(tree)
    for place, reason in hidden.items():
        places[place]["class"] = "hidden"
        places[place]["data-why"] = reason
    for number, finding in enumerate(record["findings"][:MOST_FINDINGS]):
        if not _mark(tree, places, number, finding, _ordinal(page, finding)):
            words = f"{finding['technique']}: {finding['text'][:300]}"
            place = finding["location"]["where"]
            head.append(
                f'<div id="f{number}" class="head" data-why="{escape(place)}">{escape(words)}</div>'
            )
    lang = escape(page.language or "en")
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>original</title><style>{_STYLE}</style></head><body>"
        f"{''.join(head)}{tree.decode(formatter='minimal')}</body></html>"
    )


def _lines(page: Page) -> Any:
    """Extracted text as a tree with a `p` a line."""
    from bs4 import BeautifulSoup
    from bs4.element import Tag

    tree = BeautifulSoup("", "html.parser")
    for block in page.blocks[:MOST_NODES]:
        place = block.place.location()
        column = (place.column or 1) - 1
        tag = Tag(tree, tree.builder, "p", sourceline=place.line, sourcepos=column)
        tag.append(block.text)
        tree.append(tag)
    return tree


def _hidden(page: Page) -> Iterator[tuple[tuple[int | None, int | None], str]]:
    """Where elements stand that hide something without an honest reason, and how."""
    every: Iterable[Block | Link] = (*page.blocks, *page.links)
    for one in every:
        if one.hidden is not None and one.hidden.benign is None and one.hidden.place is not None:
            place = one.hidden.place.location()
            if place.line and place.column:
                yield (place.line, place.column - 1), one.hidden.reason


def _head_line(page: Page) -> str:
    description = page.head.first("description")
    rest = f" · {escape(description[:300])}" if description else ""
    return f'<div class="head" data-why="title"><b>{escape(page.title[:300])}</b>{rest}</div>'


def _sanitise(tree: Any) -> None:
    """Leave words and plain elements."""
    from bs4.element import PreformattedString

    for node in list(tree.descendants):
        if isinstance(node, PreformattedString):  # comments, doctypes, declarations
            node.extract()
    for tag in tree.find_all(True):
        name = tag.name
        if name in DROPPED or name == "title":
            tag.extract()
            continue
        shown = _shown_attributes(tag)
        if name not in KEPT:
            tag.name = "div" if name in ("html", "body", "form", "template", "noscript") else "span"
        tag.attrs = shown


def _shown_attributes(tag: Any) -> dict[str, str]:
    kept = {k: str(v) for k, v in tag.attrs.items() if k in ATTRIBUTES}
    if tag.name == "a" and tag.get("href"):
        kept["class"] = "a"
        kept["title"] = defanged(str(tag["href"])[:300])
    elif tag.name == "img":
        kept["class"] = "img"
        tag.string = f"[{tag.get('alt') or 'image'}]"
    elif tag.name in ("input", "button") and tag.get("value"):
        tag.string = str(tag["value"])[:100]
    return kept


def _ordinal(page: Page, finding: Mapping[str, Any]) -> int:
    """How often the finding's words stand in their block before they are meant."""
    span = finding["span"]
    if span is None or span["of"] != "text":
        return 0
    at = 0
    for order, index in enumerate(roles.content(page.blocks)):
        block = page.blocks[index]
        at += len(block.gap) if order else 0
        start = span["start"] - at
        if 0 <= start < len(block.text):
            return block.text[:start].count(finding["text"]) if finding["text"] else 0
        at += len(block.text)
    return 0


def _mark(
    tree: Any, places: Mapping[Any, Any], number: int, finding: Mapping[str, Any], ordinal: int
) -> bool:
    """Mark a finding where it stands; whether that is in what the view shows."""
    place = finding["location"]
    if place["where"] == "head" or not place["line"]:
        return False
    tag = places.get((place["line"], (place["column"] or 1) - 1))
    if tag is None or not any(parent is tree for parent in tag.parents):
        return False
    words = " ".join(finding["text"].split())
    if words and _wrap(tree, tag, number, words, ordinal):
        return True
    if not tag.get_text(strip=True):
        return False
    tag["class"] = f"{tag.get('class', '')} found".strip()
    if tag.get("id"):  # another finding stands on the same element
        anchor = tree.new_tag("span")
        anchor["id"] = f"f{number}"
        tag.insert(0, anchor)
    else:
        tag["id"] = f"f{number}"
    return True


def _wrap(tree: Any, tag: Any, number: int, words: str, ordinal: int) -> bool:
    """Put a mark around the words where they stand in one piece of text, the ordinal-th time."""
    for text in list(tag.strings):
        count = text.count(words)
        if ordinal >= count:
            ordinal -= count
            continue
        if text.parent.name == "mark":  # another finding has them
            return False
        at = -1
        for _ in range(ordinal + 1):
            at = text.index(words, at + 1)
        marked = tree.new_tag("mark")
        marked["id"] = f"f{number}"
        marked.string = words
        text.replace_with(str(text)[:at], marked, str(text)[at + len(words) :])
        return True
    return False

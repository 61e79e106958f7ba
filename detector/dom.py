"""The HTML parser behind one door: nothing else in the project imports turbohtml.

The walk in `blocks` reads nodes of three types (`ELEMENT`, `TEXT`, `COMMENT`)
in document order, each with `.parent`, elements with `.tag` and `.attrs`, texts
and comments with `.data`. Another WHATWG parser with source offsets can stand
here instead.

Source: WHATWG HTML, section 13.2 (parsing); offsets count code points of the
newline-normalised source, as parse5's `sourceCodeLocationInfo` does.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from html import unescape
from itertools import islice
from operator import itemgetter
from typing import Any

import turbohtml

from detector.decode import line_column
from detector.types import Location

ELEMENT: Any = turbohtml.Element
TEXT: Any = turbohtml.Text
COMMENT: Any = turbohtml.Comment

# The longest character reference is `&CounterClockwiseContourIntegral;`.
LONGEST_REFERENCE = 34
# Siblings that a path counts; behind them line and column say where an element stands.
SIBLINGS = 500

__all__ = [
    "COMMENT",
    "ELEMENT",
    "TEXT",
    "BlockPlace",
    "ElementPlace",
    "RangePlace",
    "end_of_html",
    "parse",
    "value_span",
]


def parse(source: str) -> Any:
    """Parse a decoded page; any input gives a document. Linear in its length."""
    return turbohtml.parse(source, source_locations=True)


def end_of_html(document: Any, source: str) -> int:
    """Offset just past the first `</html>`, or the length of the source without one."""
    for node in document.children:
        if type(node) is ELEMENT:
            place = node.source_location
            if place is not None and place.end_tag is not None:
                return int(place.end_tag.end_offset)
            break
    # An implied <html> has no record of its own: its end tag is found by text.
    at = source.rfind("</html")
    if at < 0:
        at = source.rfind("</HTML")
    if at < 0:
        return len(source)
    close = source.find(">", at)
    return len(source) if close < 0 else close + 1


class ElementPlace:
    """A `Place` over one parsed element, resolved only when a finding asks."""

    __slots__ = ("node", "where")

    def __init__(self, node: Any, where: str = "body") -> None:
        self.node = node
        self.where = where

    def location(self) -> Location:
        """Line and column of the start tag; the path has ids and classes for a reader."""
        position = self.node.position
        line, column = (position[0], position[1] + 1) if position else (None, None)
        return Location(self.where, css_path(self.node), line, column)

    def outer(self) -> tuple[int, int] | None:
        """Offsets of the element with its tags; None where its end is implied."""
        where = self.node.source_location
        if where is None:
            return None
        if where.end_tag is None:
            if self.node.tag in VOID:
                return where.start_tag.start_offset, where.start_tag.end_offset
            return None
        return where.start_tag.start_offset, where.end_tag.end_offset

    def start_tag(self) -> tuple[int, int] | None:
        """Offsets of the start tag."""
        where = self.node.source_location
        return (where.start_tag.start_offset, where.start_tag.end_offset) if where else None

    def attribute(self, name: str) -> tuple[int, int] | None:
        """Offsets of `name="value"`."""
        where = self.node.source_location
        span = where.attrs.get(name) if where else None
        return (span.start_offset, span.end_offset) if span else None


class SourcePlace:
    """A `Place` over a stretch of the source: a comment, or a tag that the walk does not keep."""

    __slots__ = ("end", "path", "source", "start")

    def __init__(self, source: str, start: int, end: int, path: str) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.path = path

    def location(self) -> Location:
        """Line and column of its first character."""
        return Location("body", self.path, *line_column(self.source, self.start))

    def outer(self) -> tuple[int, int] | None:
        """Its offsets."""
        return self.start, self.end

    def attribute(self, name: str) -> tuple[int, int] | None:
        """It is taken as a whole."""
        return None


class RangePlace(ElementPlace):
    """From one element to the end of a later one: a wrapper that scripts open and close."""

    __slots__ = ("last",)

    def __init__(self, node: Any, where: str = "body") -> None:
        super().__init__(node, where)
        self.last: Any = None

    def outer(self) -> tuple[int, int] | None:
        """Offsets from the first element's start to the last one's end."""
        first = super().outer()
        last = ElementPlace(self.last).outer() if self.last is not None else None
        return (first[0], last[1]) if first and last else first


class BlockPlace(ElementPlace):
    """The place of a block: its element, and the text nodes that made its text."""

    __slots__ = ("_ways", "runs")

    def __init__(self, node: Any, where: str, runs: list[tuple[int, Any]]) -> None:
        self.node = node
        self.where = where
        self.runs = runs
        self._ways: dict[int, tuple[Sequence[int], Sequence[int]] | None] = {}

    def source_spans(self, source: str, start: int, end: int) -> list[tuple[int, int]] | None:
        """Offsets in the source of characters `start:end` of the block's text.

        One span a text node. None where the way back is not certain (text moved
        by the parser, entities that do not decode to what the tree holds).
        """
        spans: list[tuple[int, int]] = []
        opening = bisect_right(self.runs, start, key=itemgetter(0)) - 1
        for number in range(max(opening, 0), len(self.runs)):
            at, node = self.runs[number]
            stop = self.runs[number + 1][0] if number + 1 < len(self.runs) else end
            if at >= end:
                break
            if stop <= start:
                continue
            way = self._way(number, node, source)
            if way is None:
                return None
            offsets, folded = way
            # `at` counts the joining space, which is the node's own or its neighbour's
            first, last = max(start - at, 0), min(end, stop) - at
            if first >= len(folded) or last <= 0:
                continue
            last = min(last, len(folded))
            spans.append((offsets[folded[first]], offsets[folded[last - 1] + 1]))
        return spans or None

    def _way(
        self, number: int, node: Any, source: str
    ) -> tuple[Sequence[int], Sequence[int]] | None:
        """Where a text node's characters stand in the source, and the folded ones in the node's.

        Kept, as thousands of findings may lie in one long text.
        """
        if number not in self._ways:
            offsets = _character_offsets(node, source)
            kept = offsets if offsets is None or isinstance(offsets, range) else array("I", offsets)
            self._ways[number] = None if kept is None else (kept, _folded_origins(node.data))
        return self._ways[number]

    def texts_inside(self, spans: Iterable[tuple[int, int]]) -> list[Any]:
        """The text nodes whose words all lie inside of such spans of the block's text."""
        joined: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if joined and start <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(end, joined[-1][1])
            else:
                joined.append((start, end))
        found = []
        for at, node in self.runs:
            folded = " ".join(node.data.split())
            last = at + len(folded)
            if folded and any(start <= at and last <= end for start, end in joined):
                found.append(node)
        return found


VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr keygen frame".split()
)


def css_path(node: Any) -> str:
    """`html > body > div.info > p:nth-of-type(1)`, at most 12 steps (the innermost)."""
    steps: list[str] = []
    while node is not None and type(node) is ELEMENT and len(steps) < 12:
        tag = node.tag
        parent = node.parent
        step = tag
        if tag not in ("html", "head", "body"):
            name = node.attr("id")
            if name and " " not in name:
                step = f"{tag}#{name[:40]}"
            else:
                classes = node.attrs.get("class")
                if classes:
                    step = f"{tag}.{classes[0][:40]}"
                if parent is not None:
                    number = 1 + sum(
                        1
                        for s in islice(node.previous_siblings, SIBLINGS + 1)
                        if type(s) is ELEMENT and s.tag == tag
                    )
                    if (number > 1 or not classes) and number <= SIBLINGS:
                        step += f":nth-of-type({number})"
        steps.append(step)
        node = parent
    return " > ".join(reversed(steps))


def _folded_origins(data: str) -> Sequence[int]:
    """For each character of `" ".join(data.split())`, its index in `data`."""
    if data == " ".join(data.split()):
        return range(len(data))
    origins = array("I")
    gap = -1
    for index, character in enumerate(data):
        if character.isspace():
            if origins and gap < 0:
                gap = index
        else:
            if gap >= 0:
                origins.append(gap)
                gap = -1
            origins.append(index)
    return origins


def _token_end_before(node: Any) -> int | None:
    """Offset where the token before a text node ends, from the tree alone."""
    sibling = node.previous_sibling
    if sibling is None:
        parent = node.parent
        where = parent.source_location if type(parent) is ELEMENT else None
        return int(where.start_tag.end_offset) if where else None
    if type(sibling) is not ELEMENT:
        return None
    where = sibling.source_location
    if where is None:
        return None
    if where.end_tag is not None:
        return int(where.end_tag.end_offset)
    return int(where.start_tag.end_offset) if sibling.tag in VOID else None


def _character_offsets(node: Any, source: str) -> Sequence[int] | None:
    """For each character of a text node (and its end), its offset in the source."""
    data = node.data
    at = _token_end_before(node)
    if at is None:
        at = _unique_offset(data, source)
        if at is None:
            return None
    if source.startswith(data, at):
        return range(at, at + len(data) + 1)
    return _align(data, source, at)


def _unique_offset(data: str, source: str) -> int | None:
    """Where the text stands in the source, if it stands there once."""
    probe = data.strip()
    if len(probe) < 4:
        return None
    at = source.find(probe)
    if at < 0 or source.find(probe, at + 1) >= 0:
        return None
    return at - data.index(probe)


def value_span(
    source: str, inner_start: int, inner_end: int, start: int, end: int
) -> tuple[int, int] | None:
    """Where characters `start:end` of an element's folded text stand in the source."""
    data = unescape(source[inner_start:inner_end])
    offsets = _align(data, source, inner_start)
    folded = _folded_origins(data)
    if offsets is None or end > len(folded) or end <= start:
        return None
    return offsets[folded[start]], offsets[folded[end - 1] + 1]


def _align(data: str, source: str, at: int) -> list[int] | None:
    """Match decoded text to its source, entity by entity."""
    offsets: list[int] = []
    index = 0
    while index < len(data):
        if at >= len(source):
            return None
        offsets.append(at)
        if source[at] == data[index] and source[at] != "&":
            index += 1
            at += 1
            continue
        if source[at] != "&":
            return None
        window = source[at : at + LONGEST_REFERENCE]
        semicolon = window.find(";")
        stop = semicolon + 1 if semicolon > 0 else len(window)
        decoded = unescape(window[:stop])
        if semicolon > 0 and data.startswith(decoded, index) and not decoded.startswith("&#"):
            offsets.extend([at] * (len(decoded) - 1))
            index += len(decoded)
            at += stop
        elif data[index] == "&":
            index += 1
            at += 1
        else:
            return None
    offsets.append(at)
    return offsets

"""Where the source holds what a result reports: regions, source lines, exact cuts.

A result crosses processes without its page. For the reports that show source
(`sarif`, `html`, the verbose table) the worker adds this: plain values, one
entry a finding of the JSON record (`report.jsonl.to_json`), nothing where a page
is clean. Lines and columns are 1-based and count code points of the file as
given; `byte` counts bytes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from detector import roles
from detector.decode import Decoded, decode, line_column_at, line_starts
from detector.dom import BlockPlace
from detector.report.jsonl import MAX_TEXT
from detector.restore.content import in_blocks
from detector.restore.html import edits_for
from detector.suppressions import inline
from detector.types import Finding, Page

MAX_REGION = 1000  # characters of a region: evidence, not a copy of the page
MAX_LINES = 3  # source lines that one finding shows
MAX_COLUMNS = 240  # characters of one source line that are shown
BEFORE = 60  # of them before the mark
MAX_FIXED = 200  # findings of a page whose cuts are worked out
MAX_CUTS = 50  # cuts of one finding; more are no fix that a person would read

Record = dict[str, Any]


def marks(data: bytes, page: Page, findings: Sequence[Finding], charset: str = "") -> Record:
    """`{"findings": [mark or None, …], "inline": [suppression, …]}`.

    A mark is `{"region": …, "lines": [{"line", "from", "text", "mark"}], "fix": [cut, …]}`.
    The parts of a finding that the record splits have one mark, the first's; the
    others are None.
    """
    source = _Source(data, page, charset)
    found: list[Record | None] = []
    for number, finding in enumerate(in_blocks(page, roles.content(page.blocks), findings)):
        found.append(source.mark(finding, number < MAX_FIXED))
        parts = -(-max(len(finding.quote), 1) // MAX_TEXT)
        found.extend([None] * (parts - 1))
    return {"findings": found, "inline": [vars(one) for one in inline(page.comments)]}


class _Source:
    def __init__(self, data: bytes, page: Page, charset: str) -> None:
        self.page, self.text = page, page.source
        self.starts = line_starts(self.text)
        decoded = decode(data, charset=charset)
        # Where the text is not what was decoded, bytes cannot be told.
        same = decoded.text == self.text and decoded.codec != "iso2022_jp"
        self.decoded: Decoded | None = decoded if same else None
        self.plain = b"\r" not in data  # else characters of the file are not those of the text

    def mark(self, finding: Finding, fixed: bool) -> Record | None:
        edits = edits_for(self.page, [finding]) if fixed else []
        span = self._span(finding)
        if span is None:
            span = (edits[0][0], edits[-1][1]) if edits else self._tag(finding)
            if span is None:
                return None
            span = self._words(finding, *span) or span
        start, end = span[0], min(span[1], span[0] + MAX_REGION)
        while end > start + 1 and self.text[end - 1].isspace():
            end -= 1
        mark: Record = {"region": self._region(start, end), "lines": self._lines(start, end)}
        mark["region"]["text"] = self.text[start:end]
        if 0 < len(edits) <= MAX_CUTS:
            mark["fix"] = [self._region(a, b, exact=True) | {"new": new} for a, b, new in edits]
        return mark

    def _span(self, finding: Finding) -> tuple[int, int] | None:
        """Offsets of the very words, where the way back to them is certain."""
        span = finding.span
        if span is None or not 0 <= span.block < len(self.page.blocks):
            return None
        place = self.page.blocks[span.block].place
        if isinstance(place, BlockPlace):
            spans = place.source_spans(self.text, span.start, span.end)
            return (spans[0][0], spans[-1][1]) if spans else None
        outer = place.outer()
        return (outer[0] + span.start, outer[0] + span.end) if outer else None

    def _words(self, finding: Finding, start: int, end: int) -> tuple[int, int] | None:
        """The finding's words as they are written, at or behind its line inside of that."""
        line = finding.location.line
        if line and line <= len(self.starts):
            column = finding.location.column or 1
            start = max(start, self.starts[line - 1] + column - 1)
        at = self.text.find(finding.quote, start, end) if finding.quote.strip() else -1
        return (at, at + len(finding.quote)) if at >= 0 else None

    def _tag(self, finding: Finding) -> tuple[int, int] | None:
        """The start tag that stands at the finding's line and column."""
        place = finding.location
        if not place.line or place.line > len(self.starts):
            return None
        start = min(self.starts[place.line - 1] + (place.column or 1) - 1, len(self.text) - 1)
        if start < 0:
            return None
        end = self.text.find(">", start, start + MAX_REGION)
        if end < 0 or self.text[start] != "<":
            end = self.text.find("\n", start, start + MAX_REGION) - 1
        return start, (end + 1 if end >= start else min(start + MAX_COLUMNS, len(self.text)))

    def _region(self, start: int, end: int, exact: bool = False) -> Record:
        line, column = line_column_at(self.starts, start)
        end_line, end_column = line_column_at(self.starts, end)
        region = {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
        if self.plain:
            region |= {"offset": start, "length": end - start}
        if exact and self.decoded is not None:
            first, last = self.decoded.byte_span(start, end)
            region |= {"byte": first, "bytes": last - first}
        return region

    def _lines(self, start: int, end: int) -> list[Record]:
        shown: list[Record] = []
        line, _ = line_column_at(self.starts, start)
        while len(shown) < MAX_LINES and line <= len(self.starts):
            first = self.starts[line - 1]
            if first >= end and shown:
                break
            last = self.starts[line] - 1 if line < len(self.starts) else len(self.text)
            a, b = max(start, first), min(end, last)
            if b > a or not shown:
                left = max(first, a - BEFORE) if last - first > MAX_COLUMNS else first
                right = min(last, left + MAX_COLUMNS)
                entry = {"line": line, "from": left - first, "text": self.text[left:right]}
                shown.append(entry | {"mark": [a - left, min(b, right) - left]})
            line += 1
        return shown

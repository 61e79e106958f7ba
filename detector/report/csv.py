"""A row a page for spreadsheets. No cell can become a formula."""

from __future__ import annotations

import csv
import io
import json
from typing import Any, BinaryIO

from detector.report import Summary
from detector.report.printable import printable

COLUMNS = (
    "uri",
    "label",
    "clean",
    "injected",
    "spam",
    "categories",
    "techniques",
    "findings",
    "strongest",
    "line",
    "column",
    "text",
    "message",
    "related_links",
    "off_topic_links",
    "language",
    "error",
)
_FORMULA = tuple("=+-@\t\r|%＝＋－＠")  # spreadsheets read the full-width forms too


def cell(value: object) -> object:
    """A value as a cell: numbers as they are, text on one line and never a formula.

    A leading `'` marks text, as spreadsheets themselves do.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    shown = printable(value)
    if value.startswith(_FORMULA) or shown.lstrip().startswith(_FORMULA):
        return "'" + shown
    return shown


def row(record: dict[str, Any]) -> list[object]:
    """The cells of one result, in the order of `COLUMNS`."""
    findings = record["findings"]
    first = findings[0] if findings else {}
    place = first.get("location") or {}
    probabilities = record["probabilities"] or {}
    techniques = dict.fromkeys(f["technique"] for f in findings)
    links = record["related_links"]
    error = record["error"]
    values = (
        record["uri"],
        record["label"],
        probabilities.get("clean"),
        probabilities.get("injected"),
        probabilities.get("spam"),
        " ".join(record["categories"]),
        " ".join(techniques),
        len(findings),
        first.get("technique"),
        place.get("line"),
        place.get("column"),
        first.get("text"),
        first.get("message"),
        len(links),
        sum(link["off_topic"] for link in links),
        record["input"]["language"],
        f"{error['kind']}: {error['message']}" if error else None,
    )
    return [cell(value) for value in values]


class Renderer:
    """UTF-8 with a header row and CRLF line ends (RFC 4180)."""

    def __init__(
        self,
        out: BinaryIO,
        *,
        colour: bool = False,
        width: int = 0,
        verbose: bool = False,
        lang: str = "en",
    ) -> None:
        self._out = out

    def _row(self, cells: object) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerow(cells)  # type: ignore[arg-type]
        self._out.write(text.getvalue().encode("utf-8", "replace"))

    def start(self) -> None:
        """The header row."""
        self._row(COLUMNS)

    def page(self, line: bytes) -> None:
        """A row."""
        self._row(row(json.loads(line)))

    def finish(self, summary: Summary) -> None:
        """Nothing follows the last row."""

"""One result, one JSON object, one line: the form that other programs read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from detector.report import Summary
from detector.types import LABELS, Finding, Label, Result, Span

SCHEMA = "detector.result/1"
MAX_TEXT = 500  # characters of one finding's text
_DIGITS = 6  # of a probability
# Valid in JSON strings, yet terminals and editors act on them.
_RAW_CONTROL = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def to_json(result: Result) -> dict[str, Any]:
    """The result as plain values, keys in the order of the contract.

    A finding longer than `MAX_TEXT` becomes consecutive findings, so that each
    `text` is its field's `[start:end]`. Probabilities are rounded together and
    still sum to 1.
    """
    verdict = result.verdict
    content = result.content
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "uri": result.uri,
        "input": {
            "kind": result.kind,
            "bytes": result.size,
            "encoding": result.encoding,
            "language": result.language,
            "truncated": result.truncated,
        },
        "label": verdict.label if verdict else None,
        "probabilities": round_together(verdict.probabilities) if verdict else None,
        "categories": list(verdict.categories) if verdict else [],
        "findings": [part for finding in result.findings for part in _finding(finding)],
        "content": {
            "title": content.title,
            "text": content.text,
            "clean_text": content.clean_text,
            "removed": [
                {"start": r.start, "end": r.end, "text": r.text, "technique": r.technique}
                | ({"replacement": r.replacement} if r.replacement else {})
                for r in content.removed
            ],
        },
        "related_links": [
            {
                "text": link.text,
                "href": link.href,
                "relevance": round(link.relevance, 4),
                "off_topic": link.off_topic,
            }
            | ({"reason": link.reason} if link.reason else {})
            for link in result.related_links
        ],
        "model": {
            "name": result.model.name,
            "version": result.model.version,
            "sha256": result.model.sha256,
        }
        if result.model
        else None,
        "elapsed_ms": round(result.elapsed_ms, 3),
        "error": {"kind": result.error.kind, "message": result.error.message}
        if result.error
        else None,
    }
    if result.stages:
        record["stages_ms"] = {name: round(spent, 3) for name, spent in result.stages}
    if verdict and verdict.override:
        record["override"] = verdict.override
    return record


def to_line(record: Mapping[str, Any]) -> bytes:
    """The record as one line of UTF-8 with its line end and no raw control characters."""
    text = json.dumps(record, ensure_ascii=False, separators=(", ", ": "), allow_nan=False)
    if _RAW_CONTROL.search(text):
        text = _RAW_CONTROL.sub(lambda m: f"\\u{ord(m[0]):04x}", text)
    try:
        return text.encode("utf-8") + b"\n"
    except UnicodeEncodeError:  # a lone surrogate is no character
        return text.encode("utf-8", "replace") + b"\n"


def round_together(probabilities: Mapping[Label, float]) -> dict[Label, float]:
    """Probabilities with six digits whose sum is 1 (largest remainders).

    The largest stays the largest.
    """
    units = 10**_DIGITS
    total = sum(probabilities.get(label, 0.0) for label in LABELS) or 1.0
    exact = {label: probabilities.get(label, 0.0) / total * units for label in LABELS}
    whole = {label: int(value) for label, value in exact.items()}
    left = units - sum(whole.values())
    for label in sorted(LABELS, key=lambda label: whole[label] - exact[label])[:left]:
        whole[label] += 1
    return {label: whole[label] / units for label in LABELS}


def _finding(finding: Finding) -> Iterator[dict[str, Any]]:
    location = finding.location
    span = finding.span if finding.span and finding.span.of != "block" else None
    for at in range(0, max(len(finding.quote), 1), MAX_TEXT):
        text = finding.quote[at : at + MAX_TEXT]
        yield {
            "technique": finding.technique,
            "category": finding.category or None,
            "score": round(finding.score, 4),
            "text": text,
            "href": finding.href,
            "location": {
                "where": location.where,
                "path": location.path,
                "line": location.line,
                "column": location.column,
            },
            "span": _span(span, at, len(text)),
            "message": finding.message,
        }


def _span(span: Span | None, at: int, length: int) -> dict[str, Any] | None:
    if span is None:
        return None
    return {"of": span.of, "start": span.start + at, "end": span.start + at + length}


class Renderer:
    """Lines as they come."""

    def __init__(
        self,
        out: BinaryIO,
        *,
        colour: bool = False,
        width: int = 0,
        verbose: bool = False,
        lang: str = "en",
    ) -> None:
        self._write = out.write

    def start(self) -> None:
        """Nothing: every line stands for itself."""

    def page(self, line: bytes) -> None:
        """Writes the line."""
        self._write(line)

    def finish(self, summary: Summary) -> None:
        """Nothing: every line stands for itself."""

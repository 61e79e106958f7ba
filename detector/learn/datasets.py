"""Reads labelled pages.

    pages = read_labelled(["my-labels/", "crawl.warc.gz"])

A source is a folder, or a WARC with a JSONL of the same stem beside it, or a JSONL alone
whose lines hold the page (`html` or `text`) or name a file beside it (`uri` or `path`),
or a folder of test cases (`expected.json` beside each page).
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.types import LABELS, Document, Kind, Label

ARCHIVES = (".warc.gz", ".warc")
LINES = (".jsonl", ".jsonl.gz", ".ndjson")
# Coarse names of public label files, as the contract names them.
CATEGORY_NAMES = {"essay": "essay-mill", "other": "fake-downloads"}
ESCORT = frozenset({"escort", "outcall-massage"})
ESCORT_LANGUAGES = frozenset({"ko"})  # there `adult` means outcall massage


class DatasetError(ValueError):
    """A source that cannot be read as labelled data; the message says what to do."""


@dataclass(frozen=True, slots=True)
class RelatedLabel:
    """A link of a related-articles block, and whether it is off the page's topic."""

    text: str
    href: str
    off_topic: bool


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """A page with what is known of it. Absent knowledge is "", () or None."""

    uri: str
    data: bytes
    label: Label
    kind: Kind | None = None
    lang: str = ""
    categories: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    site: str = ""
    spans: tuple[str, ...] = ()
    related: tuple[RelatedLabel, ...] = ()
    clean_text: str | None = None
    source: str = ""  # file that the label came from
    extra: Mapping[str, Any] | None = None  # the other fields of the line

    def document(self) -> Document:
        """What the scan takes."""
        return Document(self.uri, self.data, kind=self.kind)


def _stem(path: Path, endings: Sequence[str]) -> str:
    return next((path.name[: -len(e)] for e in endings if path.name.endswith(e)), "")


def _strings(value: object) -> tuple[str, ...]:
    """A string or a list of strings, as a tuple."""
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, list):
        return tuple(str(v) for v in value if v)
    return ()


def category_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Categories of a line in the contract's names.

    Public files know `adult` for escorts too (told apart by technique), `essay`, and
    `other` for look-alike downloads where the line carries a template family (`group`).
    """
    found = _strings(row.get("category")) or _strings(row.get("categories"))
    if "group" not in row:
        return tuple("essay-mill" if c == "essay" else c for c in found)
    techniques = set(_strings(row.get("technique")))
    made = []
    for name in found:
        if name == "adult" and (techniques & ESCORT or row.get("lang") in ESCORT_LANGUAGES):
            name = "escort"
        elif name == "other" and row.get("label") != "spam":
            name = "other"  # injected pages of many trades
        else:
            name = CATEGORY_NAMES.get(name, name)
        made.append(name)
    return tuple(made)


def page_of(row: Mapping[str, Any], data: bytes, where: str, kind: Kind | None) -> LabelledPage:
    """A labelled page from a line and its bytes. Raises DatasetError for a bad label."""
    label = row.get("label")
    if label not in LABELS:
        raise DatasetError(
            f"{where}: label {label!r} of {row.get('uri')!r} is none of {', '.join(LABELS)}"
        )
    known = {"uri", "label", "lang", "category", "technique", "site", "spans", "related"}
    known |= {"clean_text", "html", "text", "kind", "categories"}
    related = tuple(
        RelatedLabel(str(r.get("text", "")), str(r.get("href") or ""), bool(r.get("off_topic")))
        for r in row.get("related") or ()
        if isinstance(r, dict)
    )
    spans = tuple(
        str(s.get("text", "")) if isinstance(s, dict) else str(s) for s in row.get("spans") or ()
    )
    return LabelledPage(
        uri=str(row.get("uri") or row.get("path") or ""),
        data=data,
        label=label,
        kind=kind or (row["kind"] if row.get("kind") in ("html", "text") else None),
        lang=str(row.get("lang") or ""),
        categories=category_of(row),
        techniques=_strings(row.get("technique")),
        site=str(row.get("site") or row.get("group") or row.get("source") or ""),
        spans=tuple(s for s in spans if s),
        related=related,
        clean_text=row.get("clean_text"),
        source=where,
        extra={k: v for k, v in row.items() if k not in known},
    )


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The lines of a JSONL. Raises DatasetError with the line's number."""
    rows = []
    with gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DatasetError(f"{path}: line {number} is not JSON ({error})") from error
            if not isinstance(row, dict):
                raise DatasetError(f"{path}: line {number} is not an object")
            rows.append(row)
    return rows


def _read_archive(archive: Path, lines: Path) -> Iterator[LabelledPage]:
    """Pages of a WARC, each with its line; streamed in the archive's order."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    rows = {str(r.get("uri")): r for r in read_rows(lines) if r.get("label") is not None}
    seen: set[str] = set()
    with archive.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            uri = record.headers["WARC-Target-URI"]
            row = rows.get(uri)
            if row is None or uri in seen:
                continue
            seen.add(uri)
            declared = str(record.http_content_type or "")
            kind: Kind | None = "text" if declared == "text/plain" else None
            yield page_of(row, record.reader.read(), str(lines), kind)
    missing = rows.keys() - seen
    if missing and not seen:
        raise DatasetError(f"{archive}: no record has an address of {lines.name}; is it its pair?")


def _read_lines(lines: Path) -> Iterator[LabelledPage]:
    """Pages that a JSONL holds itself or names as files beside it."""
    for row in read_rows(lines):
        if "label" not in row:
            continue
        if isinstance(row.get("html"), str):
            yield page_of(row, row["html"].encode("utf-8"), str(lines), "html")
        elif isinstance(row.get("text"), str):
            yield page_of(row, row["text"].encode("utf-8"), str(lines), "text")
        else:
            name = str(row.get("path") or row.get("uri") or "")
            file = (lines.parent / name).resolve()
            if not name or not file.is_relative_to(lines.parent.resolve()) or not file.is_file():
                raise DatasetError(f"{lines}: no page for {name!r}: no html, text, file or WARC")
            kind: Kind | None = "text" if file.suffix in (".txt", ".text") else None
            yield page_of(row, file.read_bytes(), str(lines), kind)


def _read_cases(folder: Path) -> Iterator[LabelledPage]:
    """Pages of test cases: `<technique>/<slug>/input.*` with an `expected.json` beside it.

    Without a `label` there, `near-…` is an honest page and any other has foreign matter.
    """
    for expected in sorted(folder.rglob("expected.json")):
        case = expected.parent
        row: dict[str, Any] = json.loads(expected.read_text("utf-8"))
        inputs = sorted(case.glob("input.*"))
        if len(inputs) != 1:
            raise DatasetError(f"{case}: {len(inputs)} files input.*; a case has one")
        name = case.relative_to(folder).as_posix()
        honest = case.name.startswith("near-")
        row = {
            "label": "clean" if honest else "injected", "uri": name, "site": name,
            "technique": () if honest else row.get("techniques", ()), **row,
        }  # fmt: skip
        kind: Kind = "text" if inputs[0].suffix == ".txt" else "html"
        yield page_of(row, inputs[0].read_bytes(), str(expected), kind)


def _pair(lines: Path) -> Path | None:
    stem = _stem(lines, LINES)
    return next((p for e in ARCHIVES if (p := lines.with_name(stem + e)).is_file()), None)


def read_source(path: str | Path) -> Iterator[LabelledPage]:
    """Every labelled page of one source. Raises DatasetError or FileNotFoundError."""
    place = Path(path)
    if not place.exists():
        raise FileNotFoundError(f"{place}: no such file or folder")
    if place.is_dir():
        found = sorted(p for p in place.rglob("*") if _stem(p, LINES) and p.is_file())
        given = 0
        for lines in found:
            for page in read_source(lines):
                given += 1
                yield page
        for page in _read_cases(place):
            given += 1
            yield page
        if not given:
            raise DatasetError(f"{place}: no JSONL with labels in it, and no expected.json")
        return
    if _stem(place, ARCHIVES):
        stem = _stem(place, ARCHIVES)
        lines_of = next((p for e in LINES if (p := place.with_name(stem + e)).is_file()), None)
        if lines_of is None:
            raise DatasetError(f"{place}: no {stem}.jsonl with labels beside it")
        yield from _read_archive(place, lines_of)
        return
    archive = _pair(place)
    if archive is not None:
        yield from _read_archive(archive, place)
    else:
        yield from _read_lines(place)


def read_labelled(paths: Iterable[str | Path]) -> list[LabelledPage]:
    """All labelled pages of the sources, in their order."""
    return [page for path in paths for page in read_source(path)]


def unique(pages: Iterable[LabelledPage]) -> list[LabelledPage]:
    """The pages without exact copies: the first of each wins."""
    seen: set[bytes] = set()
    kept = []
    for page in pages:
        digest = hashlib.sha256(page.data).digest()
        if digest not in seen:
            seen.add(digest)
            kept.append(page)
    return kept


def digest_of(pages: Iterable[LabelledPage]) -> str:
    """SHA-256 over addresses, labels and bytes, independent of order."""
    parts = sorted(
        hashlib.sha256(b"\0".join((p.uri.encode(), p.label.encode(), p.data))).digest()
        for p in pages
    )
    return hashlib.sha256(b"".join(parts)).hexdigest()

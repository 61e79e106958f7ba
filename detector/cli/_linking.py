"""The run of `detector links`: sources to workers to a table, JSON lines or CSV."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import click

from detector.limits import DEFAULT
from detector.pool import WorkerError, run
from detector.report.csv import cell
from detector.report.printable import printable
from detector.report.table import site_of
from detector.sources import Counts, Options, open_sources

COLUMNS = (
    *("uri", "line", "kind", "heading", "foreign", "list_off_topic"),
    *("text", "href", "relevance", "off_topic", "shared", "missing", "reason"),
)
WIDE = 120  # columns where the output is no terminal
MOST_PAGES = 5  # of a site that the summary names
MOST_SITES = 20


@dataclass(slots=True)
class Site:
    """What the summary says of one: pages, those with a judged list, with an off-topic one."""

    pages: int = 0
    judged: int = 0
    off_topic: list[str] = field(default_factory=list)


def run_links(
    paths: tuple[str, ...],
    *,
    form: str,
    output: str | None,
    off_topic_only: bool,
    workers: int | None,
    policy: Path | None,
    model: str | None,
    timeout: float,
) -> int:
    """Judge the related links of all pages and report; the exit code."""
    from detector.link_lists import fail, make
    from detector.model import ModelError
    from detector.policy import PolicyError

    counts, limits = Counts(), replace(DEFAULT, timeout=timeout)
    sites: dict[str, Site] = {}
    failed = 0
    try:
        lines = run(
            open_sources(paths, Options(limits), counts),
            partial(make, model, policy, limits),
            fail,
            workers=workers or 0,
            limits=limits,
        )
        with contextlib.ExitStack() as files:
            out: BinaryIO = sys.stdout.buffer
            if output is not None:
                out = files.enter_context(open(output, "wb"))
            if form == "csv":
                out.write(_row(COLUMNS))
            for line in lines:
                record = json.loads(line)
                failed += _count(record, sites)
                _write(out, line, record, form, off_topic_only)
            if form == "table":
                out.write("".join(f"{words}\n" for words in _summary(sites)).encode())
            out.flush()
    except BrokenPipeError:  # the reader has what it wants
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ModelError, PolicyError, WorkerError, OSError) as error:
        click.echo(f"detector: {printable(str(error))}", err=True)
        return 2
    for path in counts.missing:
        click.echo(f"detector: no such file or folder: {printable(path)}", err=True)
    pages = sum(site.pages for site in sites.values())
    if form != "table":
        click.echo(_totals(sites), err=True)
    if not pages and not counts.missing:
        click.echo("detector: no page to read; name files to read whatever their extension",
                   err=True)  # fmt: skip
    return 2 if counts.missing or failed == pages else 0


def _count(record: dict[str, Any], sites: dict[str, Site]) -> bool:
    """Notes a page for the summary; whether it could not be read."""
    site = sites.setdefault(site_of(record["uri"]), Site())
    site.pages += 1
    site.judged += any(found["judged"] for found in record["lists"])
    if any(found["off_topic"] for found in record["lists"]):
        site.off_topic.append(record["uri"])
    if record["error"]:
        error = record["error"]
        click.echo(f"detector: {printable(record['uri'])}: {printable(error['message'])}", err=True)
    return record["error"] is not None


def _write(
    out: BinaryIO, line: bytes, record: dict[str, Any], form: str, off_topic_only: bool
) -> None:
    says = [_says(found) for found in record["lists"]]  # of whole lists
    if off_topic_only:
        says = [
            line
            for line, found in zip(says, record["lists"], strict=True)
            if any(link["off_topic"] for link in found["links"])
        ]
        for found in record["lists"]:
            found["links"] = [link for link in found["links"] if link["off_topic"]]
        record["lists"] = [found for found in record["lists"] if found["links"]]
    if form == "jsonl":
        from detector.report.jsonl import to_line

        if record["lists"] or record["error"] or not off_topic_only:
            out.write(to_line(record) if off_topic_only else line)
    elif form == "csv":
        for row in _rows(record):
            out.write(_row(row))
    elif record["lists"]:
        out.write(_table(record, says))


def _rows(record: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    for found in record["lists"]:
        for link in found["links"]:
            yield (
                record["uri"], found["line"], found["kind"], found["heading"], found["foreign"],
                found["off_topic"], link["text"], link["href"], link["relevance"],
                link["off_topic"], " ".join(link["shared"]), " ".join(link["missing"]),
                link["reason"],
            )  # fmt: skip


def _row(cells: tuple[object, ...]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([cell(value) for value in cells])
    return text.getvalue().encode("utf-8", "replace")


def _table(record: dict[str, Any], says: Sequence[str]) -> bytes:
    """The lists of one page, each under a line that says what it is."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    text = io.StringIO()
    width = shutil.get_terminal_size((WIDE, 24)).columns if sys.stdout.isatty() else WIDE
    console = Console(file=text, width=width, highlight=False, markup=False, emoji=False)
    console.print(Text(printable(record["uri"])), overflow="fold")
    for found, line in zip(record["lists"], says, strict=True):
        console.print(Text(f"  {line}"), overflow="fold")
        if not found["judged"]:
            continue
        table = Table(box=None, show_header=False, pad_edge=False, expand=False)
        for settings in ({"no_wrap": True}, {"no_wrap": True}, {"overflow": "fold"},
                         {"overflow": "fold"}):  # fmt: skip
            table.add_column(**settings)
        for link in found["links"]:
            score = "" if link["relevance"] is None else f"{link['relevance']:.2f}"
            verdict = "off-topic" if link["off_topic"] else ""
            table.add_row(score, verdict, Text(printable(link["text"], 120)),
                          Text(printable(link["reason"])))  # fmt: skip
        console.print(Padding(table, (0, 0, 0, 4)))
    lines = (line.rstrip() + "\n" for line in text.getvalue().splitlines())
    return ("".join(lines) + "\n").encode("utf-8", "replace")


def _says(found: dict[str, Any]) -> str:
    """One line about a list: its heading, place, kind and verdict."""
    name = f"“{printable(found['heading'], 60)}”" if found["heading"] else "(no heading)"
    place = f", line {found['line']}" if found["line"] else ""
    links = len(found["links"])
    if found["kind"] != "related":
        return f"{name}{place}: {links} links, {found['kind']}: promises no relevance"
    if not found["judged"]:
        return f"{name}{place}: {links} links, cannot be compared with the article"
    off = sum(link["off_topic"] for link in found["links"])
    verdict = "off-topic list" if found["off_topic"] else "list"
    return f"{name}{place}: {off} of {links} links off-topic; {verdict}, " \
           f"foreign {found['foreign']:.2f}"  # fmt: skip


def _totals(sites: dict[str, Site]) -> str:
    pages = sum(site.pages for site in sites.values())
    judged = sum(site.judged for site in sites.values())
    off = sum(len(site.off_topic) for site in sites.values())
    return f"{pages:,} pages: {judged:,} with related links judged, {off:,} with an off-topic list"


def _summary(sites: dict[str, Site]) -> Iterator[str]:
    """All pages, then the sites that have off-topic lists, the most first."""
    yield _totals(sites)
    hit = sorted((s for s in sites if sites[s].off_topic), key=lambda s: -len(sites[s].off_topic))
    for name in hit[:MOST_SITES]:
        site = sites[name]
        yield f"{printable(name)}: {len(site.off_topic):,} of {site.pages:,} pages"
        yield from (f"  {printable(uri)}" for uri in site.off_topic[:MOST_PAGES])
        if len(site.off_topic) > MOST_PAGES:
            yield f"  and {len(site.off_topic) - MOST_PAGES:,} more"
    if len(hit) > MOST_SITES:
        yield f"and {len(hit) - MOST_SITES:,} more sites"

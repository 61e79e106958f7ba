"""`detector scan`: pages in, verdicts with evidence out."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import click

from detector.limits import DEFAULT
from detector.report import formats

LEVELS = ("none", "injected", "spam")


_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?)b?", re.I)


def size(value: str | int) -> int:
    """A number of bytes, also as `500K`, `20MB`, `1G`."""
    match = _SIZE.fullmatch(str(value).strip())
    if not match:
        raise click.BadParameter(f"{value!r} is no size; write 500K, 20MB or a number of bytes")
    return int(float(match[1]) * {"": 1, "k": 1e3, "m": 1e6, "g": 1e9}[match[2].lower()])


@click.command("scan", short_help="Scan files, folders, archives or standard input.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(formats()),
    help="How results are shown; by default as the extension of --output says, else a table.",
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False), help="Write results there, not to stdout."
)
@click.option(
    "-j",
    "--workers",
    type=click.IntRange(min=1),
    help="Processes that scan; by default one a core, started as pages come.",
)
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    default="injected",
    show_default=True,
    help="Exit with 1 at this label or a higher one (injected < spam); none: never.",
)
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML with thresholds, allowed hosts and terms.",
)
@click.option("--model", metavar="NAME|DIR", help="Another model than the shipped one.")
@click.option(
    "--max-bytes",
    type=size,
    metavar="SIZE",
    default=DEFAULT.max_bytes,
    show_default="20MB",
    help="Read no more of one page; the result says `truncated`.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT.timeout,
    show_default=True,
    help="Seconds for one page; longer is an error of that page.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the JSONL file of --output: keep what it has, scan the rest.",
)
@click.option("--follow-symlinks", is_flag=True, help="Also go into linked files and folders.")
def command(paths: tuple[str, ...], **options: Any) -> None:
    """Scan pages and show what is foreign in them.

    PATH is a file, a folder, or - for standard input: HTML in any encoding,
    extracted text (.txt, .md, WET), JSON lines with `url` and `html` or `text`,
    WARC; all also gzipped. Folders are walked for .html .htm .xhtml .shtml .php
    .asp .aspx .jsp .txt .md, archives, and HTML without an extension.

    \b
    Examples:
      detector scan site/                           a table
      detector scan site/ --fail-on spam            exit 1 only for spam pages
      detector scan crawl.warc.gz -o out.jsonl      a JSON line a page
      detector scan crawl.warc.gz -o out.jsonl --resume
      curl -s https://example.com/ | detector scan - --format json

    Exit codes: 0 nothing at or above --fail-on; 1 something; 2 wrong usage, a
    missing path, or nothing could be read; 130 interrupted.
    """
    from detector.cli._scanning import scan

    form = options.pop("form") or _format_of(options["output"])
    if options["resume"] and (form != "jsonl" or not options["output"]):
        raise click.UsageError("--resume needs --output FILE with --format jsonl")
    sys.exit(scan(paths, form=form, **options))


def _format_of(output: str | None) -> str:
    ending = os.path.splitext(output or "")[1].lstrip(".").lower()
    return ending if ending in formats() else "table"

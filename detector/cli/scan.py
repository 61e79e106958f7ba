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
EXTRA = tuple(name for name in formats() if name != "table")  # formats of further outputs


_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?)b?", re.I)


def size(value: str | int) -> int:
    """A number of bytes, also as `500K`, `20MB`, `1G`."""
    match = _SIZE.fullmatch(str(value).strip())
    if not match:
        raise click.BadParameter(f"{value!r} is no size; write 500K, 20MB or a number of bytes")
    return int(float(match[1]) * {"": 1, "k": 1e3, "m": 1e6, "g": 1e9}[match[2].lower()])


def _outputs(command: Any) -> Any:
    """Adds `--jsonl-output FILE` and its like, one a format."""
    for name in reversed(EXTRA):
        option = click.option(
            f"--{name}-output",
            metavar="FILE",
            type=click.Path(dir_okay=False),
            help=f"Write {name.upper()} there too, whatever --format says.",
        )
        command = option(command)
    return command


@click.command("scan", short_help="Scan files, folders, archives or standard input.")
@click.argument("paths", metavar="PATH...", nargs=-1)
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
@_outputs
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="The table also shows the source lines, with what was found marked.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    help="Language of the HTML report; by default as LC_ALL or LANG says.",
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
@click.option("--exit-zero", is_flag=True, help="The same as --fail-on none.")
@click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A former JSONL or SARIF output: report only findings that it does not have.",
)
@click.option(
    "--inline-suppressions",
    is_flag=True,
    help="Obey `detector: ignore` comments in pages: only where no attacker writes to them.",
)
@click.option(
    "--changed",
    metavar="BASE",
    help="Scan only files that git says differ from this revision, under PATH or here.",
)
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML with thresholds, allowed hosts and terms, suppressions.",
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
@click.option("--html-column", metavar="NAME", default="", help="Column or key of the HTML.")
@click.option("--text-column", metavar="NAME", default="", help="Column or key of extracted text.")
@click.option("--url-column", metavar="NAME", default="", help="Column or key of the address.")
@click.option("--follow-symlinks", is_flag=True, help="Also go into linked files and folders.")
def command(paths: tuple[str, ...], **options: Any) -> None:
    """Scan pages and show what is foreign in them.

    PATH is a file, a folder, or - for standard input: HTML in any encoding,
    extracted text (.txt, .md, WET), JSON lines with `url` and `html` or `text`,
    WARC, zip and tar; all also as .gz .zst .bz2 .xz; Parquet, whose columns are
    guessed from their names. Folders are walked for .html .htm .xhtml .shtml
    .php .asp .aspx .jsp .txt .md, WARC, JSON lines, Parquet, and HTML without
    an extension. s3:// gs:// hdfs:// and other fsspec places are read in place.

    \b
    Examples:
      detector scan site/                           a table
      detector scan site/ --fail-on spam            exit 1 only for spam pages
      detector scan crawl.warc.gz -o out.jsonl      a JSON line a page
      detector scan crawl.warc.gz -o out.jsonl --resume
      detector scan crawl.parquet --html-column raw_page -o out.jsonl
      detector scan "s3://bucket/crawl/*.warc.gz" -o out.jsonl
      detector scan site/ --html-output report.html --sarif-output out.sarif
      detector scan site/ --baseline last-night.jsonl
      detector scan --changed origin/main           what a branch changed
      detector scan page.html --verbose             with the source lines
      curl -s https://example.com/ | detector scan - --format json

    Exit codes: 0 nothing at or above --fail-on; 1 something; 2 wrong usage, a
    missing path, or nothing could be read; 130 interrupted.
    """
    from detector.cli._scanning import scan
    from detector.sources.columns import Columns

    names = (options.pop(f"{part}_column") for part in ("html", "text", "url"))
    options["columns"] = Columns(*names)
    form = options.pop("form") or _format_of(options["output"])
    extra = {name: options.pop(f"{name}_output") for name in EXTRA}
    options["extra"] = {name: file for name, file in extra.items() if file}
    options["lang"] = options["lang"] or _language()
    if options.pop("exit_zero"):
        options["fail_on"] = "none"
    if not paths and not options["changed"]:
        raise click.UsageError("Missing argument 'PATH...'.")
    if options["resume"] and (options["baseline"] or options["extra"]):
        raise click.UsageError("--resume goes with --output alone, without --baseline")
    if options["resume"] and (form != "jsonl" or not options["output"]):
        raise click.UsageError("--resume needs --output FILE with --format jsonl")
    sys.exit(scan(paths, form=form, **options))


def _format_of(output: str | None) -> str:
    ending = os.path.splitext(output or "")[1].lstrip(".").lower()
    return ending if ending in formats() else "table"


def _language() -> str:
    named = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if named.lower().startswith("zh") else "en"

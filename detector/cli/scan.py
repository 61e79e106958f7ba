"""`detector scan`: pages in, verdicts with evidence out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from detector.cli._options import judging, reporting, wanted


@click.command("scan", short_help="Scan files, folders, archives or standard input.")
@click.argument("paths", metavar="PATH...", nargs=-1)
@reporting
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
@judging
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the JSONL or Parquet file of --output: keep what it has, scan the rest.",
)
@click.option("--html-column", metavar="NAME", default="", help="Column or key of the HTML.")
@click.option("--text-column", metavar="NAME", default="", help="Column or key of extracted text.")
@click.option("--url-column", metavar="NAME", default="", help="Column or key of the address.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Standard error as sentences, or as a JSON line a message and a page.",
)
@click.option(
    "--profile",
    is_flag=True,
    help="Tell at the end where the time went; results get `stages_ms`.",
)
@click.option("--follow-symlinks", is_flag=True, help="Also go into linked files and folders.")
def command(paths: tuple[str, ...], resume: bool, **options: Any) -> None:
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
      detector scan site/ --profile                 and where the time went
      detector scan crawl.warc.gz -o out.jsonl --log-format json 2> log.jsonl
      curl -s https://example.com/ | detector scan - --format json

    Exit codes: 0 nothing at or above --fail-on; 1 something; 2 wrong usage, a
    missing path, or nothing could be read; 130 interrupted.
    """
    from detector.cli._judging import Judging
    from detector.cli._scanning import Asked, scan
    from detector.sources.columns import Columns

    columns = Columns(*[options.pop(f"{part}_column") for part in ("html", "text", "url")])
    form, judging = wanted(options, append=resume), Judging.taken(options)
    asked = Asked(**options, columns=columns)
    if not paths and not asked.changed:
        raise click.UsageError("Missing argument 'PATH...'.")
    if resume and (asked.baseline or form.extra):
        raise click.UsageError("--resume goes with --output alone, without --baseline")
    if resume and (form.form not in ("jsonl", "parquet") or not form.output):
        raise click.UsageError("--resume needs --output FILE with --format jsonl or parquet")
    sys.exit(scan(paths, form, judging, asked))

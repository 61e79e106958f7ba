"""`detector clean`: a page, a folder, an archive or a table without what was injected."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click


@click.command("clean", short_help="A page, archive or table without what was injected.")
@click.argument("file", metavar="FILE")
@click.option(
    "--as",
    "form",
    type=click.Choice(["text", "html"]),
    help="The main content as text, or the repaired page; by default what the input is.",
)
@click.option("-o", "--output", type=click.Path(), help="Write it there; a folder for a folder.")
@click.option("-i", "--in-place", is_flag=True, help="Change the files; keep each as NAME.orig.")
@click.option("--policy", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", metavar="NAME|DIR", help="Another model than the shipped one.")
@click.option("-j", "--workers", type=click.IntRange(min=1), help="Processes, for archives.")
@click.option("--drop-spam", is_flag=True, help="Leave pages that are spam itself out of archives.")
@click.option("--html-column", metavar="NAME", default="", help="Column or key of the HTML.")
@click.option("--text-column", metavar="NAME", default="", help="Column or key of extracted text.")
def command(
    file: str,
    form: str | None,
    output: str | None,
    in_place: bool,
    drop_spam: bool,
    **options: Any,
) -> None:
    """Write the page without what was injected to standard output.

    FILE is one page, or - for standard input. A page that is not injected comes
    back as it is; with `--as text` its main content. HTML is repaired in place:
    every byte that is not taken out stays as it was.

    A folder is written to another one (--output), with all that is no page, or
    cleaned --in-place: each changed file is kept beside it as NAME.orig. The names
    of changed files are printed.

    A WARC, WET, JSON lines or Parquet file becomes one of the same kind. Each
    changed page says what was taken out and by which model: in a metadata record
    after it, or in a key or column `detector`. All else stays as it was.

    \b
    Examples:
      detector clean hacked.html > repaired.html
      detector clean article.txt --as text
      detector clean htdocs/ -o cleaned/
      detector clean htdocs/ --in-place
      detector clean crawl.warc.gz -o cleaned.warc.gz
      detector clean pages.parquet -o cleaned.parquet --drop-spam
    """
    from detector.cli._judging import Judging

    judging = Judging.taken(options)
    columns = {part: options[f"{part}_column"] for part in ("html", "text")}
    if in_place or os.path.isdir(file):
        if form or drop_spam or any(columns.values()) or (in_place and output):
            raise click.UsageError("a folder, or files in place, take --policy, --model, --workers")
        if not in_place and not output:
            raise click.UsageError(f"{file} is a folder; give --output FOLDER or --in-place")
        if in_place and not os.path.exists(file):
            raise click.UsageError(f"no such file: {file}")
        from detector.cli._cleaning_files import clean_files

        sys.exit(clean_files(file, output, judging))
    from detector.cleaning import Job
    from detector.cli._cleaning import clean_container, container
    from detector.sources.columns import Columns

    kind = container(file)
    if output and os.path.isdir(output):
        raise click.UsageError(f"{output} is a folder; give the name of a file")
    if kind:
        if form:
            raise click.UsageError("--as is for one page; an archive stays what it is")
        job = Job(file, Columns(**columns), drop_spam, judging.limits)
        sys.exit(clean_container(kind, job, output, judging))
    if drop_spam or any(columns.values()):
        raise click.UsageError(f"{file} is no archive or table")
    from detector.cli._cleaning_page import clean_page

    sys.exit(clean_page(file, output, form, judging))

"""`detector clean`: a page, a folder, an archive or a table without what was injected."""

from __future__ import annotations

import os
import sys
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from detector.limits import Limits
    from detector.types import Document, Failure
    from detector.worker import Work


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
    policy: Path | None,
    model: str | None,
    workers: int | None,
    drop_spam: bool,
    html_column: str,
    text_column: str,
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
    from detector.cleaning import Tally
    from detector.cli._cleaning import Job, clean_container, container
    from detector.sources.columns import Columns

    if in_place or os.path.isdir(file):
        if form or drop_spam or html_column or text_column or (in_place and output):
            raise click.UsageError("a folder, or files in place, take --policy, --model, --workers")
        if not in_place and not output:
            raise click.UsageError(f"{file} is a folder; give --output FOLDER or --in-place")
        if in_place and not os.path.exists(file):
            raise click.UsageError(f"no such file: {file}")
        from detector.cli._cleaning_files import clean_files

        sys.exit(clean_files(file, output, policy, model, workers))
    kind = container(file)
    if output and os.path.isdir(output):
        raise click.UsageError(f"{output} is a folder; give the name of a file")
    if kind:
        if form:
            raise click.UsageError("--as is for one page; an archive stays what it is")
        job = Job(file, output, Columns(html_column, text_column), drop_spam, Tally())
        sys.exit(clean_container(kind, job, policy, model, workers))
    if drop_spam or html_column or text_column:
        raise click.UsageError(f"{file} is no archive or table")
    from detector.limits import DEFAULT
    from detector.model import ModelError
    from detector.policy import PolicyError
    from detector.pool import run
    from detector.sources import Counts, open_sources

    counts = Counts()
    documents = list(islice(open_sources([file], None, counts), 2))
    if counts.missing:
        raise click.UsageError(f"no such file: {file}")
    if len(documents) != 1:
        some = "more than one page" if documents else "no page"
        raise click.UsageError(f"{file} holds {some}; `detector scan` reads folders and archives")
    document = documents[0]
    if document.failure is not None:
        raise click.UsageError(document.failure.message)
    if form == "html" and document.kind == "text":
        raise click.UsageError(f"{file} is text without markup; use --as text")
    limits = DEFAULT
    chosen = form or document.kind or "html"
    try:
        make = partial(make_cleaner, chosen, model, policy, limits)
        (message,) = run(documents, make, _fail, workers=1, limits=limits)
    except (ModelError, PolicyError) as error:
        raise click.UsageError(str(error)) from error
    status, _, data = message.partition(b"\t")
    if status != b"ok":
        click.echo(f"detector: {file}: {data.decode()}", err=True)
        sys.exit(2)
    if output:
        with open(output, "wb") as out:
            out.write(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def make_cleaner(form: str, model: str | None, policy: Path | None, limits: Limits) -> Work:
    """The cleaning of one page as work of the pool: `ok` or `error`, a tab, the bytes."""
    from detector.scan import Scanner
    from detector.types import Failure

    scanner = Scanner(model=model, policy=policy, limits=limits)
    _ = scanner.model  # a model that cannot be used is an error here, not of the page

    def work(document: Document) -> bytes:
        try:
            page = scanner.page(
                document.data, uri=document.uri, kind=document.kind, charset=document.charset
            )
            analysis = scanner.analyse(page)
            result = scanner.judge(analysis)
            if form == "text":
                return b"ok\t" + (result.content.clean_text + "\n").encode("utf-8", "replace")
            if result.verdict is None:
                return b"ok\t" + document.data
            from detector.restore.html import repair
            from detector.restore.removable import removable

            foreign = removable(analysis.found, result.verdict.label)
            return b"ok\t" + repair(document.data, page, foreign, document.charset)
        except Exception as error:
            return _fail(document, Failure("internal", f"{type(error).__name__}: {error}"))

    return work


def _fail(document: Document, failure: Failure) -> bytes:
    return f"error\t{failure.message}".encode()

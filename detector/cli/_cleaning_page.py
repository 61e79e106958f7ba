"""The run of `detector clean` over one page."""

from __future__ import annotations

import sys
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import click

from detector.cli._judging import Judging

if TYPE_CHECKING:
    from detector.types import Document, Failure
    from detector.worker import Work


def clean_page(file: str, output: str | None, form: str | None, judging: Judging) -> int:
    """Write the cleaned page to its output, or standard output; the exit code."""
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
    chosen = form or document.kind or "html"
    try:
        make = partial(make_cleaner, chosen, judging)
        (message,) = run(documents, make, _fail, workers=1, limits=judging.limits)
    except (ModelError, PolicyError) as error:
        raise click.UsageError(str(error)) from error
    status, _, data = message.partition(b"\t")
    if status != b"ok":
        click.echo(f"detector: {file}: {data.decode()}", err=True)
        return 2
    if output:
        with open(output, "wb") as out:
            out.write(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return 0


def make_cleaner(form: str, judging: Judging) -> Work:
    """The cleaning of one page as work of the pool: `ok` or `error`, a tab, the bytes."""
    from detector.scan import Scanner
    from detector.types import Failure

    scanner = Scanner(judging.model, judging.policy, judging.limits)
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

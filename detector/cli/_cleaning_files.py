"""The run of `detector clean` over a folder, or in place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from detector.cleaning import Cleaned, Tally, fail, make, through
from detector.cli._judging import Judging
from detector.pool import Pool, WorkerError, available_cores
from detector.report.printable import printable
from detector.sources import Counts, open_sources
from detector.types import Document

BACKUP = ".orig"


def clean_files(path: str, output: str | None, judging: Judging) -> int:
    """Clean the pages under a path into another folder, or in place without one; the exit code.

    Names of changed files go to standard output. In place, the file as it was is
    kept beside it with the ending `.orig`, once: a second run does not replace it.
    """
    from detector.model import ModelError
    from detector.policy import PolicyError

    if output is not None:
        _check(path, output)
    counts, tally = Counts(), Tally()
    documents = _pages(path, counts, tally)
    target = partial(_beside, path, output) if output is not None else None
    try:
        if output is not None:
            shutil.copytree(path, output, symlinks=True, dirs_exist_ok=True)
        work = partial(make, judging.model, judging.policy, judging.limits)
        pool = Pool(work, fail, judging.workers or available_cores(), judging.limits)
        held: list[str] = []
        try:
            for page in through(pool.results(_noted(documents, held))):
                name = held.pop(0)
                tally.note(page)
                if page.data is not None:
                    _write(target(name) if target is not None else name, page, target is None)
                    click.echo(printable(name))
        finally:
            pool.close()
    except (OSError, shutil.Error, ModelError, PolicyError, WorkerError) as error:
        click.echo(f"detector: {printable(str(error).splitlines()[0])}", err=True)
        return 2
    if counts.missing:
        raise click.UsageError(f"no such file: {path}")
    for message in tally.messages:
        click.echo(f"detector: {printable(message)}", err=True)
    click.echo(f"{path}: {tally.describe()}", err=True)
    return 0 if tally.cleaned + tally.unchanged else 2


def _check(path: str, output: str) -> None:
    source, target = Path(path).resolve(), Path(output).resolve()
    if target == source or source in target.parents or target in source.parents:
        raise click.UsageError(
            "the output is the input or inside of it; give another --output, or --in-place"
        )
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise click.UsageError(f"{output} is there already; give an --output that is not")


def _pages(path: str, counts: Counts, tally: Tally) -> Iterator[Document]:
    """The pages that are files of their own; packed ones and archives are passed by."""
    for document in open_sources([path], None, counts):
        name = document.uri
        if not os.path.isfile(name):
            tally.other += 1
            continue
        if document.failure is not None:
            apart = False
        else:
            apart = document.truncated or os.path.getsize(name) != len(document.data)
        if apart or name.endswith(BACKUP):
            tally.other += 1
        else:
            yield document


def _noted(documents: Iterator[Document], held: list[str]) -> Iterator[Document]:
    for document in documents:
        held.append(document.uri)
        yield document


def _beside(path: str, output: str, name: str) -> str:
    return os.path.join(output, os.path.relpath(name, path))


def _write(name: str, page: Cleaned, keep: bool) -> None:
    """Put the cleaned page in the file's place, at once or not at all."""
    if page.data is None:
        return
    if keep and not os.path.lexists(name + BACKUP):
        shutil.copy2(name, name + BACKUP)
    folder = os.path.dirname(name) or "."
    made, new = tempfile.mkstemp(dir=folder, prefix=".detector-")
    try:
        with os.fdopen(made, "wb") as out:
            out.write(page.data)
        shutil.copymode(name, new)
        os.replace(new, name)
    except BaseException:
        os.unlink(new)
        raise

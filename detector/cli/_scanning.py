"""The run of `detector scan`: sources to workers to a report."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from detector.cli._progress import Progress
from detector.cli._resume import ResumeError, repair
from detector.limits import DEFAULT
from detector.pool import WorkerError, run
from detector.report import Renderer, Summary, renderer
from detector.report.printable import printable
from detector.sources import Counts, Options, open_sources

FLUSH = 0.5  # seconds that a finished result may wait in a buffer
_RANK = {"error": 0, "clean": 0, "injected": 1, "spam": 2}


def scan(
    paths: tuple[str, ...],
    *,
    form: str,
    output: str | None,
    workers: int | None,
    fail_on: str,
    policy: Path | None,
    model: str | None,
    max_bytes: int,
    timeout: float,
    resume: bool,
    follow_symlinks: bool,
) -> int:
    """Scan all paths and report; the exit code."""
    from detector.work import fail, make

    limits = replace(DEFAULT, max_bytes=max_bytes, timeout=timeout)
    options = Options(limits, follow_symlinks)
    counts = Counts()
    for path in paths:
        if path != "-" and not os.path.lexists(path):
            _say(f"no such file or folder: {printable(path)}")
    documents = open_sources(paths, options, counts)
    summary = Summary()
    work = partial(make, model, policy, limits)
    try:
        if resume and output:
            done = repair(output)
            documents, summary = done.rest(documents), done.summary
        results = run(documents, work, fail, workers=workers or 0, limits=limits)
    except _input_errors() as error:
        return _failed(error)
    try:
        with _open(output, resume) as out:
            report = _renderer(form, out)
            _report(results, report, out, summary, counts, _progress(paths, form, output))
    except BrokenPipeError:  # the reader has what it wants: end as other programs do
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except WorkerError as error:
        return _failed(error)
    except OSError as error:
        return _failed(error, f"cannot write {output or 'standard output'}: ")
    return _finish(summary, counts, form, fail_on)


def _report(
    results: Generator[bytes, None, None],
    report: Renderer,
    out: BinaryIO,
    summary: Summary,
    counts: Counts,
    progress: Progress,
) -> None:
    """Writes results as they come. An interruption ends the report in good order."""
    from detector.work import split

    started = flushed = time.monotonic()
    before = summary.pages
    report.start()
    try:
        for message in results:
            label, line = split(message)
            report.page(line)
            summary.count(label)
            progress.advance(summary.pages - before, counts.bytes)
            if time.monotonic() - flushed > FLUSH:
                out.flush()
                flushed = time.monotonic()
    except KeyboardInterrupt:
        summary.interrupted = True
    finally:
        progress.close()
        results.close()
    summary.seconds = time.monotonic() - started
    summary.skipped = counts.describe()
    report.finish(summary)
    out.flush()


def _finish(summary: Summary, counts: Counts, form: str, fail_on: str) -> int:
    for folder in counts.empty:
        _say(f"no page in {folder}; name files to scan them whatever their extension")
    if form != "table" and summary.pages:
        words = ", ".join(f"{n:,} {label}" for label, n in sorted(summary.labels.items()))
        skipped = f"; skipped: {summary.skipped}" if summary.skipped else ""
        click.echo(f"{summary.pages:,} pages: {words}{skipped}", err=True)
    if summary.interrupted:
        _say("interrupted; what is written is complete as far as it goes")
        return 130
    if counts.missing or summary.pages == summary.labels.get("error", 0):
        return 2
    level = _RANK.get(fail_on, 3)
    return int(any(_RANK[label] >= level for label in summary.labels))


def _input_errors() -> tuple[type[Exception], ...]:
    from detector.model import ModelError  # loaded by now: `make` imports them
    from detector.policy import PolicyError

    return OSError, ResumeError, ModelError, PolicyError


def _failed(error: Exception, doing: str = "") -> int:
    words = str(error)
    if isinstance(error, OSError) and error.strerror:
        name = "" if doing or not error.filename else f"{error.filename}: "
        words = f"{name}{error.strerror}"
    _say(printable(doing + words))
    return 2


def _say(words: str) -> None:
    click.echo(f"detector: {words}", err=True)


@contextlib.contextmanager
def _open(output: str | None, resume: bool) -> Iterator[BinaryIO]:
    """The output, written through a buffer; its errors name the file."""
    if output is None:
        yield sys.stdout.buffer
        return
    with open(output, "ab" if resume else "wb", buffering=1 << 20) as file:
        yield file


def _renderer(form: str, out: BinaryIO) -> Renderer:
    terminal = out.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    width = shutil.get_terminal_size().columns if terminal else 0
    return renderer(form)(out, colour=terminal and not plain, width=width)


def _progress(paths: tuple[str, ...], form: str, output: str | None) -> Progress:
    """Shown on a terminal, unless results are streaming to one too."""
    from detector.sources.files import measure

    streams = output is None and form != "table" and sys.stdout.isatty()
    shown = sys.stderr.isatty() and not streams
    return Progress(shown, measure(paths) if shown else 0)

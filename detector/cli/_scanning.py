"""The run of `detector scan`: sources to workers to a report."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click

from detector.baseline import BaselineError
from detector.cli._changed import GitError, changed_documents
from detector.cli._decisions import Decisions
from detector.cli._interrupts import Interrupts
from detector.cli._progress import Progress
from detector.cli._resume import Done, ResumeError, repair
from detector.cli._sink import Sink, WriteError
from detector.limits import DEFAULT
from detector.pool import WorkerError, run
from detector.report import Renderer, Summary, renderer, wants_source
from detector.report.printable import printable
from detector.sources import Counts, Options, open_sources
from detector.sources.columns import Columns
from detector.sources.files import SOURCES_EXTRA, is_url

_RANK = {"injected": 1, "spam": 2}  # others never fail a scan


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
    extra: Mapping[str, str],
    verbose: bool,
    lang: str,
    baseline: Path | None,
    inline_suppressions: bool,
    changed: str | None,
    columns: Columns,
) -> int:
    """Scan all paths and report; the exit code. `extra` are further outputs: format to file."""
    from detector.work import fail, make

    limits = replace(DEFAULT, max_bytes=max_bytes, timeout=timeout)
    options = Options(limits, follow_symlinks, columns)
    counts = Counts()
    for path in paths:
        if path != "-" and not is_url(path) and not os.path.lexists(path):
            _say(f"no such file or folder: {printable(path)}")
    summary = Summary()
    sourced = inline_suppressions or any(wants_source(name, verbose) for name in (form, *extra))
    work = partial(make, model, policy, limits, sourced)
    done = Done()
    interrupts = Interrupts()
    try:
        with contextlib.ExitStack() as files:
            files.enter_context(interrupts)
            decisions = Decisions.load(policy, baseline, inline_suppressions)
            if changed:
                documents = changed_documents(changed, paths, options, counts)
            else:
                documents = open_sources(paths, options, counts)
            if resume and output:
                done = repair(output)
                documents, summary = done.rest(documents), done.summary
            results = run(documents, work, fail, workers=workers or 0, limits=limits)
            outputs = [(form, output, resume), *((f, name, False) for f, name in extra.items())]
            targets = [_target(files, *each, verbose, lang) for each in outputs]
            progress = _progress(paths, form, output)
            _report(results, targets, summary, counts, progress, decisions, interrupts)
    except BrokenPipeError:  # the reader has what it wants: end as other programs do
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:  # before anything was scanned
        summary.interrupted = True
    except _errors() as error:
        return _failed(error)
    if summary.interrupted:
        _finish(summary, counts, form, fail_on, bool(changed))
        _say("interrupted; what is written is complete as far as it goes")
        return 128 + (interrupts.signal or signal.SIGINT)
    if counts.pages != summary.pages - done.pages + done.passed:
        _say(f"{counts.pages:,} pages were read and {summary.pages:,} have a result: a mistake of "
             "this program; please report it")  # fmt: skip
        return 2
    return _finish(summary, counts, form, fail_on, bool(changed))


@dataclass(slots=True)
class _Target:
    report: Renderer
    sink: Sink
    sourced: bool  # whether its records tell of the source


def _report(
    results: Generator[bytes, None, None],
    targets: Sequence[_Target],
    summary: Summary,
    counts: Counts,
    progress: Progress,
    decisions: Decisions,
    interrupts: Interrupts,
) -> None:
    """Writes results as they come. An interruption ends the report in good order."""
    from detector.work import split

    started = time.monotonic()
    before = summary.pages
    lost: WriteError | None = None
    for target in targets:
        target.report.start()
    try:
        for message in results:
            label, line, source = split(message)
            if decisions.any:
                label, line, source = decisions.apply(label, line, source)
            with interrupts.held():
                summary.count(label)
                progress.advance(summary.pages - before, counts.bytes)
                if label == "known":
                    continue
                for target in targets:
                    told = target.sourced and source
                    target.report.page(_joined(line, source) if told else line)
                    target.sink.commit()
    except KeyboardInterrupt:
        summary.interrupted = True
    except WriteError as error:
        lost, summary.interrupted = error, True
    finally:
        progress.close()
        results.close()
    summary.seconds = time.monotonic() - started
    summary.skipped = counts.describe()
    for target in targets:
        try:
            if target.sink.failed:
                target.sink.give_up()
            target.report.finish(summary)
            target.sink.finish()
        except WriteError as error:
            lost = lost or error
    if lost is not None:
        raise lost


def _joined(line: bytes, source: bytes) -> bytes:
    """The record's line with the line about its source as its last key."""
    return line.rstrip(b"\n")[:-1] + b', "source": ' + source.rstrip(b"\n") + b"}\n"


def _finish(summary: Summary, counts: Counts, form: str, fail_on: str, changed: bool) -> int:
    for url in filter(is_url, counts.missing):  # other paths were looked at before
        _say(f"no such file or folder: {printable(url)}")
    for folder in counts.empty:
        _say(f"no page in {folder}; name files to scan them whatever their extension")
    for advice in counts.lacking:
        _say(f"some sources need more packages: {advice}")
    if form != "table" and summary.pages:
        words = ", ".join(f"{n:,} {label}" for label, n in sorted(summary.labels.items()))
        skipped = f"; skipped: {summary.skipped}" if summary.skipped else ""
        click.echo(f"{summary.pages:,} pages: {words}{skipped}", err=True)
    nothing = summary.pages == summary.labels.get("error", 0)
    if counts.missing or (nothing and not (changed and not summary.pages)):
        return 2
    level = _RANK.get(fail_on, 3)
    return int(any(_RANK.get(label, 0) >= level for label in summary.labels))


def _errors() -> tuple[type[Exception], ...]:
    from detector.model import ModelError
    from detector.policy import PolicyError

    return (OSError, ResumeError, ModelError, PolicyError, BaselineError, GitError, WriteError,
            WorkerError, LackingError)  # fmt: skip


def _failed(error: Exception) -> int:
    words = str(error)
    if isinstance(error, OSError) and error.strerror:
        words = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    _say(printable(words))
    return 2


def _say(words: str) -> None:
    click.echo(f"detector: {words}", err=True)


class LackingError(Exception):
    """A format needs a package that is not installed."""


def _target(
    files: contextlib.ExitStack,
    form: str,
    output: str | None,
    append: bool,
    verbose: bool,
    lang: str,
) -> _Target:
    """A renderer on its open output."""
    kind = renderer(form)
    sink = files.enter_context(Sink(output, append=append, whole=getattr(kind, "WHOLE", False)))
    terminal = sink.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    width = shutil.get_terminal_size().columns if terminal else 0
    colour = terminal and not plain
    try:
        made = kind(sink, colour=colour, width=width, verbose=verbose, lang=lang)  # type: ignore[arg-type]
    except ImportError as error:
        raise LackingError(f"{form} needs more packages: {SOURCES_EXTRA}") from error
    return _Target(made, sink, wants_source(form, verbose))


def _progress(paths: tuple[str, ...], form: str, output: str | None) -> Progress:
    """Shown on a terminal, unless results are streaming to one too."""
    from detector.sources.folders import measure

    streams = output is None and form != "table" and sys.stdout.isatty()
    shown = sys.stderr.isatty() and not streams
    return Progress(shown, measure(paths) if shown else 0)

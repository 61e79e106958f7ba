"""From pages to reports and an exit code: what the commands that judge pages share."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from detector.baseline import BaselineError
from detector.cli._changed import GitError
from detector.cli._decisions import Decisions
from detector.cli._interrupts import Interrupts
from detector.cli._journal import FORM, Journal, journal_of
from detector.cli._logging import LOG
from detector.cli._progress import Progress
from detector.cli._resume import Done, ResumeError
from detector.cli._sink import Sink, WriteError
from detector.pool import WorkerError
from detector.report import Renderer, Summary, renderer, wants_sites, wants_source
from detector.report.printable import printable
from detector.sources import Counts
from detector.sources.files import SOURCES_EXTRA, is_url

_RANK = {"injected": 1, "spam": 2}  # others never fail a scan


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user wants written, and from which label on the exit code is 1.

    `extra` are further outputs, format to file. `append` goes on with `output`.
    """

    form: str = "table"
    output: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    verbose: bool = False
    lang: str = "en"
    fail_on: str = "injected"
    append: bool = False

    @property
    def sourced(self) -> bool:
        """Whether any of the formats tells of the source."""
        return any(wants_source(name, self.verbose) for name in (self.form, *self.extra))

    @property
    def sited(self) -> bool:
        """Whether any of the formats tells of whole sites."""
        return any(map(wants_sites, (self.form, *self.extra)))


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is about to begin: its messages, and what people decided before.

    `done` is what an output to go on with has; `nothing_is_fine`: no page is no mistake.
    """

    results: Generator[bytes, None, None]
    counts: Counts
    decisions: Decisions = field(default_factory=Decisions)
    done: Done = field(default_factory=Done)
    progress: Progress = field(default_factory=lambda: Progress(False))
    nothing_is_fine: bool = False


def write_reports(begin: Callable[[], Run], wanted: Wanted) -> int:
    """Begin a run and write its results as they come; the exit code.

    What `begin` raises of wrong input is told to the user.
    """
    summary = Summary()
    interrupts = Interrupts()
    try:
        with contextlib.ExitStack() as files:
            files.enter_context(interrupts)
            run = begin()
            summary = run.done.summary
            outputs = [(wanted.form, wanted.output), *wanted.extra.items()]
            targets = [_target(files, wanted, *each) for each in outputs]
            _write(run, targets, summary, interrupts)
    except BrokenPipeError:  # the reader has what it wants: end as other programs do
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:  # before anything was scanned
        say("interrupted")
        return 128 + (interrupts.signal or signal.SIGINT)
    except _errors() as error:
        return _failed(error)
    code = _exit_code(summary, run, wanted)
    read = run.counts.pages
    lost = read - (summary.pages - run.done.pages + run.done.passed)
    if summary.interrupted:
        say("interrupted; what is written is complete as far as it goes")
        code = 128 + (interrupts.signal or signal.SIGINT)
    elif lost:
        say(f"{read:,} pages were read and {summary.pages:,} have a result: a mistake of "
            "this program; please report it")  # fmt: skip
        code = 2
    _tell_end(summary, run, lost, code)
    return code


def _tell_end(summary: Summary, run: Run, lost: int, code: int) -> None:
    """The log's last lines. What was seen has a result, an error, or was skipped as no page;
    only an interrupted run has pages that were read and are `unfinished`.
    """
    errors, skipped = summary.labels.get("error", 0), run.counts.skipped
    LOG.event(
        "finished",
        seen=run.counts.pages - run.done.passed + run.done.pages + skipped,
        results=summary.pages - errors, errors=errors, skipped=skipped, unfinished=lost,
        labels=summary.labels, seconds=round(summary.seconds, 3), exit=code,
    )  # fmt: skip
    if LOG.profile is not None:
        LOG.event("profile", **LOG.profile.values(summary.seconds))
        for line in () if LOG.structured else LOG.profile.lines(summary.seconds):
            click.echo(printable(line), err=True)


@dataclass(slots=True)
class _Target:
    report: Renderer
    sink: Sink
    sourced: bool  # whether its records tell of the source


def _write(run: Run, targets: Sequence[_Target], summary: Summary, interrupts: Interrupts) -> None:
    """Writes results as they come. An interruption ends the report in good order."""
    from detector.sites import Sites
    from detector.work import split

    sites: Sites | None = None
    started = time.monotonic()
    before = summary.pages
    lost: WriteError | None = None
    for target in targets:
        target.report.start()
    try:
        for message in run.results:
            label, line, source, facts = split(message)
            if run.decisions.any:
                label, line, source = run.decisions.apply(label, line, source)
            if facts:
                sites = sites or Sites()
                sites.add(json.loads(facts), label)
            with interrupts.held():
                summary.count(label)
                run.progress.advance(summary.pages - before, run.counts.bytes)
                if LOG.watches:
                    LOG.page(summary.pages, label, line)
                if label == "known":
                    continue
                begun = time.perf_counter()
                for target in targets:
                    told = target.sourced and source
                    target.report.page(_joined(line, source) if told else line)
                    target.sink.commit()
                if LOG.profile is not None:
                    LOG.profile.writing += time.perf_counter() - begun
    except KeyboardInterrupt:
        summary.interrupted = True
    except WriteError as error:
        lost, summary.interrupted = error, True
    finally:
        run.progress.close()
        run.results.close()
    summary.seconds = time.monotonic() - started
    summary.skipped = run.counts.describe()
    if sites is not None:
        summary.site_labels = sites.labels
        summary.sites = sites.findings(run.counts.site_files)
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


def _exit_code(summary: Summary, run: Run, wanted: Wanted) -> int:
    counts = run.counts
    for url in filter(is_url, counts.missing):  # other paths were looked at before
        say(f"no such file or folder: {printable(url)}")
    for folder in counts.empty:
        say(f"no page in {folder}; name files to scan them whatever their extension")
    for advice in counts.lacking:
        say(f"some sources need more packages: {advice}")
    if wanted.form != "table" and summary.pages and not LOG.structured:
        words = ", ".join(f"{n:,} {label}" for label, n in sorted(summary.labels.items()))
        skipped = f"; skipped: {summary.skipped}" if summary.skipped else ""
        click.echo(f"{summary.pages:,} pages: {words}{skipped}", err=True)
    nothing = summary.pages == summary.labels.get("error", 0)
    if counts.missing or (nothing and not (run.nothing_is_fine and not summary.pages)):
        return 2
    level = _RANK.get(wanted.fail_on, 3)
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
    say(printable(words))
    return 2


def say(words: str) -> None:
    """A message to the user, beside the results."""
    LOG.say(words)


class LackingError(Exception):
    """A format needs a package that is not installed."""


def _target(files: contextlib.ExitStack, wanted: Wanted, form: str, output: str | None) -> _Target:
    """A renderer on its open output."""
    kind = renderer(form)
    append = wanted.append and output == wanted.output
    if append and output and form == FORM:
        lines = files.enter_context(Sink(journal_of(output), append=True))
        return _Target(_made(form, Journal, lines, output), lines, False)
    sink = files.enter_context(Sink(output, append=append, whole=getattr(kind, "WHOLE", False)))
    terminal = sink.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    width = shutil.get_terminal_size().columns if terminal else 0
    colour = terminal and not plain
    options = {"colour": colour, "width": width, "verbose": wanted.verbose, "lang": wanted.lang}
    made = _made(form, kind, sink, **options)
    return _Target(made, sink, wants_source(form, wanted.verbose))


def _made(form: str, kind: Callable[..., Renderer], *arguments: Any, **options: Any) -> Renderer:
    try:
        return kind(*arguments, **options)
    except ImportError as error:
        raise LackingError(f"{form} needs more packages: {SOURCES_EXTRA}") from error

"""From results to reports and an exit code: what the commands that judge pages share."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import click

from detector.cli._decisions import Decisions
from detector.cli._progress import Progress
from detector.pool import WorkerError
from detector.report import Renderer, Summary, renderer, wants_source
from detector.report.printable import printable
from detector.sources import Counts
from detector.sources.files import is_url

FLUSH = 0.5  # seconds that a finished result may wait in a buffer
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


def write_reports(
    results: Generator[bytes, None, None],
    wanted: Wanted,
    counts: Counts,
    *,
    summary: Summary | None = None,
    decisions: Decisions | None = None,
    progress: Progress | None = None,
    nothing_is_fine: bool = False,
) -> int:
    """Write all results as they come; the exit code.

    `nothing_is_fine`: a run without a page is no mistake.
    """
    summary = summary or Summary()
    try:
        with contextlib.ExitStack() as files:
            targets = [_target(files, wanted, wanted.form, wanted.output)]
            targets += [_target(files, wanted, form, name) for form, name in wanted.extra.items()]
            progress = progress or Progress(False)
            _write(results, targets, summary, counts, progress, decisions or Decisions())
    except BrokenPipeError:  # the reader has what it wants: end as other programs do
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except WorkerError as error:
        return failed(error)
    except OSError as error:
        name = error.filename or wanted.output or "standard output"
        return failed(error, f"cannot write {name}: ")
    return _exit_code(summary, counts, wanted, nothing_is_fine)


def _write(
    results: Generator[bytes, None, None],
    targets: list[tuple[Renderer, BinaryIO, bool]],
    summary: Summary,
    counts: Counts,
    progress: Progress,
    decisions: Decisions,
) -> None:
    """Writes results as they come. An interruption ends the report in good order."""
    from detector.work import split

    started = flushed = time.monotonic()
    before = summary.pages
    for report, _, _ in targets:
        report.start()
    try:
        for message in results:
            label, line, source = split(message)
            if decisions.any:
                label, line, source = decisions.apply(label, line, source)
            summary.count(label)
            progress.advance(summary.pages - before, counts.bytes)
            if label == "known":
                continue
            for report, _, sourced in targets:
                report.page(_joined(line, source) if sourced and source else line)
            if time.monotonic() - flushed > FLUSH:
                for _, out, _ in targets:
                    out.flush()
                flushed = time.monotonic()
    except KeyboardInterrupt:
        summary.interrupted = True
    finally:
        progress.close()
        results.close()
    summary.seconds = time.monotonic() - started
    summary.skipped = counts.describe()
    for report, out, _ in targets:
        report.finish(summary)
        out.flush()


def _joined(line: bytes, source: bytes) -> bytes:
    """The record's line with the line about its source as its last key."""
    return line.rstrip(b"\n")[:-1] + b', "source": ' + source.rstrip(b"\n") + b"}\n"


def _exit_code(summary: Summary, counts: Counts, wanted: Wanted, nothing_is_fine: bool) -> int:
    for url in filter(is_url, counts.missing):  # other paths were looked at before
        say(f"no such file or folder: {printable(url)}")
    for folder in counts.empty:
        say(f"no page in {folder}; name files to scan them whatever their extension")
    for advice in counts.lacking:
        say(f"some sources need more packages: {advice}")
    if wanted.form != "table" and summary.pages:
        words = ", ".join(f"{n:,} {label}" for label, n in sorted(summary.labels.items()))
        skipped = f"; skipped: {summary.skipped}" if summary.skipped else ""
        click.echo(f"{summary.pages:,} pages: {words}{skipped}", err=True)
    if summary.interrupted:
        say("interrupted; what is written is complete as far as it goes")
        return 130
    nothing = summary.pages == summary.labels.get("error", 0)
    if counts.missing or (nothing and not (nothing_is_fine and not summary.pages)):
        return 2
    level = _RANK.get(wanted.fail_on, 3)
    return int(any(_RANK.get(label, 0) >= level for label in summary.labels))


def failed(error: Exception, doing: str = "") -> int:
    """Say what was wrong; the exit code."""
    words = str(error)
    if isinstance(error, OSError) and error.strerror:
        name = "" if doing or not error.filename else f"{error.filename}: "
        words = f"{name}{error.strerror}"
    say(printable(doing + words))
    return 2


def say(words: str) -> None:
    """A message to the user, beside the results."""
    click.echo(f"detector: {words}", err=True)


def _target(
    files: contextlib.ExitStack, wanted: Wanted, form: str, output: str | None
) -> tuple[Renderer, BinaryIO, bool]:
    """A renderer on its open output, and whether its records tell of the source."""
    out: BinaryIO = sys.stdout.buffer
    if output is not None:
        file = open(output, "ab" if wanted.append else "wb", buffering=1 << 20)  # noqa: SIM115
        out = files.enter_context(file)
    terminal = out.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    width = shutil.get_terminal_size().columns if terminal else 0
    made = renderer(form)(
        out,
        colour=terminal and not plain,
        width=width,
        verbose=wanted.verbose,
        lang=wanted.lang,
    )
    return made, out, wants_source(form, wanted.verbose)

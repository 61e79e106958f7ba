"""The run of `detector scan`: sources to workers to a report."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from detector import __version__
from detector.cli import _journal as journal
from detector.cli._changed import changed_documents
from detector.cli._decisions import Decisions
from detector.cli._judging import Judging
from detector.cli._logging import LOG, configure
from detector.cli._progress import Progress
from detector.cli._reporting import Run, Wanted, say, write_reports
from detector.cli._resume import Done, repair
from detector.report.printable import printable
from detector.sources import Counts, Options, open_sources
from detector.sources.columns import GUESS, Columns
from detector.sources.files import is_url

FEW_BYTES = 500_000  # of files that are not worth what pays for many pages


@dataclass(frozen=True, slots=True)
class Asked:
    """What `detector scan` reads, and what people decided before about it.

    `changed` is a revision: only files that git says differ from it are read.
    """

    follow_symlinks: bool = False
    baseline: Path | None = None
    inline_suppressions: bool = False
    changed: str | None = None
    columns: Columns = GUESS
    log_format: str = "text"
    profile: bool = False


def scan(paths: tuple[str, ...], wanted: Wanted, judging: Judging, asked: Asked) -> int:
    """Scan all paths and report; the exit code."""
    configure(asked.log_format, asked.profile)
    LOG.event("started", version=__version__, paths=list(paths), workers=judging.workers or None)
    options = Options(judging.limits, asked.follow_symlinks, asked.columns)
    for path in paths:
        if path != "-" and not is_url(path) and not os.path.lexists(path):
            say(f"no such file or folder: {printable(path)}")
    sourced = asked.inline_suppressions or wanted.sourced
    few = _few(paths)
    roots = paths if wanted.sited and not few else None  # some files are no site
    work = judging.scanning(sourced, few=few, roots=roots, profile=asked.profile)

    def begin() -> Run:
        counts = Counts()
        decisions = Decisions.load(judging.policy, asked.baseline, asked.inline_suppressions)
        if asked.changed:
            documents = changed_documents(asked.changed, paths, options, counts)
        else:
            documents = open_sources(paths, options, counts)
        if LOG.profile is not None:
            documents = LOG.profile.read(documents)
        done = Done()
        if wanted.append and wanted.output:
            resumed = journal.opened if wanted.form == journal.FORM else repair
            done = resumed(wanted.output)
            documents = done.rest(documents)
        results = judging.run(documents, work)
        progress = _progress(paths, wanted)
        return Run(results, counts, decisions, done, progress, nothing_is_fine=bool(asked.changed))

    return write_reports(begin, wanted)


def _few(paths: tuple[str, ...]) -> bool:
    """Whether the paths are but some small files."""
    return all(map(os.path.isfile, paths)) and sum(map(os.path.getsize, paths)) < FEW_BYTES


def _progress(paths: tuple[str, ...], wanted: Wanted) -> Progress:
    """Shown on a terminal, unless results are streaming to one too."""
    from detector.sources.folders import measure

    streams = wanted.output is None and wanted.form != "table" and sys.stdout.isatty()
    shown = sys.stderr.isatty() and not streams and not LOG.structured
    return Progress(shown, measure(paths) if shown else 0)

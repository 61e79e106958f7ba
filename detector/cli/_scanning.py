"""The run of `detector scan`: sources to workers to a report."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from detector import __version__
from detector.cli._changed import changed_documents
from detector.cli._decisions import Decisions
from detector.cli._logging import LOG, configure
from detector.cli._progress import Progress
from detector.cli._reporting import Run, Wanted, say, write_reports
from detector.cli._resume import Done, repair
from detector.limits import DEFAULT
from detector.pool import run
from detector.report.printable import printable
from detector.sources import Counts, Options, open_sources
from detector.sources.columns import Columns
from detector.sources.files import is_url

FEW_BYTES = 500_000  # of files that are not worth what pays for many pages


def scan(
    paths: tuple[str, ...],
    wanted: Wanted,
    *,
    workers: int | None,
    policy: Path | None,
    model: str | None,
    max_bytes: int,
    timeout: float,
    follow_symlinks: bool,
    baseline: Path | None,
    inline_suppressions: bool,
    changed: str | None,
    columns: Columns,
    log_format: str,
    profile: bool,
) -> int:
    """Scan all paths and report; the exit code."""
    from detector.work import fail, make

    configure(log_format, profile)
    LOG.event("started", version=__version__, paths=list(paths), workers=workers)
    limits = replace(DEFAULT, max_bytes=max_bytes, timeout=timeout)
    options = Options(limits, follow_symlinks, columns)
    for path in paths:
        if path != "-" and not is_url(path) and not os.path.lexists(path):
            say(f"no such file or folder: {printable(path)}")
    sourced = inline_suppressions or wanted.sourced
    few = _few(paths)
    roots = paths if wanted.sited and not few else None  # some files are no site
    work = partial(make, model, policy, limits, sourced, few, roots, profile)

    def begin() -> Run:
        counts = Counts()
        decisions = Decisions.load(policy, baseline, inline_suppressions)
        if changed:
            documents = changed_documents(changed, paths, options, counts)
        else:
            documents = open_sources(paths, options, counts)
        if LOG.profile is not None:
            documents = LOG.profile.read(documents)
        done = Done()
        if wanted.append and wanted.output:
            done = repair(wanted.output)
            documents = done.rest(documents)
        results = run(documents, work, fail, workers=workers or 0, limits=limits)
        progress = _progress(paths, wanted)
        return Run(results, counts, decisions, done, progress, nothing_is_fine=bool(changed))

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

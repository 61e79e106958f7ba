"""The run of `detector watch`: batches of changed files scanned and reported, for ever."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from detector.cli._decisions import Decisions
from detector.cli._reporting import Run, Wanted, say, write_reports
from detector.limits import DEFAULT
from detector.pool import run
from detector.sources import Counts, Options
from detector.types import Document

_WRITTEN = (0, 1)  # exit codes of a batch whose results are safe


def watch_folder(
    folder: str,
    wanted: Wanted,
    *,
    state: str | None,
    sweep: float,
    once: bool,
    workers: int | None,
    policy: Path | None,
    model: str | None,
    max_bytes: int,
    timeout: float,
) -> int:
    """Scan a folder's pages as they change; the exit code when it ends."""
    from detector.model import ModelError
    from detector.policy import PolicyError
    from detector.sources.watching import Seen, changes
    from detector.work import fail, make

    limits = replace(DEFAULT, max_bytes=max_bytes, timeout=timeout)
    try:
        seen = Seen(state)
        decisions = Decisions.load(policy, None, False)
        warm = make(model, policy, limits, wanted.sourced)  # once, for all batches
    except (sqlite3.Error, ModelError, PolicyError) as error:
        say(f"{state}: {error}" if isinstance(error, sqlite3.Error) else str(error))
        return 2
    code = 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # services are ended so
    try:
        for batch in changes(folder, seen, every=sweep, once=once):
            counts = Counts()
            documents = _read(batch, Options(limits), counts)
            # A batch is a run of its own: forked workers share what is loaded here.
            results = run(documents, lambda: warm, fail, workers=workers or 0, limits=limits)
            begin = partial(Run, results, counts, decisions, nothing_is_fine=True)
            code = write_reports(begin, wanted) if batch else 0
            if code not in _WRITTEN:
                return code
            seen.note(dict(batch))
    except KeyboardInterrupt:
        return 130
    except ImportError as error:
        say(f'watching needs more packages: pip install "seo-injection-detector[web]" ({error})')
        return 2
    finally:
        seen.close()
    return code


def _read(batch: Mapping[str, object], options: Options, counts: Counts) -> Iterator[Document]:
    from detector.sources.folders import read_one

    for path in batch:
        for document in read_one(path, options, counts):
            counts.pages += 1
            counts.failures += document.failure is not None
            yield document

"""The run of `detector watch`: batches of changed files scanned and reported, for ever."""

from __future__ import annotations

import shlex
import signal
import sqlite3
from collections.abc import Iterator, Mapping
from functools import partial

from detector.cli._decisions import Decisions
from detector.cli._judging import Judging
from detector.cli._reporting import Run, Wanted, say, write_reports
from detector.cli._telling import Told
from detector.sources import Counts, Options
from detector.types import Document

_WRITTEN = (0, 1)  # exit codes of a batch whose results are safe


def watch_folder(
    folder: str,
    wanted: Wanted,
    judging: Judging,
    *,
    state: str | None,
    sweep: float,
    once: bool,
    on_found: str | None,
) -> int:
    """Scan a folder's pages as they change; the exit code when it ends."""
    from detector.model import ModelError
    from detector.policy import PolicyError
    from detector.sources.watching import Seen, changes

    try:
        seen = Seen(state)
        decisions = Decisions.load(judging.policy, None, False)
        warm = judging.scanning(wanted.sourced)()  # once, for all batches
        told = Told(shlex.split(on_found), decisions) if on_found else None
    except (sqlite3.Error, ModelError, PolicyError) as error:
        say(f"{state}: {error}" if isinstance(error, sqlite3.Error) else str(error))
        return 2
    code = 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # services are ended so
    try:
        for batch in changes(folder, seen, every=sweep, once=once):
            counts = Counts()
            documents = _read(batch, Options(judging.limits), counts)
            # A batch is a run of its own: forked workers share what is loaded here.
            results = judging.run(documents, lambda: warm)
            if told:
                results = told.noting(results)
            begin = partial(Run, results, counts, decisions, nothing_is_fine=True)
            code = write_reports(begin, wanted) if batch else 0
            if code not in _WRITTEN:
                return code
            seen.note(dict(batch))
            if told:
                told.tell()
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

"""The run of `detector compare`: pages of two sources matched, compared, reported."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from detector.cli._reporting import Run, Wanted, say, write_reports
from detector.limits import DEFAULT, Limits
from detector.pool import run
from detector.report.printable import printable
from detector.sources import Counts, Options, open_sources
from detector.types import Document
from detector.worker import Work

MOST_HELD = 1_000_000_000  # bytes of the visitor's pages, which wait for the crawler's


class TooMuchError(OSError):
    """More pages on one side than are held to be matched."""


def compare_paths(
    visitor: str,
    crawler: str,
    wanted: Wanted,
    *,
    workers: int | None,
    policy: Path | None,
    model: str | None,
    max_bytes: int,
    timeout: float,
) -> int:
    """Compare two sources page by page and report; the exit code."""
    from detector.work import fail

    limits = replace(DEFAULT, max_bytes=max_bytes, timeout=timeout)
    for path in (visitor, crawler):
        if not os.path.lexists(path):
            say(f"no such file or folder: {printable(path)}")
            return 2
    work = partial(comparer, model, policy, limits)

    def begin() -> Run:
        counts = Counts()
        pairs = matched(visitor, crawler, Options(limits), counts)
        return Run(run(pairs, work, fail, workers=workers or 0, limits=limits), counts)

    return write_reports(begin, wanted)


def comparer(model: str | None, policy: Path | None, limits: Limits) -> Work:
    """The comparison of views as work of the pool. Raises ModelError and PolicyError."""
    from detector.compare import Views, compare
    from detector.report.jsonl import to_line
    from detector.scan import Scanner
    from detector.types import Failure
    from detector.work import fail

    scanner = Scanner(model=model, policy=policy, limits=limits)
    _ = scanner.model  # a model that cannot be used is an error here, not of a page

    def work(document: Document) -> bytes:
        try:
            assert isinstance(document, Views)
            record = compare(scanner, document).to_json()
            return (record["label"] or "error").encode() + b"\t" + to_line(record)
        except MemoryError:
            return fail(document, Failure("memory", "needed more memory than a pair may use"))
        except Exception as error:
            return fail(document, Failure("internal", f"{type(error).__name__}: {error}"))

    return work


def matched(visitor: str, crawler: str, options: Options, counts: Counts) -> Iterator[Document]:
    """Pairs of one address, in the crawler's order; two single pages are a pair anyway.

    Raises TooMuchError, while it runs, where the visitor's pages are too many to hold.
    """
    from detector.compare import Views

    ours: dict[str, Document] = {}
    held = 0
    for document in open_sources([visitor], options, Counts()):
        ours[_name(document.uri, visitor)] = document
        held += len(document.data)
        if held > MOST_HELD:
            raise TooMuchError(f"{printable(visitor)} has over 1 GB of pages: compare it in parts")
    theirs = open_sources([crawler], options, Counts())
    first, second = next(theirs, None), next(theirs, None)
    if first is not None and second is None and len(ours) == 1:
        counts.pages += 1
        yield Views.pair(ours.popitem()[1], first)
        return
    alone = 0
    for document in (d for group in ((first, second), theirs) for d in group if d is not None):
        mine = ours.pop(_name(document.uri, crawler), None)
        if mine is None:
            alone += 1
        else:
            counts.pages += 1
            yield Views.pair(mine, document)
    if alone + len(ours):
        say(f"not compared: {len(ours):,} pages that only VISITOR has, {alone:,} only CRAWLER")


def _name(uri: str, source: str) -> str:
    """What a page is matched by: its address, or its path in the folder that was named."""
    return uri.removeprefix(source.rstrip("/") + "/")

"""The run of `detector compare`: pages of two sources matched, compared, reported."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

from detector.cli._judging import Judging
from detector.cli._reporting import Run, Wanted, say, write_reports
from detector.report.printable import printable
from detector.sources import Counts, Options, open_sources
from detector.types import Document
from detector.worker import Work

MOST_HELD = 1_000_000_000  # bytes of the visitor's pages, which wait for the crawler's


class TooMuchError(OSError):
    """More pages on one side than are held to be matched."""


def compare_paths(visitor: str, crawler: str, wanted: Wanted, judging: Judging) -> int:
    """Compare two sources page by page and report; the exit code."""
    for path in (visitor, crawler):
        if not os.path.lexists(path):
            say(f"no such file or folder: {printable(path)}")
            return 2

    def begin() -> Run:
        counts = Counts()
        pairs = matched(visitor, crawler, Options(judging.limits), counts)
        return Run(judging.run(pairs, comparing(judging, wanted.sourced)), counts)

    return write_reports(begin, wanted)


def comparing(judging: Judging, source: bool) -> Callable[[], Work]:
    """What makes the comparison of views as work of the pool."""
    return partial(comparer, judging, source)


def comparer(judging: Judging, source: bool) -> Work:
    """The comparison of views as work of the pool. Raises ModelError and PolicyError.

    `source` adds what the views' sources hold of the evidence.
    """
    from detector.compare import Views, compare
    from detector.report.jsonl import to_line
    from detector.scan import Scanner
    from detector.types import Failure
    from detector.work import fail

    scanner = Scanner(judging.model, judging.policy, judging.limits)
    _ = scanner.model  # a model that cannot be used is an error here, not of a page

    def work(document: Document) -> bytes:
        try:
            assert isinstance(document, Views)
            found = compare(scanner, document)
            record = found.to_json()
            told = (record["label"] or "error").encode() + b"\t" + to_line(record)
            if source and record["label"] not in (None, "clean"):
                told += b"s" + to_line(found.marks())
            return told
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

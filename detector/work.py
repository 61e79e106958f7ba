"""What a worker does with a document: scan it and put the result into a message.

A message is the label (or `error`), a tab, and the result's JSON line, so that
the parent counts without reading the line. Further JSON lines follow where reports want
them, each behind a letter: `s`, what the source holds of the evidence, for pages that are not
clean (`detector.marks`); `f`, what the page tells of its site (`detector.site_facts`).
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from detector.limits import Limits
from detector.report.jsonl import to_json, to_line
from detector.types import Document, Failure, Page, Result
from detector.worker import Work


def make(
    model: str | None,
    policy: Path | None,
    limits: Limits,
    source: bool = False,
    few: bool = False,
    roots: Sequence[str] | None = None,
    profile: bool = False,
) -> Work:
    """The scan as work of the pool, loaded and warm, to be shared by forked workers.

    `source` adds what the source holds of the evidence. `few`: what pays for many pages only
    is left to the worker that sees many. `roots` (folders that are sites, or none) adds what
    pages tell of their sites. `profile`: results tell how long each stage took. Raises
    ModelError and PolicyError.
    """
    gc.disable()  # what is loaded stays: looking for garbage in it is a tenth of a cold start
    try:
        from detector.scan import Scanner

        scanner = Scanner(model=model, policy=policy, limits=limits, profile=profile)
        if not few:
            from detector.lexicon import default_lexicon
            from detector.promotion import common_words

            default_lexicon().build()
            common_words().build()
        scanner.scan(b"<!doctype html><title>a</title><p>a", kind="html")
    finally:
        gc.enable()
    gc.freeze()  # keeps what was loaded in pages that forked workers share

    def work(document: Document) -> bytes:
        try:
            if not source and roots is None:
                return message(scanner.scan_document(document))
            result, page = scanner.scan_page(document)
            told = message(result)
            if source:
                told += _marks(document, result, page)
            if roots is not None and page is not None:
                from detector.site_facts import facts  # single pages have no site

                told += b"f" + to_line(facts(page, roots))
            return told
        except MemoryError:
            return fail(document, Failure("memory", "needed more memory than a page may use"))
        except Exception as error:
            return fail(document, Failure("internal", f"{type(error).__name__}: {error}"))

    return work


def message(result: Result) -> bytes:
    """The message of a result."""
    label = result.verdict.label if result.verdict and not result.error else "error"
    return label.encode() + b"\t" + to_line(to_json(result))


def fail(document: Document, failure: Failure) -> bytes:
    """The message for a document that has no result."""
    kind = document.kind or "html"
    return message(Result(document.uri, kind, len(document.data), error=failure))


def _marks(document: Document, result: Result, page: Page | None) -> bytes:
    """The line about the source; nothing for pages that are clean."""
    from detector.marks import marks

    if page is None or result.verdict is None or result.verdict.label == "clean":
        return b""
    return b"s" + to_line(marks(document.data, page, result.findings, document.charset))


class Told(NamedTuple):
    """A message taken apart: the label (or `error`), and JSON lines, b"" where there is none."""

    label: str
    line: bytes
    source: bytes
    facts: bytes


def split(given: bytes) -> Told:
    """Take a message apart."""
    label, _, rest = given.partition(b"\t")
    line, *more = rest.splitlines(keepends=True)
    parts = {part[:1]: part[1:] for part in more}
    return Told(label.decode(), line, parts.get(b"s", b""), parts.get(b"f", b""))

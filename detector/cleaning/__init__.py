"""Cleans whole archives and tables: the same kind comes out, with what was taken out and why.

One page at a time goes through the pool; what is no page passes by unchanged. The order
stays. Each container has a module with a function that reads, hands its pages on, and
writes: `warc`, `jsonl`, `parquet`.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detector.limits import DEFAULT, Limits
from detector.report.jsonl import MAX_TEXT, to_line
from detector.sources.columns import GUESS, Columns
from detector.types import Document, Failure, Result
from detector.worker import Work


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A page after cleaning: `data` is None where nothing was taken out.

    `about` tells it as JSON values: label, model, techniques, removed (pieces of the
    source, at most 500 characters each, with their offsets), error.
    """

    label: str
    about: dict[str, Any]
    data: bytes | None


Through = Callable[[Iterator[Document]], Iterator[Cleaned]]
"""Documents to what became of them, one for one and in order."""


@dataclass(slots=True)
class Tally:
    """What a cleaning did, in pages."""

    cleaned: int = 0
    unchanged: int = 0
    dropped: int = 0
    errors: int = 0
    other: int = 0
    """Records and lines that hold no page, passed by."""
    messages: list[str] = field(default_factory=list)
    """The first failures."""

    def note(self, page: Cleaned, dropped: bool = False) -> None:
        """Counts a page."""
        if page.label == "error":
            self.errors += 1
            if len(self.messages) < 5:
                self.messages.append(page.about["error"]["message"])
        elif dropped:
            self.dropped += 1
        elif page.data is None:
            self.unchanged += 1
        else:
            self.cleaned += 1

    def describe(self) -> str:
        """The counts in words."""
        parts = [f"{self.cleaned:,} cleaned", f"{self.unchanged:,} unchanged"]
        parts += [f"{self.dropped:,} dropped"] if self.dropped else []
        parts += [f"{self.errors:,} error"] if self.errors else []
        parts += [f"{self.other:,} others passed by"] if self.other else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Job:
    """One container to clean: its name, its columns, and what becomes of pages that are spam."""

    name: str
    columns: Columns = GUESS
    drop_spam: bool = False
    limits: Limits = DEFAULT
    tally: Tally = field(default_factory=Tally)

    def drops(self, page: Cleaned) -> bool:
        """Count a page; whether it is left out."""
        dropped = self.drop_spam and page.label == "spam"
        self.tally.note(page, dropped)
        return dropped


def make(model: str | None, policy: Path | None, limits: Limits) -> Work:
    """The cleaning as work of the pool. Raises ModelError and PolicyError."""
    from detector.scan import Scanner

    scanner = Scanner(model=model, policy=policy, limits=limits)
    scanner.scan(b"<!doctype html><title>a</title><p>a", kind="html")
    gc.collect()
    gc.freeze()

    def work(document: Document) -> bytes:
        if document.failure is not None:
            return fail(document, document.failure)
        try:
            return _message(scanner, document)
        except MemoryError:
            return fail(document, Failure("memory", "needed more memory than a page may use"))
        except Exception as error:
            return fail(document, Failure("internal", f"{type(error).__name__}: {error}"))

    return work


def _message(scanner: Any, document: Document) -> bytes:
    from detector.decode import decode
    from detector.restore.html import edits_for
    from detector.restore.removable import removable

    page = scanner.page(
        document.data, uri=document.uri, kind=document.kind, charset=document.charset
    )
    analysis = scanner.analyse(page)
    result: Result = scanner.judge(analysis)
    verdict = result.verdict
    label = verdict.label if verdict else "clean"
    edits = edits_for(page, removable(analysis.found, label))
    about = {
        "label": label,
        "model": {"name": result.model.name, "version": result.model.version,
                  "sha256": result.model.sha256} if result.model else None,
        "techniques": list(dict.fromkeys(f.technique for f in result.findings)),
        "removed": [
            {"start": start, "end": end, "text": page.source[start:end][:MAX_TEXT]}
            | ({"replacement": new} if new else {})
            for start, end, new in edits
        ],
        "error": None,
    }  # fmt: skip
    data = decode(document.data, charset=document.charset).replace(edits) if edits else b""
    return to_line(about) + data


def fail(document: Document, failure: Failure) -> bytes:
    """The message for a page that could not be judged: it stays as it is."""
    error = {"kind": failure.kind, "message": failure.message}
    return to_line({"label": "error", "error": error})


def through(messages: Iterable[bytes]) -> Iterator[Cleaned]:
    """The pool's messages as what became of the pages."""
    for message in messages:
        line, _, data = message.partition(b"\n")
        about = json.loads(line)
        yield Cleaned(about["label"], about, data if about.get("removed") else None)

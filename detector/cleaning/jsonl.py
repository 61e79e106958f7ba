"""JSON lines without what was injected: a changed line gets the key `detector`."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from detector.cleaning import Job, Through
from detector.limits import Limits
from detector.report.jsonl import to_line
from detector.sources.jsonl import read_jsonl
from detector.types import Document


class _Kept:
    """A stream of lines that remembers those that were read and not yet asked for.

    A line over the limit is read in pieces and not kept: it becomes an empty one.
    """

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream, self._most = stream, limits.max_line_bytes
        self.lines: deque[bytes] = deque()
        self._inside = False

    def readline(self, size: int = -1) -> bytes:
        line = self._stream.readline(size)
        if line and not self._inside:
            self.lines.append(line if len(line) <= self._most else b"")
        self._inside = bool(line) and not line.endswith(b"\n")
        return line


def clean(stream: BinaryIO, job: Job, through: Through) -> Iterator[bytes]:
    """The lines, in order. Lines without a page, blank ones too, come back as they are."""
    columns = job.columns
    kept = _Kept(stream, job.limits)
    raw: deque[list[bytes]] = deque()  # the lines of each document: its own, and blanks before

    def documents() -> Iterator[Document]:
        lines: BinaryIO = kept  # type: ignore[assignment]
        for document in read_jsonl(lines, job.name, job.limits, columns):
            raw.append(list(kept.lines))
            kept.lines.clear()
            yield document

    for page in through(documents()):
        lines = raw.popleft()
        dropped = job.drops(page)
        yield from lines[:-1]
        if dropped or not lines:
            continue
        if page.data is None:
            yield lines[-1]
            continue
        value = json.loads(lines[-1])
        keys = [columns.html, columns.text] if columns.html or columns.text else ["html", "text"]
        key = next(key for key in keys if isinstance(value.get(key), str))
        value[key] = page.data.decode("utf-8", "replace")
        value["detector"] = page.about
        yield to_line(value)
    yield from kept.lines

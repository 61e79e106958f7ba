"""JSON lines: one page a line, `url` (or `uri`) with `html` or `text`, or keys that are named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from detector.limits import Limits
from detector.sources.columns import GUESS, Columns
from detector.sources.streams import BombError, DamagedError
from detector.types import Document, Failure

_PAGE_KEY = re.compile(rb'"(?:html|text)"\s*:\s*"')


def holds_pages(head: bytes) -> bool:
    """Whether the first bytes are of a JSONL file with pages.

    Labels of pages that lie elsewhere are none, nor are results of a scan. The
    first line decides; where it is cut off, any `html` or `text` in it.
    """
    line, whole, _ = head.lstrip().partition(b"\n")
    if not line.startswith(b"{") or line.startswith(b'{"schema": "detector.result/'):
        return False
    if not whole and not line.rstrip().endswith(b"}"):
        return _PAGE_KEY.search(line) is not None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return _PAGE_KEY.search(line) is not None
    return any(isinstance(value.get(key), str) for key in ("html", "text"))


def read_jsonl(
    stream: BinaryIO, name: str, limits: Limits, columns: Columns = GUESS
) -> Iterator[Document]:
    """A document a line; one that cannot be used has a failure with the line's number.

    A page without `url` is called `name:line`. Blank lines are passed over.
    """
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(limits.max_line_bytes + 1)
            if len(line) > limits.max_line_bytes:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(1 << 20)
                yield _failed(
                    name,
                    number,
                    "too-large",
                    f"is longer than {limits.max_line_bytes:,} bytes and was skipped",
                )
                continue
        except (BombError, DamagedError, OSError) as error:
            kind = "bomb" if isinstance(error, BombError) else "damaged"
            yield _failed(name, number, kind, f"cannot be read, nor what follows: {error}")
            return
        if not line:
            return
        if not line.isspace():
            yield read_line(line, name, number, limits, columns)


def read_line(
    line: bytes, name: str, number: int, limits: Limits, columns: Columns = GUESS
) -> Document:
    """The document of one line."""
    try:
        value = json.loads(line)
    except UnicodeDecodeError as error:
        return _failed(name, number, "damaged", f"is not UTF-8 ({error.reason})")
    except (ValueError, RecursionError) as error:
        return _failed(name, number, "damaged", f"is not JSON ({error})")
    if not isinstance(value, dict):
        return _failed(name, number, "damaged", "is not a JSON object")
    url = value.get(columns.url) if columns.url else value.get("url") or value.get("uri")
    uri = url if isinstance(url, str) else f"{name}:{number}"
    keys = (columns.html, columns.text)
    if not any(keys):
        keys = ("html", "text")
    html, text = value.get(keys[0]), value.get(keys[1])
    page = html if isinstance(html, str) else text
    if not isinstance(page, str):
        wanted = " nor ".join(f"`{key}`" for key in keys if key)
        return _failed(name, number, "no-content", f"has neither {wanted} as a string", uri)
    # The text is Unicode already: no meta tag of the page can change what it says.
    data = page.encode("utf-8", "replace")
    return Document(
        uri=uri.encode("utf-8", "replace").decode(),
        data=data[: limits.max_bytes],
        kind="html" if page is html else "text",
        charset="utf-8",
        truncated=len(data) > limits.max_bytes,
        failure=None if data.strip() else Failure("empty", "the page is empty"),
    )


def _failed(name: str, number: int, kind: str, what: str, uri: str = "") -> Document:
    return Document(
        uri=uri.encode("utf-8", "replace").decode() or f"{name}:{number}",
        failure=Failure(kind, f"line {number} of {name} {what}"),
    )

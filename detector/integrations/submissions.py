"""What an application is about to store: the words of a request, scanned as one page.

The WSGI and ASGI middleware share it. Forms, JSON and plain bodies are read;
uploaded files are not. A spammer's name, address and comment count together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from detector.policy import Decision
from detector.scan import Scanner
from detector.types import Result

METHODS = frozenset({"POST", "PUT", "PATCH"})
LONGEST = 2_000_000  # bytes of a request that are read; longer ones are for a person
SHORTEST = 20  # characters in all, under which there is nothing to judge
FIELDS = 5_000


class Submissions:
    """Scans requests with one scanner."""

    def __init__(
        self,
        scanner: Scanner | None = None,
        *,
        source: str = "",
        methods: frozenset[str] = METHODS,
        longest: int = LONGEST,
    ) -> None:
        """`source` is the policy's name for what comes in here (`[source.NAME]`)."""
        self.scanner = scanner or Scanner()
        self.methods, self.longest, self._source = methods, longest, source

    def decide(self, content_type: str, body: bytes, url: str) -> Decision | None:
        """What follows; None where the request has no words."""
        if len(body) > self.longest:
            words = f"The submission is longer than {self.longest:,} bytes and was not scanned."
            return Decision("review", (words,))
        texts = [text for text in texts_of(content_type, body) if text.strip()]
        if sum(map(len, texts)) < SHORTEST:
            return None
        page = "\n".join(f"<div>{_markup(text)}</div>" for text in texts)
        result: Result = self.scanner.scan(page, uri=url, kind="html")
        return self.scanner.decide(result, self._source)


def _markup(text: str) -> str:
    return text if "<" in text and ">" in text else escape(text).replace("\n", "<br>")


def texts_of(content_type: str, body: bytes) -> Iterator[str]:
    """The texts of a request's body."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        try:
            pairs = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=FIELDS)
        except ValueError:  # more fields than anybody fills in: all of it as it is
            yield body.decode("utf-8", "replace")
            return
        yield from (value for _, value in pairs)
    elif kind == "multipart/form-data":
        yield from _parts(content_type, body)
    elif kind == "application/json" or kind.endswith("+json"):
        try:
            yield from _strings(json.loads(body))
        except (ValueError, RecursionError):
            yield body.decode("utf-8", "replace")
    elif kind.startswith("text/"):
        yield body.decode("utf-8", "replace")


def _parts(content_type: str, body: bytes) -> Iterator[str]:
    from email import policy
    from email.parser import BytesParser

    head = b"content-type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    for part in message.iter_parts():
        if part.get_filename() is None and not part.is_multipart():
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                yield data.decode("utf-8", "replace")


def _strings(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting.extend(reversed(one.values()))
        elif isinstance(one, list):
            waiting.extend(reversed(one))


def refusal(decision: Decision) -> bytes:
    """What the sender of a blocked submission reads."""
    return ("This submission was not accepted.\n" + "\n".join(decision.reasons) + "\n").encode()

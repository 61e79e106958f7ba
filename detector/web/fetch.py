"""One address fetched as one kind of visitor, within limits, its redirects told."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from detector.limits import DEFAULT, MEGABYTE, Limits
from detector.settings import data_table
from detector.sources.transfer import decode_body
from detector.types import Document, Failure
from detector.web.pinned import PinnedTransport, RefusedError, Resolver

MOST_REDIRECTS = 10
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_LONGEST = 4096  # characters of an address that is followed


@dataclass(frozen=True, slots=True)
class Visitor:
    """A kind of visitor, as servers tell them apart."""

    name: str
    who: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Budget:
    """What one fetch may cost: seconds in all, and bytes as they come over the wire."""

    seconds: float = 20.0
    wire_bytes: int = 10 * MEGABYTE
    limits: Limits = field(default=DEFAULT)  # max_bytes is of the decompressed page


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page or its failure, the status, and the addresses that the server sent to."""

    document: Document
    status: int = 0
    hops: tuple[str, ...] = ()


@cache
def visitors() -> Mapping[str, Visitor]:
    """All kinds of visitors by name, of `data/visitors.toml`; the first is the standard."""
    found = {}
    for name, table in data_table("visitors").items():
        headers = {
            "user-agent": table["user_agent"],
            "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "accept-language": "zh-CN,zh;q=0.9,en;q=0.8",
            "accept-encoding": "gzip, deflate",
        }
        if "referrer" in table:
            headers["referer"] = table["referrer"]
        found[name] = Visitor(name, table["who"], headers)
    return found


def client(resolver: Resolver) -> httpx.Client:
    """A client that follows nothing by itself and keeps no cookies from earlier visitors."""
    return httpx.Client(transport=PinnedTransport(resolver), follow_redirects=False, timeout=10.0)


def fetch(url: str, visitor: Visitor, resolver: Resolver, budget: Budget | None = None) -> Fetched:
    """Fetch an address. Never raises: what went wrong is the document's failure."""
    budget = budget or Budget()
    hops: list[str] = []
    at = url
    try:
        with client(resolver) as session:
            ends = time.monotonic() + budget.seconds
            while True:
                document, status, onward = _once(session, at, visitor, budget, ends)
                if not onward:
                    return Fetched(document, status, tuple(hops))
                at = onward
                hops.append(at)
                if len(hops) > MOST_REDIRECTS:
                    raise _Stop("redirects", f"more than {MOST_REDIRECTS} redirects")
    except _Stop as stop:
        failure = Failure(stop.kind, stop.message)
    except RefusedError as error:
        failure = Failure("refused", f"{error}; --allow-private asks it all the same")
    except httpx.TimeoutException:
        failure = Failure("timeout", f"took longer than {budget.seconds:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        failure = Failure("unreachable", f"{type(error).__name__}: {error}"[:300])
    return Fetched(Document(at, failure=failure), 0, tuple(hops))


class _Stop(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


def _once(
    session: httpx.Client, url: str, visitor: Visitor, budget: Budget, ends: float
) -> tuple[Document, int, str]:
    """One request: the page, its status, and the address that the server sends to, or ""."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _Stop("refused", f"{url[:120]!r} is no http or https address")
    left = ends - time.monotonic()
    if left <= 0:
        raise _Stop("timeout", f"took longer than {budget.seconds:g} s")
    with session.stream(
        "GET", url, headers=dict(visitor.headers), timeout=min(left, 10.0)
    ) as answer:
        onward = _onward(answer, url)
        if onward:
            return Document(url), answer.status_code, onward
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind and not (kind.startswith("text/") or "html" in kind or "xml" in kind):
            raise _Stop("not-text", f"the server says that it is {kind[:80]}")
        body = bytearray()
        cut = False
        for part in answer.iter_raw():
            body += part
            if len(body) > budget.wire_bytes:
                cut = True
                break
            if time.monotonic() > ends:
                raise _Stop("timeout", f"took longer than {budget.seconds:g} s")
        encoding = answer.headers.get("content-encoding", "")
        data, more = decode_body(bytes(body), "", encoding, budget.limits)
        return _document(url, answer, data[: budget.limits.max_bytes], cut or more), (
            answer.status_code
        ), ""  # fmt: skip


def _document(url: str, answer: httpx.Response, data: bytes, cut: bool) -> Document:
    kind: Any = "text" if answer.headers.get("content-type", "").startswith("text/plain") else None
    failure = None
    if not data.strip():
        failure = Failure("empty", f"the server answered {answer.status_code} without a page")
    return Document(url, data, kind, answer.charset_encoding or "", cut, failure)


def _onward(answer: httpx.Response, url: str) -> str:
    """Where the server sends to: by status and Location, or by a Refresh header."""
    target = ""
    if answer.status_code in _REDIRECTS:
        target = answer.headers.get("location", "")
    elif "url=" in (refresh := answer.headers.get("refresh", "")).lower():
        target = refresh[refresh.lower().index("url=") + 4 :].strip(" '\"")
    target = target[:_LONGEST].strip()
    joined = urljoin(url, target) if target else ""
    same = joined.partition("#")[0] == url.partition("#")[0]
    return "" if same and "set-cookie" not in answer.headers else joined

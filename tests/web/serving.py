"""A local server that says something else to everybody, for tests of the fetching commands."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """A request: its path, headers, and how many came before."""

    path: str
    agent: str
    referrer: str
    language: str
    cookie: str
    number: int
    host: str = ""

    @property
    def bot(self) -> bool:
        return "spider" in self.agent or "bot" in self.agent


@dataclass
class Answer:
    """What goes back."""

    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Site = Callable[[Asked], Answer]


@contextmanager
def served(sites: dict[str, Site]) -> Iterator[str]:
    """A server on a free local port: the first part of a path chooses the site; its address."""
    numbers = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            head = self.headers
            asked = Asked(
                self.path,
                head.get("user-agent", ""),
                head.get("referer", ""),
                head.get("accept-language", ""),
                head.get("cookie", ""),
                next(numbers),
                head.get("host", ""),
            )
            first = "/" + self.path.lstrip("/").partition("/")[0].partition("?")[0]
            site = sites.get(first) or sites.get("*")
            answer = site(asked) if site else Answer("none", 404)
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            self.send_response(answer.status)
            for name, value in {
                "content-type": "text/html; charset=utf-8",
                **answer.headers,
            }.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return  # the client has had enough

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

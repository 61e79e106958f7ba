"""WSGI middleware: scans what an application is about to store.

    application = DetectorMiddleware(application)

Blocked submissions get 422 and never reach the application; for others it finds a
`detector.policy.Decision`, or None, in `environ["detector.decision"]`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from detector.integrations.submissions import Submissions, refusal
from detector.scan import Scanner

Start = Callable[..., Any]
App = Callable[[dict[str, Any], Start], Iterable[bytes]]
KEY = "detector.decision"


class DetectorMiddleware:
    """Wraps an application. Other arguments are those of `Submissions`."""

    def __init__(self, app: App, scanner: Scanner | None = None, **options: Any) -> None:
        self._app = app
        self._submissions = Submissions(scanner, **options)

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        """Scan, then refuse or pass on."""
        environ[KEY] = None
        if environ["REQUEST_METHOD"] not in self._submissions.methods:
            return self._app(environ, start_response)
        given = environ.get("CONTENT_LENGTH") or "0"
        length = int(given) if given.isdecimal() and len(given) < 19 else 0
        most = min(length, self._submissions.longest + 1)
        stream = environ["wsgi.input"]
        body = stream.read(most)
        left = max(length - len(body), 0)
        environ["wsgi.input"] = io.BufferedReader(_Again(body, stream, left))
        url = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}{environ['PATH_INFO']}"
        decision = self._submissions.decide(environ.get("CONTENT_TYPE", ""), body, url)
        environ[KEY] = decision
        if decision is None or decision.action != "block":
            return self._app(environ, start_response)
        answer = refusal(decision)
        headers = [
            ("content-type", "text/plain; charset=utf-8"),
            ("content-length", str(len(answer))),
        ]
        start_response("422 Unprocessable Content", headers)
        return [answer]


class _Again(io.RawIOBase):
    """What was read, then the rest."""

    def __init__(self, body: bytes, rest: Any, left: int) -> None:
        self._body, self._rest, self._left = io.BytesIO(body), rest, left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._body.read(len(buffer))
        if not data and self._left:
            data = self._rest.read(min(len(buffer), self._left))
            self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)

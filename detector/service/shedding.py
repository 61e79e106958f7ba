"""Refuses pages that would wait too long, before anything is done for them.

A refused request must cost next to nothing, or refusals take the processors from the pages that
were accepted: no routing, no key is looked up, no body is read. Clients that come again at once,
whatever `Retry-After` says, are answered after a pause once refusals are many: a connection that
waits costs less than one that asks.
"""

from __future__ import annotations

import asyncio
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from detector.service.refusals import Refused
from detector.service.runtime import Service
from detector.service.workers import Overloaded

AT_ONCE = 50  # refusals a second that are answered without a pause
PAUSE = 0.25  # seconds; clients wait at least a second if they obey
PATH = "/v1/scan"


class Shedding:
    """The outermost part of the application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service
        self._second, self._refused = 0, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            try:
                self._service.workers.check()
            except Overloaded as overloaded:
                return await self._refuse(overloaded, send)
        return await self._app(scope, receive, send)

    async def _refuse(self, overloaded: Overloaded, send: Send) -> None:
        metrics = self._service.metrics
        metrics.refused.labels("overloaded").inc()
        metrics.requests.labels(PATH, "503").inc()
        now = int(time.monotonic())
        if now != self._second:
            self._second, self._refused = now, 0
        self._refused += 1
        if self._refused > AT_ONCE:
            await asyncio.sleep(PAUSE)
        refused = Refused(503, "overloaded", str(overloaded), overloaded.retry)
        headers = {
            **refused.headers,
            "content-type": "application/json",
            "content-length": str(len(refused.body)),
            "cache-control": "no-store",
        }
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 503, "headers": raw})
        await send({"type": "http.response.body", "body": refused.body})

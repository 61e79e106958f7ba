"""ASGI middleware: scans what an application is about to store.

    app = DetectorMiddleware(app)

Blocked submissions get 422 and never reach the application; for others it finds a
`detector.policy.Decision`, or None, in `scope["detector.decision"]`. Pages are
scanned in a thread, so that other requests go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from detector.integrations.submissions import Submissions, refusal
from detector.scan import Scanner

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
KEY = "detector.decision"


class DetectorMiddleware:
    """Wraps an application. Other arguments are those of `Submissions`."""

    def __init__(self, app: App, scanner: Scanner | None = None, **options: Any) -> None:
        self._app = app
        self._submissions = Submissions(scanner, **options)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Scan, then refuse or pass on."""
        if scope["type"] != "http" or scope["method"] not in self._submissions.methods:
            return await self._app(scope, receive, send)
        kept: list[Message] = []
        body = bytearray()
        while True:
            message = await receive()
            kept.append(message)
            body += message.get("body", b"")
            if not message.get("more_body") or len(body) > self._submissions.longest:
                break
        headers = {k: v.decode("latin-1") for k, v in scope["headers"]}
        url = f"{scope['scheme']}://{headers.get(b'host', '')}{scope['path']}"
        decision = await asyncio.to_thread(
            self._submissions.decide, headers.get(b"content-type", ""), bytes(body), url
        )
        if decision is not None and decision.action == "block":
            answer = refusal(decision)
            given = [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(answer)).encode()),
            ]
            await send({"type": "http.response.start", "status": 422, "headers": given})
            return await send({"type": "http.response.body", "body": answer})

        async def again() -> Message:
            return kept.pop(0) if kept else await receive()

        return await self._app({**scope, KEY: decision}, again, send)

"""Batches: JSON lines streamed in, results streamed out in their order.

Some clients send all before they read anything. So that both ends do not wait for
each other, results go to a spool in between, which the sending end empties as
fast as the client reads.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from detector.report.jsonl import to_line
from detector.service.bodies import read_lines
from detector.service.refusals import Refused, error
from detector.service.runtime import Service
from detector.service.store import Origin
from detector.service.workers import Overloaded
from detector.types import Document

AHEAD = 4  # pages a worker that a batch has at hand
SPOOL = 4_000_000  # bytes in memory, before the spool goes to a temporary file
PART = 1 << 16
PageOf = Callable[[bytes], tuple[Document, Origin]]


class BatchResponse(Response):
    """Reads its request while it answers."""

    media_type = "application/x-ndjson"

    def __init__(self, service: Service, request: Request, page_of: PageOf) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._service, self._request, self._page_of = service, request, page_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        spool = _Spool()
        async with self._service.batches:
            sending = asyncio.create_task(self._send(spool, send))
            try:
                await self._scan(spool)
            finally:
                spool.end()
                try:
                    await sending
                finally:
                    sending.cancel()
                    spool.close()

    async def _scan(self, spool: _Spool) -> None:
        """Lines to workers; results into the spool, in order."""
        window: asyncio.Queue[asyncio.Task[bytes] | None] = asyncio.Queue(
            AHEAD * self._service.workers.count
        )

        async def collect() -> None:
            while (one := await window.get()) is not None:
                spool.put(await one)

        collecting = asyncio.create_task(collect())
        number = 0
        try:
            async for line in read_lines(self._request, self._service.settings):
                number += 1
                if number > self._service.settings.max_lines:
                    words = f"a batch has at most {number - 1:,} lines; send the rest in another"
                    spool_last = _failed(number, Refused(413, "too-large", words))
                    await window.put(asyncio.create_task(_ready(spool_last)))
                    break
                if line.strip():
                    await window.put(asyncio.create_task(self._one(line, number)))
        except Refused as refused:  # slow, or gone
            await window.put(asyncio.create_task(_ready(_failed(number + 1, refused))))
        await window.put(None)
        await collecting

    async def _one(self, line: bytes, number: int) -> bytes:
        settings = self._service.settings
        try:
            if len(line) > settings.max_line:
                words = f"a line has at most {settings.max_line:,} bytes"
                raise Refused(413, "too-large", words)
            document, origin = self._page_of(line)
            return (await self._service.scan(document, origin, patient=True)).full
        except Refused as refused:
            return _failed(number, refused)
        except Overloaded:
            return _failed(number, Refused(503, "overloaded", "the service ends; send it again"))
        except Exception as problem:
            kind = type(problem).__name__
            return _failed(number, Refused(503, "internal", f"{kind}; send the line again"))

    async def _send(self, spool: _Spool, send: Send) -> None:
        while part := await spool.get():
            async with asyncio.timeout(self._service.settings.body):  # else nobody reads
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _ready(line: bytes) -> bytes:
    return line


def _failed(number: int, refused: Refused) -> bytes:
    return to_line({"line": number} | error(refused.kind, refused.message))


class _Spool:
    """Bytes in, bytes out, in between memory and then a file."""

    def __init__(self) -> None:
        self._file: Any = tempfile.SpooledTemporaryFile(SPOOL)  # noqa: SIM115 - `close`
        self._read = self._written = 0
        self._ended = False
        self._more = asyncio.Event()

    def put(self, data: bytes) -> None:
        self._file.seek(self._written)
        self._written += self._file.write(data)
        self._more.set()

    def end(self) -> None:
        self._ended = True
        self._more.set()

    async def get(self) -> bytes:
        """The next part; b"" at the end."""
        while self._read == self._written and not self._ended:
            self._more.clear()
            await self._more.wait()
        if self._read == self._written:
            return b""
        self._file.seek(self._read)
        part: bytes = self._file.read(PART)
        self._read += len(part)
        if self._read == self._written:  # all is read: begin again, small
            self._file.seek(0)
            self._file.truncate()
            self._read = self._written = 0
        return part

    def close(self) -> None:
        self._file.close()

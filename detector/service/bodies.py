"""Bodies of requests: read with limits of size and time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from detector.service.refusals import Refused
from detector.service.settings import Settings


async def parts(request: Request, settings: Settings) -> AsyncIterator[bytes]:
    """The parts of a body as they come. Raises Refused where the next one takes too long."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(settings.slow):
                part = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            words = f"no more of the request came for {settings.slow:g} s"
            raise Refused(408, "slow", words) from None
        except ClientDisconnect:
            raise Refused(400, "gone", "the client went away") from None
        yield part


async def read_body(request: Request, settings: Settings) -> bytes:
    """A whole body. Raises Refused where it is too large or too slow."""
    too_large = Refused(413, "too-large", f"at most {settings.max_body:,} bytes are read")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > settings.max_body):
        raise too_large
    body = bytearray()
    ends = time.monotonic() + settings.body
    async for part in parts(request, settings):
        body += part
        if len(body) > settings.max_body:
            raise too_large
        if time.monotonic() > ends:
            raise Refused(408, "slow", f"the request took longer than {settings.body:g} s")
    return bytes(body)


async def read_lines(request: Request, settings: Settings) -> AsyncIterator[bytes]:
    """The lines of a body, without their ends; the rest of one that is too long is left out."""
    rest = bytearray()
    skipping = False
    async for part in parts(request, settings):
        *lines, tail = part.split(b"\n")
        for line in lines:
            rest += line
            if not skipping:
                yield bytes(rest[: settings.max_line + 1])
            rest.clear()
            skipping = False
        rest += tail
        if len(rest) > settings.max_line:
            if not skipping:
                yield bytes(rest[: settings.max_line + 1])
            skipping = True
            rest.clear()
    if rest and not skipping:
        yield bytes(rest)

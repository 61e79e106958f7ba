"""The run of `detector hook`: lines to workers, decisions back in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import click

from detector.limits import DEFAULT, Limits
from detector.policy import Policy, PolicyError
from detector.report.jsonl import to_line
from detector.service.tasks import Answer, Task, failed
from detector.service.workers import Lost, StartError, Workers
from detector.sources.jsonl import read_line

AHEAD = 4  # lines a worker that are read before their turn
_NOTHING: Mapping[str, Any] = {}
GIVEN = ("action", "reasons", "label", "probabilities", "categories", "techniques", "error")


def run(model: str | None, policy: Path | None, workers: int, *, timeout: float, full: bool) -> int:
    """Answer all lines; the exit code."""
    limits = replace(DEFAULT, timeout=timeout)
    pool = Workers(workers, model=model, policy=policy, limits=limits)
    try:
        hook = Hook(pool, Policy.load(policy) if policy else Policy(), limits, full)
        asyncio.run(hook.run(sys.stdin.buffer, sys.stdout.buffer))
    except (PolicyError, StartError) as error:
        click.echo(f"detector: {error}", err=True)
        return 2
    except BrokenPipeError:  # the reader has what it wants
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return 130
    return 0


class Hook:
    """Lines in, lines out."""

    def __init__(self, pool: Workers, policy: Policy, limits: Limits, full: bool) -> None:
        self._pool, self._policy, self._limits, self._full = pool, policy, limits, full

    async def run(self, source: BinaryIO, out: BinaryIO) -> None:
        """Answer until the input ends."""
        await self._pool.start()
        answers: asyncio.Queue[asyncio.Task[bytes] | None] = asyncio.Queue(AHEAD * self._pool.count)
        writing = asyncio.create_task(_write(answers, out))
        try:
            number = 0
            async for line in _lines(source, self._limits.max_line_bytes):
                number += 1
                if line.strip():
                    putting = answers.put(asyncio.create_task(self._answer(line, number)))
                    await _either(putting, writing)
            await _either(answers.put(None), writing)
            await writing
        finally:
            writing.cancel()
            await self._pool.close()

    async def _answer(self, line: bytes, number: int) -> bytes:
        if len(line) > self._limits.max_line_bytes:
            words = f"longer than {self._limits.max_line_bytes:,} bytes"
            return _bad(number, "too-large", words)
        document = read_line(line, "standard input", number, self._limits)
        failure = document.failure
        if failure is not None and failure.kind == "damaged":
            return _bad(number, failure.kind, failure.message)
        given: dict[str, Any] = json.loads(line)
        for key in ("html", "text"):
            given.pop(key, None)
        if failure is not None and failure.kind != "empty":
            return _bad(number, failure.kind, failure.message, given)
        name = given.get("source")
        task = Task(str(number), document, name if isinstance(name, str) else "")
        try:
            message = await self._pool.do(task)
        except Lost as lost:
            message = failed(self._policy, task, lost.failure)
        record = json.loads(Answer.read(message).full)
        record |= record.pop("decision")
        record["techniques"] = list(dict.fromkeys(f["technique"] for f in record["findings"]))
        answer = given | {key: record[key] for key in GIVEN}
        if self._full:
            del record["id"], record["techniques"]
            answer["result"] = record
        return to_line(answer)


def _bad(number: int, kind: str, words: str, given: Mapping[str, Any] = _NOTHING) -> bytes:
    error = {"kind": kind, "message": words}
    return to_line({**given, "line": number, "action": None, "reasons": [], "error": error})


async def _either(putting: Any, writing: asyncio.Task[None]) -> None:
    """Wait until there is room, or raise what ended the writing."""
    room = asyncio.ensure_future(putting)
    await asyncio.wait([room, writing], return_when=asyncio.FIRST_COMPLETED)
    if not room.done():
        room.cancel()
        await writing


async def _write(answers: asyncio.Queue[asyncio.Task[bytes] | None], out: BinaryIO) -> None:
    def write(line: bytes) -> None:
        out.write(line)
        out.flush()

    while (answer := await answers.get()) is not None:
        await asyncio.to_thread(write, await answer)


async def _lines(source: BinaryIO, longest: int) -> AsyncIterator[bytes]:
    """Lines as they come; of a longer one `longest` + 1 bytes."""
    loop = asyncio.get_running_loop()
    read: asyncio.Queue[bytes] = asyncio.Queue(1)

    def pull() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            while True:
                line = source.readline(longest + 1)
                rest = line
                while len(line) > longest and rest and not rest.endswith(b"\n"):
                    rest = source.readline(1 << 20)
                asyncio.run_coroutine_threadsafe(read.put(line), loop).result()
                if not line:
                    return

    # A daemon: reading cannot be interrupted, and must not keep the process.
    threading.Thread(target=pull, daemon=True, name="lines").start()
    while line := await read.get():
        yield line

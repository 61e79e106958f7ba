"""Scans in killable processes: order kept, a time limit a page, memory flat.

Pages go out in batches, so that messages do not dominate, and results come back
one by one: each says that its worker has begun the next page, which is how the
limit holds for every page. A worker over the limit, or one that died twice on one
page, costs that page; the pages behind it go to its replacement. Nothing is read from the
documents beyond a bounded window.

pebble was measured beside this (`benchmarks/pool.py`): 170 µs a page with one
worker and over 1 ms with two, against 90 and 100 here; and its limit is one of a
task, so tasks of several pages would lose theirs.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import selectors
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from detector.limits import DEFAULT, Limits
from detector.types import Document, Failure
from detector.worker import HEADER, Work, serve

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

Fail = Callable[[Document, Failure], bytes]
"""The message for a page whose worker was lost."""

BATCH_PAGES = 16
BATCH_BYTES = 512 * 1024
WINDOW_PAGES = 96  # a worker; sent and unfinished, or finished out of order
WINDOW_BYTES = 64 * 1024 * 1024  # of documents held; one larger page still passes
STARTS = 3  # workers that may end while they start, in a row
_METHOD = "fork" if sys.platform.startswith("linux") else "spawn"


class WorkerError(RuntimeError):
    """Workers cannot start at all; the message says why."""


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    documents: Iterable[Document],
    make: Callable[[], Work],
    fail: Fail,
    *,
    workers: int = 0,
    limits: Limits = DEFAULT,
) -> Generator[bytes, None, None]:
    """A message for every document, in the order of the documents.

    `make` builds the work: once, before the first fork, or in every worker
    where processes cannot fork (it must then be picklable). `workers` is the
    most that are started; 0 means one a core. They start as pages come. What
    `make` raises in this process is raised here, before anything is read.
    """
    return _closing(Pool(make, fail, workers or available_cores(), limits), documents)


def _closing(pool: Pool, documents: Iterable[Document]) -> Generator[bytes, None, None]:
    try:
        yield from pool.results(documents)
    finally:
        pool.close()


@dataclass(slots=True)
class _Job:
    index: int
    document: Document
    crashes: int = 0


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    channel: socket.socket
    outbox: deque[tuple[memoryview, int]] = field(default_factory=deque)  # data, jobs it completes
    waiting: deque[_Job] = field(default_factory=deque)  # not yet handed over
    running: deque[_Job] = field(default_factory=deque)  # handed over; the first is being worked on
    inbox: bytearray = field(default_factory=bytearray)
    since: float = 0.0  # when the first of `running` was begun
    ready: bool = False

    @property
    def load(self) -> int:
        return len(self.waiting) + len(self.running)


class Pool:
    """Workers that stay for several runs; `run` is the way for one."""

    def __init__(self, make: Callable[[], Work], fail: Fail, workers: int, limits: Limits) -> None:
        import multiprocessing

        self._make, self._fail, self._most, self._limits = make, fail, workers, limits
        self._context: Any = multiprocessing.get_context(_METHOD)
        self._work = make() if _METHOD == "fork" else None
        self._selector = selectors.DefaultSelector()
        self._workers: list[_Worker] = []
        self._again: deque[_Job] = deque()  # pages behind one that cost its worker
        self._done: dict[int, bytes] = {}
        self._read = self._given = self._held = 0  # pages read, results given, bytes held
        self._stillborn = 0  # workers that ended while they started, since one did start
        self._batch = 1
        self._more = True

    def results(self, documents: Iterable[Document]) -> Generator[bytes, None, None]:
        """A message for every document, in their order; to be taken to the end, or `close`."""
        source = iter(documents)
        self._more = True
        while True:
            self._feed(source)
            if not self._more and self._given == self._read:
                return
            self._exchange()
            while self._given in self._done:
                yield self._done.pop(self._given)
                self._given += 1

    # Feeding

    def _feed(self, documents: Iterator[Document]) -> None:
        """Hands batches to workers with room, starting workers while all are busy."""
        while self._again or self._more:
            worker = min(self._workers, key=lambda w: w.load, default=None)
            if worker is None or (worker.load > self._batch and len(self._workers) < self._most):
                worker = self._start()
            elif worker.load > self._batch or len(worker.outbox) > 1:
                return
            batch = self._take(documents)
            if not batch:
                return
            data = pickle.dumps([job.document for job in batch], pickle.HIGHEST_PROTOCOL)
            frame = memoryview(HEADER.pack(len(data)) + data)
            worker.waiting.extend(batch)
            worker.outbox.append((frame, len(batch)))
            self._send(worker)

    def _take(self, documents: Iterator[Document]) -> list[_Job]:
        """The next batch; empty where nothing is left or the window is full."""
        batch: list[_Job] = []
        size = 0
        while len(batch) < self._batch and size < BATCH_BYTES:
            if self._again:
                batch.append(self._again.popleft())
            else:
                outstanding = self._read - self._given
                if outstanding >= WINDOW_PAGES * self._most or self._held > WINDOW_BYTES:
                    break
                document = next(documents, None)
                if document is None:
                    self._more = False
                    break
                batch.append(_Job(self._read, document))
                self._read += 1
                self._held += len(document.data)
            size += len(batch[-1].document.data)
        self._batch = min(self._batch * 2, BATCH_PAGES)  # small at first: the first results soon
        return batch

    def _start(self) -> _Worker:
        here, there = socket.socketpair()
        forked = _METHOD == "fork"  # then the child has both ends and every other channel
        arguments = (
            there,
            [here, *(worker.channel for worker in self._workers)] if forked else [],
            self._make,
            self._work,
            self._limits.max_memory,
        )
        process = self._context.Process(target=serve, args=arguments, daemon=True)
        process.start()
        there.close()
        here.setblocking(False)
        worker = _Worker(process, here)
        self._workers.append(worker)
        self._selector.register(here, selectors.EVENT_READ, worker)
        return worker

    # Messages

    def _exchange(self) -> None:
        """Waits for messages, at most until the next page runs out of time."""
        limit = self._limits.timeout
        running = [w.since for w in self._workers if w.ready and w.running]
        now = time.monotonic()
        wait = max(0.0, min(running) + limit - now) + 0.001 if running else limit
        for key, mask in self._selector.select(wait):
            worker: _Worker = key.data
            if mask & selectors.EVENT_READ:
                self._receive(worker)
            if mask & selectors.EVENT_WRITE and worker in self._workers:
                self._send(worker)
        now = time.monotonic()
        late = [w for w in self._workers if w.ready and w.running and now - w.since > limit]
        for worker in late:
            self._receive(worker)  # what it finished meanwhile is its own
            if worker in self._workers and worker.running and now - worker.since > limit:
                self._lose(worker, Failure("timeout", f"took longer than {limit:g} s"))

    def _send(self, worker: _Worker) -> None:
        try:
            while worker.outbox:
                frame, jobs = worker.outbox[0]
                sent = worker.channel.send(frame)
                if sent < len(frame):
                    worker.outbox[0] = (frame[sent:], jobs)
                    continue
                worker.outbox.popleft()
                if not worker.running:
                    worker.since = time.monotonic()
                worker.running.extend(worker.waiting.popleft() for _ in range(jobs))
        except BlockingIOError:
            pass
        except OSError:
            return  # it died: reading will say so
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.outbox else 0)
        self._selector.modify(worker.channel, events, worker)

    def _receive(self, worker: _Worker) -> None:
        inbox = worker.inbox
        ended = False
        try:
            while part := worker.channel.recv(1 << 20):
                inbox += part
                if len(part) < 4096:  # most often all there is
                    break
            else:
                ended = True
        except BlockingIOError:
            pass
        except OSError:
            ended = True
        at = 0
        while len(inbox) - at >= HEADER.size:
            (size,) = HEADER.unpack_from(inbox, at)
            end = at + HEADER.size + size
            if len(inbox) < end:
                break
            worker.since = time.monotonic()
            if not worker.ready:  # the first message is empty: the worker has started
                worker.ready, self._stillborn = True, 0
            else:
                self._finish(worker.running.popleft(), bytes(inbox[at + HEADER.size : end]))
            at = end
        del inbox[:at]
        if ended:
            self._bury(worker)

    def _finish(self, job: _Job, message: bytes) -> None:
        self._held -= len(job.document.data)
        self._done[job.index] = message

    # Losses

    def _bury(self, worker: _Worker) -> None:
        worker.process.join(5)
        code = worker.process.exitcode
        if not worker.ready:
            self._stillborn += 1
            if self._stillborn == STARTS:
                raise WorkerError(f"workers end while they start (exit code {code})")
            self._return(worker)
            return
        how = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
        if worker.running and not worker.running[0].crashes:
            # Someone may have killed the worker, or the memory been short: the page is tried
            # again before it is blamed.
            worker.running[0].crashes += 1
            self._return(worker)
            return
        self._lose(worker, Failure("crashed", f"the page's process died ({how})"))

    def _lose(self, worker: _Worker, failure: Failure) -> None:
        """Ends a worker: its current page failed, what stood behind goes out again."""
        if worker.running:
            job = worker.running.popleft()
            self._finish(job, self._fail(job.document, failure))
        self._return(worker)

    def _return(self, worker: _Worker) -> None:
        """Ends a worker; its pages go out again."""
        self._again.extendleft(reversed([*worker.running, *worker.waiting]))
        self._end(worker)

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._selector.unregister(worker.channel)
        worker.channel.close()
        worker.process.kill()
        worker.process.join()
        with contextlib.suppress(ValueError):  # a signal may have hidden from us that it ended
            worker.process.close()

    def close(self) -> None:
        """Ends all workers at once."""
        for worker in list(self._workers):
            self._end(worker)
        self._selector.close()

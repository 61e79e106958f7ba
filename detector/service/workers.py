"""Workers for an event loop: one page at a time each, killed at its limit, replaced at once.

`detector.pool` reads its documents ahead in order; a service gets them one by
one, must answer each as soon as it is done, and changes models meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import socket
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from detector.limits import DEFAULT, Limits
from detector.pool import available_cores
from detector.service.nursery import Ready, Start
from detector.service.tasks import Task
from detector.types import Failure
from detector.worker import HEADER

_PACKAGES = str(Path(__file__).resolve().parents[2])
STARTING = 120.0  # seconds in which a model must have loaded


class StartError(RuntimeError):
    """Workers cannot start; the message says why."""


class Overloaded(Exception):
    """More pages wait than may; `retry` is when to come again, in seconds."""

    def __init__(self, retry: float) -> None:
        super().__init__(f"too many pages wait; try again in {retry:.0f} s")
        self.retry = retry


class Lost(Exception):
    """The page cost its worker; `failure` says how."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(slots=True)
class _Job:
    task: Task
    done: asyncio.Future[bytes]


class Workers:
    """A set of workers with one model. Make it, `start` it, `do` tasks, `close` it."""

    def __init__(
        self,
        count: int = 0,
        *,
        model: str | None = None,
        policy: Path | None = None,
        limits: Limits = DEFAULT,
        waiting: int = 0,
    ) -> None:
        """`count`: processes, 0 for one a core; `waiting`: pages that may wait, 0 for any."""
        self.count = count or available_cores()
        self.waiting = waiting
        self.limits = limits
        self.replaced = 0  # workers that were lost
        self.busy = 0
        self._start = Start(model, policy, limits)
        self._jobs: deque[_Job] = deque()
        self._come = asyncio.Condition()
        self._group: _Group | None = None
        self._pace = 0.02  # seconds a page takes a worker, smoothed
        self._closing = False

    @property
    def model(self) -> Ready:
        """What the workers have loaded."""
        assert self._group is not None
        return self._group.ready

    @property
    def queued(self) -> int:
        """Pages that no worker has begun."""
        return len(self._jobs)

    async def start(self) -> None:
        """Load and fork. Raises StartError."""
        self._group = await self._new_group()

    async def reload(self) -> None:
        """Load again and go on with that; pages at hand end where they are. Raises StartError."""
        group = await self._new_group()
        old, self._group = self._group, group
        if old is not None:
            await self._retire(old)

    async def do(self, task: Task, *, patient: bool = False) -> bytes:
        """The message of a task. Raises Overloaded at once, unless `patient`; Lost where it
        cost the worker.
        """
        if not patient or self._closing:
            self.check()
        job = _Job(task, asyncio.get_running_loop().create_future())
        async with self._come:
            self._jobs.append(job)
            self._come.notify()
        try:
            return await job.done
        except asyncio.CancelledError:
            with contextlib.suppress(ValueError):
                self._jobs.remove(job)  # nobody waits for it any more
            raise

    def check(self) -> None:
        """Raise Overloaded where a page would wait too long."""
        if self._closing or (self.waiting and len(self._jobs) >= self.waiting):
            raise Overloaded(max(1.0, len(self._jobs) * self._pace / self.count))

    async def drained(self) -> None:
        """Return when nothing waits and nothing is at hand."""
        while self._jobs or self.busy:
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        """End all workers at once; what waits is lost."""
        self._closing = True
        if self._group is not None:
            group, self._group = self._group, None
            for runner in group.runners:
                runner.cancel()
            await asyncio.gather(*group.runners, return_exceptions=True)
            group.close()
        for job in self._jobs:
            job.done.cancel()

    async def _new_group(self) -> _Group:
        group = await asyncio.to_thread(_Group, self._start)
        group.runners = [
            asyncio.create_task(self._run(group), name=f"worker-{n}") for n in range(self.count)
        ]
        return group

    async def _retire(self, group: _Group) -> None:
        group.retired = True
        async with self._come:
            self._come.notify_all()
        await asyncio.gather(*group.runners, return_exceptions=True)
        group.close()

    async def _run(self, group: _Group) -> None:
        """One worker after the other, one job after the other."""
        worker: _Worker | None = None
        try:
            while True:
                async with self._come:
                    await self._come.wait_for(lambda: self._jobs or group.retired)
                    if group.retired:
                        return
                    job = self._jobs.popleft()
                self.busy += 1
                try:
                    if worker is not None and worker.ended:  # while it had nothing to do
                        self.replaced += 1
                        await worker.kill()
                        worker = None
                    if worker is None:
                        worker = await group.fork()
                    started = time.monotonic()
                    message = await worker.ask(job.task, self.limits.timeout)
                    self._pace += 0.05 * (time.monotonic() - started - self._pace)
                    if not job.done.done():
                        job.done.set_result(message)
                except Lost as lost:
                    self.replaced += 1
                    if worker is not None:
                        await worker.kill()
                        worker = None
                    if not job.done.done():
                        job.done.set_exception(lost)
                except asyncio.CancelledError:
                    job.done.cancel()
                    raise
                finally:
                    self.busy -= 1
        finally:
            if worker is not None:
                worker.close()


class _Worker:
    """One process and its channel."""

    def __init__(
        self,
        group: _Group,
        pid: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._group, self.pid = group, pid
        self._reader, self._writer = reader, writer

    @property
    def ended(self) -> bool:
        """Whether the process has closed its end."""
        return self._reader.at_eof()

    async def ask(self, task: Task, limit: float) -> bytes:
        """The task's message. Raises Lost."""
        data = pickle.dumps([task], pickle.HIGHEST_PROTOCOL)
        try:
            async with asyncio.timeout(limit):
                self._writer.write(HEADER.pack(len(data)))
                self._writer.write(data)
                await self._writer.drain()
                return await self.read()
        except TimeoutError:
            words = f"took longer than {self._group.limits.timeout:g} s"
            raise Lost(Failure("timeout", words)) from None
        except (asyncio.IncompleteReadError, OSError):
            raise Lost(Failure("crashed", "the page's process died")) from None

    async def read(self) -> bytes:
        """One message."""
        (size,) = HEADER.unpack(await self._reader.readexactly(HEADER.size))
        return await self._reader.readexactly(size)

    async def kill(self) -> None:
        """End the process, whatever it does."""
        self.close()
        await self._group.kill(self.pid)

    def close(self) -> None:
        """Let the process end after what it does."""
        self._writer.close()


class _Group:
    """A nursery, its workers' runners, and what it has loaded. Raises StartError."""

    def __init__(self, start: Start) -> None:
        self.limits = start.limits
        self.retired = False
        self.runners: list[asyncio.Task[None]] = []
        self._lock = asyncio.Lock()
        self._start = start
        self._spawn()

    def _spawn(self) -> None:
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = here
        with there:
            # -P: what lies in the working folder must not stand in for a module. The way to
            # this package is given instead, for checkouts that are not installed.
            command = [sys.executable, "-P", "-m", "detector.service.nursery"]
            way = os.pathsep.join([_PACKAGES, *filter(None, [os.environ.get("PYTHONPATH")])])
            self._process = subprocess.Popen(
                [*command, str(there.fileno())], pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": way},
            )  # fmt: skip
        here.settimeout(STARTING)
        try:
            here.send(pickle.dumps(self._start))
            data = here.recv(1 << 16)
        except OSError as error:
            self.close()
            raise StartError(f"the workers' process did not start: {error}") from error
        self.ready: Ready = pickle.loads(data) if data else Ready(error="it ended")  # our own child
        if self.ready.error:
            self.close()
            raise StartError(self.ready.error)

    async def fork(self) -> _Worker:
        """A new worker, ready for tasks. Raises Lost where none can start."""
        here, there = socket.socketpair()
        try:
            async with self._lock:
                with there:
                    pid = await asyncio.to_thread(self._ask_fork, there.fileno())
            reader, writer = await asyncio.open_connection(sock=here, limit=1 << 22)
            worker = _Worker(self, pid, reader, writer)
            async with asyncio.timeout(self.limits.timeout):
                await worker.read()  # it says that it has started
        except (OSError, StartError, TimeoutError, asyncio.IncompleteReadError) as error:
            here.close()
            raise Lost(Failure("crashed", "no worker could start")) from error
        return worker

    def _ask_fork(self, fd: int) -> int:
        if self._process.poll() is not None:  # somebody killed it
            self._control.close()
            self._spawn()
        socket.send_fds(self._control, [b"fork"], [fd])
        return int(self._control.recv(64) or -1)

    async def kill(self, pid: int) -> None:
        """Have the nursery kill its child."""
        async with self._lock:
            with contextlib.suppress(OSError):
                self._control.send(f"kill {pid}".encode())

    def close(self) -> None:
        """End the nursery; its workers end with their channels."""
        self._control.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

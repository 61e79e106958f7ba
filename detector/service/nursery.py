"""A process that loads the model once and forks workers on request.

The serving process has threads and an event loop, which fork badly; this one has
neither, so that a lost worker is replaced at once and shares the model's memory.
It ends when the serving process does, however that ends: its socket closes.
Started as `python -m detector.service.nursery SOCKET` with a `Start` on the socket.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.limits import Limits
from detector.worker import serve

ORDER = 64  # bytes of the longest order
REAP = 1.0  # seconds between looks for workers that ended


@dataclass(frozen=True, slots=True)
class Start:
    """What a nursery loads."""

    model: str | None
    policy: Path | None
    limits: Limits


@dataclass(frozen=True, slots=True)
class Ready:
    """A nursery's first message: what it has loaded, or why it cannot."""

    error: str = ""
    name: str = ""
    version: str = ""
    sha256: str = ""
    folder: str = ""


def main(control: socket.socket) -> None:
    """Load, say so, and fork for every order `fork` that brings a channel; `kill PID` kills."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the serving process decides
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    start: Start = pickle.loads(control.recv(1 << 16))  # of our own parent
    ready, make = _load(start)
    control.send(pickle.dumps(ready))
    if make is None:
        return
    alive: set[int] = set()
    while True:
        readable, _, _ = select.select([control], [], [], REAP)
        alive -= _ended(alive)
        if not readable:
            continue
        order, fds, _, _ = socket.recv_fds(control, ORDER, 1)
        if not order:
            break
        if fds:
            pid = _fork(control, fds[0], make, start.limits.max_memory)
            alive.add(pid)
            control.send(str(pid).encode())
        elif (pid := int(order.split()[1])) in alive:
            os.kill(pid, signal.SIGKILL)


def _load(start: Start) -> tuple[Ready, Callable[[], Callable[[Any], bytes]] | None]:
    from detector.model import ModelError
    from detector.policy import PolicyError
    from detector.scan import Scanner
    from detector.service.tasks import working

    try:
        scanner = Scanner(model=start.model, policy=start.policy, limits=start.limits)
        model = scanner.model
    except (ModelError, PolicyError, OSError) as error:
        return Ready(error=str(error)), None
    work = working(scanner)
    scanner.scan(b"<!doctype html><title>a</title><p>a", kind="html")
    gc.collect()
    gc.freeze()  # keeps what was loaded in pages that workers share

    def make() -> Callable[[Any], bytes]:
        # A service manager tells every process to end; the pages at hand are finished first.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return work

    ids = model.id
    return Ready("", ids.name, ids.version, ids.sha256, str(model.folder)), make


def _fork(
    control: socket.socket, fd: int, make: Callable[[], Callable[[Any], bytes]], memory: int
) -> int:
    pid = os.fork()
    if pid:
        os.close(fd)
        return pid
    try:
        control.close()
        serve(socket.socket(fileno=fd), [], make, None, memory)
    finally:
        os._exit(0)


def _ended(alive: set[int]) -> set[int]:
    ended = set()
    for pid in alive:
        if os.waitpid(pid, os.WNOHANG)[0]:
            ended.add(pid)
    return ended


if __name__ == "__main__":
    # Under its own name, so that both ends pickle the same classes.
    from detector.service.nursery import main as run

    run(socket.socket(fileno=int(sys.argv[1])))

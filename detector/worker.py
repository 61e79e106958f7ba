"""The workers' end of the pool: batches of documents in, one message a page out."""

from __future__ import annotations

import pickle
import signal
import socket
import struct
from collections.abc import Callable

from detector.types import Document

HEADER = struct.Struct("<I")
"""Stands before every message and batch: its length in bytes."""
Work = Callable[[Document], bytes]
"""One page to one message. Runs in a worker and must not raise."""


def serve(
    channel: socket.socket,
    inherited: list[socket.socket],
    make: Callable[[], Work],
    work: Work | None,
    max_memory: int,
) -> None:
    """A worker: batches in, messages out, until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:  # else the parent's ends stay open when it dies
        other.close()
    work = work or make()
    _limit_memory(max_memory)
    channel.setblocking(True)
    try:
        channel.sendall(HEADER.pack(0))
        while header := _exactly(channel, HEADER.size):
            (size,) = HEADER.unpack(header)
            for document in pickle.loads(_exactly(channel, size)):  # of our own parent
                message = work(document)
                channel.sendall(HEADER.pack(len(message)) + message)
    except OSError:  # the parent is gone
        return


def _exactly(channel: socket.socket, size: int) -> bytes:
    """That many bytes; fewer where the other end closed."""
    if size <= 1 << 16:
        data = channel.recv(size, socket.MSG_WAITALL)
        return data if len(data) == size else b""
    buffer = bytearray(size)
    view, at = memoryview(buffer), 0
    while at < size:
        got = channel.recv_into(view[at:])
        if not got:
            raise OSError("closed")
        at += got
    return bytes(buffer)


def _limit_memory(allowed: int) -> None:
    """Lets the address space grow by `allowed` bytes, where the system can say so."""
    if not allowed:
        return
    try:
        import resource

        with open("/proc/self/statm", "rb") as file:
            pages = int(file.read().split()[0])
        limit = pages * resource.getpagesize() + allowed
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    except (ImportError, OSError, ValueError):
        return

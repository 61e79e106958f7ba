"""Byte streams with limits: a look ahead, and gzip that cannot become a bomb."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, BinaryIO

from detector.limits import Limits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP = b"\x1f\x8b"
_CHUNK = 64 * 1024


class DamagedError(OSError):
    """Compressed data that cannot be decompressed to its end."""


class BombError(OSError):
    """Compressed data that grows beyond the allowed ratio."""


class Ahead(io.RawIOBase):
    """A stream whose first bytes were looked at: gives them again, then the rest."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        """Reads up to `size` bytes into `head`; pipes may take several reads."""
        self._stream = stream
        parts, wanted = [], size
        while wanted > 0 and (part := stream.read(wanted)):
            parts.append(part)
            wanted -= len(part)
        self.head = b"".join(parts)
        self._rest = self.head

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """As `io.RawIOBase`."""
        view = memoryview(buffer).cast("B")
        part = self._rest[: len(view)] or self._stream.read(len(view))
        self._rest = self._rest[len(part) :]
        view[: len(part)] = part
        return len(part)


class Inflate(io.RawIOBase):
    """Decompressed bytes of a gzip stream of any number of members.

    Raises `DamagedError` after the last good byte and `BombError` where the
    output passes `limits.ratio_grace` and `limits.max_ratio` times the input.
    """

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._inflate = zlib.decompressobj(31)
        self._input = b""
        self._read = self._given = 0
        self._started = False  # inside a member

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """As `io.RawIOBase`."""
        view = memoryview(buffer).cast("B")
        while True:
            if not self._input:
                self._input = self._stream.read(_CHUNK)
                self._read += len(self._input)
            if not self._started:  # between members: padding may stand here
                self._input = self._input.lstrip(b"\0")
            if not self._input:
                if not self._started and self._given:
                    return 0
                raise DamagedError("the gzip data ends early")
            self._started = True
            try:
                part = self._inflate.decompress(self._input, len(view))
            except zlib.error as error:
                raise DamagedError(f"the gzip data is damaged ({error})") from None
            if self._inflate.eof:
                self._input = self._inflate.unused_data
                self._inflate, self._started = zlib.decompressobj(31), False
                self._given += not part  # an empty member is a member
            else:
                self._input = self._inflate.unconsumed_tail
            if part:
                self._account(len(part))
                view[: len(part)] = part
                return len(part)

    def _account(self, size: int) -> None:
        self._given += size
        consumed = self._read - len(self._input)
        if self._given > self._limits.ratio_grace and (
            self._given > self._limits.max_ratio * max(consumed, 1)
        ):
            raise BombError(
                f"the gzip data grows more than {self._limits.max_ratio}-fold (a bomb?)"
            )


def inflate(stream: BinaryIO, limits: Limits) -> io.BufferedReader:
    """A gzip stream as a buffered stream of its content."""
    return io.BufferedReader(Inflate(stream, limits), _CHUNK)


def peek_inflated(head: bytes, size: int = 1 << 14) -> bytes:
    """Up to `size` bytes that the first bytes of a gzip stream decompress to."""
    try:
        return zlib.decompressobj(31).decompress(head, size)
    except zlib.error:
        return b""

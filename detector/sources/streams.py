"""Byte streams with limits: a look ahead, and compressed data that cannot become a bomb."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from detector.limits import Limits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x5d\x2a\x4d\x18", "zstd"),  # a skippable frame, where archives keep their dictionary
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
)
PACKED_SUFFIXES = (".gz", ".zst", ".bz2", ".xz")
_CHUNK = 64 * 1024
# Zstandard gives all that its input grows to at once, up to 32,000-fold.
_ZSTD_CHUNK = 2048
_WINDOW = 1 << 27  # bytes of memory that zstd and xz may ask for, as their commands allow


def packing(head: bytes) -> str:
    """How data is compressed, by its first bytes: gzip, zstd, bzip2, xz, or "" for not at all."""
    return next((name for magic, name in _MAGIC if head.startswith(magic)), "")


def unpacked_name(name: str) -> str:
    """The name without the extension of a compression."""
    for ending in PACKED_SUFFIXES:
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


class DamagedError(OSError):
    """Compressed data that cannot be decompressed to its end."""


class BombError(OSError):
    """Compressed data that grows beyond the allowed ratio."""


class Forward(io.RawIOBase):
    """A stream that is read forward alone, and knows how far."""

    def __init__(self) -> None:
        self._position = 0

    def readable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Bytes given so far; archive readers ask also where they cannot seek."""
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """As `io.RawIOBase`."""
        view = memoryview(buffer).cast("B")
        part = self._next(len(view))
        self._position += len(part)
        view[: len(part)] = part
        return len(part)

    def _next(self, size: int) -> bytes:
        """Up to `size` bytes; b"" at the end."""
        raise NotImplementedError


class Ahead(Forward):
    """A stream whose first bytes were looked at: gives them again, then the rest."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        """Reads up to `size` bytes into `head`; pipes may take several reads."""
        super().__init__()
        self._stream = stream
        self._error: OSError | None = None  # raised when what stands before it was given
        parts, wanted = [], size
        try:
            while wanted > 0 and (part := stream.read(wanted)):
                parts.append(part)
                wanted -= len(part)
        except OSError as error:
            self._error = error
        self.head = b"".join(parts)
        self._rest = self.head

    def _next(self, size: int) -> bytes:
        if not self._rest:
            if self._error is not None:
                raise self._error
            return self._stream.read(size)
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


class Part(Forward):
    """The next bytes of a stream. `left` says how many are still there.

    Raises `DamagedError` where the stream ends before them.
    """

    def __init__(self, stream: BinaryIO, size: int) -> None:
        super().__init__()
        self._stream = stream
        self.left = size

    def _next(self, size: int) -> bytes:
        wanted = min(size, self.left)
        part = self._stream.read(wanted) if wanted else b""
        if wanted and not part:
            raise DamagedError("the archive ends early")
        self.left -= len(part)
        return part


class _Codec(Protocol):
    """One member (frame, stream) of compressed data."""

    ended: bool
    errors: tuple[type[Exception], ...]

    def take(self, data: bytes, size: int) -> tuple[bytes, bytes]:
        """What comes out, about `size` bytes at most, and what of the input is left."""


class _Zlib:
    errors: tuple[type[Exception], ...] = (zlib.error,)

    def __init__(self) -> None:
        self._codec = zlib.decompressobj(31)
        self.ended = False

    def take(self, data: bytes, size: int) -> tuple[bytes, bytes]:
        out = self._codec.decompress(data, size)
        self.ended = self._codec.eof
        return out, self._codec.unused_data if self.ended else self._codec.unconsumed_tail


class _Blocks:
    """bzip2 and xz, which keep the input that is left."""

    def __init__(self, codec: Any, *errors: type[Exception]) -> None:
        self._codec, self.errors = codec, errors
        self.ended = False

    def take(self, data: bytes, size: int) -> tuple[bytes, bytes]:
        fed, left = (data, b"") if self._codec.needs_input else (b"", data)
        out: bytes = self._codec.decompress(fed, size)
        self.ended = self._codec.eof
        return out, self._codec.unused_data + left if self.ended else left


class _Zstd:
    def __init__(self) -> None:
        import zstandard

        self._codec = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
        self.errors: tuple[type[Exception], ...] = (zstandard.ZstdError,)
        self.ended = False

    def take(self, data: bytes, size: int) -> tuple[bytes, bytes]:
        out = self._codec.decompress(data[:_ZSTD_CHUNK])
        self.ended = self._codec.eof
        return out, (self._codec.unused_data if self.ended else b"") + data[_ZSTD_CHUNK:]


def _codec(kind: str) -> _Codec:
    """Raises ImportError for zstd without its package."""
    if kind == "zstd":
        return _Zstd()
    if kind == "bzip2":
        import bz2

        return _Blocks(bz2.BZ2Decompressor(), OSError)
    if kind == "xz":
        import lzma

        return _Blocks(lzma.LZMADecompressor(memlimit=_WINDOW), lzma.LZMAError)
    return _Zlib()


class Inflate(Forward):
    """Decompressed bytes of a stream of any number of members.

    Raises `DamagedError` after the last good byte and `BombError` where the
    output passes `limits.ratio_grace` and `limits.max_ratio` times the input.
    """

    def __init__(self, stream: BinaryIO, limits: Limits, kind: str = "gzip") -> None:
        """Raises ImportError where the kind needs a package that is missing."""
        super().__init__()
        self._stream, self._limits, self._kind = stream, limits, kind
        self._codec = _codec(kind)
        self._input = self._ready = b""
        self._at = 0  # of `_ready`
        self._read = self._given = self._members = 0
        self._started = False  # inside a member

    def _next(self, size: int) -> bytes:
        while self._at == len(self._ready):
            if not self._input:
                self._input = self._stream.read(_CHUNK)
                self._read += len(self._input)
            if not self._started:  # between members: padding may stand here
                self._input = self._input.lstrip(b"\0")
            if not self._input:
                if not self._started and self._members:
                    return b""
                raise DamagedError(f"the {self._kind} data ends early")
            self._started = True
            try:
                self._ready, self._input = self._codec.take(self._input, size)
                self._at = 0
            except self._codec.errors as error:
                raise DamagedError(f"the {self._kind} data is damaged ({error})") from None
            if self._codec.ended:
                self._codec, self._started = _codec(self._kind), False
                self._members += 1
        part = self._ready[self._at : self._at + size]
        self._at += len(part)
        self._account(len(part))
        return part

    def _account(self, size: int) -> None:
        self._given += size
        consumed = self._read - len(self._input)
        if self._given > self._limits.ratio_grace and (
            self._given > self._limits.max_ratio * max(consumed, 1)
        ):
            raise BombError(
                f"the {self._kind} data grows more than {self._limits.max_ratio}-fold (a bomb?)"
            )


def inflate(stream: BinaryIO, limits: Limits, kind: str = "gzip") -> io.BufferedReader:
    """A compressed stream as a buffered stream of its content."""
    return io.BufferedReader(Inflate(stream, limits, kind), _CHUNK)


def peek_inflated(head: bytes, size: int = 1 << 14) -> bytes:
    """Up to `size` bytes that the first bytes of a compressed stream decompress to."""
    kind = packing(head)
    if kind == "zstd":
        return _peek_zstd(head, size)
    stream = Inflate(io.BytesIO(head), Limits(), kind)
    buffer = bytearray(size)
    try:
        return bytes(buffer[: stream.readinto(buffer)])
    except OSError:
        return b""


def _peek_zstd(head: bytes, size: int) -> bytes:
    """Not more than is asked for, since many places of a damaged archive are looked at."""
    try:
        import zstandard
    except ImportError:
        return b""
    maker = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    try:
        with maker.stream_reader(head, read_across_frames=True) as frames:
            return frames.read(size)
    except zstandard.ZstdError:
        return b""

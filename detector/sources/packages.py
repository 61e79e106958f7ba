"""Pages in zip and tar archives: each member as the file that it would be in a folder.

Nothing is unpacked to the disk; a member in memory is one page. What grows out of
proportion to the archive (also by members that share their bytes) is a bomb. Archives
in archives are left closed.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from detector.limits import Limits
from detector.sources import Counts
from detector.sources.streams import BombError, Forward, Part, unpacked_name
from detector.types import Document, Failure

if TYPE_CHECKING:
    import zipfile

Reader = Callable[[str, BinaryIO], Iterator[Document]]
"""Reads a member as a file that was met in a folder: its name and its bytes."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BLOCK = 512  # bytes; all of a tar archive stands on multiples of it
_REGULAR = (b"0", b"\0", b"7")
_WITH_DATA = (*_REGULAR, b"L", b"K", b"x", b"X", b"g", b"S")
_LONGEST_HEADER = 1 << 20  # of a long name or of pax records; names end at 4096 on Linux


def is_zip(head: bytes) -> bool:
    """Whether the first bytes are of a zip archive."""
    return head.startswith(_ZIP)


def is_tar(name: str, head: bytes) -> bool:
    """Whether this is a tar archive, by its name or its (decompressed) first bytes."""
    bare = unpacked_name(name).lower()
    return head[257:262] == b"ustar" or bare.endswith(".tar") or name.lower().endswith(".tgz")


def read_zip(
    stream: BinaryIO, name: str, limits: Limits, counts: Counts, read: Reader
) -> Iterator[Document]:
    """The pages of a zip archive, in the order of its directory. The stream must seek."""
    import zipfile

    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        words = f"{name} is no zip archive that can be read ({error})"
        yield Document(name, failure=Failure("damaged", words))
        return
    budget = _Budget(stream.seek(0, os.SEEK_END), limits)
    with archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            uri = f"{name}/{_printable(info.filename)}"
            try:
                yield from _zipped(archive, info, uri, budget, read)
            except BombError as error:
                yield Document(uri, failure=Failure("bomb", f"{name}: {error}"))
            if budget.left < 0:
                return


def _zipped(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, uri: str, budget: _Budget, read: Reader
) -> Iterator[Document]:
    import lzma
    import zipfile

    try:
        with archive.open(info) as member:
            yield from read(uri, _Counted(member, budget))  # type: ignore[arg-type]
    except BombError:
        raise
    except RuntimeError as error:  # zipfile's word for encrypted members
        yield Document(uri, failure=Failure("unreadable", f"cannot read {uri}: {error}"))
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
        yield Document(uri, failure=Failure("damaged", f"{uri} is damaged ({error})"))


class _Long(NamedTuple):
    """What headers say of the member that follows them; "" and 0 for nothing."""

    name: str = ""
    size: int = 0


_NONE = _Long()


class _Budget:
    """How far all members together may still grow."""

    def __init__(self, size: int, limits: Limits) -> None:
        self._ratio = limits.max_ratio
        self.left = max(limits.ratio_grace, size * limits.max_ratio)

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise BombError(f"the archive grows more than {self._ratio}-fold (a bomb?)")


class _Counted(Forward):
    """A member whose bytes count."""

    def __init__(self, stream: object, budget: _Budget) -> None:
        super().__init__()
        self._stream: BinaryIO = stream  # type: ignore[assignment]
        self._budget = budget

    def _next(self, size: int) -> bytes:
        part = self._stream.read(size)
        self._budget.spend(len(part))
        return part


def read_tar(stream: BinaryIO, name: str, counts: Counts, read: Reader) -> Iterator[Document]:
    """The pages of a tar stream, read once and forward; a damaged header is jumped over.

    `tarfile` reads the headers, but not the archive: it keeps every member in memory,
    believes any length of a header, and takes damage for the end.
    """
    import tarfile

    long, lost, offset = _NONE, False, 0
    try:
        while block := _exactly(stream, _BLOCK):
            offset += len(block)
            if not block.strip(b"\0"):
                continue
            try:
                info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
            except tarfile.HeaderError as error:
                if not lost:
                    where = f"{name} is damaged at byte {offset - _BLOCK} ({error})"
                    words = f"{where}; reading goes on at the next member"
                    yield Document(f"{name}@{offset - _BLOCK}", failure=Failure("damaged", words))
                    counts.salvaged += 1
                lost, long = True, _NONE
                continue
            lost = False
            size = long.size or info.size if info.type in _WITH_DATA else 0
            part = Part(stream, size)
            if info.type in (b"L", b"x", b"X"):
                data = _exactly(part, min(size, _LONGEST_HEADER))  # type: ignore[arg-type]
                long = _long_name(data) if info.type == b"L" else _pax(data, long)
            elif info.type in _REGULAR:
                uri = f"{name}/{_printable(long.name or info.name)}"
                yield from read(uri, part)  # type: ignore[arg-type]
                long = _NONE
            elif info.type not in (b"5", b"K", b"g"):  # folders, long link names, pax for all
                counts.special += 1
                long = _NONE
            while part.read(1 << 16):
                pass
            offset += size + len(_exactly(stream, -size % _BLOCK))
    except BombError as error:
        yield Document(f"{name}@{offset}", failure=Failure("bomb", f"{name}: {error}"))
    except OSError as error:
        words = f"{name} cannot be read after byte {offset} ({error})"
        yield Document(f"{name}@{offset}", failure=Failure("damaged", words))


def _long_name(data: bytes) -> _Long:
    return _Long(data.rstrip(b"\0").decode("utf-8", "surrogateescape"))


def _pax(data: bytes, long: _Long) -> _Long:
    """The name and size in pax records, `length key=value` each (POSIX.1-2001)."""
    name, size = long.name, 0
    while data:
        length, _, _ = data.partition(b" ")
        whole = int(length) if length.isdigit() and len(length) < 8 else 0
        if not whole:
            break
        key, _, value = data[len(length) + 1 : whole].rstrip(b"\n").partition(b"=")
        if key == b"path":
            name = value.decode("utf-8", "surrogateescape")
        elif key == b"size" and value.isdigit():
            size = int(value)
        data = data[whole:]
    return _Long(name, size)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    """That many bytes; fewer at the end."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()

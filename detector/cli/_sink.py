"""Where results go: whole records alone, whatever happens to the disk or to the process."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

EVERY = 0.5  # seconds that a finished record may wait
SIZE = 1 << 20  # bytes of finished records that may wait


class WriteError(Exception):
    """The output takes no more; the message says what it holds."""


class Sink(io.RawIOBase):
    """A file, or standard output, that gets records as wholes.

    What is written waits until `commit`, at the end of a record. Where the disk is
    full, a file is cut back to the last record that it holds, so that it can be read,
    and gone on with. `whole` is for formats that are nothing before their end: they
    are written beside their name and get it when they are finished.
    """

    def __init__(self, path: str | None, *, append: bool = False, whole: bool = False) -> None:
        """Raises OSError. `path` None is standard output."""
        self._path, self.whole = path, whole and path is not None
        if path is None:
            sys.stdout.flush()
            self._file = sys.stdout.fileno()
        else:
            mode = os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
            mode |= os.O_APPEND if append else os.O_TRUNC
            self._file = os.open(self._place, mode, 0o666)
        self._terminal = os.isatty(self._file)
        regular = stat.S_ISREG(os.fstat(self._file).st_mode)
        self._size = os.lseek(self._file, 0, os.SEEK_END) if regular else -1  # that is whole
        self._waiting = bytearray()
        self._committed = 0  # bytes of `_waiting` that end a record
        self._given = 0
        self._next = time.monotonic() + EVERY
        self.failed = False

    @property
    def _place(self) -> str:
        return f"{self._path}.part" if self.whole else str(self._path)

    def writable(self) -> bool:
        """True."""
        return True

    def isatty(self) -> bool:
        """Whether a person looks on."""
        return self._terminal

    def tell(self) -> int:
        """Bytes taken."""
        return self._given

    def write(self, data: ReadableBuffer) -> int:
        """Takes bytes of the record that is being made."""
        before = len(self._waiting)
        self._waiting += data
        size = len(self._waiting) - before
        self._given += size
        return size

    def commit(self) -> None:
        """Ends a record. Raises WriteError, or BrokenPipeError where the reader has gone."""
        self._committed = len(self._waiting)
        if self._committed > SIZE or (self._committed and time.monotonic() > self._next):
            self._flush()

    def finish(self) -> None:
        """After the last record: all to the disk, and to its name. Raises as `commit`."""
        self._committed = len(self._waiting)
        self._flush()
        if self.whole and not self.failed:
            os.replace(self._place, str(self._path))

    def close(self) -> None:
        """Closes the file; what was not finished stays as it is."""
        if self._path is not None and not self.closed:
            os.close(self._file)
            if self.whole:
                with contextlib.suppress(OSError):  # it has its name, or is of no use
                    os.unlink(self._place)
        super().close()

    def _flush(self) -> None:
        with memoryview(self._waiting) as view:
            try:
                at = 0
                while at < self._committed:
                    at += os.write(self._file, view[at : self._committed])
            except BrokenPipeError:
                raise
            except OSError as error:
                self.failed = True
                name = self._path or "standard output"
                words = f"cannot write {name}: {error.strerror}; {self._cut()}"
                raise WriteError(words) from error
        if self._size >= 0:
            self._size += self._committed
        del self._waiting[: self._committed]
        self._committed = 0
        self._next = time.monotonic() + EVERY

    def _cut(self) -> str:
        """Takes back what was written of a batch of records; says what is left."""
        if self.whole:
            return "nothing is kept of it"
        if self._size < 0:
            return "what came before is whole"
        os.ftruncate(self._file, self._size)
        os.lseek(self._file, self._size, os.SEEK_SET)
        return "what it holds is whole"

    def give_up(self) -> None:
        """Drops what waits, so that the end of a report may still find room."""
        self._waiting.clear()
        self._committed = 0

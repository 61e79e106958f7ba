"""Files, folders and standard input."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from detector.limits import Limits
from detector.sources import Counts, Options
from detector.sources.jsonl import holds_pages, read_jsonl
from detector.sources.parquet import MAGIC as PARQUET
from detector.sources.parquet import SUFFIXES as PARQUET_SUFFIXES
from detector.sources.parquet import read_parquet
from detector.sources.streams import (
    GZIP,
    Ahead,
    BombError,
    DamagedError,
    inflate,
    peek_inflated,
)
from detector.sources.text import (
    PAGE_SUFFIXES,
    UNKNOWN_BINARY,
    binary_reason,
    kind_of,
    looks_html,
    suffix,
)
from detector.sources.warc import SUFFIXES as WARC_SUFFIXES
from detector.sources.warc import is_warc, read_warc
from detector.types import Document, Failure

_JSONL_SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
SOURCES_EXTRA = 'pip install "seo-injection-detector[sources]"'
_VERSION_CONTROL = frozenset((".git", ".hg", ".svn"))


def read_path(path: str, options: Options, counts: Counts) -> Iterator[Document]:
    """The documents of one path as the user names it."""
    if path == "-":
        yield from _read_stream(sys.stdin.buffer, "-", options, counts)
        return
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        counts.missing.append(_printable(path))
        return
    except (OSError, ValueError) as error:
        yield _unreadable(path, error)
        return
    if stat.S_ISDIR(mode):
        before = counts.pages
        yield from _read_folder(path, options, counts)
        if counts.pages == before:
            counts.empty.append(_printable(path))
    else:
        yield from _read_named(path, options, counts)


def _read_named(path: str, options: Options, counts: Counts) -> Iterator[Document]:
    """A file that was named: read whatever its extension."""
    try:
        with open(path, "rb") as stream:
            before, follow = counts.bytes, stream.seekable()
            for document in _read_stream(stream, path, options, counts):
                if follow:
                    counts.bytes = before + stream.tell()
                yield document
    except OSError as error:
        yield _unreadable(path, error)


def measure(paths: Sequence[str], seconds: float = 2.0) -> int:
    """Bytes of all files under the paths, for a time left; 0 where it cannot be told soon."""
    total = 0
    end = time.monotonic() + seconds
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        try:
            if path == "-" or time.monotonic() > end:
                return 0
            if not os.path.isdir(path):
                total += os.stat(path).st_size
                continue
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue
    return total


def _read_stream(
    stream: BinaryIO, path: str, options: Options, counts: Counts
) -> Iterator[Document]:
    """The documents of an open file, by what its first bytes say."""
    name, limits = _printable(path), options.limits
    ahead = Ahead(stream, limits.sniff_bytes)
    head = ahead.head
    source: BinaryIO = ahead  # type: ignore[assignment]
    if is_warc(path, head):
        if stream.seekable():
            stream.seek(0)
            source = stream
        yield from read_warc(source, name, limits, counts)
        return
    if head.startswith(PARQUET):
        yield from _read_parquet(source, stream, name, options, counts)
        return
    if head.startswith(GZIP):
        inner = peek_inflated(head)
        lines = _is_jsonl(path, inner)
        packed = inflate(source, limits)
        if lines:
            yield from read_jsonl(packed, name, limits, options.columns)
        else:
            yield _read_page(packed, path.removesuffix(".gz"), name, limits)
    elif _is_jsonl(path, head):
        import io

        yield from read_jsonl(io.BufferedReader(ahead, 1 << 16), name, limits, options.columns)
    else:
        yield _read_page(source, path, name, limits)


def _read_parquet(
    source: BinaryIO, stream: BinaryIO, name: str, options: Options, counts: Counts
) -> Iterator[Document]:
    """The rows of a table; its list of parts stands at its end, so a pipe is kept on the disk."""
    try:
        if stream.seekable():
            stream.seek(0)
            yield from read_parquet(stream, name, options.limits, options.columns, counts)
            return
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(source, kept)
            yield from read_parquet(kept, name, options.limits, options.columns, counts)
    except ImportError:
        yield lacking(name, counts)


def lacking(name: str, counts: Counts) -> Document:
    """The failure of something that needs the extra packages."""
    if SOURCES_EXTRA not in counts.lacking:
        counts.lacking.append(SOURCES_EXTRA)
    return Document(name, failure=Failure("lacking", f"to read {name}: {SOURCES_EXTRA}"))


def _is_jsonl(path: str, head: bytes) -> bool:
    if path.lower().endswith(_JSONL_SUFFIXES):
        return True
    return suffix(path.removesuffix(".gz")) not in PAGE_SUFFIXES and holds_pages(head)


def _read_page(stream: BinaryIO, path: str, name: str, limits: Limits) -> Document:
    """One page, up to `limits.max_bytes` of it."""
    read = getattr(stream, "read1", stream.read)  # keeps what stands before damage
    parts: list[bytes] = []
    wanted = limits.max_bytes + 1
    damage = ""
    try:
        while wanted > 0 and (part := read(min(wanted, 1 << 20))):
            parts.append(part)
            wanted -= len(part)
    except BombError as error:
        return Document(name, failure=Failure("bomb", f"{name}: {error}"))
    except DamagedError as error:
        damage = str(error)
    data = b"".join(parts)
    if not data.strip():
        kind, words = ("damaged", damage) if damage else ("empty", "the file is empty")
        return Document(name, failure=Failure(kind, words))
    head = data[: limits.sniff_bytes]
    reason = binary_reason(head)
    if reason == UNKNOWN_BINARY and (bare := data[: 16 * len(head)].replace(b"\0", b"").strip()):
        reason = binary_reason(bare[: limits.sniff_bytes])  # NULs are free to pad with
    if reason:
        return Document(
            name, failure=Failure("not-text", f"this is {reason}, not a page: name HTML or text")
        )
    return Document(
        uri=name,
        data=data[: limits.max_bytes],
        kind=kind_of(path, head),
        truncated=len(data) > limits.max_bytes or bool(damage),
    )


def _read_folder(folder: str, options: Options, counts: Counts) -> Iterator[Document]:
    """The pages under a folder, names sorted, folders after files; no recursion."""
    seen: set[tuple[int, int]] = set()
    if options.follow_symlinks:
        here = os.stat(folder)
        seen.add((here.st_dev, here.st_ino))
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        folders: list[str] = []
        files: list[str] = []
        try:
            with os.scandir(current) as entries:
                for entry in entries:
                    _sort_entry(entry, folders, files, seen, options, counts)
        except OSError as error:
            yield _unreadable(current, error)
            continue
        names = set(files)
        for path in sorted(files):
            before = counts.bytes
            yield from _read_found(path, names, options, counts)
            if counts.bytes == before:
                counts.bytes += _size(path)
        waiting.extend(sorted(folders, reverse=True))


def _sort_entry(
    entry: os.DirEntry[str],
    folders: list[str],
    files: list[str],
    seen: set[tuple[int, int]],
    options: Options,
    counts: Counts,
) -> None:
    follow = options.follow_symlinks
    try:
        if entry.is_symlink() and not follow:
            counts.special += 1
        elif entry.is_dir(follow_symlinks=follow):
            if entry.name in _VERSION_CONTROL:
                return
            if follow:
                status = entry.stat(follow_symlinks=True)
                identity = (status.st_dev, status.st_ino)
                if identity in seen:
                    counts.special += 1
                    return
                seen.add(identity)
            folders.append(entry.path)
        elif entry.is_file(follow_symlinks=follow):
            files.append(entry.path)
        else:
            counts.special += 1
    except OSError:
        files.append(entry.path)  # opening it says what is wrong


def _read_found(path: str, names: set[str], options: Options, counts: Counts) -> Iterator[Document]:
    """A file met in a folder: read where its name or bytes say that it is a page."""
    limits = options.limits
    ending = suffix(path)
    lower = path.lower()
    try:
        if lower.endswith(WARC_SUFFIXES + PARQUET_SUFFIXES):
            yield from _read_named(path, options, counts)
        elif lower.endswith(_JSONL_SUFFIXES):
            if _labels_only(path, names, limits):
                counts.other += 1
            else:
                yield from _read_named(path, options, counts)
        elif ending in PAGE_SUFFIXES:
            with open(path, "rb") as stream:
                document = _read_page(stream, path, _printable(path), limits)
            if document.failure is not None and document.failure.kind == "not-text":
                counts.binary += 1
            else:
                yield document
        elif not ending or "." not in os.path.basename(path).lstrip("."):
            with open(path, "rb") as stream:
                head = stream.read(limits.sniff_bytes)
                if not looks_html(head):
                    counts.other += 1
                    return
                stream.seek(0)
                document = _read_page(stream, path, _printable(path), limits)
            yield document
        else:
            counts.other += 1
    except OSError as error:
        yield _unreadable(path, error)


def _labels_only(path: str, names: set[str], limits: Limits) -> bool:
    """Whether a JSONL file in a folder holds labels (of a WARC beside it), not pages."""
    stem = path[: path.lower().rindex(".jsonl" if ".jsonl" in path.lower() else ".ndjson")]
    if any(stem + ending in names for ending in WARC_SUFFIXES):
        return True
    with open(path, "rb") as stream:
        head = stream.read(64 * limits.sniff_bytes)
    return not holds_pages(peek_inflated(head) if head.startswith(GZIP) else head)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _unreadable(path: str, error: Exception) -> Document:
    name = _printable(path)
    words = getattr(error, "strerror", None) or str(error)
    advice = "; check its permissions" if isinstance(error, PermissionError) else ""
    return Document(name, failure=Failure("unreadable", f"cannot read {name}: {words}{advice}"))


def _printable(path: str) -> str:
    """A path as text; bytes that are no UTF-8 become replacement characters."""
    return os.fsencode(path).decode("utf-8", "replace")

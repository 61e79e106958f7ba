"""One file, by name or as a stream: told by its name and its first bytes."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

from detector.limits import Limits
from detector.site_files import MOST_BYTES, is_site_file
from detector.sources import Counts, Options
from detector.sources.jsonl import holds_pages, read_jsonl
from detector.sources.packages import is_tar, is_zip, read_tar, read_zip
from detector.sources.parquet import MAGIC as PARQUET
from detector.sources.parquet import SUFFIXES as PARQUET_SUFFIXES
from detector.sources.parquet import read_parquet
from detector.sources.streams import (
    Ahead,
    BombError,
    DamagedError,
    inflate,
    packing,
    peek_inflated,
    unpacked_name,
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

_JSONL_SUFFIXES = (".jsonl", ".ndjson")
_PACKAGE_SUFFIXES = (".zip", ".tar", ".tgz")
SOURCES_EXTRA = 'pip install "seo-injection-detector[sources]"'


def read_path(path: str, options: Options, counts: Counts) -> Iterator[Document]:
    """The documents of one path as the user names it."""
    if path == "-":
        yield from read_stream(sys.stdin.buffer, "-", options, counts)
        return
    if is_url(path):
        from detector.sources.remote import read_url

        yield from read_url(path, options, counts)
        return
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        counts.missing.append(printable(path))
        return
    except (OSError, ValueError) as error:
        yield unreadable(path, error)
        return
    if stat.S_ISDIR(mode):
        from detector.sources.folders import read_folder

        before = counts.pages
        yield from read_folder(path, options, counts)
        if counts.pages == before:
            counts.empty.append(printable(path))
    else:
        yield from _read_named(path, options, counts)


def is_url(path: str) -> bool:
    """Whether a path names a place that is no file here: `s3://bucket/crawl/`."""
    scheme, found, _ = path.partition("://")
    return bool(found) and scheme.replace("+", "").replace("-", "").isalnum()


def _read_named(path: str, options: Options, counts: Counts) -> Iterator[Document]:
    """A file that was named: read whatever its extension."""
    try:
        with open(path, "rb") as stream:
            yield from followed(read_stream(stream, path, options, counts), stream, counts)
    except OSError as error:
        yield unreadable(path, error)


def followed(documents: Iterator[Document], stream: BinaryIO, counts: Counts) -> Iterator[Document]:
    """The documents, while `counts.bytes` follows how far their file is read."""
    before, follow = counts.bytes, stream.seekable()
    for document in documents:
        if follow:
            counts.bytes = before + stream.tell()
        yield document


def read_stream(
    stream: BinaryIO, path: str, options: Options, counts: Counts, *, inside: bool = False
) -> Iterator[Document]:
    """The documents of an open file, by what its first bytes say.

    `inside`: it is a member of a zip or tar archive, and such archives in it stay closed.
    """
    name, limits = printable(path), options.limits
    ahead = Ahead(stream, limits.sniff_bytes)
    head = ahead.head
    source: BinaryIO = ahead  # type: ignore[assignment]
    kind = packing(head)
    inner = peek_inflated(head) if kind else head
    try:
        if is_warc(path, head):
            with _seekable(stream, source, spool=False) as whole:
                yield from read_warc(whole, name, limits, counts)
        elif head.startswith(PARQUET):
            with _seekable(stream, source) as whole:
                yield from read_parquet(whole, name, limits, options.columns, counts)
        elif not inside and is_zip(head):
            with _seekable(stream, source) as whole:
                reader = _member_reader(options, counts)
                yield from read_zip(whole, name, limits, counts, reader)
        elif not inside and is_tar(path, inner):
            plain = inflate(source, limits, kind) if kind else source
            yield from read_tar(plain, name, counts, _member_reader(options, counts))
        elif _is_jsonl(path, inner):
            lines = inflate(source, limits, kind) if kind else io.BufferedReader(ahead, 1 << 16)
            yield from read_jsonl(lines, name, limits, options.columns)
        else:
            plain = inflate(source, limits, kind) if kind else source
            yield _read_page(plain, unpacked_name(path), name, limits)
    except ImportError:
        yield lacking(name, SOURCES_EXTRA, counts)


@contextlib.contextmanager
def _seekable(stream: BinaryIO, source: BinaryIO, *, spool: bool = True) -> Iterator[BinaryIO]:
    """The stream from its start; what cannot seek is kept on the disk where `spool` says so."""
    if stream.seekable():
        stream.seek(0)
        yield stream
    elif not spool:
        yield source
    else:
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(source, kept)
            kept.seek(0)
            yield kept


def lacking(name: str, advice: str, counts: Counts) -> Document:
    """The failure of something that needs a package that is not installed."""
    if advice not in counts.lacking:
        counts.lacking.append(advice)
    return Document(name, failure=Failure("lacking", f"to read {name}: {advice}"))


def _is_jsonl(path: str, head: bytes) -> bool:
    bare = unpacked_name(path)
    if bare.lower().endswith(_JSONL_SUFFIXES):
        return True
    return suffix(bare) not in PAGE_SUFFIXES and holds_pages(head)


# Files met in folders and archives


def may_hold_pages(path: str, counts: Counts) -> bool:
    """Whether a file that was met, not named, is opened, by its name; counts it if not."""
    bare = unpacked_name(path).lower()
    ending = suffix(bare)
    if bare.endswith(_PACKAGE_SUFFIXES):
        counts.packages += 1
        return False
    if (
        ending in PAGE_SUFFIXES
        or bare.endswith((".warc", ".wet", *PARQUET_SUFFIXES, *_JSONL_SUFFIXES))
        or "." not in os.path.basename(bare).lstrip(".")
    ):
        return True
    if is_site_file(path):
        return True
    counts.other += 1
    return False


def read_found(
    path: str,
    stream: BinaryIO,
    beside: Callable[[str], bool],
    options: Options,
    counts: Counts,
    *,
    inside: bool = False,
) -> Iterator[Document]:
    """A file that was met: read where its name or bytes say that it holds pages.

    `beside` tells whether a file of that path stands beside it.
    """
    if is_site_file(path):
        counts.site_files.add(printable(path), stream.read(MOST_BYTES), counts.roots)
        return
    bare = unpacked_name(path)
    ending = suffix(bare)
    source = stream
    if bare.lower().endswith(_JSONL_SUFFIXES):
        stem = bare[: bare.rindex(".")]
        if any(beside(stem + warc) for warc in WARC_SUFFIXES):  # labels of its pages
            counts.other += 1
            return
        ahead = Ahead(stream, 64 * options.limits.sniff_bytes)
        head = ahead.head
        if not holds_pages(peek_inflated(head) if packing(head) else head):
            counts.other += 1
            return
        source = ahead  # type: ignore[assignment]
    elif not ending:
        ahead = Ahead(stream, options.limits.sniff_bytes)
        if not looks_html(ahead.head):
            counts.other += 1
            return
        source = ahead  # type: ignore[assignment]
    for document in read_stream(source, path, options, counts, inside=inside):
        if document.failure is not None and document.failure.kind == "not-text":
            counts.binary += 1
        else:
            yield document


def _member_reader(
    options: Options, counts: Counts
) -> Callable[[str, BinaryIO], Iterator[Document]]:
    def read(name: str, stream: BinaryIO) -> Iterator[Document]:
        if may_hold_pages(name, counts):
            yield from read_found(name, stream, lambda _: False, options, counts, inside=True)

    return read


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


def unreadable(path: str, error: Exception) -> Document:
    """The failure of a file that cannot be opened or read."""
    name = printable(path)
    words = getattr(error, "strerror", None) or str(error)
    advice = "; check its permissions" if isinstance(error, PermissionError) else ""
    return Document(name, failure=Failure("unreadable", f"cannot read {name}: {words}{advice}"))


def printable(path: str) -> str:
    """A path as text; bytes that are no UTF-8 become replacement characters."""
    return os.fsencode(path).decode("utf-8", "replace")

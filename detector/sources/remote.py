"""Places that fsspec knows: `s3://`, `gs://`, `hdfs://`, `file://`, `memory://` and others.

Where the service is and who may read it, the libraries find themselves: AWS_ENDPOINT_URL,
AWS_PROFILE, an fsspec configuration file, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detector.sources import Counts, Options
from detector.sources.files import (
    SOURCES_EXTRA,
    lacking,
    may_hold_pages,
    printable,
    read_found,
    read_stream,
)
from detector.types import Document, Failure

_BLOCK = 8 << 20  # bytes that one request asks for


def read_url(url: str, options: Options, counts: Counts) -> Iterator[Document]:
    """The documents of a file, a folder (all under it) or a pattern with `*`."""
    name = printable(url)
    scheme = url.partition("://")[0].lower()
    if scheme in ("http", "https"):
        words = f"scan fetches no addresses; fetch it: curl -s '{name}' | detector scan -"
        yield Document(name, failure=Failure("unreadable", words))
        return
    try:
        import fsspec
    except ImportError:
        yield lacking(name, SOURCES_EXTRA, counts)
        return
    try:
        try:
            files, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except ImportError as error:  # of the place's own library; fsspec says which
            advice = SOURCES_EXTRA if scheme in ("s3", "s3a") else str(error)
            yield lacking(name, advice, counts)
            return
        paths = sorted(files.glob(path)) if "*" in path or "?" in path else [path]
        if not paths:
            counts.missing.append(name)
        for each in paths:
            yield from _read(files, each, options, counts)
    except FileNotFoundError:
        counts.missing.append(name)
    except Exception as error:  # each place's library has errors of its own
        yield _failed(name, error)


def _read(files: Any, path: str, options: Options, counts: Counts) -> Iterator[Document]:
    if files.info(path)["type"] != "directory":
        name = files.unstrip_protocol(path)
        with files.open(path, "rb", block_size=_BLOCK) as stream:
            yield from read_stream(stream, name, options, counts)
        return
    before = counts.pages
    waiting = [path]
    while waiting:
        current = waiting.pop()
        entries = sorted(files.ls(current, detail=True), key=lambda entry: str(entry["name"]))
        names = {entry["name"] for entry in entries}
        folders = []
        for entry in entries:
            if entry["type"] == "directory":
                folders.append(entry["name"])
            elif entry["name"].rstrip("/") != current.rstrip("/"):  # a marker of the folder
                yield from _read_file(files, entry["name"], names, options, counts)
        waiting.extend(reversed(folders))
    if counts.pages == before:
        counts.empty.append(files.unstrip_protocol(path))


def _read_file(
    files: Any, path: str, names: set[str], options: Options, counts: Counts
) -> Iterator[Document]:
    if not may_hold_pages(path, counts):
        return
    name = files.unstrip_protocol(path)
    prefix = name[: len(name) - len(path)]
    try:
        with files.open(path, "rb", block_size=_BLOCK) as stream:
            yield from read_found(
                name, stream, lambda other: other.removeprefix(prefix) in names, options, counts
            )
    except Exception as error:
        yield _failed(name, error)


def _failed(name: str, error: Exception) -> Document:
    words = (str(error).strip() or type(error).__name__).splitlines()[0]
    return Document(name, failure=Failure("unreadable", f"cannot read {name}: {words}"))

"""Folders on the disk, of any size: their files in order, folders after files, no recursion."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

from detector.sources import Counts, Options
from detector.sources.files import (
    followed,
    is_url,
    may_hold_pages,
    read_found,
    unreadable,
)
from detector.types import Document

SORTED = 100_000
"""Files of one folder that are put in the order of their names. Of a larger one the first so
many are, and the others come as the file system lists them: the list would not fit in memory."""
_VERSION_CONTROL = frozenset((".git", ".hg", ".svn"))


def read_folder(folder: str, options: Options, counts: Counts) -> Iterator[Document]:
    """The pages under a folder."""
    seen: set[tuple[int, int]] = set()
    if options.follow_symlinks:
        here = os.stat(folder)
        seen.add((here.st_dev, here.st_ino))
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        folders: list[str] = []
        try:
            with os.scandir(current) as entries:
                for path in _in_order(_files(entries, folders, seen, options, counts)):
                    before = counts.bytes
                    yield from read_one(path, options, counts)
                    if counts.bytes == before:
                        counts.bytes += _size(path)
        except OSError as error:
            yield unreadable(current, error)
            continue
        waiting.extend(sorted(folders, reverse=True))


def _in_order(paths: Iterator[str]) -> Iterator[str]:
    first: list[str] = []
    for path in paths:
        first.append(path)
        if len(first) == SORTED:
            break
    yield from sorted(first)
    first.clear()
    yield from paths


def _files(
    entries: Iterator[os.DirEntry[str]],
    folders: list[str],
    seen: set[tuple[int, int]],
    options: Options,
    counts: Counts,
) -> Iterator[str]:
    """The files of a folder that may hold pages; its folders go to `folders`."""
    follow = options.follow_symlinks
    for entry in entries:
        try:
            if entry.is_symlink() and not follow:
                counts.special += 1
            elif entry.is_dir(follow_symlinks=follow):
                if entry.name in _VERSION_CONTROL:
                    continue
                if follow:
                    status = entry.stat(follow_symlinks=True)
                    identity = (status.st_dev, status.st_ino)
                    if identity in seen:
                        counts.special += 1
                        continue
                    seen.add(identity)
                folders.append(entry.path)
            elif not entry.is_file(follow_symlinks=follow):
                counts.special += 1
            elif may_hold_pages(entry.path, counts):
                yield entry.path
            else:
                counts.bytes += entry.stat(follow_symlinks=follow).st_size
        except OSError:
            yield entry.path  # opening it says what is wrong


def read_one(path: str, options: Options, counts: Counts) -> Iterator[Document]:
    """The pages of one file that was found, not named."""
    try:
        with open(path, "rb") as stream:
            found = read_found(path, stream, os.path.exists, options, counts)
            yield from followed(found, stream, counts)
    except OSError as error:
        yield unreadable(path, error)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def measure(paths: Sequence[str], seconds: float = 2.0) -> int:
    """Bytes of all files under the paths, for a time left; 0 where it cannot be told soon."""
    total = 0
    end = time.monotonic() + seconds
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        try:
            if path == "-" or is_url(path) or time.monotonic() > end:
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

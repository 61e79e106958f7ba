"""Files of a folder as they change: what is new since they were last seen.

Events say where to look, never what is true: a burst is one batch, an event that is lost is found
by the next sweep of the whole folder, and what was seen is kept in SQLite, so that a restart goes
on where it stopped. A file that changes while it is read comes again with its next event.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator

from detector.sources import Counts
from detector.sources.files import may_hold_pages

SETTLE = 1600  # milliseconds in which the events of a burst come together
_SKIPPED = frozenset((".git", ".hg", ".svn"))


class Seen:
    """What was seen of each file: time and size, in a file, or in memory without one."""

    def __init__(self, path: str | None = None) -> None:
        """Raises sqlite3.Error where the file is no such store."""
        self._store = sqlite3.connect(path or ":memory:")
        self._store.execute(
            "create table if not exists seen (path text primary key, changed int, size int)"
        )

    def changed(self, paths: Iterable[str]) -> dict[str, tuple[int, int]]:
        """The files that are not as they were seen, with what they are now, by name."""
        found = {}
        for path in paths:
            now = _state(path)
            query = "select changed, size from seen where path = ?"
            if now and self._store.execute(query, (_name(path),)).fetchone() != now:
                found[path] = now
        return dict(sorted(found.items()))

    def note(self, files: dict[str, tuple[int, int]]) -> None:
        """Remember files as they were when `changed` told them."""
        rows = [(_name(path), *state) for path, state in files.items()]
        with self._store:
            self._store.executemany("insert or replace into seen values (?, ?, ?)", rows)

    def close(self) -> None:
        """Close the store."""
        self._store.close()


def sweep(folder: str) -> Iterator[str]:
    """The files under a folder that may hold pages; links are not followed."""
    counts = Counts()
    for current, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in files:
            path = os.path.join(current, name)
            if may_hold_pages(path, counts):
                yield path


def changes(
    folder: str, seen: Seen, *, every: float, once: bool = False
) -> Iterator[dict[str, tuple[int, int]]]:
    """Batches of files that changed: first all that are not as seen, then as events come.

    `every` are the seconds between two sweeps. Note a batch when its results are safe. Ends after
    the first sweep with `once`. Raises KeyboardInterrupt as it comes.
    """
    yield seen.changed(sweep(folder))
    if once:
        return
    from watchfiles import watch

    due = time.monotonic() + every
    counts = Counts()
    for events in watch(
        folder,
        watch_filter=None,  # also what others leave out: attackers like such places
        debounce=SETTLE,
        rust_timeout=int(min(every, 60.0) * 1000),
        yield_on_timeout=True,
    ):
        if time.monotonic() >= due:
            due = time.monotonic() + every
            yield seen.changed(sweep(folder))
            continue
        touched: set[str] = set()
        for _, path in events:
            if os.path.isdir(path) and not os.path.islink(path):  # moved in as a whole
                touched.update(sweep(path))
            elif not _SKIPPED & set(path.split(os.sep)) and may_hold_pages(path, counts):
                touched.add(path)
        if batch := seen.changed(touched):
            yield batch


def _state(path: str) -> tuple[int, int] | None:
    """Time and size of a regular file; None for others and those that are gone."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    regular = status.st_mode & 0o170000 == 0o100000
    return (status.st_mtime_ns, status.st_size) if regular else None


def _name(path: str) -> str:
    return os.path.realpath(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")

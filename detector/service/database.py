"""The database: opened, migrated, written in groups.

SQLite is in write-ahead mode, so that readers do not wait, and syncs at every
commit, so that what was answered survives a crash. Writes of many requests are
committed together by one thread: a sync costs as much for fifty as for one.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

TOGETHER = 64  # writes of one transaction
BUSY_MS = 10_000  # that SQLite waits for another process's write
Made = TypeVar("Made")


class StoreError(RuntimeError):
    """The database cannot be used; the message says why and what to do."""


def url_of(database: str) -> str:
    """A database URL as SQLAlchemy takes it; a bare path is a SQLite file."""
    if "://" not in database:
        return f"sqlite:///{database}"
    scheme, _, rest = database.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else database


class Database:
    """An engine with one writing thread. Close it."""

    def __init__(self, database: str) -> None:
        """Open and migrate. Raises StoreError."""
        url = url_of(database)
        try:
            self.engine = _engine(url)
            migrate(self.engine)
        except ArgumentError as error:
            raise StoreError(
                f"{database!r} is no database: write a file's path or postgresql://user@host/name"
            ) from error
        except (SQLAlchemyError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).strip()
            raise StoreError(f"the database cannot be opened: {reason}") from error
        self._writes: queue.SimpleQueue[tuple[Callable[[Connection], Any], Future[Any]] | None]
        self._writes = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="store", daemon=True)
        self._thread.start()

    def read(self, work: Callable[[Connection], Made]) -> Made:
        """Run in a reading transaction."""
        with self.engine.connect() as connection:
            return work(connection)

    async def aread(self, work: Callable[[Connection], Made]) -> Made:
        """`read` in a thread."""
        return await asyncio.to_thread(self.read, work)

    def write(self, work: Callable[[Connection], Made]) -> Made:
        """Run in a writing transaction, and return when it is committed."""
        return self._put(work).result()

    async def awrite(self, work: Callable[[Connection], Made]) -> Made:
        """`write` for an event loop. `work` may be run twice, the first time undone."""
        return await asyncio.wrap_future(self._put(work))

    def close(self) -> None:
        """Commit what was given, then close."""
        self._writes.put(None)
        self._thread.join()
        self.engine.dispose()

    def _put(self, work: Callable[[Connection], Made]) -> Future[Made]:
        future: Future[Made] = Future()
        self._writes.put((work, future))
        return future

    def _write(self) -> None:
        while True:
            group = []
            item = self._writes.get()
            while item is not None:
                group.append(item)
                if len(group) == TOGETHER or self._writes.empty():
                    break
                item = self._writes.get()
            try:
                made = self._commit([work for work, _ in group])
            except Exception:
                for work, future in group:  # one of them: each for itself
                    try:
                        future.set_result(self._commit([work])[0])
                    except Exception as error:
                        future.set_exception(error)
            else:
                for (_, future), value in zip(group, made, strict=True):
                    if not future.cancelled():
                        future.set_result(value)
            if item is None:
                return

    def _commit(self, works: list[Callable[[Connection], Any]]) -> list[Any]:
        if not works:
            return []
        with self.engine.connect().execution_options(write=True) as connection, connection.begin():
            return [work(connection) for work in works]


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None  # transactions begin below
        for pragma in (
            f"busy_timeout = {BUSY_MS}", "journal_mode = WAL", "synchronous = FULL",
            "foreign_keys = ON",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads before it writes could fail where another wrote meanwhile.
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables to this version, one process at a time."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(20261124)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_busy(error: BaseException) -> bool:
    """Whether it is worth to come again: the database was locked or away for a moment."""
    return isinstance(error, OperationalError)

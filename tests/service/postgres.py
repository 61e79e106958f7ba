"""A PostgreSQL of the tests' own, where its programs are installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from running import free_port
from sqlalchemy import create_engine, text

OWNER = "postgres"  # it refuses to run as root


def programs() -> Path | None:
    """The folder with `initdb`."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The address of a server without databases; it ends with the block."""
    bin = programs()
    assert bin is not None
    port = free_port()
    root = os.getuid() == 0
    with tempfile.TemporaryDirectory() as folder:
        if root:
            shutil.chown(folder, OWNER)

        def run(*command: object) -> None:
            subprocess.run(
                [str(part) for part in command], check=True, stdout=subprocess.DEVNULL,
                cwd=folder, user=OWNER if root else None, timeout=60,
            )  # fmt: skip

        data = Path(folder) / "data"
        run(bin / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run(bin / "pg_ctl", "-D", data, "-o", options, "-l", Path(folder) / "log", "-w", "start")
        try:
            yield f"postgresql://{OWNER}@127.0.0.1:{port}"
        finally:
            run(bin / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def new_database(server: str, name: str) -> str:
    """The address of a new, empty database."""
    engine = create_engine(
        server.replace("postgresql", "postgresql+psycopg", 1) + "/postgres",
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return f"{server}/{name}"

"""A real service process for the tests: started once, with keys and users."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from detector.service import accounts
from detector.service.database import Database

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"
SPAM = (SAMPLES / "id-spam-landing.html").read_bytes()
INJECTED = (SAMPLES / "en-injected-after-html.html").read_bytes()
CLEAN = (SAMPLES / "en-clean-news.html").read_bytes()
PASSWORD = "a long enough password"
KEEP_ALL = '[retention]\ntext = "all"\n'


@dataclass
class Running:
    """A service, its address and a key that may do everything."""

    folder: Path
    port: int
    key: str
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> str:
        return str(self.folder / "store.db")

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        command = [sys.executable, "-m", "detector", "serve", "--port", str(self.port)]
        command += ["--database", self.database, "--workers", "1", *self.options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, start_new_session=True)
        self.wait(self.process)

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until it is ready."""
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            assert process.poll() is None, self.log()
            time.sleep(0.05)
        raise AssertionError("the service did not start")

    def log(self) -> str:
        """What it said."""
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(30)

    def client(self, key: str | None = None) -> httpx.Client:
        """A client with the key."""
        headers = (
            {"authorization": f"Bearer {self.key if key is None else key}"} if key != "" else {}
        )
        made = httpx.Client(base_url=self.url, headers=headers, timeout=60)
        self.clients.append(made)
        return made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(
    folder: Path, *options: str, policy: str = KEEP_ALL, start: bool = True
) -> Iterator[Running]:
    """A service over a new store in that folder, with one key and two users."""
    (folder / "policy.toml").write_text(policy)
    database = Database(str(folder / "store.db"))
    key = database.write(
        lambda c: accounts.add_key(c, "tests", frozenset(accounts.SCOPES), "tests")
    )
    for name, role in (("li", "reviewer"), ("wang", "reviewer"), ("root", "admin")):
        database.write(lambda c, n=name, r=role: accounts.add_user(c, n, r, PASSWORD, "tests"))  # type: ignore[misc]
    database.close()
    made = Running(folder, free_port(), key, ("--policy", str(folder / "policy.toml"), *options))
    if start:
        made.start()
    try:
        yield made
    finally:
        for client in made.clients:
            client.close()
        if made.process is not None and made.process.poll() is None:
            os.killpg(made.process.pid, signal.SIGKILL)
            made.process.wait()

"""What `detector serve` is told, with its defaults and their reasons."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from detector.limits import DEFAULT, MEGABYTE, Limits


@dataclass(frozen=True, slots=True)
class Settings:
    """Sizes are in bytes, times in seconds."""

    database: str = "detector.db"
    host: str = "127.0.0.1"
    port: int = 8600
    model: str | None = None
    policy: Path | None = None
    workers: int = 0
    limits: Limits = DEFAULT
    max_body: int = 20 * MEGABYTE
    """Of one request; the longest of 3,241 real pages has under 5."""
    max_line: int = 20 * MEGABYTE
    """Of one line of a batch."""
    max_lines: int = 10_000
    """Of one batch: its answers wait in memory and a file where the client does not read."""
    batches: int = 4
    """At a time."""
    rate: float = 0.0
    """Requests a second of one key, or of one address where there are no keys; 0 for any."""
    waiting: int = 0
    """Pages that may wait for a worker; 0 for 16 a worker, about a third of a second."""
    held: int = 256 * MEGABYTE
    """Of all pages in memory."""
    slow: float = 15.0
    """For the next part of a request, and for its head; a phone's network takes less."""
    body: float = 60.0
    """For a whole request."""
    shutdown: int = 30
    """For what was accepted, when the service ends."""
    watch: float = 2.0
    """Between looks at the model's file."""
    secure: bool = False
    """Whether browsers reach it by https only: cookies are then never sent otherwise."""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host names this machine alone."""
    if host.strip("[]").lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

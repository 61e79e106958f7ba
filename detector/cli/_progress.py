"""A progress line on standard error: pages, pages a second, time left."""

from __future__ import annotations

import shutil
import sys
import time

AFTER = 1.0  # seconds before a scan counts as long
EVERY = 0.2  # seconds between two drawings


class Progress:
    """Draws while `advance` is called; silent where `shown` is false.

    `total` and `done` are bytes of the input; a total of 0 is unknown, and then
    no time left is shown.
    """

    def __init__(self, shown: bool, total: int = 0) -> None:
        self._shown, self._total = shown, total
        self._started = time.monotonic()
        self._next = self._started + AFTER
        self._drawn = False

    def advance(self, pages: int, done: int) -> None:
        """Note how far the scan is."""
        if not self._shown:
            return
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + EVERY
        columns = shutil.get_terminal_size().columns
        text = line(pages, now - self._started, done, self._total)[: columns - 1]
        sys.stderr.write(f"\r{text}\x1b[K")
        sys.stderr.flush()
        self._drawn = True

    def close(self) -> None:
        """Takes the line away."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False


def line(pages: int, seconds: float, done: int, total: int) -> str:
    """What the line says after that time."""
    text = f"{pages:,} pages  {pages / max(seconds, 1e-9):,.0f} pages/s"
    if not total or not done:
        return text
    share = min(done / total, 1.0)
    full = int(share * 24)
    left = seconds * (1 - share) / share
    return f"[{'#' * full}{'.' * (24 - full)}] {share:4.0%}  {text}  {_clock(left)} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

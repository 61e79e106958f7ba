"""Ctrl-C and a request to end, let in between two records."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Used by `with`: both signals raise KeyboardInterrupt once, outside of `held` parts.

    `signal` is the one that came, or 0.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._held = False
        self._before: list[object] = []

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = [signal.signal(each, self._come) for each in _SIGNALS]
        return self

    def __exit__(self, *_: object) -> None:
        for each, before in zip(_SIGNALS, self._before, strict=False):
            signal.signal(each, before)  # type: ignore[arg-type]

    def _come(self, number: int, frame: FrameType | None) -> None:
        if self.signal:  # it is ending already
            return
        self.signal = number
        if not self._held:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """A part that is not left in its middle."""
        self._held = True
        yield
        self._held = False
        if self.signal:
            raise KeyboardInterrupt

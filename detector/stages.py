"""Where the time of a page goes: a clock that the stages of a scan stop, off unless asked for.

    with timed() as spent:
        ...  # the stages call `done("parse")` where they end
    spent["parse"]  # milliseconds

Imports the standard library alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

STAGES = ("decode", "parse", "walk", "page", "techniques", "features", "verdict", "content")
"""In their order. `page`: roles, related lists, language; `verdict`: model and policy."""


class _Clock:
    __slots__ = ("since", "spent")

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.since = time.perf_counter()


_CLOCK: ContextVar[_Clock | None] = ContextVar("clock", default=None)


def done(stage: str) -> None:
    """Note that a stage ends here and the next begins. Free of cost where nobody measures."""
    clock = _CLOCK.get()
    if clock is not None:
        now = time.perf_counter()
        clock.spent[stage] = clock.spent.get(stage, 0.0) + (now - clock.since) * 1000
        clock.since = now


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Measure what runs inside: milliseconds of wall-clock time by stage."""
    clock = _Clock()
    token = _CLOCK.set(clock)
    try:
        yield clock.spent
    finally:
        _CLOCK.reset(token)

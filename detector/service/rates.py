"""Token buckets: how many requests a second one caller may make."""

from __future__ import annotations

import time
from collections import OrderedDict

MOST = 100_000  # callers that are remembered; the one heard of longest ago goes first


class Buckets:
    """One bucket a caller. `rate` tokens a second, `burst` at most; a rate of 0 is no limit."""

    def __init__(self, rate: float, burst: float = 0.0) -> None:
        self._rate = rate
        self._burst = burst or max(2 * rate, 1.0)
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> float:
        """Take a token; 0.0, or the seconds until there is one."""
        if not self._rate:
            return 0.0
        now = time.monotonic()
        level, then = self._levels.get(caller, (self._burst, now))
        level = min(level + (now - then) * self._rate, self._burst)
        wait = 0.0 if level >= 1.0 else (1.0 - level) / self._rate
        self._levels[caller] = (level if wait else level - 1.0, now)
        self._levels.move_to_end(caller)
        if len(self._levels) > MOST:
            self._levels.popitem(last=False)
        return wait

    def forget(self, caller: str) -> None:
        """Begin again with a full bucket."""
        self._levels.pop(caller, None)

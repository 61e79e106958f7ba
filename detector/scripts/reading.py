"""What reading a script gives: the effects that it has, the texts that it hid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from detector.scripts.values import Function

MAX_LAYERS = 5  # code inside code: no kit seen nests deeper than three
MAX_WORK = 2_000_000  # characters copied and tokens re-read while folding one script
VISITOR = {
    "document.referrer": "referrer",
    "navigator.userAgent": "user-agent",
    "navigator.platform": "user-agent",
    "document.cookie": "cookie",
    "location.hostname": "host",
    "location.host": "host",
    "location.protocol": "protocol",
    "location.href": "address",
    "location.search": "address",
    "location.pathname": "address",
    "location.hash": "address",
    "screen.width": "screen",
    "localStorage.getItem": "storage",
    "sessionStorage.getItem": "storage",
}


@dataclass(slots=True)
class Effect:
    """One thing a script does: sets a property or calls a function."""

    kind: str  # "set" | "call" | "enter" (a function of the script runs)
    path: str
    args: Sequence[object] = ()
    element: tuple[str, str] | None = None
    guards: frozenset[str] = frozenset()
    function: Function | None = None
    by: str = ""  # "timer" where a timer enters the function


@dataclass(slots=True)
class Reading:
    """What reading a script gave."""

    effects: list[Effect] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)  # kinds, first seen first
    decoded: list[str] = field(default_factory=list)  # code and texts that were hidden
    literals: list[str] = field(default_factory=list)
    lightly: dict[str, str] = field(default_factory=dict)  # decoded, of few escapes: its kind
    work: int = MAX_WORK

    def layer(self, kind: str, text: str = "") -> None:
        """Note a way of hiding, and what was hidden by it."""
        if kind not in self.layers:
            self.layers.append(kind)
        if text and len(self.decoded) < 2000:
            self.decoded.append(text)

    def spend(self, amount: int) -> bool:
        """True while there is work left to spend."""
        self.work -= amount
        return self.work > 0

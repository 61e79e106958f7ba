"""Where a script sends the visitor, and under which tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from detector.scripts.known import engines_in, mobile_in
from detector.scripts.load import Ran, any_of, at_load, obfuscated, reading_of
from detector.scripts.reading import Effect
from detector.scripts.tokens import shortened
from detector.scripts.values import HOLE, as_text

Condition = Literal["referrer", "user-agent", "none", "timer"]
LEAVING = ("location", "window.open(", "refresh")


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a script sends the visitor when the page loads, and when."""

    target: str  # the constant part of the address
    condition: Condition
    engines: tuple[str, ...] = ()  # search engines that the test names
    guards: tuple[str, ...] = ()  # all that its tests look at: referrer, cookie, host, if, part …
    how: str = ""  # location | open | write | refresh


def redirects(code: str) -> tuple[Redirect, ...]:
    """Where the script sends the visitor at load, with what its tests look at."""
    if not (any_of(code, LEAVING) and LEAVES.search(code)) and not obfuscated(code):
        return ()
    reading = reading_of(code)
    partial = len(shortened(code)) < len(code)
    found: dict[tuple[str, str], Redirect] = {}
    for ran in at_load(reading):
        for target, how in _target(ran.effect):
            redirect = _judged(target, how, ran, partial)
            found.setdefault((redirect.target, redirect.condition), redirect)
    return tuple(found.values())


LEAVES = re.compile(
    r"""location(?:\.href|\[["']href["']\])? ?=[^=]"""
    r"""|location\.(?:replace|assign) ?\(|window\.open\(|http-equiv"""
)
LOCATIONS = frozenset(
    f"{owner}{name}"
    for owner in ("", "top.", "parent.", "document.", "top.document.", "window.")
    for name in ("location", "location.href")
)
LOCATION_CALLS = frozenset(
    f"{owner}location.{name}"
    for owner in ("", "top.", "parent.", "document.", "window.")
    for name in ("replace", "assign")
)
META_REFRESH = re.compile(
    r"<meta\b[^>]{0,200}?refresh[^>]{0,100}?url\s{0,4}=\s{0,4}[\"']?([^\"'>\s]{1,500})",
    re.IGNORECASE,
)


def _target(effect: Effect) -> Iterator[tuple[str, str]]:
    value: object = None
    how = "location"
    if effect.element is not None:
        return
    if effect.kind == "set" and effect.path in LOCATIONS and effect.args[1] == "=":
        value = effect.args[0]
    elif effect.kind == "call" and effect.args:
        if effect.path in LOCATION_CALLS:
            value = effect.args[0]
        elif effect.path in ("open", "window.open"):
            if len(effect.args) > 1 and effect.args[1] not in (
                "_self",
                "_top",
                "_parent",
                "_blank",
            ):
                return
            value, how = effect.args[0], "open"
        elif effect.path in ("document.write", "document.writeln"):
            html = "".join(as_text(arg) or HOLE for arg in effect.args)
            if "refresh" in html.lower():
                for match in META_REFRESH.finditer(html):
                    yield match[1].replace(HOLE, ""), "refresh"
            return
    if isinstance(value, str) and value[:1] != HOLE:
        target = value.replace(HOLE, "").strip()
        if target:
            yield target, how


def _judged(target: str, how: str, ran: Ran, partial: bool) -> Redirect:
    facts = tuple(sorted(guard for guard in ran.guards if not guard.startswith("=")))
    words = " ".join(guard[1:] for guard in ran.guards if guard.startswith("="))
    engines = engines_in(words) if words else ()
    condition: Condition = "none"
    if "referrer" in facts:
        condition = "referrer"
    elif "user-agent" in facts:
        condition = "user-agent"
    elif ran.timer:
        condition = "timer"
    if "user-agent" in facts and mobile_in(words):
        facts = (*facts, "mobile")
    if partial:  # what else guards it was not read
        facts = (*facts, "part")
    return Redirect(target, condition, engines, facts, how)

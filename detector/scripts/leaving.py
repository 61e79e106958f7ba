"""Where a script sends the visitor, and under which tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from detector.patterns import pattern
from detector.scripts.known import engines_in, mobile_in
from detector.scripts.load import Ran, any_of, at_load, joined, obfuscated, reading_of
from detector.scripts.reading import Effect
from detector.scripts.tokens import shortened
from detector.scripts.values import HOLE, as_text
from detector.scripts.writing import sources_of

Condition = Literal["referrer", "user-agent", "none", "timer"]
LEAVING = ("location", "window.open(", "refresh", ".click(", ".submit(")


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a script sends the visitor when the page loads, and when."""

    target: str  # the constant part of the address
    condition: Condition
    engines: tuple[str, ...] = ()  # search engines that the test names
    guards: tuple[str, ...] = ()  # all that its tests look at: referrer, cookie, host, if, part …
    how: str = ""  # location | open | click | refresh | load (a script or frame for some)


def redirects(code: str) -> tuple[Redirect, ...]:
    """Where the script sends the visitor at load, with what its tests look at."""
    text = joined(code)
    leaves = any_of(text, LEAVING) and LEAVES.search(text) is not None
    if not leaves and not _asks_origin(text) and not obfuscated(code):
        return ()
    reading = reading_of(code)
    partial = len(shortened(code)) < len(code)
    found: dict[tuple[str, str], Redirect] = {}
    ran_all = list(at_load(reading))
    for ran in ran_all:
        found_here = [*_target(ran.effect), *_element_target(ran.effect, ran_all)]
        if "referrer" in ran.guards:
            found_here += [(address, "load") for address in sources_of(ran.effect)]
        for target, how in found_here:
            redirect = _judged(target, how, ran, partial)
            if how != "load" or redirect.engines:
                found.setdefault((redirect.target, redirect.condition), redirect)
    return tuple(found.values())


LEAVES = pattern(
    r"""location(?:\.href|\[["']href["']\])? ?=[^=]"""
    r"""|location\.(?:replace|assign) ?\(|window\.open\(|http-equiv|httpEquiv"""
    r"""|createElement\(["'](?:a|form)["']\)"""
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
META_REFRESH = pattern(
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


def _asks_origin(text: str) -> bool:
    """Whether code looks at the referrer for search engines."""
    return "referrer" in text and len(text) < 20_000 and bool(engines_in(text.lower()))


CARRIERS = {"a": "href", "form": "action"}


def _element_target(effect: Effect, ran_all: Sequence[Ran]) -> Iterator[tuple[str, str]]:
    """Where a made element leads: a link that is clicked, a form that is sent, a refresh."""
    if effect.element is None or effect.element[0] != "new":
        return
    tag = effect.element[1].strip("<> ")
    if effect.path in ("click", "submit", "dispatchEvent") and tag in CARRIERS:
        for other in ran_all:
            if other.effect.element == effect.element:
                yield from _set_to(other.effect, CARRIERS[tag], "click")
    elif tag == "meta" and effect.kind == "set" and effect.path == "content":
        value = effect.args[0]
        if isinstance(value, str) and "url=" in value.lower():
            yield value[value.lower().index("url=") + 4 :].replace(HOLE, ""), "refresh"


def _set_to(effect: Effect, name: str, how: str) -> Iterator[tuple[str, str]]:
    value: object = None
    if effect.kind == "set" and effect.path == name:
        value = effect.args[0]
    elif effect.path == "setAttribute" and len(effect.args) > 1 and effect.args[0] == name:
        value = effect.args[1]
    if isinstance(value, str) and value[:1] != HOLE:
        yield value.replace(HOLE, "").strip(), how


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

"""Style sheets split into rules. Linear in their length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from detector.patterns import pattern
from detector.style.declarations import split_outside, strip_comments
from detector.style.lengths import pixels
from detector.style.selectors import LONGEST_SELECTOR

_DEEPEST = 16  # nested blocks that are followed
_BRACE = pattern(r"[{}]")
# One without an end goes to the end of its line, so that no quote is looked at twice.
_STRING = pattern(r"\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?")
_WIDTH = pattern(r"(min|max)-(?:device-)?width\s{0,4}:\s{0,4}([\d.]{1,12}[a-z]{0,4})")


class Rule(NamedTuple):
    """One style rule as written, with the condition it stands under."""

    selectors: str
    body: str
    conditional: bool  # only in some windows
    printed: bool  # only on paper


def rules(css: str) -> Iterator[Rule]:
    """The style rules of a sheet in source order, nested ones after what precedes them."""
    if "/*" in css:
        css = strip_comments(css)
    if '"' in css or "'" in css:
        css = _STRING.sub(_harmless, css)
    css = css.replace("<!--", " ").replace("-->", " ")
    stack: list[tuple[str, str, bool, bool]] = []  # kind, selectors, conditional, printed
    at = 0
    for brace in _BRACE.finditer(css):
        text = css[at : brace.start()]
        at = brace.end()
        if brace.group() == "{":
            before, _, prelude = text.rpartition(";")
            kind, around, conditional, printed = stack[-1] if stack else ("group", "", False, False)
            if kind == "style" and before.strip():
                yield Rule(around, before, conditional, printed)
            prelude = prelude.strip()
            if len(stack) >= _DEEPEST or kind == "skip":
                stack.append(("skip", "", False, False))
            elif prelude.startswith("@"):
                name, _, query = prelude[1:].partition(" ")
                name, _, bracket = name.lower().partition("(")
                query = (bracket + query).lower()
                if name not in ("media", "supports", "layer", "container", "scope", "document"):
                    stack.append(("skip", "", False, False))
                    continue
                if name == "media":
                    paper, narrow = _media(query)
                    printed, conditional = printed or paper, conditional or narrow
                elif name in ("container", "scope"):
                    conditional = True
                stack.append((kind, around, conditional, printed))
            else:
                stack.append(("style", _nested(around, prelude), conditional, printed))
        elif stack:
            kind, selectors, conditional, printed = stack.pop()
            if kind == "style" and selectors:
                yield Rule(selectors, text, conditional, printed)
    if stack and stack[-1][0] == "style":  # the end of the sheet closes what is open
        yield Rule(stack[-1][1], css[at:], stack[-1][2], stack[-1][3])


def _harmless(match: re.Match[str]) -> str:
    """A string without what would split the sheet."""
    text = match.group()
    ended = len(text) > 1 and text[-1] == text[0]
    return '""' if ended and any(c in text for c in "{};") else text


def _nested(around: str, prelude: str) -> str:
    if not around:
        return prelude
    if len(around) + len(prelude) > 2 * LONGEST_SELECTOR:
        return ""
    whole = around if "," not in around else f":is({around})"
    return ",".join(
        part.replace("&", whole, 1) if "&" in part else f"{whole} {part}"
        for part in split_outside(prelude, ",")
    )


def _media(query: str) -> tuple[bool, bool]:
    """Whether a media query means paper alone, and whether it holds in some windows only."""
    paper = True
    narrow = True
    for one in query.split(","):
        one = one.strip()
        if one.startswith(("print", "only print", "speech", "not screen")):
            continue
        paper = False
        one = one.removeprefix("only ").strip()
        one = _WIDTH.sub(_any_window, one)
        words = [w for w in one.split() if w not in ("screen", "all", "and", "true", "(true)")]
        if not words:
            narrow = False
    return paper, narrow and not paper


def _any_window(match: re.Match[str]) -> str:
    width = pixels(match[2])
    if width is None:
        return match.group()
    # No reader's window is narrower than 240 or wider than 5000: the query hides in all.
    always = width <= 240 if match[1] == "min" else width >= 5000
    return "true" if always else match.group()

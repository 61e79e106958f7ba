"""The effects of a page load: what of a script runs without the visitor.

Source: HTML (the load of a document, its events).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from detector.patterns import pattern
from detector.scripts.reader import read
from detector.scripts.reading import Effect, Reading
from detector.scripts.values import Function

# Words of which at least one stands in code that hides its own text. Rare in honest
# inline scripts (7 % of them); what has none is never read for hidden text.
OBFUSCATION = ("eval(", "unescape(", "fromCharCode", "atob(", "p,a,c,k", "split('')", 'split("")')
# What decoded text is used for; cookie helpers and codecs decode without any of it.
USES = ("eval(", "document", "innerHTML", "AdjacentHTML", "Function(", "location", "setTimeout(")
# Letters in a row written as escapes; JSON escapes slashes and brackets, never words.
ESCAPED_WORD = pattern(r"(?:\\(?:x|u00)[4-7][0-9a-fA-F]){3}")


# `'doc' + 'ument'`
SEAM = pattern(r"""(["'])\s{0,3}\+\s{0,3}\1""")
# Names as the commonest obfuscator makes them, which keeps texts in an array.
MADE_NAME = pattern(r"_0x[0-9a-f]{1,8}\b")


def joined(code: str) -> str:
    """The code with its split texts in one piece, for words to be looked for in it."""
    return SEAM.sub("", code) if "+" in code else code


@lru_cache(maxsize=64)
def reading_of(code: str) -> Reading:
    """The reading of a script, kept for the next question about it."""
    return read(code)


def any_of(code: str, words: tuple[str, ...]) -> bool:
    """Whether one of the words stands in the code."""
    for word in words:  # noqa: SIM110 - asked of every script: a generator costs more than the search
        if word in code:
            return True
    return False


def obfuscated(code: str) -> bool:
    """Whether the script holds any way of hiding its text: the gate before reading it."""
    if ("\\x" in code or "\\u00" in code) and ESCAPED_WORD.search(code) is not None:
        return True
    if any_of(code, OBFUSCATION) and any_of(code, USES):
        return True
    if "_0x" in code and MADE_NAME.search(code) is not None:
        return True
    return "[" in code and SPLIT_NAME.search(code) is not None


# `window["loca" + "tion"]`
SPLIT_NAME = pattern(r"""\[["'][a-z]{1,12}["'] ?\+ ?["'][a-zA-Z]{1,12}["']""")


@dataclass(frozen=True, slots=True)
class Ran:
    """An effect of a page load, with all that guards it."""

    effect: Effect
    guards: frozenset[str]
    timer: bool


def at_load(reading: Reading) -> Iterator[Ran]:
    """The effects of a page load, functions that it enters included, each at most twice."""
    entered: dict[int, int] = {}
    by_name: dict[str, Function] = {}
    for known in reading.functions:
        if known.name:
            by_name.setdefault(known.name, known)
    stack: list[tuple[list[object], int, frozenset[str], bool]] = [
        (list(reading.effects), 0, frozenset(), False)
    ]
    while stack:
        effects, at, guards, timer = stack.pop()
        while at < len(effects):
            effect = effects[at]
            at += 1
            if not isinstance(effect, Effect):
                continue
            joined = guards | effect.guards if effect.guards else guards
            function: Function | None = effect.function
            if effect.kind == "call" and effect.element is None and effect.path in by_name:
                function = by_name[effect.path]
            if function is not None:
                count = entered.get(id(function), 0)
                if count < 2:
                    entered[id(function)] = count + 1
                    stack.append((effects, at, guards, timer))
                    effects, at, guards = list(function.effects), 0, joined
                    timer = timer or effect.by == "timer"
                continue
            yield Ran(effect, joined, timer)


def anywhere(reading: Reading) -> Iterator[Effect]:
    """All effects, of functions that nothing is seen to call as well."""
    yield from reading.effects
    for function in reading.functions:
        for effect in function.effects:
            if isinstance(effect, Effect):
                yield effect

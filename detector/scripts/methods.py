"""Methods of strings, arrays and numbers, applied to constants.

Patterns of a script are never handed to a regular-expression engine: only literal ones are
understood.

Source: ECMA-262 (string, array and number methods).
"""

from __future__ import annotations

import re

from detector.scripts.decoders import to_base, unescape_literal
from detector.scripts.values import (
    LONGEST,
    Each,
    Index,
    Pattern,
    add,
    as_number,
    as_text,
    joined,
    pieces,
)


def literal_pattern(source: str) -> tuple[frozenset[str] | None, str | None]:
    """What a pattern matches, where it is one set of characters or one literal."""
    body = source
    if len(body) > 2 and body[0] == "[" and body.rstrip("+")[-1] == "]" and body[1] != "^":
        inner = unescape_literal(body.rstrip("+")[1:-1])
        if "-" not in inner.strip("-") and "[" not in inner:
            return frozenset(inner), None
        return None, None
    if body.rstrip("+") == "\\s":
        return frozenset(" \t\n\r"), None
    plain = re.sub(r"\\([^\w\s]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})", "", body)
    if re.search(r"[\\.*+?^$(){}|\[\]]", plain):
        return None, None
    return None, unescape_literal(body)


def replace(text: str, args: list[object], *, every: bool = False) -> str | None:
    """`text.replace(what, with)` for a literal `what`."""
    if len(args) < 2 or not isinstance(args[1], str):
        return None
    what, new = args[0], args[1]
    if len(new) > 64 and len(text) * len(new) > 10 * LONGEST:
        return None
    if isinstance(what, str):
        return (text.replace(what, new) if every else text.replace(what, new, 1))[:LONGEST]
    if isinstance(what, Pattern):
        body, _, flags = what.source.rpartition("/")
        characters, literal = literal_pattern(body[1:])
        count = -1 if "g" in flags else 1
        if literal:
            return text.replace(literal, new, count)[:LONGEST]
        if characters is not None and count < 0 and len(new) <= 8:
            return "".join(new if c in characters else c for c in text)[:LONGEST]
    return None


def call_method(value: object, name: str, args: list[object]) -> object:
    """A method of a string, array or number; None where it does not fold."""
    if isinstance(value, Each):
        return Each([call_method(item, name, args) for item in value.values])
    if isinstance(value, str):
        return _string_method(value, name, args)
    if isinstance(value, list):
        return _array_method(value, name, args)
    if isinstance(value, (int, float)) and name == "toString":
        base = args[0] if args and isinstance(args[0], int) else 10
        whole = int(value)
        return to_base(whole, base) if 2 <= base <= 36 and 0 <= whole < 2**53 else None
    return None


def _string_method(text: str, name: str, args: list[object]) -> object:
    first = args[0] if args else None
    if name == "split":
        return _split(text, first)
    if name in ("charAt", "charCodeAt", "substr", "substring", "slice", "at"):
        return _cut(text, name, args)
    if name in ("replace", "replaceAll"):
        return replace(text, args, every=name == "replaceAll")
    if name == "concat":
        out: object = text
        for item in args:
            out = add(out, item)
        return out
    if name == "toLowerCase":
        return text.lower()
    if name == "toUpperCase":
        return text.upper()
    if name in ("toString", "valueOf", "trim"):
        return text.strip() if name == "trim" else text
    if name == "reverse":
        return text[::-1]
    return None


def _split(text: str, mark: object) -> object:
    if isinstance(mark, Pattern):
        characters, literal = literal_pattern(mark.source.rpartition("/")[0][1:])
        if characters is not None:
            table = dict.fromkeys(map(ord, characters), "\0")
            return list(text.translate(table).split("\0"))
        mark = literal
    if mark == "":
        return list(text)
    if not isinstance(mark, str):
        return [text] if mark is None else None
    return list(text.split(mark))


def _cut(text: str, name: str, args: list[object]) -> object:
    if args and isinstance(args[0], Index):
        width = args[1] if len(args) > 1 and isinstance(args[1], int) else 1
        each = pieces(text, args[0], width if name == "substr" else 1)
        if each is not None and name == "charCodeAt":
            return Each([ord(str(item)[0]) if item else None for item in each.values], each.cyclic)
        return each
    numbers = [as_number(item) for item in args[:2]]
    if any(number is None for number in numbers):
        return None
    whole = [int(number or 0) for number in numbers]
    start = whole[0] if whole else 0
    if name in ("charAt", "at"):
        return text[start : start + 1] if start >= 0 else ""
    if name == "charCodeAt":
        return ord(text[start]) if 0 <= start < len(text) else None
    if name == "substr":
        begin = max(len(text) + start, 0) if start < 0 else start
        return text[begin : begin + max(whole[1], 0)] if len(whole) > 1 else text[begin:]
    if name == "slice":
        return text[start : whole[1]] if len(whole) > 1 else text[start:]
    stop = max(whole[1], 0) if len(whole) > 1 else len(text)
    return text[min(max(start, 0), stop) : max(max(start, 0), stop)]


def _array_method(items: list[object], name: str, args: list[object]) -> object:
    if name == "join":
        mark = "," if not args else args[0]
        if not isinstance(mark, str):
            return None
        return joined(items, mark)
    if name == "reverse":
        items.reverse()
        return items
    if name == "slice":
        numbers = [as_number(item) for item in args[:2]]
        whole = [number for number in numbers if isinstance(number, int)]
        if len(whole) != len(numbers):
            return None
        return items[whole[0] if whole else 0 : whole[1] if len(whole) > 1 else None]
    if name == "concat":
        out = list(items)
        for item in args:
            out.extend(item if isinstance(item, list) else [item])
        return out[:LONGEST]
    if name == "push":
        items.extend(args)
        return len(items)
    if name == "toString":
        return as_text(items)
    if name == "shift":
        return items.pop(0) if items and len(items) < 2000 else None
    if name == "pop":
        return items.pop() if items else None
    return None

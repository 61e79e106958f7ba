"""What a constant expression of a script can be, and the built-ins that fold it.

Everything here is a pure function of constants; nothing runs, nothing is
fetched. Patterns of a script are never handed to a regular-expression engine:
only literal ones are understood.

Source: ECMA-262 (string and number methods), HTML (`atob`), ECMA-262 annex B
(`escape`, `unescape`), Dean Edwards' packer 2 (`p,a,c,k,e,d`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

HOLE = "\ufffc"  # stands in a string for a part that is not constant
LONGEST = 400_000  # characters that one folded string may have
LONGEST_LOOP = 20_000  # values that one loop is followed over


@dataclass(slots=True)
class Ref:
    """A name of the page's world: `document.write`, or a property of an element."""

    path: str
    element: tuple[str, str] | None = None  # ("id", "x") where it belongs to one


@dataclass(slots=True)
class Function:
    """A function of the script, with what its body does once read."""

    name: str
    params: tuple[str, ...]
    start: int  # token index of the first token of the body
    end: int
    unit: object = None  # the reader whose tokens the indices count
    effects: list[object] = field(default_factory=list)


@dataclass(slots=True)
class Index:
    """A loop counter: takes every value of its range."""

    step: int = 1
    backwards: bool = False
    cycle: int = 0  # `i % cycle`


@dataclass(slots=True)
class Each:
    """All values that an expression takes over a loop, in order."""

    values: list[object]
    cyclic: bool = False


@dataclass(slots=True)
class Pattern:
    """A regular-expression literal, as written between its slashes."""

    source: str


ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|[0-7]{1,3}|[\s\S])")
SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\n": ""}
PERCENT_U = re.compile(r"%u([0-9a-fA-F]{4})|%([0-9a-fA-F]{2})")
WORD = re.compile(r"\b\w+\b")


def unescape_literal(body: str) -> str:
    """The value of a string literal between its quotes."""
    if "\\" not in body:
        return body
    return join_surrogates(ESCAPE.sub(_escape, body))


def _escape(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1 and code[0] in "xu":
        digits = code[1:].strip("{}")
        value = int(digits, 16)
        return chr(value) if value < 0x110000 else "\ufffd"
    if code[0] in "01234567":
        return chr(int(code, 8))
    return SIMPLE.get(code, code)


def join_surrogates(text: str) -> str:
    """Pairs of UTF-16 halves as one character each; lone halves replaced."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def js_unescape(text: str) -> str:
    """`unescape()`: `%uXXXX` and `%XX` are code units."""
    return join_surrogates(PERCENT_U.sub(lambda m: chr(int(m[1] or m[2], 16)), text))


def js_atob(text: str) -> str | None:
    """`atob()`: bytes as characters, read as UTF-8 where they are that."""
    compact = "".join(text.split())
    try:
        data = base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def as_number(value: object) -> float | int | None:
    """The number a value counts as, or None."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        try:
            return int(value, 0) if value.strip().lower().startswith("0x") else int(value)
        except ValueError:
            return None
    return None


def as_text(value: object) -> str | None:
    """The string a value turns into in a concatenation, or None."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, list):
        return _joined(value, ",")
    if isinstance(value, Each):
        return _joined(value.values, "")
    return None


def _joined(items: list[object], mark: str) -> str:
    """`items.join(mark)`, never longer than the limit; arrays in arrays are holes."""
    out: list[str] = []
    size = 0
    for item in items:
        part = None if isinstance(item, list) else as_text(item)
        out.append(HOLE if part is None else part)
        size += len(out[-1]) + len(mark)
        if size > LONGEST:
            break
    return mark.join(out)[:LONGEST]


def add(left: object, right: object) -> object:
    """`+`: numbers add, the rest concatenates; an unknown part leaves a hole."""
    if _numeric(left) and _numeric(right):
        return left + right  # type: ignore[operator]
    if isinstance(left, Each) or isinstance(right, Each):
        return _vector(add, left, right)
    if not isinstance(left, (str, list)) and not isinstance(right, (str, list)):
        return None
    first, second = as_text(left), as_text(right)
    text = (HOLE if first is None else first) + (HOLE if second is None else second)
    return text[:LONGEST]


def arithmetic(operator: str, left: object, right: object) -> object:
    """`- * / % ^ | & << >>` of constants; None where one is not."""
    if isinstance(left, Index):
        return _index(operator, left, right)
    if isinstance(left, Each) or isinstance(right, Each):
        return _vector(lambda a, b: arithmetic(operator, a, b), left, right)
    first, second = as_number(left), as_number(right)
    if first is None or second is None or abs(first) > 2**53 or abs(second) > 2**53:
        return None
    if operator == "-":
        return first - second
    if operator == "*":
        return first * second
    if operator == "/":
        return None if second == 0 else _tidy(first / second)
    if operator == "%":
        return None if second == 0 else first - second * int(first / second)
    one, two = int(first), int(second)
    if operator == "^":
        return one ^ two
    if operator == "|":
        return one | two
    if operator == "&":
        return one & two
    if operator == "<<":
        return (one << (two & 31)) & 0xFFFFFFFF
    return one >> (two & 31)


def _index(operator: str, index: Index, other: object) -> object:
    if operator == "%" and isinstance(other, int) and 0 < other <= 1000:
        return Index(index.step, index.backwards, other)
    if operator == "-" and other == 1:
        return index
    return None


def _tidy(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _numeric(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _vector(operation: Callable[[object, object], object], left: object, right: object) -> object:
    """An operation value by value over a loop."""
    if isinstance(left, Each) and isinstance(right, Each):
        first, second = left.values, right.values
        if not first or not second:
            return Each([])
        if right.cyclic:
            second = [second[at % len(second)] for at in range(len(first))]
        elif left.cyclic:
            first = [first[at % len(first)] for at in range(len(second))]
        return Each([operation(a, b) for a, b in zip(first, second, strict=False)])
    if isinstance(right, Each) and isinstance(left, str):
        # "text" + each is the accumulator's case: the loop appends in turn
        return (left + (as_text(right) or ""))[:LONGEST]
    other = right if isinstance(left, Each) else left
    if isinstance(other, list) or (isinstance(other, str) and len(other) > 64):
        return None  # one long text for every value is a bomb
    if isinstance(left, Each):
        return Each([operation(item, right) for item in left.values])
    if isinstance(right, Each):
        return Each([operation(left, item) for item in right.values])
    return None


def from_char_codes(args: list[object]) -> object:
    """`String.fromCharCode(…)`; None where a code is not constant."""
    if len(args) == 1 and isinstance(args[0], Each):
        return Each([_character(item) for item in args[0].values])
    characters = [_character(item) for item in args]
    if not characters or None in characters:
        return None
    return join_surrogates("".join(character or "" for character in characters))


def _character(code: object) -> str | None:
    number = as_number(code)
    return None if number is None else chr(int(number) & 0xFFFF)


def pieces(value: object, index: Index, width: int = 1) -> Each | None:
    """`value[i]` or `value.substr(i, width)` for all `i` of a loop."""
    if not isinstance(value, (str, list)):
        return None
    step = max(index.step, 1)
    if index.cycle:
        items: list[object] = list(value[: index.cycle])
        return Each(items, cyclic=True)
    value = value[: LONGEST_LOOP * step]
    if isinstance(value, str) and (width > 1 or step > 1):
        items = [value[at : at + width] for at in range(0, len(value), step)]
    else:
        items = list(value[::step])
    return Each(items[::-1] if index.backwards else items)


def parse_int(args: list[object]) -> object:
    """`parseInt(text, base)`."""
    if not args:
        return None
    base = int(args[1]) if len(args) > 1 and isinstance(args[1], (int, float)) else 0
    if isinstance(args[0], Each):
        return Each([parse_int([item, *args[1:]]) for item in args[0].values])
    if isinstance(args[0], (int, float)):
        return int(args[0])
    if not isinstance(args[0], str) or not (base == 0 or 2 <= base <= 36):
        return None
    text = args[0].strip()[:40]
    try:
        return int(text, base or (16 if text.lower().startswith("0x") else 10))
    except ValueError:
        return None


def to_base(number: int, base: int) -> str:
    """A number in digits 0-9 a-z A-Z, as the packer counts (base up to 62)."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if number == 0:
        return "0"
    text = ""
    while number:
        number, rest = divmod(number, base)
        text = digits[rest] + text
    return text


def unpack(args: list[object]) -> str | None:
    """The text of `eval(function(p,a,c,k,e,d){…}(payload, base, count, words, …))`."""
    if len(args) < 4 or not isinstance(args[0], str) or not isinstance(args[1], int):
        return None
    payload, base, words = args[0], args[1], args[3]
    if not isinstance(words, list) or not 2 <= base <= 95 or len(words) > 50_000:
        return None
    names = [as_text(word) or "" for word in words]
    if base <= 62:
        table = {to_base(at, base): word for at, word in enumerate(names) if word}
        out, size, last = [], 0, 0
        for match in WORD.finditer(payload):
            word = table.get(match[0], match[0])
            out.append(payload[last : match.start()])
            out.append(word)
            size += len(word) + match.start() - last
            last = match.end()
            if size > LONGEST:  # a short payload of one long word is a bomb
                break
        out.append(payload[last:])
        return "".join(out)[:LONGEST]
    return None


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


def method(value: object, name: str, args: list[object]) -> object:
    """A method of a string, array or number; None where it does not fold."""
    if isinstance(value, Each):
        return Each([method(item, name, args) for item in value.values])
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
        return _joined(items, mark)
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


def percent_decoded(text: str) -> str:
    """`decodeURIComponent()`."""
    return unquote(text, errors="replace")

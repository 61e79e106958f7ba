"""What a constant expression of a script can be, and the operators that fold it.

Everything here is a pure function of constants; nothing runs, nothing is fetched.

Source: ECMA-262 (values, operators).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

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
    gives: bool = False  # the body is an expression, whose value it returns
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
        return joined(value, ",")
    if isinstance(value, Each):
        return joined(value.values, "")
    return None


def joined(items: list[object], mark: str) -> str:
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

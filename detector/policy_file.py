"""Reads the values of a policy's TOML, and says on which line a wrong one stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from detector.patterns import pattern
from detector.policy import KEEP, Bands, PolicyError, Retention
from detector.suppressions import Suppression, SuppressionError

_HEADER = pattern(r"^\s*\[([^\]]+)\]")
_KEY = pattern(r"""^\s*("[^"]*"|'[^']*'|[\w-]+)\s*[=.]""")


@dataclass(frozen=True, slots=True)
class Reader:
    """Checks values and says where the wrong one stands."""

    name: str
    text: str

    def fail(self, path: tuple[str, ...], words: str) -> PolicyError:
        """An error at the key or table of that path."""
        line = _line_of(self.text, path)
        return PolicyError(f"{self.name}:{line}: {words}" if line else f"{self.name}: {words}")

    def known(self, table: Any, path: tuple[str, ...], keys: set[str]) -> None:
        """Raise PolicyError where a table has a key that is none of `keys`."""
        if not isinstance(table, Mapping):
            raise self.fail(path, f"{'.'.join(path)} must be a table: write [{'.'.join(path)}]")
        for key in table:
            if key not in keys:
                words = f"unknown key {key!r}; known: {', '.join(sorted(keys))}"
                raise self.fail((*path, key), words)

    def share(self, value: Any, path: tuple[str, ...]) -> float:
        """A number from 0 to 1."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.fail(path, f"{path[-1]} must be a number from 0 to 1")
        return float(value)

    def strings(self, value: Any, path: tuple[str, ...]) -> frozenset[str]:
        """A list of strings."""
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(path, f"{path[-1]} must be a list of strings")
        return frozenset(value)

    def names(self, given: Any, known: tuple[str, ...], key: str) -> None:
        """Raise PolicyError where one of `given` is not known."""
        for name in sorted(given):
            if name not in known:
                raise self.fail((key,), f"{key}: {name!r} is none of {', '.join(sorted(known))}")

    def ordered(self, review: float | None, block: float | None, path: tuple[str, ...]) -> None:
        """Raise PolicyError where a page would be blocked before it is reviewed."""
        if review is not None and block is not None and block < review:
            raise self.fail(path, f"block ({block:g}) must not be under review ({review:g})")

    def bands(self, tables: Any, key: str, known: tuple[str, ...]) -> dict[str, Bands]:
        """Tables of thresholds by name."""
        names = set(known) or set(tables if isinstance(tables, Mapping) else ())
        self.known(tables, (key,), names)
        made = {}
        for name, table in tables.items():
            path = (key, name)
            self.known(table, path, {"review", "block"})
            values = {k: self.share(v, (*path, k)) for k, v in table.items()}
            self.ordered(values.get("review"), values.get("block"), (*path, "block"))
            made[name] = Bands(**values)
        return made

    def retention(self, table: Any) -> Retention:
        """What is kept."""
        self.known(table, ("retention",), {f.name for f in fields(Retention)})
        for key, value in table.items():
            path = ("retention", key)
            if key == "text":
                if value not in KEEP:
                    raise self.fail(path, f"text must be one of {', '.join(KEEP)}")
            elif isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise self.fail(path, f"{key} must be a whole number of days, 1 or more")
        return Retention(**table)

    def suppressions(self, tables: Any) -> tuple[Suppression, ...]:
        """What people have accepted."""
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            words = "suppressions must be tables: write [[suppressions]]"
            raise self.fail(("suppressions",), words)
        made = []
        for number, table in enumerate(tables, 1):
            try:
                made.append(Suppression.of(table))
            except SuppressionError as error:
                path = ("suppressions", f"#{number}")
                raise self.fail(path, f"suppression {number}: {error}") from error
        return tuple(made)


def _line_of(text: str, path: tuple[str, ...]) -> int:
    """The line of a key or table in TOML text as people write it; 0 where it is not seen.

    `#n` as the last name is the n-th table of an array.
    """
    table: tuple[str, ...] = ()
    count = best = 0
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            table = tuple(_names(header[1].lstrip("[")))
            if path[-1].startswith("#"):
                count += table == path[:-1]
                if table == path[:-1] and f"#{count}" == path[-1]:
                    return number
            elif table == path:
                best = best or number
            continue
        key = _KEY.match(line)
        if key and (*table, key[1].strip("\"'")) == path:
            return number
        if key and not best and (*table, key[1].strip("\"'")) == path[: len(table) + 1]:
            best = number  # an inline table or a dotted key
    return best


def _names(dotted: str) -> Iterator[str]:
    for quoted, bare in re.findall(r"""["']([^"']*)["']|([\w-]+)""", dotted):
        yield quoted or bare

"""What a user decides over the model: thresholds, allowed hosts and terms.

A policy is TOML; `Policy.load` names the key that is wrong.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from detector.suppressions import Suppression, SuppressionError
from detector.types import Label


class PolicyError(ValueError):
    """A policy file that cannot be used; the message names file and key."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Knobs of a scan. Every field is a key of the file's top table.

    `flag` is the probability of not being clean from which a page is labelled
    so; None takes the model's own, chosen for its false-alarm rate.
    `off_topic` is the relevance under which a related link is off-topic.
    `suppressions` mark findings that a person has accepted, each with a reason.
    """

    flag: float | None = None
    off_topic: float | None = None
    techniques_off: frozenset[str] = frozenset()
    allowed_hosts: frozenset[str] = frozenset()
    allowed_terms: frozenset[str] = frozenset()
    categories_off: frozenset[str] = field(default_factory=frozenset)
    suppressions: tuple[Suppression, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Policy:
        """Read a TOML file. Raises PolicyError for anything it does not know."""
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PolicyError(f"{path}: {error}") from error
        return cls.of(table, str(path))

    @classmethod
    def of(cls, table: Mapping[str, Any], name: str = "policy") -> Policy:
        """Make a policy of a table of values. Raises PolicyError."""
        known = {f.name for f in fields(cls)}
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key not in known:
                raise PolicyError(f"{name}: unknown key {key!r}; known: {', '.join(sorted(known))}")
            if key in ("flag", "off_topic"):
                if not isinstance(value, int | float) or not 0 <= value <= 1:
                    raise PolicyError(f"{name}: {key} must be a number from 0 to 1")
                values[key] = float(value)
            elif key == "suppressions":
                values[key] = _suppressions(value, name)
            elif isinstance(value, list) and all(isinstance(item, str) for item in value):
                values[key] = frozenset(value)
            else:
                raise PolicyError(f"{name}: {key} must be a list of strings")
        return cls(**values)

    def label(self, probabilities: Mapping[Label, float], flag: float) -> Label:
        """The label that follows from probabilities and the threshold."""
        threshold = flag if self.flag is None else self.flag
        if 1.0 - probabilities["clean"] < threshold:
            return "clean"
        return "injected" if probabilities["injected"] >= probabilities["spam"] else "spam"


def _suppressions(tables: Any, name: str) -> tuple[Suppression, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise PolicyError(f"{name}: suppressions must be tables: write [[suppressions]]")
    made = []
    for number, table in enumerate(tables, 1):
        try:
            made.append(Suppression.of(table))
        except SuppressionError as error:
            raise PolicyError(f"{name}: suppression {number}: {error}") from error
    return tuple(made)

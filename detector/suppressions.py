"""What a person has looked at and does not want to hear of again.

A suppression names a technique (`*` for all), may name pages and words, gives a
reason, and may end. It comes from the policy's `[[suppressions]]` or from a
comment in a page:

    <!-- detector: ignore hidden-links reason="the theme's menu" until=2027-01-01 -->

Comments are obeyed only where a scan is told to: who can inject text into a
page can inject a comment too. A suppressed finding stays in the result, marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from detector.patterns import pattern
from detector.types import Comment

KEYS = ("technique", "pages", "text", "reason", "until")
_COMMENT = pattern(r"\s*detector:\s*ignore\s+([a-z*][a-z*-]{0,60})(.{0,400})", re.I | re.S)
_PAIR = pattern(r'(reason|until)\s*=\s*(?:"([^"]{0,300})"|([^\s"]{1,60}))')


class SuppressionError(ValueError):
    """A suppression that cannot be used; the message names what is wrong."""


@dataclass(frozen=True)
class Suppression:
    """One decision. Empty `pages` and `text` mean all; `until` is the last day, ISO 8601."""

    technique: str
    reason: str
    pages: str = ""  # a pattern as in shells, matched with the result's uri and its end
    text: str = ""  # the finding's text or address contains it
    until: str = ""
    by: str = "policy"  # policy | comment

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Suppression:
        """Make one of a table of strings (and a date). Raises SuppressionError."""
        unknown = sorted(set(table) - set(KEYS))
        if unknown:
            raise SuppressionError(f"unknown key {unknown[0]!r}; known: {', '.join(KEYS)}")
        values = {k: v.isoformat()[:10] if isinstance(v, date) else v for k, v in table.items()}
        if not all(isinstance(value, str) for value in values.values()):
            raise SuppressionError("every value must be a string")
        for key in ("technique", "reason"):
            if not values.get(key, "").strip():
                raise SuppressionError(f"{key} must be given")
        if values.get("until"):
            try:
                date.fromisoformat(values["until"])
            except ValueError:
                raise SuppressionError("until must be a date, as 2027-01-31") from None
        return cls(**values)

    def active(self, today: date) -> bool:
        """Whether it holds on that day; the day of `until` included."""
        return not self.until or today <= date.fromisoformat(self.until)

    def covers(self, uri: str, finding: Mapping[str, Any]) -> bool:
        """Whether it speaks of this finding of a result's record."""
        if not fnmatchcase(finding["technique"], self.technique):
            return False
        if self.pages and not (fnmatchcase(uri, self.pages) or fnmatchcase(uri, f"*/{self.pages}")):
            return False
        where = (finding["text"], finding["href"] or "")
        return not self.text or any(self.text in value for value in where)


def inline(comments: Iterable[Comment]) -> Iterator[Suppression]:
    """The suppressions that a page's comments ask for; what lacks a reason is none."""
    for comment in comments:
        match = _COMMENT.match(comment.text)
        if not match:
            continue
        given = {name: quoted or bare for name, quoted, bare in _PAIR.findall(match[2])}
        try:
            made = Suppression.of({"technique": match[1].lower(), **given})
        except SuppressionError:
            continue
        yield Suppression(made.technique, made.reason, until=made.until, by="comment")


def suppress(record: dict[str, Any], suppressions: Iterable[Suppression], today: date) -> None:
    """Mark the findings of a result's record that active suppressions cover.

    Adds `suppressed` (`by`, `reason`, `until`) to a finding, and to the record
    `"suppressed": true` where none is left.
    """
    active = [one for one in suppressions if one.active(today)]
    findings = record["findings"]
    if not active or not findings:
        return
    for finding in findings:
        one = next((s for s in active if s.covers(record["uri"], finding)), None)
        if one is not None:
            finding["suppressed"] = {
                "by": one.by,
                "reason": one.reason,
                "until": one.until or None,
            }
    if all("suppressed" in finding for finding in findings):
        record["suppressed"] = True

"""What people decided about findings, applied to results before they are reported."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from detector.baseline import only_new, read_baseline
from detector.policy import Policy
from detector.report.jsonl import to_line
from detector.suppressions import Suppression, suppress


@dataclass(frozen=True, slots=True)
class Decisions:
    """Suppressions and a baseline. `comments`: also obey those in the pages' comments."""

    suppressions: tuple[Suppression, ...] = ()
    comments: bool = False
    known: frozenset[str] | None = None
    today: date = date.min

    @classmethod
    def load(cls, policy: Path | None, baseline: Path | None, comments: bool) -> Decisions:
        """Read them from their files. Raises PolicyError and BaselineError."""
        given = Policy.load(policy).suppressions if policy else ()
        known = read_baseline(baseline) if baseline else None
        return cls(given, comments, known, date.today())

    @property
    def any(self) -> bool:
        """Whether there is anything to apply."""
        return bool(self.suppressions or self.comments or self.known is not None)

    def apply(self, label: str, line: bytes, source: bytes) -> tuple[str, bytes, bytes]:
        """A page's label for counting, its lines as changed.

        The label is "suppressed" where people accepted all of its findings, and
        "known" where the baseline has all of them: such a page is not reported.
        """
        if label in ("clean", "error"):
            return label, line, source
        record: dict[str, Any] = json.loads(line)
        about: dict[str, Any] = json.loads(source) if source else {}
        if self.known is not None:
            kept = only_new(record, self.known)
            if not kept:
                return "known", line, source
            if about:
                about["findings"] = [about["findings"][i] for i in kept]
        given = self.suppressions
        if self.comments:
            given += tuple(Suppression(**one) for one in about.get("inline", ()))
        suppress(record, given, self.today)
        if record.get("suppressed"):
            label = "suppressed"
        return label, to_line(record), to_line(about) if about else b""

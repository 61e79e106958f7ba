"""What a run says on standard error: sentences for people, or JSON lines for other programs.

As JSON every line is an object with `time` (UTC), `level` and `event`: `message`; `page`, one a
page, with its number (the line of an output that holds them all), uri, label, milliseconds and,
with `--profile`, those of each stage; `profile`; `finished`, with counts that add up
(`seen = results + errors + skipped`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from detector.types import Document

FORMS = ("text", "json")
SLOWEST = 5  # pages that a profile names
_ELAPSED = b'"elapsed_ms": '


@dataclass(slots=True)
class Log:
    """Where messages go; `profile` gathers the stages of pages."""

    form: str = "text"
    profile: Profile | None = None

    @property
    def structured(self) -> bool:
        """Whether lines are JSON."""
        return self.form == "json"

    def say(self, words: str, level: str = "error") -> None:
        """A message to the user, beside the results."""
        if self.structured:
            self.event("message", level=level, message=words)
        else:
            click.echo(f"detector: {words}", err=True)

    def event(self, event: str, level: str = "info", **values: Any) -> None:
        """One JSON line; nothing where people read."""
        if self.structured:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            click.echo(json.dumps({"time": now, "level": level, "event": event} | values), err=True)

    @property
    def watches(self) -> bool:
        """Whether anything is told of single pages."""
        return self.structured or self.profile is not None

    def page(self, number: int, label: str, line: bytes) -> None:
        """Note a page by the JSON line of its result."""
        result = json.loads(line) if label == "error" or self.profile else _ends_of(line)
        stages, error = result.get("stages_ms"), result.get("error")
        if self.profile is not None:
            self.profile.add(result["uri"], result["elapsed_ms"], stages or {})
        told = {"error": error} if error else {"ms": result["elapsed_ms"]}
        if stages:
            told["stages_ms"] = stages
        level = "warning" if error else "info"
        self.event("page", level, page=number, uri=result["uri"], label=label, **told)


def _ends_of(line: bytes) -> dict[str, Any]:
    """Address and time of a result, without reading all that stands between."""
    head = line[: line.index(b', "input": ')] + b"}"
    spent = line[line.rindex(_ELAPSED) + len(_ELAPSED) :].split(b",", 1)[0]
    return {"uri": json.loads(head)["uri"], "elapsed_ms": float(spent)}


@dataclass(slots=True)
class Profile:
    """Where the time of a run went: of pages by stage, of reading sources, of writing reports."""

    pages: int = 0
    stages: dict[str, float] = field(default_factory=dict)  # milliseconds of all pages
    slowest: list[tuple[float, str]] = field(default_factory=list)
    reading: float = 0.0  # seconds in which the sources were asked for pages
    writing: float = 0.0  # seconds in which reports were written

    def add(self, uri: str, elapsed: float, stages: dict[str, float]) -> None:
        """Note a page that was scanned."""
        self.pages += 1
        rest = {"other": max(elapsed - sum(stages.values()), 0.0)}
        for name, spent in (stages | rest).items():
            self.stages[name] = self.stages.get(name, 0.0) + spent
        self.slowest = sorted([*self.slowest, (elapsed, uri)], reverse=True)[:SLOWEST]

    def read(self, documents: Iterable[Document]) -> Iterator[Document]:
        """The documents; how long the sources took is noted."""
        source = iter(documents)
        while True:
            started = time.perf_counter()
            document = next(source, None)
            self.reading += time.perf_counter() - started
            if document is None:
                return
            yield document

    def values(self, seconds: float) -> dict[str, Any]:
        """As JSON values. Milliseconds of stages are of all workers together."""
        return {
            "pages": self.pages,
            "seconds": round(seconds, 3),
            "stages_ms": {name: round(spent, 1) for name, spent in self.stages.items()},
            "reading_seconds": round(self.reading, 3),
            "writing_seconds": round(self.writing, 3),
            "slowest": [{"uri": uri, "ms": round(spent, 1)} for spent, uri in self.slowest],
        }

    def lines(self, seconds: float) -> list[str]:
        """For people."""
        whole = sum(self.stages.values()) or 1.0
        rate = self.pages / seconds if seconds else 0.0
        made = [f"profile: {self.pages:,} pages in {seconds:.2f} s, {rate:,.0f} a second; "
                f"reading sources {self.reading:.2f} s, writing {self.writing:.2f} s"]  # fmt: skip
        for name, spent in self.stages.items():
            each = spent / max(self.pages, 1)
            made.append(f"  {name:<12}{each:9.3f} ms a page {spent / whole:7.1%}")
        made += [f"  slowest: {spent:.1f} ms {uri}" for spent, uri in self.slowest]
        return made


LOG = Log()
"""The run's; `configure` says how it speaks."""


def configure(form: str, profile: bool) -> None:
    """Begin a run."""
    LOG.form, LOG.profile = form, Profile() if profile else None

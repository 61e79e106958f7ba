"""What the service's workers do with a page, and the messages that they answer with.

A message is lines: a `Head` for the store's columns, the full record for the
caller, and the record as it may be kept, without the page's own text. The
serving process hands them on without reading the longer ones.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from detector.types import Document, Failure, Result

if TYPE_CHECKING:
    from detector.policy import Policy
    from detector.scan import Scanner

BACKSTOP = 5.0  # seconds after a page's limit: ends a worker whose parent is no longer there
TECHNIQUES = 20  # of a page that a head names


@dataclass(frozen=True, slots=True)
class Task:
    """A page to be scanned as `id`, or the view of one to be made.

    `record` is the kept record whose findings a view marks.
    """

    id: str
    document: Document
    source: str = ""
    record: bytes = b""


@dataclass(frozen=True, slots=True)
class Head:
    """A result in short: what the store filters and sorts by."""

    action: str
    label: str | None
    foreign: float | None  # probability of not being clean
    category: str
    techniques: tuple[str, ...]
    bands: tuple[int, ...]  # hashes that near-duplicate findings share
    model: str
    error: str
    elapsed_ms: float
    title: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The parts of a message."""

    head: Head
    full: bytes
    kept: bytes

    @classmethod
    def read(cls, message: bytes) -> Answer:
        """Take a message apart."""
        head, full, kept = message.split(b"\n", 2)
        values = json.loads(head)
        values["techniques"], values["bands"] = tuple(values["techniques"]), tuple(values["bands"])
        return cls(Head(**values), full + b"\n", kept)


def working(scanner: Scanner) -> Callable[[Any], bytes]:
    """The work of a worker: a task to a message. Never raises."""
    limit = scanner.limits.timeout + BACKSTOP

    def work(task: Task) -> bytes:
        signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            if task.record:
                from detector.service.view import view

                shown = view(scanner, task.document, json.loads(task.record))
                return shown.encode("utf-8", "replace")
            return answer(scanner.policy, task, scanner.scan_document(task.document))
        except MemoryError:
            failure = Failure("memory", "needed more memory than a page may use")
        except Exception as error:
            failure = Failure("internal", f"{type(error).__name__}: {error}")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return failed(scanner.policy, task, failure)

    return work


def failed(policy: Policy, task: Task, failure: Failure) -> bytes:
    """The message of a task whose page gave no result; b"" for a view."""
    if task.record:
        return b""
    document = task.document
    error = Result(document.uri, document.kind or "html", len(document.data), error=failure)
    return answer(policy, task, error)


def answer(policy: Policy, task: Task, result: Result) -> bytes:
    """The message of a result."""
    from detector.report.jsonl import to_json, to_line

    decision = policy.decide(result, task.source)
    verdict = result.verdict
    record = {"id": task.id} | to_json(result)
    record["decision"] = {"action": decision.action, "reasons": list(decision.reasons)}
    record["contributions"] = [
        [name, round(value, 3)] for name, value in (verdict.contributions if verdict else ())
    ]
    techniques = tuple(dict.fromkeys(f.technique for f in result.findings))[:TECHNIQUES]
    head = Head(
        decision.action,
        verdict.label if verdict else None,
        round(1.0 - verdict.probabilities["clean"], 6) if verdict else None,
        verdict.categories[0] if verdict and verdict.categories else "",
        techniques,
        _bands(result) if decision.action != "allow" and result.findings else (),
        result.model.sha256[:12] if result.model else "",
        result.error.kind if result.error else "",
        round(result.elapsed_ms, 3),
        result.content.title[:200],
    )
    kept = {**record, "content": None}
    return to_line(asdict(head)) + to_line(record) + to_line(kept)


def _bands(result: Result) -> tuple[int, ...]:
    from detector.service.campaigns import bands  # imports numpy

    return bands(result.findings)

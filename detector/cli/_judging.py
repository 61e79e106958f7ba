"""How pages are judged: what the options of `_options.judging` say, and the run that follows."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from detector.types import Document
    from detector.worker import Work


@dataclass(frozen=True, slots=True)
class Judging:
    """Model, policy, processes (0 for one a core), and what a page may cost."""

    model: str | None = None
    policy: Path | None = None
    workers: int = 0
    limits: Limits = DEFAULT

    @classmethod
    def taken(cls, options: dict[str, Any]) -> Judging:
        """Take the options of `judging` out of all options; a command may lack some."""
        costs = {n: options.pop(n) for n in ("max_bytes", "timeout") if n in options}
        workers = options.pop("workers", None) or 0
        limits = replace(DEFAULT, **costs)
        return cls(options.pop("model"), options.pop("policy"), workers, limits)

    def scanning(
        self,
        source: bool,
        *,
        few: bool = False,
        roots: Sequence[str] | None = None,
        profile: bool = False,
    ) -> Callable[[], Work]:
        """What makes the scan as work of the pool (`detector.work.make`)."""
        from detector.work import make

        return partial(make, self.model, self.policy, self.limits, source, few, roots, profile)

    def run(
        self, documents: Iterable[Document], make: Callable[[], Work]
    ) -> Generator[bytes, None, None]:
        """The messages of all documents, in order."""
        from detector.pool import run
        from detector.work import fail

        return run(documents, make, fail, workers=self.workers, limits=self.limits)

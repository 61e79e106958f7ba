"""The run of `detector probe`: addresses fetched, views compared, reported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from detector.cli._comparing import comparing
from detector.cli._judging import Judging
from detector.cli._reporting import Run, Wanted, say, write_reports
from detector.report.printable import printable
from detector.sources import Counts
from detector.types import Document

if TYPE_CHECKING:
    from detector.compare import View

WEB_EXTRA = 'fetching needs more packages: pip install "seo-injection-detector[web]"'


def probe_urls(
    urls: Sequence[str],
    wanted: Wanted,
    judging: Judging,
    *,
    names: Sequence[str],
    allow_private: bool,
    fetch_seconds: float,
) -> int:
    """Probe every address and report; the exit code."""
    try:
        from detector.web.fetch import Budget, visitors
        from detector.web.probe import probe
    except ImportError as error:
        say(f"{WEB_EXTRA} ({error})")
        return 2
    for name in names:
        if name not in visitors():
            raise click.UsageError(f"no visitor {name!r}; known: {', '.join(visitors())}")
    if len(set(names)) == 1:
        raise click.UsageError("--as needs at least two visitors to compare")
    budget = Budget(fetch_seconds, limits=judging.limits)
    counts = Counts()

    def fetched() -> Iterator[Document]:
        for url in urls:
            address = url if "://" in url else f"https://{url}"
            views = probe(address, names, allow_private=allow_private, budget=budget)
            for view in views.views:
                say(told(view))
            counts.pages += 1
            yield views

    def begin() -> Run:
        return Run(judging.run(fetched(), comparing(judging, wanted.sourced)), counts)

    return write_reports(begin, wanted)


def told(view: View) -> str:
    """One line about what a visitor got."""
    failure = view.document.failure
    got = failure.message if failure else f"{view.status}, {len(view.document.data):,} bytes"
    way = "".join(f" → {hop[:200]}" for hop in view.hops)
    return printable(f"{view.name}: {got}{way}", 600)

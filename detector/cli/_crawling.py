"""The run of `detector crawl`: pages of a site fetched by Scrapy, scanned or compared, reported."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from detector.cli._comparing import comparer
from detector.cli._decisions import Decisions
from detector.cli._reporting import Run, Wanted, say, write_reports
from detector.limits import DEFAULT
from detector.pool import run
from detector.sources import Counts
from detector.types import Document


def crawl_site(
    url: str,
    wanted: Wanted,
    *,
    max_pages: int,
    depth: int,
    delay: float,
    concurrency: int,
    two_views: bool,
    state: str | None,
    allow_private: bool,
    workers: int | None,
    policy: Path | None,
    model: str | None,
    max_bytes: int,
    timeout: float,
) -> int:
    """Crawl, scan and report; the exit code."""
    try:
        from detector.web.crawl import Crawl, pages
    except ImportError as error:
        say(f'crawling needs more packages: pip install "seo-injection-detector[web]" ({error})')
        return 2
    from detector.work import fail, make

    address = url if "://" in url else f"https://{url}"
    crawl = Crawl(address, max_pages, depth, delay, concurrency, two_views, allow_private, state,
                  max_bytes)  # fmt: skip
    limits = replace(DEFAULT, max_bytes=max_bytes, timeout=timeout)
    counts = Counts()

    def counted(documents: Iterator[Document]) -> Iterator[Document]:
        for document in documents:
            counts.pages += 1
            counts.failures += document.failure is not None
            yield document

    def results(found: Generator[Document, None, None]) -> Generator[bytes, None, None]:
        roots = () if wanted.sited else None  # a host is a site
        scan = partial(make, model, policy, limits, wanted.sourced, roots=roots)
        compare = partial(comparer, model, policy, limits)
        work = compare if two_views else scan
        with contextlib.closing(found):
            yield from run(counted(found), work, fail, workers=workers or 0, limits=limits)

    def begin() -> Run:
        return Run(
            results(pages(crawl, counts.site_files)), counts, Decisions.load(policy, None, False)
        )

    return write_reports(begin, wanted)

"""The run of `detector crawl`: pages of a site fetched by Scrapy, scanned or compared, reported."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from typing import Any

from detector.cli._comparing import comparing
from detector.cli._decisions import Decisions
from detector.cli._judging import Judging
from detector.cli._reporting import Run, Wanted, say, write_reports
from detector.sources import Counts
from detector.types import Document


def crawl_site(url: str, wanted: Wanted, judging: Judging, **crawling: Any) -> int:
    """Crawl, scan and report; the exit code. `crawling` are fields of `web.crawl.Crawl`."""
    try:
        from detector.web.crawl import Crawl, pages
    except ImportError as error:
        say(f'crawling needs more packages: pip install "seo-injection-detector[web]" ({error})')
        return 2
    address = url if "://" in url else f"https://{url}"
    crawl = Crawl(address, max_bytes=judging.limits.max_bytes, **crawling)
    counts = Counts()

    def counted(documents: Iterator[Document]) -> Iterator[Document]:
        for document in documents:
            counts.pages += 1
            counts.failures += document.failure is not None
            yield document

    def results(found: Generator[Document, None, None]) -> Generator[bytes, None, None]:
        roots = () if wanted.sited else None  # a host is a site
        if crawl.two_views:
            work = comparing(judging, wanted.sourced)
        else:
            work = judging.scanning(wanted.sourced, roots=roots)
        with contextlib.closing(found):
            yield from judging.run(counted(found), work)

    def begin() -> Run:
        return Run(
            results(pages(crawl, counts.site_files)),
            counts,
            Decisions.load(judging.policy, None, False),
        )

    return write_reports(begin, wanted)

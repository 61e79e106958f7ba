"""The pages of a crawl as documents, those of earlier runs with the same state first."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import Any

from detector.compare import View, Views
from detector.limits import MEGABYTE
from detector.site_files import SiteFiles
from detector.types import Document, Failure
from detector.web.spider import PAGES


@dataclass(frozen=True, slots=True)
class Crawl:
    """A crawl: where it begins, how polite it is, and where it stops."""

    url: str
    max_pages: int = 1000
    depth: int = 20
    delay: float = 1.0  # seconds between two requests
    concurrency: int = 2
    two_views: bool = False
    allow_private: bool = False
    state: str | None = None  # folder; None forgets
    max_bytes: int = 20 * MEGABYTE


def pages(crawl: Crawl, site_files: SiteFiles) -> Generator[Document, None, None]:
    """All pages, as they come. Closing it ends the crawl in good order.

    `robots.txt` and sitemaps that the spider met go to `site_files`.
    """
    if crawl.state:
        os.makedirs(crawl.state, exist_ok=True)
        path = os.path.join(crawl.state, PAGES)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as former:
                yield from map(read, map(json.loads, former))
    command = [sys.executable, "-m", "detector.web.spider", json.dumps(asdict(crawl))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                record = json.loads(line)
                if "site_file" in record:
                    site_files.add(record["site_file"], base64.b64decode(record["data"]))
                else:
                    yield read(record)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)  # Scrapy saves its queue and ends
                process.stdout.close()


def read(record: dict[str, Any]) -> Document:
    """One page of the spider: a document, or two views of it."""
    url = record["url"]
    if "error" in record:
        return Document(url, failure=Failure("unreachable", record["error"]))
    people = _document(record["visitor"])
    if "crawler" not in record:
        return Document(url, people.data, people.kind, people.charset, failure=people.failure)
    crawlers = _document(record["crawler"])
    return Views.of(
        url,
        View("visitor", "people", people, tuple(record["visitor"]["hops"])),
        View("crawler", "Baiduspider", crawlers, tuple(record["crawler"]["hops"])),
    )


def _document(view: dict[str, str]) -> Document:
    data = base64.b64decode(view["data"])
    failure = None if data.strip() else Failure("empty", f"{view['status']} without a page")
    return Document(view["uri"], data, None, view["charset"], failure=failure)

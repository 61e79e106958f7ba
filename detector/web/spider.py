"""A polite crawl of one site, in a process of its own: `python -m detector.web.spider`.

Scrapy does the crawling: robots.txt, delays, queues that survive an interruption (JOBDIR). Every
page is one JSON line on standard output, and in the state folder, so that a later run has it too.
The settings come as one JSON object on the command line.
"""

from __future__ import annotations

import base64
import gzip
import io
import ipaddress
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.linkextractors import LinkExtractor
from scrapy.resolver import CachingThreadedResolver
from scrapy.utils.sitemap import Sitemap

from detector.web.fetch import visitors
from detector.web.pinned import public

TOKEN = "seo-injection-detector"  # what robots.txt may name
AGENT = f"Mozilla/5.0 (compatible; {TOKEN}; site scan)"
PAGES = "pages.jsonl"
_MOST_SITEMAP = 50_000_000  # bytes of an unpacked sitemap; the protocol's own limit


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, which keeps what it found; private addresses are refused."""

    def getHostByName(self, name: str, timeout: Any = ()) -> Any:
        """As Twisted asks it."""
        return super().getHostByName(name, timeout).addCallback(_checked)


def _checked(address: str) -> str:
    if not public(address):
        raise OSError(f"{address} is not public")
    return address


class PublicAlone:
    """Refuses addresses that need no resolver, and schemes other than http(s)."""

    def process_request(self, request: scrapy.Request) -> None:
        """As Scrapy asks it, before every request, redirected ones too."""
        parts = urlsplit(request.url)
        try:
            literal = str(ipaddress.ip_address((parts.hostname or "").strip("[]")))
        except ValueError:
            literal = ""
        if parts.scheme not in ("http", "https") or (literal and not public(literal)):
            raise IgnoreRequest(f"{request.url[:120]} is not public")


class SiteSpider(scrapy.Spider):
    """Follows the links of one host, or what a sitemap lists of it."""

    name = "site"

    def __init__(self, wanted: dict[str, Any]) -> None:
        super().__init__()
        self.wanted = wanted
        self.host = urlsplit(wanted["url"]).netloc.lower()
        self.left = int(wanted["max_pages"])
        self.links = LinkExtractor(tags=("a", "area"), unique=True)
        self.copy: Any = None
        if wanted["state"]:
            path = os.path.join(wanted["state"], PAGES)
            self.copy = open(path, "a", encoding="utf-8")  # noqa: SIM115 - closed at the end
            with open(path, encoding="utf-8") as former:
                self.left -= sum(1 for _ in former)

    @property
    def _over(self) -> bool:
        """No more pages; with a state those under way are kept, since nobody asks them again."""
        return self.left <= 0 and not self.copy

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """The first requests: the page, and what its host tells crawlers."""
        yield self._ask(self.wanted["url"])
        robots = urljoin(self.wanted["url"], "/robots.txt")
        yield scrapy.Request(robots, self.robots, headers={"User-Agent": AGENT}, errback=_nothing)

    def robots(self, response: Response) -> None:
        """What it names is compared with the pages (`detector.site_files`)."""
        if response.status == 200:
            _hand_on(response.url, response.body)

    def _ask(self, url: str, **meta: Any) -> scrapy.Request:
        who = "browser" if self.wanted["two_views"] else ""
        return self._as(who, url, self.page, meta)

    def _as(self, who: str, url: str, then: Any, meta: dict[str, Any]) -> scrapy.Request:
        headers = dict(visitors()[who].headers) if who else {"User-Agent": AGENT}
        again = who == "baiduspider"
        return scrapy.Request(
            url, then, headers=headers, errback=self.failed, dont_filter=again,
            meta={"asked": url, "cookiejar": who, **meta},
        )  # fmt: skip

    def page(self, response: Response) -> Iterator[Any]:
        """A page or a sitemap."""
        if self._over:
            return
        yield from self._sitemap(response)
        if not isinstance(response, TextResponse) or response.meta.get("sitemap"):
            return
        here = urlsplit(response.url).netloc.lower() == self.host
        if here and isinstance(response, HtmlResponse):
            for link in self.links.extract_links(response):
                if urlsplit(link.url).netloc.lower() == self.host:
                    yield self._ask(link.url.partition("#")[0])
        view = _view(response)
        if self.wanted["two_views"]:
            meta = {"visitor": view}
            yield self._as("baiduspider", response.meta["asked"], self.second, meta)
        else:
            self.emit(response.meta["asked"], {"visitor": view})

    def second(self, response: Response) -> None:
        """The same page as the crawler gets it."""
        views = {"visitor": response.meta["visitor"], "crawler": _view(response)}
        self.emit(response.meta["asked"], views)

    def failed(self, failure: Any) -> None:
        """A request that came to nothing: told, unless robots.txt forbids it."""
        request = failure.request
        if failure.check(IgnoreRequest):
            return
        views = {"error": f"{failure.type.__name__}: {failure.getErrorMessage()}"[:300]}
        self.emit(request.meta.get("asked", request.url), views)

    def emit(self, url: str, views: dict[str, Any]) -> None:
        """Write one page down."""
        if self._over:
            return
        self.left -= 1
        line = json.dumps({"url": url, **views})
        if self.copy:
            self.copy.write(line + "\n")
            self.copy.flush()
        print(line, flush=True)
        if self.left <= 0:
            self.crawler.engine.close_spider(self, "max_pages")

    def closed(self, reason: str) -> None:
        """Close the copy."""
        if self.copy:
            self.copy.close()

    def _sitemap(self, response: Response) -> Iterator[scrapy.Request]:
        """What a sitemap lists of this host; marks the response as one."""
        body = response.body
        if body[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(body)) as packed:
                body = packed.read(_MOST_SITEMAP)
        if b"<urlset" not in body[:2000] and b"<sitemapindex" not in body[:2000]:
            return
        response.meta["sitemap"] = True
        _hand_on(response.url, body)
        for entry in Sitemap(body):
            url = entry["loc"].strip()
            if urlsplit(url).netloc.lower() == self.host:
                yield self._ask(url)


def _nothing(failure: Any) -> None:
    """A `robots.txt` that does not come is no page that is missing."""


def _hand_on(url: str, body: bytes) -> None:
    data = base64.b64encode(body[:_MOST_SITEMAP]).decode()
    print(json.dumps({"site_file": url, "data": data}), flush=True)


def _view(response: Response) -> dict[str, Any]:
    charset = ""
    if isinstance(response, TextResponse):
        charset = response._declared_encoding() or ""
    return {
        "uri": response.url,
        "status": response.status,
        "hops": [*response.meta.get("redirect_urls", []), response.url][1:],
        "charset": charset,
        "data": base64.b64encode(response.body).decode(),
    }


def settings(wanted: dict[str, Any]) -> dict[str, Any]:
    """Scrapy's settings for one crawl."""
    made: dict[str, Any] = {
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": TOKEN,
        "USER_AGENT": AGENT,
        "DOWNLOAD_DELAY": wanted["delay"],
        "CONCURRENT_REQUESTS": wanted["concurrency"],
        "CONCURRENT_REQUESTS_PER_DOMAIN": wanted["concurrency"],
        "AUTOTHROTTLE_ENABLED": wanted["delay"] > 0,
        "AUTOTHROTTLE_START_DELAY": wanted["delay"],
        "DOWNLOAD_TIMEOUT": 20,
        "DOWNLOAD_MAXSIZE": wanted["max_bytes"],
        "DOWNLOAD_WARNSIZE": 0,
        "DEPTH_LIMIT": wanted["depth"],
        "REDIRECT_MAX_TIMES": 10,
        "RETRY_TIMES": 1,
        "HTTPERROR_ALLOW_ALL": True,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "ERROR",
        "HTTPPROXY_ENABLED": False,
    }
    if wanted["state"]:
        made["JOBDIR"] = os.path.join(wanted["state"], "queue")
    if not wanted["allow_private"]:
        made["DNS_RESOLVER"] = PublicResolver
        made["DOWNLOADER_MIDDLEWARES"] = {PublicAlone: 50}
    return made


def main() -> None:
    """Crawl as the settings on the command line say."""
    from scrapy.crawler import CrawlerProcess

    wanted = json.loads(sys.argv[1])
    process = CrawlerProcess(settings(wanted))
    process.crawl(SiteSpider, wanted=wanted)
    process.start()


if __name__ == "__main__":
    main()

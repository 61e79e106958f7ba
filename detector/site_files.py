"""`robots.txt` and sitemaps as they are met beside pages: what they list, counted.

They are no pages and are not scanned. Memory is bounded: counts by host, and numbers of the
listed pages whose names no person gives.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from zlib import MAX_WBITS, decompressobj
from zlib import error as ZlibError

from detector.hosts import host_of
from detector.patterns import pattern
from detector.site_facts import key_of, number, place_of

MOST_BYTES = 50_000_000  # of one unpacked sitemap: the protocol's own limit
MOST_ENTRIES = 50_000  # of one sitemap, as the protocol has it
MOST_NUMBERS = 20_000  # of listed random names, by site
MOST_HOSTS = 200  # by site
MOST_SITES = 10_000
EXAMPLES = 3
_LOC = pattern(r"<loc>\s*(?:<!\[CDATA\[)?([^<\]]{1,2000})", re.I)
_SITEMAP = pattern(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.I | re.M)
_NAME = pattern(r"[a-z0-9]{5,40}")
_TURNS = pattern(r"[a-z][0-9]|[0-9][a-z]")
_FILE = pattern(r"(?:^|/)(robots\.txt|[\w.-]*sitemap[\w.-]*\.xml(?:\.gz)?)$", re.I)


def random_name(uri: str) -> bool:
    """Whether an address ends in a name that no person gives: `x7k2q9`."""
    path = uri.partition("#")[0].rstrip("/").lower()
    path, _, query = path.partition("?")
    last = path.rpartition("/")[2].partition(".")[0]
    names = _NAME.findall(query if query and len(last) < 6 else last)
    return any(len(_TURNS.findall(name)) >= 2 for name in names)


def is_site_file(path: str) -> bool:
    """Whether a name is that of a `robots.txt` or a sitemap."""
    return bool(_FILE.search(path.partition("?")[0]))


@dataclass(slots=True)
class Listed:
    """What the sitemaps and the `robots.txt` of one site list."""

    entries: int = 0
    named: int = 0  # entries with a name that a person gives
    random: int = 0
    named_numbers: array[int] = field(default_factory=lambda: array("I"))
    random_numbers: array[int] = field(default_factory=lambda: array("I"))
    random_examples: list[str] = field(default_factory=list)
    hosts: Counter[str] = field(default_factory=Counter)
    host_examples: dict[str, str] = field(default_factory=dict)
    robots: list[str] = field(default_factory=list)  # sitemaps that robots.txt names


@dataclass(slots=True)
class SiteFiles:
    """What was listed, by site."""

    sites: dict[str, Listed] = field(default_factory=dict)

    def add(self, uri: str, data: bytes, roots: tuple[str, ...] = ()) -> None:
        """Note a `robots.txt` or a sitemap, packed or not."""
        site, path = place_of(uri, roots)
        if site not in self.sites and len(self.sites) >= MOST_SITES:
            return
        text = _unpacked(data).decode("utf-8", "replace")
        if path.partition("?")[0].lower().endswith("robots.txt"):
            named = _SITEMAP.findall(text)
            if named:
                self._of(site).robots.extend(named[:20])
        elif "<urlset" in text[:5000] or "<sitemapindex" in text[:5000]:
            found = islice(_LOC.finditer(text), MOST_ENTRIES)
            self.entries(site, (unescape(match[1]).strip() for match in found))

    def entries(self, site: str, addresses: Iterable[str]) -> None:
        """Note the addresses that a sitemap of the site lists."""
        listed = self._of(site)
        for address in addresses:
            host = host_of(address).removeprefix("www.")
            listed.entries += 1
            if host in listed.hosts or len(listed.hosts) < MOST_HOSTS:
                listed.hosts[host] += 1
                listed.host_examples.setdefault(host, address)
            random = random_name(address)
            numbers = listed.random_numbers if random else listed.named_numbers
            listed.random += random
            listed.named += not random
            if len(numbers) < MOST_NUMBERS:
                path = address.partition("://")[2].partition("/")[2]
                numbers.append(number(site, "page", key_of(path)))
            if random and len(listed.random_examples) < EXAMPLES:
                listed.random_examples.append(address)

    def _of(self, site: str) -> Listed:
        return self.sites.setdefault(site, Listed())


def _unpacked(data: bytes) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return data[:MOST_BYTES]
    try:
        return decompressobj(MAX_WBITS | 16).decompress(data, MOST_BYTES)
    except ZlibError:
        return b""

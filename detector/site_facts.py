"""What one page tells of its site: its place in it, its links into it, the marks of its template.

Numbers alone cross to the process that holds the site (`detector.sites`): a site is judged
without its pages, and what is kept of a page does not grow with it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote
from zlib import crc32

from detector.hosts import host_of
from detector.types import Page

MOST_LINKS = 500  # links of one page that are followed, and marks of its template
MOST_BLOCKS = 12  # blocks of navigation and footer among the marks
LONGEST = 300  # characters of such a block: longer ones are no furniture of a template
_INDEX = frozenset(("index", "default", "home"))
_ELSEWHERE = ("#", "mailto:", "tel:", "javascript:", "data:")


def place_of(uri: str, roots: Sequence[str] = ()) -> tuple[str, str]:
    """(site, path in it) of a page: the host of an address; of a file the folder that was named.

    `roots` are the folders that were named; a file under none of them has its own folder.
    """
    scheme, found, rest = uri.partition("://")
    if found and scheme != "file":
        host, _, path = rest.partition("/")
        return host.rpartition("@")[2].lower().removeprefix("www."), path.partition("#")[0]
    path = rest if found else uri
    for root in roots:
        folder = root.rstrip("/") + "/"
        if root == "." or path.startswith(folder):
            return folder, path.removeprefix(folder).removeprefix("./")
    folder, slash, name = path.rpartition("/")
    return folder + slash or ".", name


def key_of(path: str) -> str:
    """A path in one spelling: decoded, `index.html` as its folder, no slash at the ends."""
    path, _, query = path.partition("?")
    folder, slash, name = unquote(path).strip("/").rpartition("/")
    if name.partition(".")[0].lower() in _INDEX and "." in name:
        name, slash = "", ""
    return folder + slash + name + (f"?{query}" if query else "")


def target(base: str, href: str) -> str | None:
    """The path in the site that a link of the site itself leads to; None for no page.

    `base` is the path of the page. Quicker than `urljoin`, and paths alone.
    """
    href = href.partition("#")[0].strip()
    if not href or href.lower().startswith(_ELSEWHERE):
        return None
    if host_of(href):
        return key_of(href.partition("//")[2].partition("/")[2])
    if href.startswith("/"):
        return key_of(href)
    if href.startswith("?"):
        return key_of(base.partition("?")[0] + href)
    folder = base.partition("?")[0].rpartition("/")[0]
    path, mark, query = href.partition("?")
    joined = posixpath.normpath(posixpath.join(folder, path))
    slash = "/" if path.endswith("/") else ""
    return key_of(joined.lstrip("./") + slash + mark + query)


def number(site: str, kind: str, words: str) -> int:
    """A 32-bit number of something in a site: the same in every process."""
    return crc32(f"{site}\0{kind}\0{words}".encode("utf-8", "replace"))


def facts(page: Page, roots: Sequence[str] = ()) -> dict[str, Any]:
    """`{"site", "path", "home", "uri", "kind", "language", "size", "host", "links", "marks"}`.

    `size` is characters of text, `links` are numbers of pages of the site that this one links
    to, `marks` numbers of what pages of one template share: scripts, links into the site, words
    of navigation and footer.
    """
    site, path = place_of(page.uri, roots)
    own = key_of(path)
    targets = {
        found
        for link in page.links[:MOST_LINKS]
        if not link.host and (found := target(path, link.href)) is not None and found != own
    }
    return {
        "site": site,
        "path": number(site, "page", own),
        "home": not own,
        "uri": page.uri,
        "kind": page.kind,
        "language": page.language,
        "size": sum(len(block.text) for block in page.blocks if block.hidden is None),
        "host": page.host,
        "links": sorted(number(site, "page", each) for each in targets),
        "marks": sorted(number(site, "mark", each) for each in {*_marks(page), *targets} if each),
    }


def _marks(page: Page) -> Iterator[str]:
    for script in page.scripts[:MOST_LINKS]:
        if script.src:
            yield "script " + script.src.partition("?")[0].rpartition("/")[2]
    blocks = (b for b in page.blocks if b.role in ("navigation", "footer") and b.hidden is None)
    for _, block in zip(range(MOST_BLOCKS), blocks, strict=False):
        if 0 < len(block.text) <= LONGEST:
            yield "words " + block.text

"""Public extractors: teachers of pages that nobody annotated, and peers to measure beside.

They come with the `bench` extra; nothing on the scan's path imports them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator

from detector.learn.block_labels import Example

_LINES = "br p div li h1 h2 h3 h4 h5 h6 tr td blockquote pre".split()


def trafilatura(html: str) -> str:
    """Its default extraction, without comments, as in its own evaluation."""
    import trafilatura as library

    return library.extract(html, include_comments=False, include_tables=True) or ""


def resiliparse(html: str) -> str:
    """Its main content."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse(html)
    return extract_plain_text(tree, main_content=True, alt_texts=False, links=False) or ""


def readability(html: str) -> str:
    """readability-lxml's summary as text."""
    import lxml.html
    from readability import Document

    tree = lxml.html.fromstring(Document(html).summary(html_partial=True))
    for element in tree.iter(*_LINES):
        element.tail = "\n" + (element.tail or "")
    return str(tree.text_content())


PEERS: dict[str, Callable[[str], str]] = {
    "trafilatura": trafilatura,
    "resiliparse": resiliparse,
    "readability-lxml": readability,
}


def extract(name: str, html: str) -> str:
    """What an extractor keeps; "" where it fails, which pages in the wild make it do."""
    try:
        return PEERS[name](html)
    except Exception:
        return ""


def with_peers(examples: Iterable[Example]) -> Iterator[Example]:
    """The same pages, each with what the three keep."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("readability").setLevel(logging.CRITICAL)
    for example in examples:
        example.peers = tuple(extract(name, example.html) for name in PEERS)
        yield example

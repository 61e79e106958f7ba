"""Tells HTML, extracted text and binary data apart by name and by bytes."""

from __future__ import annotations

import os
import re

from detector.types import Kind

HTML_SUFFIXES = frozenset((".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".jsp"))
TEXT_SUFFIXES = frozenset((".txt", ".md"))
PAGE_SUFFIXES = HTML_SUFFIXES | TEXT_SUFFIXES
UNKNOWN_BINARY = "binary data"

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "zstandard data"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"SQLite format 3\x00", "a database"),
    (b"PAR1", "a Parquet file"),
)
# Decisive: no plain text starts with or holds these by chance.
_DOCUMENT = re.compile(rb"<!doctype\s+html|<(?:html|head|body|frameset)[\s>]|<\?php|<%@", re.I)
_STARTS = re.compile(rb"\s*(?:<!--|<!doctype\s+html|<html[\s>]|<\?xml|<\?php)", re.I)
_TAG = re.compile(
    rb"</?(?:a|p|br|hr|b|i|ul|ol|li|h[1-6]|div|span|table|t[drh]|img|font|center|script|style|title"
    rb"|meta|link|section|article|nav|header|footer|main|form|iframe|marquee|strong|em)[\s/>]",
    re.I,
)
_CONTROL = bytes(b for b in range(32) if b not in b"\t\n\x0b\x0c\r\x1b")  # ESC: ISO-2022-JP


def suffix(name: str) -> str:
    """The last extension of a path, lower case, with its dot; "" without one."""
    return os.path.splitext(name)[1].lower()


def looks_html(head: bytes) -> bool:
    """Whether the first bytes of something without a telling name are HTML.

    A document's own tags decide; fragments need three tags, so that a text
    that mentions one stays a text.
    """
    head = head.replace(b"\0", b"")  # UTF-16, and NULs strewn in
    if _DOCUMENT.search(head):
        return True
    return sum(1 for _ in zip(_TAG.finditer(head), range(3), strict=False)) == 3


def binary_reason(head: bytes) -> str:
    """What binary thing the first bytes are ("a PNG image"), or "" for text or HTML.

    HTML wins over a signature: web shells and doorways hide behind `GIF89a`.
    """
    if head.startswith(_BOMS) or looks_html(head):
        return ""
    for magic, words in _MAGIC:
        if head.startswith(magic):
            return words
    if not head:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > 0.3 * len(head) / 2 and min(even, odd) < 0.02 * len(head):
        return ""  # UTF-16 without a byte-order mark
    if len(head) - len(head.translate(None, _CONTROL)) > 0.1 * len(head):
        return UNKNOWN_BINARY
    return ""


def kind_of(name: str, head: bytes) -> Kind:
    """Extracted text or HTML, by the extension first, then by the bytes."""
    ending = suffix(name)
    if ending in HTML_SUFFIXES:
        return "html"
    if ending == ".md":
        return "text"
    if ending == ".txt":  # saved pages are often named .txt: only a document's start counts
        bare = head.removeprefix(_BOMS[0]).replace(b"\0", b"")
        start = _STARTS.match(bare)
        return "html" if start and looks_html(bare) else "text"
    return "html" if looks_html(head) else "text"

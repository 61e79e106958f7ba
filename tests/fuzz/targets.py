"""What is fuzzed: functions of bytes that raise where a promise is broken.

None needs atheris: `run.py` drives them by coverage, `test_finds.py` over the kept finds.
The first byte of an input may choose a variant, so that finds stay single files.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from detector import scripts
from detector.cleaning import Cleaned, Job
from detector.cleaning.warc import clean
from detector.decode import declared_charset, decode, is_binary, looks_like_html
from detector.dom import BlockPlace
from detector.limits import Limits
from detector.normalise import apply, exact_edits, fold, fold_all
from detector.page import read_page
from detector.policy import Policy, PolicyError
from detector.report.jsonl import to_json, to_line
from detector.scan import Scanner
from detector.sources import Counts, Options
from detector.sources.files import read_stream
from detector.sources.warc import read_warc
from detector.style import InheritedStyle, StyleSheet, benign, cascade, hiding, inline
from detector.types import Document, Page

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
LIMITS = Limits(max_bytes=200_000, max_line_bytes=100_000, ratio_grace=1_000_000)
CHARSETS = ("", "gbk", "big5", "shift_jis", "euc-kr", "euc-jp", "latin1", "iso-2022-jp", "utf-16")
NAMES = ("-", "x.warc", "x.warc.gz", "x.jsonl", "x.html", "x.zip", "x.tar.gz", "x.txt", "x.wet")


def decoding(data: bytes) -> None:
    """Any bytes decode; every character leads back to its bytes."""
    charset, data = CHARSETS[data[0] % len(CHARSETS)] if data else "", data[1:]
    got = decode(data, charset=charset)
    assert "\r" not in got.text
    offsets = [got.byte_offset(at) for at in range(len(got.text) + 1)]
    assert all(a <= b for a, b in pairwise(offsets)), "offsets go back"
    assert offsets[-1] == len(data)
    assert got.replace([]) == data
    assert got.replace([(0, len(got.text), "x")]).endswith(got.encode("x"))
    is_binary(data)
    looks_like_html(data)
    declared_charset(data)


def walk(data: bytes) -> None:
    """Any markup becomes a page whose offsets stay within it."""
    page = read_page(data, kind="html", limits=LIMITS)
    for link in page.links:
        if link.block >= 0:
            assert 0 <= link.start <= link.end <= len(page.blocks[link.block].text)
            assert link.index in page.blocks[link.block].links
        inside(page, link.place.outer())
    for number, block in enumerate(page.blocks):
        assert block.index == number
        assert block.text
        location = block.place.location()
        assert location.line is None or 1 <= location.line <= page.source.count("\n") + 1
        inside(page, block.place.outer())
        if isinstance(block.place, BlockPlace):
            for span in block.place.source_spans(page.source, 0, len(block.text)) or ():
                inside(page, span)


def inside(page: Page, span: tuple[int, int] | None) -> None:
    """Raise where a span does not lie in the source."""
    assert span is None or 0 <= span[0] <= span[1] <= len(page.source), span


@dataclass(frozen=True, eq=False)
class Element:
    """What style looks at, and its parent."""

    tag: str
    id: str
    classes: list[str]
    attributes: dict[str, Any]
    parent: Element | None


def style(data: bytes) -> None:
    """Any text is a sheet and an attribute; rules that hide tell by what."""
    text = data.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
    css, _, own = text.partition("\0")
    sheet = StyleSheet.parse([css, f".box{{{own}"], LIMITS)
    element: Element | None = None
    inherited = InheritedStyle()
    for tag, name, classes in (("html", "", ""), ("div", "card", "box wide"), ("p", "", "a menu")):
        names = classes.split()
        attributes = {"class": names, "title": own[:50], "hidden": None}
        element = Element(tag, name, names, attributes, element)
        declared = cascade(sheet.declarations(element), inline(own))
        inherited = inherited.child(declared)
        found = hiding(declared, inherited)
        if found is not None:
            assert found[1]
            benign(element, found[0], sheet)
        sheet.interactive(element)


def script(data: bytes) -> None:
    """Any code gets an answer to every question."""
    code = data.decode("utf-8", "surrogateescape")  # lone surrogates too
    scripts.unfold(code)
    for _, name, value in scripts.hides(code):
        scripts.declaration_hides(name, value)
    scripts.writes(code)
    scripts.wrapper(code)
    scripts.redirects(code)
    scripts.titles(code)
    scripts.remote(code)
    scripts.obfuscated(code)
    scripts.encoded(code)


def normaliser(data: bytes) -> None:
    """Folding is idempotent and leads back; exact edits stand apart and in order."""
    text = data.decode("utf-8", "replace")
    folded = fold(text)
    assert fold(folded.text).text == folded.text
    assert fold_all([text, text])[1].text == folded.text
    last = (0, 0)
    for at in range(len(folded.text)):
        start, end = folded.origin(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert start >= last[0] and end >= last[1]
        last = start, end
    at = 0
    edits = exact_edits(text)
    for edit in edits:
        assert at <= edit.start < edit.end <= len(text)
        at = edit.end
    apply(text, edits)


def sources(data: bytes) -> None:
    """Any file gives documents or named failures, and the counts add up."""
    name, data = NAMES[data[0] % len(NAMES)] if data else "-", data[1:]
    counts = Counts()
    for document in read_stream(io.BytesIO(data), name, Options(LIMITS), counts):
        assert document.uri
        if document.failure is not None:
            assert document.failure.kind and document.failure.message
        assert len(document.data) <= LIMITS.max_bytes


def warc(data: bytes) -> None:
    """Any archive is read; cleaned of nothing it holds the same pages."""
    whole = _pages(data)
    job = Job("x.warc", limits=LIMITS)
    out = b"".join(chain.from_iterable(clean(io.BytesIO(data), job, _unchanged)))
    assert job.tally.errors or _pages(out) == whole


def _pages(archive: bytes) -> list[tuple[str, bytes]]:
    found = []
    for document in read_warc(io.BytesIO(archive), "x.warc", LIMITS, Counts()):
        assert document.uri
        assert document.failure is None or document.failure.message
        assert len(document.data) <= LIMITS.max_bytes
        if document.failure is None:
            found.append((document.uri, document.data))
    return found


def _unchanged(documents: Iterator[Document]) -> Iterator[Cleaned]:
    for document in documents:
        failure = document.failure
        error = {"error": {"message": failure.message}} if failure else {}
        yield Cleaned("error" if failure else "clean", error, None)


def policy(data: bytes) -> None:
    """A policy is one, or a `PolicyError` says what is wrong with it."""
    try:
        Policy.parse(data, "policy.toml")
    except PolicyError as error:
        assert str(error).startswith("policy.toml:"), error


_SCANNER = Scanner(limits=LIMITS)


def scan(data: bytes) -> None:
    """Any page has a result; quotes stand at their spans, removals in the text."""
    result, page = _SCANNER.scan_page(Document("https://fuzz.example/", data))
    record = to_json(result)
    assert to_line(record).count(b"\n") == 1
    if page is None or result.content is None:
        assert result.error is not None and result.error.kind
        return
    content = result.content
    fields = {
        "text": content.text, "title": content.title,
        "description": content.description, "keywords": content.keywords,
    }  # fmt: skip
    for finding in record["findings"]:
        span = finding["span"]
        if span is not None:
            assert fields[span["of"]][span["start"] : span["end"]] == finding["text"], finding
    for removed in content.removed:
        assert content.text[removed.start : removed.end] == removed.text


Target = Callable[[bytes], None]
TARGETS: dict[str, Target] = {
    f.__name__: f for f in (decoding, walk, style, script, normaliser, sources, warc, policy, scan)
}


def seeds(name: str) -> Iterator[bytes]:
    """Inputs to begin with: this project's own pages, scripts and sheets."""
    pages = [path.read_bytes() for path in sorted(CASES.rglob("input.*"))]
    if name in ("decoding", "sources"):
        yield from (bytes([number % 9]) + page for number, page in enumerate(pages))
    elif name in ("walk", "scan"):
        yield from pages
    elif name == "normaliser":
        yield from (page[:3000] for page in pages)
    elif name in ("style", "script"):
        opening, end = (b"<style", b"</style") if name == "style" else (b"<script", b"</script")
        for page in pages:
            for piece in page.split(opening)[1:]:
                yield piece.partition(b">")[2].partition(end)[0]
    elif name == "policy":
        yield from (path.read_bytes() for path in sorted(ROOT.rglob("policy*.toml")))
        yield b'flag = 0.5\nallowed_hosts = ["a.example"]\n[category.gambling]\nreview = 0.2\n'
    yield from chain.from_iterable(_archives(page) for page in pages[:20] if name == "warc")


def _archives(page: bytes) -> Iterator[bytes]:
    """An archive of that page, plain and compressed."""
    import gzip

    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    head = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/\r\n"
        b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n"
    )
    record = head % len(body) + body + b"\r\n\r\n"
    yield record * 2
    yield gzip.compress(record) * 2

"""Web archives: pages with their charset, texts, and reading on after damage."""

from __future__ import annotations

import gzip
import io

import pytest

from detector.limits import Limits
from detector.sources import Counts
from detector.sources.warc import read_warc
from detector.types import Document

PAGE = b"<!doctype html><title>Harbour</title><p>Ferries leave at nine.</p>"


def record(
    uri: str,
    body: bytes = PAGE,
    *,
    kind: str = "response",
    mime: str = "text/html",
    headers: bytes = b"",
    length: int | None = None,
) -> bytes:
    if kind == "response":
        http = b"HTTP/1.1 200 OK\r\nContent-Type: " + mime.encode() + b"\r\n" + headers + b"\r\n"
        payload, outer = http + body, "application/http; msgtype=response"
    else:
        payload, outer = body, mime
    length = len(payload) if length is None else length
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nContent-Type: {outer}\r\n"
        f"WARC-Record-ID: <urn:uuid:{uri}>\r\nContent-Length: {length}\r\n\r\n"
    )
    return head.encode() + payload + b"\r\n\r\n"


def packed(*uris: str) -> list[bytes]:
    return [gzip.compress(record(u, PAGE * 50)) for u in uris]


def read(data: bytes, limits: Limits | None = None) -> tuple[list[Document], Counts]:
    counts = Counts()
    stream = io.BytesIO(data)
    return list(read_warc(stream, "x.warc", limits or Limits(), counts)), counts


def good(documents: list[Document]) -> list[str]:
    return [d.uri for d in documents if d.failure is None]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_responses_carry_the_charset_of_their_header(pack: type) -> None:
    data = pack(record("https://a.example/", mime="text/html; charset=gbk"))
    (document,), _ = read(data)
    assert (document.uri, document.kind, document.charset) == ("https://a.example/", "html", "gbk")
    assert document.data == PAGE


def test_wet_conversions_are_text() -> None:
    body = "港口\n九点开船".encode()
    (document,), _ = read(record("a", body, kind="conversion", mime="text/plain"))
    assert (document.kind, document.data, document.charset) == ("text", body, "utf-8")


def test_records_without_a_page_are_counted() -> None:
    data = b"".join(
        [
            record("a", b"\x89PNG\r\n\x1a\n", mime="image/png"),
            record("b", b"\x89PNG\r\n\x1a\n" + bytes(40), mime="application/octet-stream"),
            record("c", b"", kind="revisit", mime="application/http"),
            record("d", b""),
            record("e", kind="resource"),
        ]
    )
    documents, counts = read(data)
    assert good(documents) == ["e"]
    assert counts.records == 4


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE), b"Transfer-Encoding: chunked\r\n"),
        (gzip.compress(PAGE), b"Content-Encoding: gzip\r\n"),
        (PAGE, b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),  # already undone
    ],
)
def test_bodies_are_decoded_as_http_says_where_that_is_true(body: bytes, headers: bytes) -> None:
    (document,), _ = read(record("a", body, headers=headers))
    assert (document.data, document.truncated) == (PAGE, False)


def test_a_compressed_body_stays_within_the_limit() -> None:
    body = gzip.compress(PAGE + bytes(10_000_000))
    (document,), _ = read(
        record("a", body, headers=b"Content-Encoding: gzip\r\n"), Limits(max_bytes=50_000)
    )
    assert (len(document.data), document.truncated) == (50_000, True)


def test_damage_inside_a_member_costs_that_page_alone() -> None:
    a, b, c = packed("a", "b", "c")
    at = len(b) // 2
    b = b[:at] + bytes([b[at] ^ 255, b[at + 1] ^ 255]) + b[at + 2 :]
    documents, counts = read(a + b + c)
    assert good(documents) == ["a", "c"]
    failures = [d.failure for d in documents if d.failure]
    assert len(failures) == 1
    assert failures[0].kind == "damaged"
    assert f"at byte {len(a)} " in failures[0].message
    assert counts.salvaged >= 1


def test_junk_between_members_is_reported_and_loses_no_page() -> None:
    a, b = packed("a", "b")
    documents, counts = read(a + b"junk" * 40 + b)
    assert good(documents) == ["a", "b"]
    assert [d.failure.kind for d in documents if d.failure] == ["damaged"]
    assert counts.salvaged == 1


def test_a_member_whose_start_is_damaged_is_reported() -> None:
    a, b, c = packed("a", "b", "c")
    documents, _ = read(a + b"\x1f\x8b\x08" + bytes(20) + b[23:] + c)
    assert good(documents) == ["a", "c"]
    assert len(documents) == 3


def test_an_archive_cut_in_its_last_member() -> None:
    a, b = packed("a", "b")
    documents, _ = read(a + b[:-40])
    assert good(documents[:1]) == ["a"]
    last = documents[-1]
    assert last.truncated or (last.failure is not None and last.failure.kind == "damaged")


def test_a_length_too_long_does_not_swallow_the_records_after_it() -> None:
    data = record("a") + record("b", length=600) + record("c") + record("d")
    documents, _ = read(data)
    assert good(documents)[0] == "a"
    assert {"c", "d"} <= set(good(documents))


def test_no_archive_at_all_is_one_failure() -> None:
    documents, _ = read(b"hello world " * 50)
    assert [d.failure.kind for d in documents if d.failure] == ["damaged"]


def test_a_record_over_the_limit_is_jumped_over() -> None:
    data = gzip.compress(record("a", PAGE + bytes(3_000_000))) + gzip.compress(record("b"))
    documents, _ = read(data, Limits(max_record_bytes=1_000_000))
    assert good(documents) == ["b"]
    assert documents[0].failure is not None
    assert documents[0].uri == "a"


def test_a_stream_that_cannot_seek_gives_what_stands_before_the_damage() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    a, b = packed("a", "b")
    documents = list(read_warc(Pipe(a + b"junk" * 40 + b), "-", Limits(), Counts()))
    assert good(documents) == ["a"]
    assert documents[-1].failure is not None
    assert "nothing after it could be read" in documents[-1].failure.message

"""JSON lines: every line is a document, good or failed."""

from __future__ import annotations

import gzip
import io
import json
import os

import pytest

from detector.limits import Limits
from detector.sources.jsonl import read_jsonl
from detector.sources.streams import inflate
from detector.types import Document


def read(data: bytes, limits: Limits | None = None) -> list[Document]:
    return list(read_jsonl(io.BytesIO(data), "x.jsonl", limits or Limits()))


def test_html_and_text_lines() -> None:
    data = b'{"url": "https://a.example/", "html": "<p>\xc3\xa9"}\n\n{"text": "plain"}'
    first, second = read(data)
    assert (first.uri, first.kind, first.charset) == ("https://a.example/", "html", "utf-8")
    assert first.data.decode() == "<p>é"
    assert (second.uri, second.kind, second.data) == ("x.jsonl:3", "text", b"plain")


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        (b"{oops", "damaged", "line 2 of x.jsonl is not JSON"),
        (b'{"html": "\xff"}', "damaged", "line 2 of x.jsonl is not UTF-8"),
        (b"[1]", "damaged", "line 2 of x.jsonl is not a JSON object"),
        (b'{"url": "u"}', "no-content", "neither `html` nor `text`"),
        (b'{"html": " "}', "empty", "empty"),
        (b"[" * 100_000, "damaged", "line 2 of x.jsonl is not JSON"),
    ],
)
def test_a_bad_line_is_named_and_the_next_is_read(line: bytes, kind: str, words: str) -> None:
    _, bad, good = read(b'{"text": "a"}\n' + line + b'\n{"text": "b"}\n')
    assert bad.failure is not None
    assert bad.failure.kind == kind
    assert words in bad.failure.message
    assert good.data == b"b"


def test_a_line_over_the_limit_is_skipped() -> None:
    long = json.dumps({"text": "x" * 5000}).encode()
    first, second = read(long + b'\n{"text": "b"}\n', Limits(max_line_bytes=1000))
    assert first.failure is not None
    assert first.failure.kind == "too-large"
    assert second.data == b"b"


def test_a_page_over_the_limit_is_cut() -> None:
    (document,) = read(b'{"text": "' + b"x" * 500 + b'"}', Limits(max_bytes=100))
    assert (len(document.data), document.truncated) == (100, True)


def test_lone_surrogates_do_not_break_anything() -> None:
    (document,) = read(b'{"url": "u\\ud800", "text": "a\\udfff"}')
    assert (document.uri, document.data) == ("u?", b"a?")


def test_damaged_gzip_gives_the_lines_before_it_and_one_failure() -> None:
    lines = [json.dumps({"text": os.urandom(500).hex()}) for _ in range(200)]
    packed = gzip.compress("\n".join(lines).encode())
    stream = inflate(io.BytesIO(packed[: len(packed) // 2]), Limits())
    documents = list(read_jsonl(stream, "x.jsonl.gz", Limits()))
    assert len(documents) > 50
    assert all(d.failure is None for d in documents[:-1])
    assert documents[-1].failure is not None
    assert "cannot be read, nor what follows" in documents[-1].failure.message

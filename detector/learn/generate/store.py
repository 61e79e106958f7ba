"""Labelled data on disk: a WARC and a JSONL of the same stem."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from detector.learn.generate.sample import Sample

DATE = "2026-01-01T00:00:00Z"  # fixed, so that the same samples give the same bytes


def record(sample: Sample) -> bytes:
    """One WARC response record, gzipped as a member of its own."""
    kind = "text/plain; charset=utf-8" if sample.kind == "text" else "text/html"
    body = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode() + sample.data
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid5(NAMESPACE_URL, sample.uri)}>\r\n"
        f"WARC-Target-URI: {target(sample.uri)}\r\nWARC-Date: {DATE}\r\n"
        "Content-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + body + b"\r\n\r\n", compresslevel=6, mtime=0)


def target(uri: str) -> str:
    """The address as a WARC header may hold it: no white space, ASCII."""
    return quote(uri, safe="!#$%&'()*+,/:;=?@[]~")


def write_labelled(samples: Iterable[Sample], folder: str | Path, stem: str = "pages") -> int:
    """Write `<stem>.warc.gz` and `<stem>.jsonl` into `folder`; returns how many.

    The same samples give the same bytes. The charset is left to the page's own meta.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    count = 0
    with (
        (place / f"{stem}.warc.gz").open("wb") as archive,
        (place / f"{stem}.jsonl").open("w", encoding="utf-8") as lines,
    ):
        for sample in samples:
            archive.write(record(sample))
            row = {**sample.record(), "uri": target(sample.uri)}
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count

"""Labelled data on disk: a WARC and a JSONL of the same stem."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from detector.learn.generate.sample import Sample

DATE = "2026-01-01T00:00:00Z"  # fixed, so that the same samples give the same bytes


def write_labelled(samples: Iterable[Sample], folder: str | Path, stem: str = "pages") -> int:
    """Write `<stem>.warc.gz` and `<stem>.jsonl` into `folder`; returns how many.

    The same samples give the same bytes. The charset is left to the page's own meta.
    """
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    count = 0
    with (
        (target / f"{stem}.warc.gz").open("wb") as warc,
        (target / f"{stem}.jsonl").open("w", encoding="utf-8") as lines,
    ):
        writer = WARCWriter(warc, gzip=True)
        for sample in samples:
            kind = "text/plain; charset=utf-8" if sample.kind == "text" else "text/html"
            headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                sample.uri,
                "response",
                payload=BytesIO(sample.data),
                http_headers=headers,
                warc_headers_dict={
                    "WARC-Date": DATE,
                    "WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, sample.uri)}>",
                },
            )
            writer.write_record(record)
            lines.write(json.dumps(sample.record(), ensure_ascii=False) + "\n")
            count += 1
    return count

"""Labelled pages out of the store, as CONTRACT's labelled data: what `detector train` reads."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from detector.decode import decode
from detector.report.jsonl import to_line
from detector.service import schema, store
from detector.service.database import Database

PART = 100  # pages that are read at a time


def every(database: Database, since: float = 0.0) -> Iterator[bytes]:
    """All lines of pages scanned since then, in seconds since 1970."""
    after = ""
    while True:
        lines, after = database.read(partial(labelled, since=since, after=after))
        yield from lines
        if not after:
            return


async def stream(database: Database, since: float = 0.0) -> AsyncIterator[bytes]:
    """The same for an event loop."""
    lines = every(database, since)
    while (line := await asyncio.to_thread(next, lines, None)) is not None:
        yield line


def labelled(connection: Connection, since: float, after: str) -> tuple[list[bytes], str]:
    """The next lines behind the result `after`, and the id to go on from; "" at the end."""
    results, texts = schema.results, schema.texts
    rows = connection.execute(
        select(results, texts.c.kind, texts.c.charset, texts.c.data)
        .join(texts, texts.c.result == results.c.id)
        .where(
            results.c.settled.in_(store.LABELS),
            results.c.id > after,
            results.c.at >= since,
            texts.c.until > time.time(),
        )
        .order_by(results.c.id)
        .limit(PART)
    ).all()
    lines = [to_line(_line(connection, row)) for row in rows]
    return lines, rows[-1].id if len(rows) == PART else ""


def _line(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    record = json.loads(row.record)
    votes = store.votes_of(connection, row.id)
    text = decode(zlib.decompress(row.data), charset=row.charset).text
    agreeing = [v for v in votes if store.label_of(v) == row.settled]
    spans = list(dict.fromkeys(span for vote in agreeing for span in vote.spans))
    line: dict[str, Any] = {
        "uri": row.uri or row.id,
        "label": row.settled,
        row.kind: text,
        "lang": record["input"]["language"],
        "site": row.site or row.source,
        "id": row.id,
        "votes": [{"who": v.who, "label": v.label, "at": round(v.at)} for v in votes],
    }
    if row.settled != "clean":
        line["category"] = record["categories"]
        line["technique"] = row.techniques.split()
        line["spans"] = [{"text": span} for span in spans]
    return line

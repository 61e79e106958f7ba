"""Results as rows of a table: the fields of the contract as nested columns, and the JSON line.

What a later version adds to the result stands in `json` alone, so that tables written
before and after can be read together.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


@cache
def schema() -> pa.Schema:
    """The columns, in the order of the contract."""
    import pyarrow as pa

    text, whole, share, flag = pa.string(), pa.int64(), pa.float64(), pa.bool_()

    def record(**fields: Any) -> Any:
        return pa.struct(list(fields.items()))

    finding = record(
        technique=text, category=text, score=share, text=text, href=text,
        location=record(where=text, path=text, line=whole, column=whole),
        span=record(of=text, start=whole, end=whole), message=text,
    )  # fmt: skip
    removed = record(start=whole, end=whole, text=text, technique=text, replacement=text)
    link = record(text=text, href=text, relevance=share, off_topic=flag, reason=text)
    fields = {
        "schema": text,
        "uri": text,
        "input": record(kind=text, bytes=whole, encoding=text, language=text, truncated=flag),
        "label": text,
        "probabilities": record(clean=share, injected=share, spam=share),
        "categories": pa.list_(text),
        "findings": pa.list_(finding),
        "content": record(title=text, text=text, clean_text=text, removed=pa.list_(removed)),
        "related_links": pa.list_(link),
        "model": record(name=text, version=text, sha256=text),
        "elapsed_ms": share,
        "error": record(kind=text, message=text),
        "json": text,
    }
    return pa.schema(list(fields.items()))


def to_batch(lines: Sequence[bytes]) -> pa.RecordBatch:
    """A row a JSON line, in their order."""
    import pyarrow as pa

    rows = [{**json.loads(line), "json": line.rstrip(b"\n").decode()} for line in lines]
    return pa.RecordBatch.from_pylist(rows, schema=schema())

"""Tables without what was injected: the same columns, and `detector` (JSON) for changed rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from detector.cleaning import Cleaned, Job, Through
from detector.report.jsonl import to_line
from detector.sources.columns import choose
from detector.sources.parquet import read_batch, readable
from detector.types import Document

if TYPE_CHECKING:
    import pyarrow as pa

COLUMN = "detector"
_ROWS = 64


def clean(stream: BinaryIO, out: BinaryIO, job: Job, through: Through) -> None:
    """Writes the table to `out`, rows in order.

    Raises ColumnError, ImportError where pyarrow is missing, and what pyarrow raises for
    damage: half a table is none.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(stream, buffer_size=1 << 20)
    given = file.schema_arrow
    chosen = choose(readable(given), job.columns, given.names)
    schema = pa.schema([*given, pa.field(COLUMN, pa.string())], given.metadata)
    batches: deque[pa.RecordBatch] = deque()

    def documents() -> Iterator[Document]:
        row = 1
        for batch in file.iter_batches(_ROWS, use_threads=False):
            batches.append(batch)
            yield from read_batch(batch, chosen, f"{job.name}:", row, job.limits)
            row += batch.num_rows

    pages: list[Cleaned] = []
    with pq.ParquetWriter(out, schema, compression="zstd", write_batch_size=_ROWS) as writer:
        gathered: list[pa.RecordBatch] = []
        for page in through(documents()):
            job.drops(page)
            pages.append(page)
            if len(pages) == batches[0].num_rows:
                names = [column for column, _ in chosen.pages]
                gathered.append(_cleaned(batches.popleft(), pages, names, schema, job.drop_spam))
                pages.clear()
                if sum(part.nbytes for part in gathered) > 32_000_000:
                    writer.write_table(pa.Table.from_batches(gathered, schema))
                    gathered.clear()
        if gathered:
            writer.write_table(pa.Table.from_batches(gathered, schema))


def _cleaned(
    batch: pa.RecordBatch,
    pages: list[Cleaned],
    names: list[str],
    schema: pa.Schema,
    drop_spam: bool,
) -> pa.RecordBatch:
    import pyarrow as pa

    arrays = list(batch.columns)
    changed = [index for index, page in enumerate(pages) if page.data is not None]
    for number, name in enumerate(names if changed else ()):
        at = batch.schema.get_field_index(name)
        values = arrays[at].to_pylist()
        for index in changed:
            earlier = names[:number]  # a page is in the first column that has one
            if values[index] is not None and all(
                not batch.column(other)[index].is_valid for other in earlier
            ):
                values[index] = _as(values[index], pages[index].data or b"")
        arrays[at] = pa.array(values, arrays[at].type)
    told = [
        to_line(page.about).decode().rstrip("\n") if page.data is not None else None
        for page in pages
    ]
    whole = pa.RecordBatch.from_arrays([*arrays, pa.array(told, pa.string())], schema=schema)
    if not drop_spam:
        return whole
    return whole.filter(pa.array([page.label != "spam" for page in pages]))


def _as(before: Any, data: bytes) -> Any:
    return data if isinstance(before, bytes) else data.decode("utf-8", "replace")

"""Scans Arrow batches: a row a page in, a row a page out, in the same order.

    with BatchScanner(keep=("id",)) as scanner:
        for batch in scanner.scan(batches):     # of columns like url, html, text, content_type
            ...                                 # id, and the columns of detector.report.tables

All engines stand on this. A page that hangs or kills its process costs itself alone, as in
`detector scan`: the pages are scanned in processes of their own. The model is loaded once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.limits import DEFAULT, Limits
from detector.pool import Pool
from detector.report.tables import schema, to_batch
from detector.sources.columns import GUESS, Columns, choose
from detector.sources.parquet import read_batch, readable
from detector.types import Document
from detector.work import fail, make, split

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 256  # of a batch that comes out, at most: results of more would not flow


class BatchScanner:
    """One model and policy, ready for batches. To be closed, or used by `with`.

    `model` and `policy` are as in `Scanner`. Columns of the input are guessed from
    their names where `columns` does not give them; `keep` names columns that are
    passed through. `workers` processes scan; engines bring their own parallelism.
    Raises ModelError and PolicyError.
    """

    def __init__(
        self,
        model: str | None = None,
        policy: str | Path | None = None,
        limits: Limits = DEFAULT,
        columns: Columns = GUESS,
        keep: Sequence[str] = (),
        workers: int = 1,
    ) -> None:
        self._columns, self._limits, self._keep = columns, limits, tuple(keep)
        work = partial(make, model, Path(policy) if policy else None, limits)
        self._pool = Pool(work, fail, workers, limits)

    def scan(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The results of all rows, in their order, in batches of at most `ROWS`.

        Reads on while earlier batches are scanned, within the pool's window.
        Raises ColumnError where no column holds pages.
        """
        parts: deque[pa.RecordBatch] = deque()  # handed over, their results not yet given
        lines = self._lines(self._documents(batches, parts))
        while True:
            first = next(lines, None)
            if first is None:  # empty batches have given no document
                return
            part = parts.popleft()
            yield self._joined(part, [first, *islice(lines, part.num_rows - 1)])

    def table(self, table: pa.Table) -> pa.Table:
        """The results of a whole table."""
        import pyarrow as pa

        return pa.Table.from_batches(self.scan(table.to_batches()), self.schema(table.schema))

    def schema(self, given: pa.Schema) -> pa.Schema:
        """What comes out of batches with that schema."""
        import pyarrow as pa

        return pa.schema([*(given.field(name) for name in self._keep), *schema()])

    def _documents(
        self, batches: Iterable[pa.RecordBatch], parts: deque[pa.RecordBatch]
    ) -> Iterator[Document]:
        for batch in batches:
            chosen = choose(readable(batch.schema), self._columns, batch.schema.names)
            for at in range(0, batch.num_rows, ROWS):
                part = batch.slice(at, ROWS)
                parts.append(part.select(list(self._keep)))
                for document in read_batch(part, chosen, "", 0, self._limits):
                    yield document if chosen.url else _named(document)

    def _lines(self, documents: Iterator[Document]) -> Iterator[bytes]:
        for message in self._pool.results(documents):
            yield split(message)[1]

    def _joined(self, kept: pa.RecordBatch, lines: list[bytes]) -> pa.RecordBatch:
        import pyarrow as pa

        scanned = to_batch(lines)
        if not self._keep:
            return scanned
        arrays = [*kept.columns, *scanned.columns]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema(kept.schema))

    def close(self) -> None:
        """Ends the processes."""
        self._pool.close()

    def __enter__(self) -> BatchScanner:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _named(document: Document) -> Document:
    """A page without address is named by its bytes: row numbers change with the partition."""
    from dataclasses import replace

    return replace(document, uri=f"page:{blake2b(document.data, digest_size=8).hexdigest()}")

"""A Parquet output that can be gone on with.

A table is nothing before its end. With `--resume` its records are kept as JSON lines beside it,
`TABLE.jsonl`, until the run is whole; then they become the table, and the lines go.
"""

from __future__ import annotations

import os
from pathlib import Path

from detector.cli._resume import Done, ResumeError, repair
from detector.cli._sink import Sink
from detector.report import Renderer, Summary, renderer

FORM = "parquet"
ROWS = 200  # that are read of a table at a time


def journal_of(output: str) -> str:
    """Where the lines of a table are kept until it is finished."""
    return f"{output}.jsonl"


def opened(output: str) -> Done:
    """What a table, or the journal of an unfinished one, has; the journal holds it from now on.

    Raises ResumeError where either is of something else, and OSError.
    """
    journal = journal_of(output)
    if not os.path.exists(journal) and os.path.exists(output):
        _unpack(output, journal)
    return repair(journal)


def _unpack(table: str, journal: str) -> None:
    """The lines of a finished table, for a run that adds to it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    part = f"{journal}.part"
    try:
        with pq.ParquetFile(table) as stored, open(part, "wb") as out:
            for batch in stored.iter_batches(ROWS, columns=["json"]):
                out.writelines(f"{line}\n".encode() for line in batch.column("json").to_pylist())
    except (pa.ArrowInvalid, KeyError) as error:
        Path(part).unlink(missing_ok=True)
        raise ResumeError(
            f"{table} is no table of results; choose another --output, or leave out --resume "
            "to write it anew"
        ) from error
    os.replace(part, journal)


class Journal:
    """The renderer of such an output: lines as they come, the table at the end."""

    def __init__(self, sink: Sink, output: str) -> None:
        """`sink` is open on the journal. Raises ImportError where pyarrow is missing."""
        import pyarrow.parquet  # noqa: F401 - before anything is read

        self._sink = sink
        self._output = output

    def start(self) -> None:
        """Nothing: every line stands for itself."""

    def page(self, line: bytes) -> None:
        """Writes the line."""
        self._sink.write(line)

    def finish(self, summary: Summary) -> None:
        """Makes the table, unless the run is to be gone on with. Raises WriteError."""
        if summary.interrupted:
            return
        self._sink.finish()
        journal = journal_of(self._output)
        with Sink(self._output, whole=True) as sink, open(journal, "rb") as lines:
            table: Renderer = renderer(FORM)(sink)  # type: ignore[arg-type]
            table.start()
            for line in lines:
                table.page(line)
                sink.commit()
            table.finish(summary)
            sink.finish()
        os.unlink(journal)

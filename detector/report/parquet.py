"""Results as a Parquet table: a row a page, columns as in `detector.report.tables`.

A table is whole when it is finished: a run that is to be resumed keeps JSON lines until then
(`detector.cli._journal`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from detector.report import Summary

if TYPE_CHECKING:
    import pyarrow.parquet as pq

ROWS = 1000  # of a row group, at most
BYTES = 32_000_000  # of the lines of a row group


class Renderer:
    """Row groups as they fill."""

    WHOLE = True  # no table before its end

    def __init__(
        self,
        out: BinaryIO,
        *,
        colour: bool = False,
        width: int = 0,
        verbose: bool = False,
        lang: str = "en",
    ) -> None:
        """Raises ImportError where pyarrow is missing."""
        import pyarrow.parquet  # noqa: F401 - before anything is read

        self._out = out
        self._writer: pq.ParquetWriter | None = None
        self._lines: list[bytes] = []
        self._size = 0

    def start(self) -> None:
        """Opens the table."""
        import pyarrow.parquet as pq

        from detector.report.tables import schema

        self._writer = pq.ParquetWriter(
            self._out, schema(), compression="zstd", write_batch_size=64
        )

    def page(self, line: bytes) -> None:
        """Adds a row."""
        self._lines.append(line)
        self._size += len(line)
        if len(self._lines) >= ROWS or self._size >= BYTES:
            self._write()

    def finish(self, summary: Summary) -> None:
        """Writes the last rows and the table's end."""
        self._write()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write(self) -> None:
        from detector.report.tables import to_batch

        if self._lines and self._writer is not None:
            self._writer.write_batch(to_batch(self._lines))
        self._lines.clear()
        self._size = 0

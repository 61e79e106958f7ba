"""Spark: every page of a data frame through the scan.

    from detector.integrations.spark import scan_frame
    pages = spark.read.parquet("s3a://bucket/pages/")
    scan_frame(pages).write.parquet("s3a://bucket/results/")

The model is loaded once a partition. A lost executor's partitions are computed again.
Rows come in Arrow batches of `spark.sql.execution.arrow.maxRecordsPerBatch`, which is
10,000 by default and too many for pages: set it to 200.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detector.integrations.arrow import BatchScanner

if TYPE_CHECKING:
    import pyarrow as pa


def scan_frame(frame: Any, **options: Any) -> Any:
    """A data frame of results for one of pages. Lazy, as data frames are.

    `options` are those of `BatchScanner`: model, policy, columns, keep. Executors need
    this package too. Needs `pip install "seo-injection-detector[spark]"`.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    from detector.report.tables import schema

    kept = to_arrow_schema(frame.select(*options.get("keep", ())).schema)
    import pyarrow as pa

    out = from_arrow_schema(pa.schema([*kept, *schema()]))

    def scan(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with BatchScanner(**options) as scanner:
            yield from scanner.scan(batches)

    return frame.mapInArrow(scan, out)

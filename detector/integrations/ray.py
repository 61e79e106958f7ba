"""Ray Data: every page of a dataset through the scan.

    import ray
    from detector.integrations.ray import scan_dataset
    scan_dataset(ray.data.read_parquet("s3://bucket/pages/")).write_parquet("s3://bucket/results/")

An actor a core loads the model once and serves all of its batches. Ray starts a lost
actor again and gives its batches to another; nothing is scanned into the results twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detector.integrations.arrow import BatchScanner

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 128  # pages that an actor takes at once; a lost actor costs as many


class RayScanner:
    """The actor: made once, called for every batch."""

    def __init__(self, **options: Any) -> None:
        """`options` are those of `BatchScanner`."""
        self._scanner = BatchScanner(**options)

    def __call__(self, table: pa.Table) -> pa.Table:
        """The results of a batch, in its order."""
        return self._scanner.table(table)


def scan_dataset(
    dataset: Any, *, actors: int | tuple[int, int] = 0, batch_size: int = BATCH, **options: Any
) -> Any:
    """A Ray dataset of results for one of pages. Lazy, as datasets are.

    `actors` is their number, or the least and the most; by default one to as many as
    the cluster has cores. They take a core each: a fixed number must leave some to the
    reading, or nothing begins. `options` are those of `BatchScanner`: model, policy, columns,
    keep. Needs `pip install "seo-injection-detector[ray]"`.
    """
    if not actors:
        import ray

        actors = (1, max(1, int(ray.cluster_resources().get("CPU", 1))))
    return dataset.map_batches(
        RayScanner,
        batch_size=batch_size,
        batch_format="pyarrow",
        fn_constructor_kwargs=options,
        concurrency=actors,
    )

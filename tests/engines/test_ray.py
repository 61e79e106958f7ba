"""Ray Data on a real cluster of two nodes: the single process's results, also after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import killing, plain

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    import ray
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    made.add_node(num_cpus=2)
    ray.init(address=made.address, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()
    made.shutdown()


def results(dataset: Any) -> list[dict[str, Any]]:
    return sorted((plain(row["json"]) for row in dataset.take_all()), key=lambda r: r["uri"])


def scanned(table: Path) -> Any:
    import ray

    from detector.integrations.ray import scan_dataset

    pages = ray.data.read_parquet(str(table), override_num_blocks=12)
    return scan_dataset(pages, actors=2, batch_size=64)


def test_results_are_those_of_one_process(
    cluster: None, table: Path, expected: list[dict[str, Any]]
) -> None:
    assert results(scanned(table)) == expected


def test_a_killed_actor_loses_nothing(
    cluster: None, table: Path, expected: list[dict[str, Any]]
) -> None:
    with killing(lambda words: words.startswith("ray::") and "MapWorker" in words, 1.0) as killed:
        found = results(scanned(table))
    assert killed
    assert found == expected

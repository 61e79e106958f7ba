"""Spark on a real cluster of two executors: the single process's results, also after a kill."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import killing, plain

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    made = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.executorEnv.PYTHONPATH", os.environ["PYTHONPATH"])
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "64")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    made.sparkContext.setLogLevel("ERROR")
    yield made
    made.stop()


def results(spark: Any, table: Path) -> list[dict[str, Any]]:
    from detector.integrations.spark import scan_frame

    rows = scan_frame(spark.read.parquet(str(table))).select("json").collect()
    return sorted((plain(row["json"]) for row in rows), key=lambda r: r["uri"])


def test_results_are_those_of_one_process(
    spark: Any, table: Path, expected: list[dict[str, Any]]
) -> None:
    assert results(spark, table) == expected


@pytest.mark.parametrize("victim", ["pyspark.daemon", "CoarseGrainedExecutorBackend"])
def test_a_killed_worker_loses_nothing(
    spark: Any, table: Path, expected: list[dict[str, Any]], victim: str
) -> None:
    with killing(lambda words: victim in words, 1.5) as killed:
        found = results(spark, table)
    assert killed
    assert found == expected

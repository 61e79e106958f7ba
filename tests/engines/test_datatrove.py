"""datatrove pipelines: the single process's results, the dropped documents with their reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import plain

pytestmark = pytest.mark.engines


def run(table: Path, out: Path, tasks: int, **options: Any) -> tuple[list[Any], list[Any]]:
    """The documents that stayed and those that were dropped, by address."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers.parquet import ParquetWriter

    from detector.integrations.datatrove import InjectionFilter

    LocalPipelineExecutor(
        pipeline=[
            ParquetReader(str(table), text_key="page", id_key="url", read_metadata=False),
            InjectionFilter(exclusion_writer=ParquetWriter(str(out / "dropped")), **options),
            ParquetWriter(str(out / "kept")),
        ],
        tasks=tasks,
        workers=tasks,
        logging_dir=str(out / "logs"),
    ).run()

    def read(name: str) -> list[Any]:
        import pyarrow.parquet as pq

        rows = [r for path in (out / name).glob("*") for r in pq.read_table(path).to_pylist()]
        return sorted(rows, key=lambda d: str(d["id"]))

    return read("kept"), read("dropped")


def test_results_are_those_of_one_process_and_reasons_are_written(
    table: Path, expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    kept, dropped = run(table, tmp_path, 2, full=True)
    found = {d["id"]: plain(d["metadata"]["detector_result"]) for d in (*kept, *dropped)}
    assert len(found) == len(expected)
    reasons = {d["id"]: d["metadata"]["filter_reason"] for d in dropped}
    # datatrove hands on text, not bytes: pages of other encodings are other input.
    same = [r for r in expected if r["error"] is None and r["input"]["encoding"] == "utf-8"]
    assert len(same) > len(expected) / 2
    for record in same:
        assert found[record["uri"]] == record
        assert reasons.get(record["uri"], "clean") == record["label"]
    assert {"injected", "spam"} <= set(reasons.values())


def test_injected_documents_can_stay_without_what_was_injected(
    table: Path, expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    kept, dropped = run(table, tmp_path, 1, drop=("spam",), clean=True)
    labels = {r["uri"]: r for r in expected}
    assert {d["metadata"]["filter_reason"] for d in dropped} == {"spam"}
    cleaned = [d for d in kept if d["metadata"]["detector_label"] == "injected"]
    assert cleaned
    for document in cleaned:
        record = labels[document["id"]]
        if record["input"]["encoding"] == "utf-8":
            assert document["text"] == record["content"]["clean_text"]

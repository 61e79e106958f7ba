"""Arrow batches through the scan: rows in order, the command's own results, hostile rows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.integrations.arrow import ROWS, BatchScanner
from detector.limits import Limits
from detector.report.tables import schema
from detector.sources.columns import ColumnError, Columns

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"


def pages(count: int) -> pa.Table:
    """Our sample pages over and over, each with an address of its own."""
    files = sorted(SAMPLES.glob("*.html"))
    data = [files[i % len(files)].read_bytes() for i in range(count)]
    return pa.table({"id": range(count), "url": [f"https://{i}.example/" for i in range(count)],
                     "html": data})  # fmt: skip


@pytest.fixture(scope="module")
def scanner() -> Iterator[BatchScanner]:
    with BatchScanner(keep=("id",), workers=2) as made:
        yield made


def plain(line: str | bytes) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(line)
    record.pop("elapsed_ms")
    return record


def test_results_are_those_of_the_command(tmp_path: Path, scanner: BatchScanner) -> None:
    table = pages(40)
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=7)
    came = scanner.table(table)
    for workers in ("1", "2"):
        command = [sys.executable, "-m", "detector", "scan", str(tmp_path / "x.parquet")]
        command += ["--workers", workers, "--format", "jsonl", "--exit-zero"]
        run = subprocess.run(command, capture_output=True, check=True, timeout=120)
        assert [plain(x) for x in run.stdout.splitlines()] == [
            plain(x) for x in came["json"].to_pylist()
        ]
    assert came["id"].to_pylist() == list(range(40))


def test_columns_are_the_fields_of_the_result(scanner: BatchScanner) -> None:
    came = scanner.table(pages(12))
    assert came.schema == pa.schema([pa.field("id", pa.int64()), *schema()])
    for row in came.to_pylist():
        record = json.loads(row["json"])
        assert {row["label"]} <= {"clean", "injected", "spam"}
        for name in ("uri", "label", "categories", "probabilities", "model", "error", "input"):
            assert row[name] == record[name]
        assert row["content"]["clean_text"] == record["content"]["clean_text"]
        assert [f["text"] for f in row["findings"]] == [f["text"] for f in record["findings"]]


def test_batches_of_any_size_stream(scanner: BatchScanner) -> None:
    table = pages(12)
    empty = table.slice(0, 0).combine_chunks().to_batches(max_chunksize=10)
    read = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal read
        yield from empty
        for _ in range(100):
            read += 12
            yield from table.to_batches(max_chunksize=5)

    came = scanner.scan(batches())
    first = next(came)
    assert first["id"].to_pylist() == [0, 1, 2, 3, 4]
    assert read < 1200  # the rest waits
    assert sum(batch.num_rows for batch in came) == 1195
    assert list(scanner.scan([])) == []
    assert scanner.table(table.slice(0, 0)).num_rows == 0


def test_large_batches_come_out_in_parts(scanner: BatchScanner) -> None:
    (batch,) = pages(ROWS + 10).combine_chunks().to_batches()
    assert [part.num_rows for part in scanner.scan([batch])] == [ROWS, 10]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), pa.binary(),
                                  pa.large_binary(), pa.binary_view()])  # fmt: skip
def test_every_kind_of_string_is_read(scanner: BatchScanner, kind: pa.DataType) -> None:
    page = "<title>Tide table</title><p>High water at noon.</p>"
    table = pa.table({"id": [1], "html": pa.array([page.encode()], pa.binary()).cast(kind)})
    (row,) = scanner.table(table).to_pylist()
    assert (row["error"], row["content"]["title"]) == (None, "Tide table")


def test_types_decide_what_is_a_page(scanner: BatchScanner) -> None:
    data = "<p>港口九点开船,票价不变。</p>".encode("gbk")
    types = ["text/html; charset=GBK", "image/png", "application/pdf;x", None, "text/plain"]
    table = pa.table({"id": range(5), "content": [data] * 5, "content_type": types})
    rows = scanner.table(table).to_pylist()
    assert [(r["error"] or {}).get("kind") for r in rows] == [None, *["not-text"] * 2, None, None]
    assert rows[0]["input"]["encoding"] == "gb18030"
    assert "this is image/png, not a page" in rows[1]["error"]["message"]


def test_bad_rows_are_errors_of_their_own(scanner: BatchScanner) -> None:
    table = pa.table({"id": range(4), "html": [None, "", "<p>tea", "tea time " * 3_000_000]})
    rows = scanner.table(table).to_pylist()
    assert [(r["error"] or {}).get("kind") for r in rows] == ["no-content", "empty", None, None]
    assert rows[3]["input"]["truncated"] is True


def test_pages_without_address_are_named_by_their_bytes(scanner: BatchScanner) -> None:
    table = pa.table({"id": [1, 2, 3], "html": ["<p>a", "<p>b", "<p>a"]})
    a, b, again = scanner.table(table)["uri"].to_pylist()
    assert a == again != b


def test_a_page_over_the_time_costs_itself_alone() -> None:
    slow = "<div>" * 200_000
    table = pa.table({"html": ["<p>tea", slow, "<p>tea"]})
    with BatchScanner(limits=Limits(timeout=0.02)) as scanner:
        rows = scanner.table(table).to_pylist()
        assert (rows[1]["error"] or {}).get("kind") == "timeout"
        again = scanner.table(table.slice(0, 1)).to_pylist()
    assert len(rows) == 3
    assert len(again) == 1


def test_wrong_columns_are_refused(scanner: BatchScanner) -> None:
    with pytest.raises(ColumnError, match="name it with --html-column"):
        scanner.table(pa.table({"id": [1], "size": [3]}))
    with BatchScanner(columns=Columns(html="Seite")) as named:
        (row,) = named.table(pa.table({"Seite": ["<p>tea"]})).to_pylist()
    assert row["error"] is None

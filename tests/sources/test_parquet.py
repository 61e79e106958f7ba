"""Parquet: rows of any columns become documents; damage costs its own rows."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.limits import Limits
from detector.sources import Counts, Options, open_sources
from detector.sources.columns import Columns
from detector.types import Document

PAGE = "<!doctype html><title>Mooring fees</title><p>Fees are due in spring. 港口</p>"


def read(
    path: Path, columns: Columns | None = None, **limits: Any
) -> tuple[list[Document], Counts]:
    counts = Counts()
    options = Options(Limits(**limits), columns=columns or Columns())
    return list(open_sources([str(path)], options, counts)), counts


def write(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("url", "html"), "html"),
        (("page_url", "HTML_content"), "html"),
        (("uri", "text"), "text"),
        (("warc_target_uri", "raw_content"), None),
        (("Source-URL", "body"), None),
    ],
)
def test_usual_names_are_known(tmp_path: Path, names: tuple[str, str], kind: str | None) -> None:
    url, page = names
    table = {"id": [7], url: ["https://a.example/"], page: [PAGE], "size": [len(PAGE)]}
    (document,), _ = read(write(tmp_path / "x.parquet", table))
    assert (document.uri, document.kind) == ("https://a.example/", kind)
    assert document.data.decode() == PAGE


def test_any_names_can_be_given(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"Seite": [PAGE], "Ort": ["https://a.example/"]})
    (document,), _ = read(path, Columns(html="Seite", url="Ort"))
    assert (document.uri, document.kind) == ("https://a.example/", "html")


def test_html_comes_before_text_and_text_fills_in(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"text": ["a", "b"], "html": ["<p>c", None]})
    documents, _ = read(path)
    assert [(d.data, d.kind) for d in documents] == [(b"<p>c", "html"), (b"b", "text")]
    assert [d.uri for d in documents] == [f"{path}:1", f"{path}:2"]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_bytes_keep_their_encoding(tmp_path: Path, kind: pa.DataType) -> None:
    data = "<meta charset=gbk><p>港口</p>".encode("gbk")
    table = {"html": pa.array([data], kind), "charset": ["gbk"]}
    (document,), _ = read(write(tmp_path / "x.parquet", table))
    assert (document.data, document.charset) == (data, "gbk")


def test_dictionaries_and_large_strings_are_read(tmp_path: Path) -> None:
    packed = pa.array([PAGE, PAGE]).dictionary_encode()
    documents, _ = read(write(tmp_path / "x.parquet", {"html": packed}))
    assert [d.data.decode() for d in documents] == [PAGE, PAGE]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (Columns(), "name it with --html-column or --text-column; its columns: size, words"),
        (Columns(html="html"), "has no column 'html' of strings or bytes; its columns: size"),
        (Columns(text="size"), "has no column 'size' of strings or bytes"),
        (Columns(text="words", url="address"), "has no column 'address'"),
    ],
)
def test_wrong_columns_are_one_error_that_says_what_to_do(
    tmp_path: Path, columns: Columns, words: str
) -> None:
    path = write(tmp_path / "x.parquet", {"size": [3], "words": ["tea"]})
    (document,), counts = read(path, columns)
    assert document.failure is not None
    assert document.failure.kind == "no-content"
    assert words in document.failure.message
    assert (counts.pages, counts.failures) == (1, 1)


def test_rows_without_a_page_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    documents, _ = read(write(tmp_path / "x.parquet", {"html": [None, " ", PAGE]}))
    assert [d.failure and d.failure.kind for d in documents] == ["no-content", "empty", None]
    assert documents[0].failure is not None
    assert "row 1 has no page" in documents[0].failure.message


def test_strings_that_are_no_utf8_are_pages(tmp_path: Path) -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 1, pa.array([b"<p>\xff tea"], pa.binary()).buffers()
    )
    (document,), _ = read(write(tmp_path / "x.parquet", {"html": broken}))
    assert document.data == b"<p>\xff tea"


def test_a_long_page_is_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"html": ["x" * 500]})
    (document,), _ = read(path, max_bytes=100)
    assert (len(document.data), document.truncated) == (100, True)


def test_a_damaged_row_group_costs_its_rows_alone(tmp_path: Path) -> None:
    pages = [f"<p>{i} {PAGE}" for i in range(30)]
    path = write(
        tmp_path / "x.parquet", {"html": pages}, row_group_size=10, compression="zstd",
        use_dictionary=False,
    )  # fmt: skip
    chunk = pq.ParquetFile(path).metadata.row_group(1).column(0)
    data = bytearray(path.read_bytes())
    at = chunk.data_page_offset
    data[at : at + chunk.total_compressed_size] = bytes(chunk.total_compressed_size)
    path.write_bytes(data)
    documents, counts = read(path)
    good = [d for d in documents if d.failure is None]
    assert [d.data.decode() for d in good] == pages[:10] + pages[20:]
    (bad,) = [d.failure for d in documents if d.failure]
    assert bad.kind == "damaged"
    assert bad.message.startswith(f"rows 11 to 20 of {path} cannot be read")
    assert (counts.salvaged, counts.pages, counts.failures) == (1, 21, 1)


@pytest.mark.parametrize("cut", [20, -5])
def test_a_cut_file_is_one_error(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path / "x.parquet", {"html": [PAGE]})
    path.write_bytes(path.read_bytes()[:cut])
    (document,), _ = read(path)
    assert document.failure is not None
    assert document.failure.kind == "damaged"
    assert "is no Parquet file that can be read" in document.failure.message


def test_a_bomb_is_named(tmp_path: Path) -> None:
    table = {"html": ["<p>" + " " * 3_000_000 + "x"]}
    path = write(tmp_path / "x.parquet", table, compression="zstd")
    (document,), _ = read(path, ratio_grace=1_000_000)
    assert document.failure is not None
    assert document.failure.kind == "bomb"


def test_only_some_rows_are_in_memory(tmp_path: Path) -> None:
    pages = ["<p>" + chr(97 + i % 26) * 100_000 for i in range(2000)]
    path = write(tmp_path / "x.parquet", {"html": pages}, use_dictionary=False, write_batch_size=16)
    pool = pa.default_memory_pool()
    before = pool.bytes_allocated()
    most = 0
    documents = open_sources([str(path)], Options(), Counts())
    for _ in documents:
        most = max(most, pool.bytes_allocated() - before)
    assert 0 < most < 30_000_000  # of 200 MB


def test_tables_come_by_pipe_and_from_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "x.parquet", {"html": [PAGE]})
    assert len(read(tmp_path)[0]) == 1

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(Pipe(path.read_bytes())))
    (document,) = open_sources(["-"], Options(), Counts())
    assert (document.uri, document.data.decode()) == ("-:1", PAGE)


def test_without_pyarrow_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "x.parquet", {"html": [PAGE]})
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (document,), counts = read(path)
    assert counts.lacking == ['pip install "seo-injection-detector[sources]"']
    assert document.failure is not None
    assert document.failure.kind == "lacking"

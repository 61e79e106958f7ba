"""Places behind fsspec: a local S3 server, memory, files; and a folder of a million names."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.sources import Counts, Options, folders, open_sources
from detector.types import Document

PAGE = b"<!doctype html><title>Tide table</title><p>High water at noon.</p>"


def read(*paths: str) -> tuple[list[Document], Counts]:
    counts = Counts()
    return list(open_sources(list(paths), Options(), counts)), counts


def record(uri: str) -> bytes:
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {uri}\r\n"
    head += "Content-Type: application/http; msgtype=response\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body + b"\r\n\r\n"


def fill(root: str) -> None:
    """Writes a small crawl below a URL."""
    import fsspec

    a, b = (gzip.compress(record(f"https://{n}.example/")) for n in "ab")
    table = pa.BufferOutputStream()
    pq.write_table(pa.table({"html": [PAGE.decode()] * 3}), table)
    files = {
        "site/index.html": PAGE,
        "site/deep/x.html": PAGE,
        "site/logo.png": b"\x89PNG",
        "crawl/1.warc.gz": a + b"junk" * 30 + b,
        "crawl/1.jsonl": b'{"url": "https://a.example/", "text": "labels"}\n',
        "crawl/2.parquet": table.getvalue().to_pybytes(),
    }
    for name, data in files.items():
        with fsspec.open(f"{root}/{name}", "wb") as out:
            out.write(data)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    given = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        import s3fs

        s3fs.S3FileSystem().mkdir("pages")
        fill("s3://pages")
        yield "s3://pages"
        s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


@pytest.fixture(params=["s3", "memory", "file"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "s3":
        return str(request.getfixturevalue("s3"))
    place = "memory://pages" if request.param == "memory" else f"file://{tmp_path}"
    for part in ("site", "site/deep", "crawl"):
        (tmp_path / part).mkdir(exist_ok=True)
    fill(place)
    return place


def names(documents: list[Document]) -> list[str]:
    return [d.uri.partition("pages/")[2] or d.uri.rpartition("/")[2] for d in documents]


def test_a_folder_there_is_walked(root: str) -> None:
    documents, counts = read(f"{root}/site/")
    assert [d.data for d in documents] == [PAGE, PAGE]
    assert [d.uri.endswith(("index.html", "x.html")) for d in documents] == [True, True]
    assert all(d.uri.startswith(root.partition("://")[0]) for d in documents)
    assert counts.other == 1


def test_archives_and_tables_there_are_read_and_salvaged(root: str) -> None:
    documents, counts = read(f"{root}/crawl/1.warc.gz", f"{root}/crawl/2.parquet")
    good = [d.uri for d in documents if d.failure is None]
    assert good[:2] == ["https://a.example/", "https://b.example/"]
    assert len(good) == 5
    assert counts.salvaged == 1


def test_labels_beside_an_archive_are_no_pages(root: str) -> None:
    documents, counts = read(f"{root}/crawl")
    assert len([d for d in documents if d.failure is None]) == 5
    assert counts.other == 1


def test_patterns_name_many(root: str) -> None:
    assert len([d for d in read(f"{root}/crawl/*.parquet")[0] if d.failure is None]) == 3
    assert read(f"{root}/crawl/*.none")[1].missing == [f"{root}/crawl/*.none"]


def test_what_is_missing_there_is_noted(root: str) -> None:
    documents, counts = read(f"{root}/nowhere.html", f"{root}/site/index.html")
    assert [d.data for d in documents] == [PAGE]
    assert counts.missing == [f"{root}/nowhere.html"]


def test_a_bucket_that_is_not_there_is_noted(s3: str) -> None:
    documents, counts = read("s3://another-bucket-that-is-not-there/x.html")
    assert documents == []
    assert len(counts.missing) == 1


def test_addresses_are_not_fetched() -> None:
    (document,), _ = read("https://a.example/")
    assert document.failure is not None
    assert "curl -s 'https://a.example/' | detector scan -" in document.failure.message


@pytest.mark.parametrize("missing", ["fsspec", "s3fs"])
def test_without_the_packages_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "fsspec":
        monkeypatch.setitem(sys.modules, missing, None)
    else:

        def refuse(*_: object, **__: object) -> object:
            raise ImportError("Install s3fs to access S3")

        monkeypatch.setattr("fsspec.core.url_to_fs", refuse)
    (document,), counts = read("s3://pages/x.html")
    assert document.failure is not None
    assert document.failure.kind == "lacking"
    assert counts.lacking == ['pip install "seo-injection-detector[sources]"']


def test_an_unknown_place_is_a_named_failure() -> None:
    (document,), _ = read("nonsense://x/y.html")
    assert document.failure is not None
    assert "nonsense" in document.failure.message


def test_the_names_of_a_large_folder_are_not_all_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "SORTED", 10)
    for index in range(50):
        (tmp_path / f"{index:02}.html").write_bytes(PAGE)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x.html").write_bytes(PAGE)
    listed: list[str] = []
    original = folders.may_hold_pages

    def spy(path: str, counts: Counts) -> bool:
        listed.append(path)
        return original(path, counts)

    monkeypatch.setattr(folders, "may_hold_pages", spy)
    documents = open_sources([str(tmp_path)], Options(), Counts())
    first = next(documents)
    assert len(listed) <= 11  # the list is not read to its end first
    uris = [first.uri, *(d.uri for d in documents)]
    assert uris[:10] == sorted(uris[:10])
    assert len(set(uris)) == 51
    assert uris[-1].endswith("sub/x.html")

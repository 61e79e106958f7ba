"""Compressed streams and archives: whole, concatenated, cut, damaged, bombs."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from detector.limits import Limits
from detector.sources import Counts, Options, open_sources
from detector.sources.warc import read_warc
from detector.types import Document

PAGE = b"<!doctype html><title>Tide table</title><p>High water at noon.</p>"
Pack = Callable[[bytes], bytes]
PACKERS: dict[str, Pack] = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}
KINDS = pytest.mark.parametrize("ending", list(PACKERS))


def read(path: Path, **limits: Any) -> tuple[list[Document], Counts]:
    counts = Counts()
    return list(open_sources([str(path)], Options(Limits(**limits)), counts)), counts


def kinds(documents: list[Document]) -> list[str]:
    return [d.failure.kind if d.failure else "page" for d in documents]


def lines(count: int) -> bytes:
    made = ({"url": f"https://a.example/{i}", "text": os.urandom(300).hex()} for i in range(count))
    return b"".join(json.dumps(line).encode() + b"\n" for line in made)


@KINDS
def test_members_that_follow_each_other_are_one_stream(tmp_path: Path, ending: str) -> None:
    pack = PACKERS[ending]
    path = tmp_path / f"x.html.{ending}"
    path.write_bytes(pack(PAGE[:20]) + pack(b"") + pack(PAGE[20:]) + bytes(512))
    (document,), _ = read(path)
    assert (document.data, document.kind, document.truncated) == (PAGE, "html", False)
    assert len(read(tmp_path)[0]) == 1  # also in a folder


@KINDS
def test_lines_before_a_cut_are_read_and_the_cut_is_named(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.jsonl.{ending}"
    packed = b"".join(PACKERS[ending](lines(50)) for _ in range(8))
    path.write_bytes(packed[: len(packed) * 3 // 4 - 100])
    documents, counts = read(path)
    assert kinds(documents).count("page") >= 250  # whole members; bzip2 and zstd need whole blocks
    assert kinds(documents)[-1] == "damaged"
    assert (counts.pages, counts.failures) == (len(documents), 1)


@KINDS
def test_damage_is_named(tmp_path: Path, ending: str) -> None:
    packed = bytearray(PACKERS[ending](lines(300)))
    middle = len(packed) // 2
    packed[middle : middle + 40] = bytes(40)
    (tmp_path / f"x.jsonl.{ending}").write_bytes(packed)
    documents, _ = read(tmp_path / f"x.jsonl.{ending}")
    failure = documents[-1].failure
    assert failure is not None
    assert failure.kind == "damaged"


@KINDS
def test_a_bomb_is_named_before_it_fills_the_memory(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.html.{ending}"
    path.write_bytes(PACKERS[ending](PAGE + bytes(40_000_000)))
    (document,), _ = read(path, ratio_grace=1_000_000, max_bytes=100_000_000)
    assert kinds([document]) == ["bomb"]


def test_zstd_of_many_frames_that_each_grow_is_taken_in_small_steps(tmp_path: Path) -> None:
    frame = zstandard.ZstdCompressor().compress(bytes(100_000_000))
    (tmp_path / "x.jsonl.zst").write_bytes(frame * 20)
    import tracemalloc

    tracemalloc.start()
    documents, _ = read(tmp_path / "x.jsonl.zst")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kinds(documents) == ["bomb"]
    assert most < 400_000_000


def test_a_frame_that_wants_too_much_memory_is_refused(tmp_path: Path) -> None:
    wide = zstandard.ZstdCompressionParameters.from_level(1, window_log=30)
    packer = zstandard.ZstdCompressor(compression_params=wide).compressobj()  # size not stated
    data = packer.compress(PAGE) + packer.flush()
    (tmp_path / "x.html.zst").write_bytes(data)
    assert kinds(read(tmp_path / "x.html.zst")[0]) == ["damaged"]


def test_without_zstandard_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.html.zst").write_bytes(PACKERS["zst"](PAGE))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    documents, counts = read(tmp_path / "x.html.zst")
    assert kinds(documents) == ["lacking"]
    assert counts.lacking == ['pip install "seo-injection-detector[sources]"']


# WARC in zstd


def record(uri: str) -> bytes:
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE * 20 + uri.encode()
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {uri}\r\n"
    head += "Content-Type: application/http; msgtype=response\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body + b"\r\n\r\n"


def warc(data: bytes) -> list[Document]:
    return list(read_warc(io.BytesIO(data), "x.warc.zst", Limits(), Counts()))


def test_archives_in_zstd_frames_also_with_a_dictionary() -> None:
    frames = [PACKERS["zst"](record(u)) for u in "abc"]
    assert [d.uri for d in warc(b"".join(frames))] == ["a", "b", "c"]
    words = zstandard.train_dictionary(4000, [record(str(i)) for i in range(2000)])
    packer = zstandard.ZstdCompressor(dict_data=words)
    kept = PACKERS["zst"](words.as_bytes())
    start = b"\x5d\x2a\x4d\x18" + len(kept).to_bytes(4, "little") + kept
    assert [d.uri for d in warc(start + b"".join(packer.compress(record(u)) for u in "abc"))] == [
        *"abc"
    ]


def test_a_damaged_frame_costs_its_page_alone() -> None:
    a, b, c = (PACKERS["zst"](record(u)) for u in "abc")
    middle = len(b) // 2
    documents = warc(a + b[:middle] + bytes(8) + b[middle + 8 :] + c)
    assert [d.uri for d in documents if not d.failure] == ["a", "c"]
    assert kinds(documents).count("damaged") == 1


# zip and tar

FILES: dict[str, bytes] = {
    "site/a.html": PAGE,
    "site/logo.png": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "site/fake.html": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "site/b.html.gz": gzip.compress(PAGE),
    "site/pages.jsonl": b'{"url": "https://a.example/", "text": "tea"}\n',
    "site/inner.zip": b"PK\x03\x04",
    "crawl.warc": record("https://b.example/"),
    "deep/" * 60 + "c.txt": "潮汐".encode(),
}
NAMES = ["site/a.html", "site/b.html.gz", "https://a.example/", "https://b.example/"]


def make_zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("site")
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def make_tar(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.zip", make_zip(FILES)),
        ("x.tar", make_tar(FILES)),
        ("x.tar", make_tar(FILES, tarfile.GNU_FORMAT)),
        ("x.tar", make_tar(FILES, tarfile.GNU_FORMAT)[:-5000]),  # without the zeros at its end
        *((f"x.tar.{ending}", pack(make_tar(FILES))) for ending, pack in PACKERS.items()),
        ("x.tgz", gzip.compress(make_tar(FILES))),
    ],
)
@pytest.mark.parametrize("piped", [False, True])
def test_members_are_files_of_a_folder(
    tmp_path: Path, name: str, data: bytes, piped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    if piped:
        reader, writer = os.pipe()
        os.write(writer, data)
        os.close(writer)
        monkeypatch.setattr(sys, "stdin", os.fdopen(reader))
        path = Path("-")
    documents, counts = read(path)
    expected = [n if "://" in n else f"{path}/{n}" for n in NAMES]
    assert [d.uri for d in documents] == [*expected, f"{path}/{'deep/' * 60}c.txt"]
    assert kinds(documents) == ["page"] * 5
    assert [d.kind for d in documents] == ["html", "html", "text", "html", "text"]
    assert (counts.other, counts.binary, counts.packages) == (1, 1, 1)


def test_in_a_folder_archives_are_counted_and_left_closed(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(make_zip(FILES))
    documents, counts = read(tmp_path)
    assert documents == []
    assert "1 zip or tar archives (name them to read them)" in counts.describe()


def test_a_damaged_tar_header_costs_its_member(tmp_path: Path) -> None:
    data = bytearray(make_tar({"a.html": PAGE, "b.html": PAGE, "c.html": PAGE}))
    data[1024:1100] = b"\xff" * 76
    (tmp_path / "x.tar").write_bytes(data)
    documents, counts = read(tmp_path / "x.tar")
    assert [d.uri.rpartition("/")[2] for d in documents] == ["a.html", "x.tar@1024", "c.html"]
    assert kinds(documents) == ["page", "damaged", "page"]
    assert counts.salvaged == 1


def test_concatenated_tars_are_read_to_the_end(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(make_tar({"a.html": PAGE}) + make_tar({"b.html": PAGE}))
    assert kinds(read(tmp_path / "x.tar")[0]) == ["page", "page"]


def test_a_cut_tar_gives_what_there_is(tmp_path: Path) -> None:
    data = make_tar({"a.html": PAGE, "b.html": PAGE * 200})
    (tmp_path / "x.tar").write_bytes(data[:4000])
    documents, _ = read(tmp_path / "x.tar")
    assert kinds(documents) == ["page", "page", "damaged"]
    assert documents[1].truncated


def test_a_tar_header_that_claims_a_long_name_takes_no_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 60_000_000
    data = info.tobuf(tarfile.GNU_FORMAT) + b"n" * 60_000_000
    data += bytes(-len(data) % 512) + make_tar({"a.html": PAGE})
    path = tmp_path / "x.tar"
    path.write_bytes(data)
    import tracemalloc

    tracemalloc.start()
    documents, _ = read(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kinds(documents) == ["page"]
    assert most < 10_000_000


def test_a_zip_without_a_directory_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(make_zip(FILES)[:200])
    assert kinds(read(tmp_path / "x.zip")[0]) == ["damaged"]


def test_a_damaged_zip_member_costs_itself_alone(tmp_path: Path) -> None:
    noise = {f"{name}.html": PAGE + os.urandom(2000).hex().encode() for name in "abc"}
    data = bytearray(make_zip(noise))
    at = data.index(b"b.html") + 200
    data[at : at + 50] = bytes(50)
    (tmp_path / "x.zip").write_bytes(data)
    documents, _ = read(tmp_path / "x.zip")
    assert kinds(documents) == ["page", "damaged", "page"]


def test_an_encrypted_zip_member_is_named(tmp_path: Path) -> None:
    data = bytearray(make_zip({"a.html": PAGE}))
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(magic) + flags] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    (document,), _ = read(tmp_path / "x.zip")
    assert document.failure is not None
    assert "encrypted" in document.failure.message


def test_members_that_grow_together_are_a_bomb(tmp_path: Path) -> None:
    files = {f"{i}.html": PAGE + bytes(1_000_000) for i in range(40)}
    (tmp_path / "x.zip").write_bytes(make_zip(files))
    documents, _ = read(tmp_path / "x.zip", ratio_grace=1_000_000)
    assert kinds(documents)[-1] == "bomb"
    assert len(documents) < 40

"""`detector clean` of archives and tables: the same kind out, what was taken out told."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys
from base64 import b32encode
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecordType

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"
HACKED = (SAMPLES / "en-injected-hidden-links.html").read_bytes()
CLEAN = (SAMPLES / "en-clean-news.html").read_bytes()
SPAM = (SAMPLES / "id-spam-landing.html").read_bytes()
KIT = (SAMPLES / "zh-injected-kit.txt").read_text("utf-8")


def clean(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "detector", "clean", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=120, check=False)


def repaired(page: bytes, folder: Path, name: str = "page.html") -> bytes:
    """What the command makes of the page alone."""
    (folder / name).write_bytes(page)
    out = clean(folder / name).stdout
    (folder / name).unlink()
    return out


def record(kind: str, uri: str, body: bytes, headers: bytes = b"") -> bytes:
    outer = "application/http; msgtype=response"
    if kind == "response":
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Cache: hit\r\n" + headers
        body = http + b"Content-Length: %d\r\n\r\n" % len(body) + body
    else:
        outer = "text/plain"
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{uri}>\r\n"
        f"WARC-Target-URI: {uri}\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n"
        f"Content-Type: {outer}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


RECORDS = [
    record("warcinfo", "a:", b"software: x\r\n"),
    record("request", "https://a.example/", b"GET / HTTP/1.1\r\n\r\n"),
    record("response", "https://a.example/", CLEAN),
    record("response", "https://b.example/", HACKED),
    record("metadata", "https://b.example/", b"fetchTimeMs: 9\r\n"),
    record("response", "https://c.example/", b"\x89PNG\r\n\x1a\n" + bytes(99)),
    record("response", "https://d.example/", gzip.compress(HACKED), b"Content-Encoding: gzip\r\n"),
    record("response", "https://e.example/", SPAM),
    record("conversion", "https://f.example/", KIT.encode()),
    record("request", "https://g.example/", b"GET / HTTP/1.1\r\n\r\n"),
]


def read(data: bytes) -> list[tuple[str, str, bytes]]:
    """Type, address and payload of each record; every digest is verified."""
    found = []
    every = WarcRecordType.any_type
    for one in ArchiveIterator(io.BytesIO(data), record_types=every, parse_http=False):
        one.freeze()
        assert one.verify_block_digest() or "WARC-Block-Digest" not in one.headers
        payload = one.reader.read()
        if one.headers["WARC-Type"] == "response":
            payload = payload.partition(b"\r\n\r\n")[2]
        if digest := one.headers.get("WARC-Payload-Digest"):
            assert digest == f"sha1:{b32encode(hashlib.sha1(payload).digest()).decode()}"
        found.append((one.headers["WARC-Type"], one.headers.get("WARC-Target-URI"), payload))
    return found


@pytest.mark.parametrize("ending", ["warc", "warc.gz", "warc.zst"])
def test_an_archive_stays_one(tmp_path: Path, ending: str) -> None:
    pack = {"warc": bytes, "gz": gzip.compress, "zst": zstandard.ZstdCompressor().compress}
    path, out = tmp_path / f"x.{ending}", tmp_path / f"out.{ending}"
    path.write_bytes(b"".join(map(pack[ending.rpartition(".")[2]], RECORDS)))
    ended = clean(path, "-o", out)
    assert ended.returncode == 0, ended.stderr
    assert b"4 cleaned, 2 unchanged, 4 others passed by" in ended.stderr
    given = out.read_bytes()
    came = read(given)
    names = [(kind, uri.partition("//")[2][:1]) for kind, uri, _ in came]
    assert names == [
        ("warcinfo", ""), ("request", "a"), ("response", "a"), ("response", "b"),
        ("metadata", "b"), ("metadata", "b"), ("response", "c"), ("response", "d"),
        ("metadata", "d"), ("response", "e"), ("metadata", "e"), ("conversion", "f"),
        ("metadata", "f"), ("request", "g"),
    ]  # fmt: skip
    payloads = [payload for _, _, payload in came]
    assert payloads[2] == CLEAN
    assert payloads[3] == payloads[7] == repaired(HACKED, tmp_path)
    assert payloads[11].decode().startswith(KIT[:5])
    assert len(payloads[11]) < len(KIT.encode())
    if ending == "warc":
        for number in (0, 1, 2, 4, 5, 9):  # passed byte for byte
            assert RECORDS[number] in given
        assert b"Content-Encoding" not in given
        assert given.count(b"X-Cache: hit") == 5


def test_provenance_says_what_was_taken_out_and_by_which_model(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(RECORDS[3])
    (_, response), (_, note) = [
        (r.freeze(), r)
        for r in ArchiveIterator(
            io.BytesIO(clean(path).stdout), record_types=WarcRecordType.any_type
        )
    ]
    told = json.loads(note.reader.read())
    assert note.headers["WARC-Refers-To"] == response.headers["WARC-Record-ID"]
    assert told["record"] == "<urn:uuid:https://b.example/>" != note.headers["WARC-Refers-To"]
    assert told["label"] == "injected"
    assert told["model"]["name"] == "default"
    assert told["techniques"]
    source = HACKED.decode()
    for piece in told["removed"]:
        assert source[piece["start"] : piece["end"]].startswith(piece["text"])


def test_spam_pages_can_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(b"".join(RECORDS))
    ended = clean(path, "--drop-spam")
    assert b"1 dropped" in ended.stderr
    kinds = [kind for kind, uri, _ in read(ended.stdout) if uri == "https://e.example/"]
    assert kinds == ["metadata"]


def test_a_damaged_archive_is_cleaned_around_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    members = [gzip.compress(r) for r in RECORDS]
    middle = len(members[3]) // 2
    members[3] = members[3][:middle] + bytes(9) + members[3][middle + 9 :]
    path.write_bytes(b"".join(members))
    ended = clean(path)
    assert ended.returncode == 0
    assert b"1 error" in ended.stderr
    assert b"is damaged" in ended.stderr
    uris = [uri for kind, uri, _ in read(gzip.decompress(ended.stdout)) if kind == "response"]
    assert uris == [f"https://{n}.example/" for n in "acde"]


def test_lines_stay_lines(tmp_path: Path) -> None:
    path, out = tmp_path / "x.jsonl", tmp_path / "out.jsonl.gz"
    lines = [
        json.dumps({"url": "https://a.example/", "html": CLEAN.decode(), "n": 1}).encode(),
        b"",
        json.dumps({"id": 7, "html": HACKED.decode(), "n": [2]}).encode(),
        b"no json",
        json.dumps({"text": KIT}).encode(),
        json.dumps({"html": SPAM.decode()}).encode(),
        b"",
    ]
    path.write_bytes(b"\n".join(lines))
    ended = clean(path, "-o", out, "--drop-spam", "--workers", "2")
    assert ended.returncode == 0, ended.stderr
    assert b"2 cleaned, 1 unchanged, 1 dropped, 1 error" in ended.stderr
    came = gzip.decompress(out.read_bytes()).split(b"\n")
    assert came[:2] == lines[:2]
    changed = json.loads(came[2])
    assert (changed["id"], changed["n"]) == (7, [2])
    assert changed["html"].encode() == repaired(HACKED, tmp_path)
    assert changed["detector"]["label"] == "injected"
    assert came[3] == b"no json"
    assert json.loads(came[4])["detector"]["removed"]
    assert came[5:] == [b""]


@pytest.mark.parametrize("kind", [pa.string(), pa.binary()])
def test_a_table_stays_one(tmp_path: Path, kind: pa.DataType) -> None:
    pages = [CLEAN, HACKED, None, SPAM, HACKED] * 30
    table = pa.table({"n": range(150), "html": pa.array(pages, pa.binary()).cast(kind)})
    pq.write_table(table, tmp_path / "x.parquet")
    out = tmp_path / "out.parquet"
    ended = clean(tmp_path / "x.parquet", "-o", out, "--drop-spam")
    assert ended.returncode == 0, ended.stderr
    assert b"60 cleaned, 30 unchanged, 30 dropped, 30 error" in ended.stderr
    came = pq.read_table(out)
    assert came.schema.names == ["n", "html", "detector"]
    assert came.schema.field("html").type == kind
    assert came["n"].to_pylist() == [n for n in range(150) if n % 5 != 3]
    expected = repaired(HACKED, tmp_path)
    for row in came.to_pylist():
        page = row["html"].encode() if isinstance(row["html"], str) else row["html"]
        if row["n"] % 5 in (1, 4):
            assert page == expected
            assert json.loads(row["detector"])["model"]["name"] == "default"
        else:
            assert (page, row["detector"]) == (pages[row["n"]], None)


def test_what_cannot_be_cleaned_is_one_line(tmp_path: Path) -> None:
    pq.write_table(pa.table({"size": [1]}), tmp_path / "x.parquet")
    (tmp_path / "y.parquet").write_bytes((tmp_path / "x.parquet").read_bytes()[:-9])
    (tmp_path / "z.jsonl").write_bytes(b"no json\n")
    for name, words in (("x", "has no column that is known"), ("y", ""), ("z", "is not JSON")):
        path = next(tmp_path.glob(f"{name}.*"))
        ended = clean(path, "-o", tmp_path / f"out-{path.name}")
        assert ended.returncode == 2
        assert words.encode() in ended.stderr
        assert b"Traceback" not in ended.stderr
    assert not (tmp_path / "out-x.parquet").exists()
    assert clean(tmp_path / "z.jsonl", "-o", tmp_path / "z.jsonl").returncode == 2
    assert clean(tmp_path / "z.jsonl", "--as", "text").returncode == 2

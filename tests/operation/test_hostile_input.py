"""Inputs that go wrong, through the command: a result or one line that says what to do, each.

The rest of the scan goes on, the counts add up, and the exit codes are the contract's.
"""

from __future__ import annotations

import ctypes
import gzip
import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

FAKE = [sys.executable, str(Path(__file__).parents[1] / "cli" / "fake_detector.py")]
REAL = [sys.executable, "-m", "detector"]
PAGE = b"<!doctype html><title>Tide table</title><p>High water at noon.</p>"


def scan(
    *arguments: object, command: list[str] = FAKE, before: Callable[[], None] | None = None
) -> tuple[int, list[dict[str, Any]], list[str]]:
    """Exit code, results, and the lines on standard error."""
    ended = subprocess.run(
        [*command, "scan", "--format", "jsonl", *map(str, arguments)],
        capture_output=True,
        timeout=120,
        check=False,
        preexec_fn=before,
    )
    said = ended.stderr.decode().splitlines()
    assert not [line for line in said if "Traceback" in line]
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()], said


def kinds(results: list[dict[str, Any]]) -> list[str]:
    return [r["error"]["kind"] if r["error"] else r["label"] for r in results]


def record(kind: str, uri: str, body: bytes, http: bytes = b"", length: int | None = None) -> bytes:
    if kind == "response":
        body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + http + b"\r\n" + body
        uri += "\r\nContent-Type: application/http; msgtype=response"
    length = len(body) if length is None else length
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\n"
    return f"{head}Content-Length: {length}\r\n\r\n".encode() + body + b"\r\n\r\n"


def unprivileged() -> None:
    """Even root may then not read what permissions forbid."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_an_unreadable_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(PAGE)
    (tmp_path / "b.html").write_bytes(PAGE)
    (tmp_path / "a.html").chmod(0)
    code, results, _ = scan(tmp_path, before=unprivileged)
    assert (code, kinds(results)) == (0, ["unreadable", "clean"])
    message = results[0]["error"]["message"]
    assert message == f"cannot read {tmp_path}/a.html: Permission denied; check its permissions"
    code, results, _ = scan(tmp_path / "a.html", before=unprivileged)
    assert (code, kinds(results)) == (2, ["unreadable"])


def test_a_folder_that_may_not_be_listed_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "b.html").write_bytes(PAGE)
    (tmp_path / "closed").mkdir(mode=0)
    code, results, _ = scan(tmp_path, before=unprivileged)
    assert (code, kinds(results)) == (0, ["clean", "unreadable"])


def test_a_socket_is_an_error_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("x.html")
        (tmp_path / "b.html").write_bytes(PAGE)
        code, results, _ = scan("x.html", "b.html")
    assert (code, kinds(results)) == (0, ["unreadable", "clean"])


def test_a_missing_path_is_told_and_the_rest_is_scanned(tmp_path: Path) -> None:
    (tmp_path / "b.html").write_bytes(PAGE)
    code, results, said = scan(tmp_path / "nowhere", tmp_path / "b.html")
    assert (code, kinds(results)) == (2, ["clean"])
    assert said[0] == f"detector: no such file or folder: {tmp_path}/nowhere"


def test_a_folder_without_pages_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    code, results, said = scan(tmp_path)
    assert (code, results) == (2, [])
    assert said == [
        f"detector: no page in {tmp_path}; name files to scan them whatever their extension"
    ]


def test_a_cut_gzip_gives_what_there_is(tmp_path: Path) -> None:
    whole = gzip.compress(PAGE + os.urandom(40_000).hex().encode())
    (tmp_path / "a.html.gz").write_bytes(whole[:-9000])
    (tmp_path / "b.html.gz").write_bytes(whole[:12])
    (tmp_path / "c.html").write_bytes(PAGE)
    code, results, _ = scan(tmp_path)
    assert (code, kinds(results)) == (0, ["clean", "damaged", "clean"])
    assert results[0]["input"]["truncated"] is True
    assert "the gzip data ends early" in results[1]["error"]["message"]


def test_fifty_megabytes_are_cut_within_the_limits_of_time_and_memory(tmp_path: Path) -> None:
    paragraph = b"<p>The harbour office opens at nine and closes at five, also in winter.</p>\n"
    (tmp_path / "a.html").write_bytes(b"<!doctype html>" + paragraph * (50_000_000 // 75))
    (tmp_path / "b.html").write_bytes(PAGE)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    code, results, _ = scan(tmp_path, "--workers", 1, command=REAL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss - before
    assert code == 0
    assert used < 2_500_000  # kilobytes, as limits.max_memory allows
    large, small = results
    if large["error"]:  # a slow machine: then by name
        assert large["error"] == {"kind": "timeout", "message": "took longer than 10 s"}
    else:
        assert (large["input"]["bytes"], large["input"]["truncated"]) == (20_000_000, True)
    assert (small["error"], small["label"]) == (None, "clean")


def test_lines_of_a_hundred_megabytes_are_skipped_by_name(tmp_path: Path) -> None:
    with (tmp_path / "x.jsonl").open("wb") as out:
        out.write(b'{"text": "tea"}\n{"text": "')
        for _ in range(101):
            out.write(b"x" * 1_000_000)
        out.write(b'"}\n{"text": "caf\xe9"}\n{"text": "coffee"}\n')
    code, results, said = scan(tmp_path / "x.jsonl")
    assert (code, kinds(results)) == (0, ["clean", "too-large", "damaged", "clean"])
    assert "line 2 of" in results[1]["error"]["message"]
    assert "line 3 of" in results[2]["error"]["message"]
    assert said == ["4 pages: 2 clean, 2 error"]


@pytest.mark.parametrize(
    ("name", "pack"), [("x.jsonl.gz", gzip.compress), ("x.jsonl.zst", zstandard.compress)]
)
def test_a_bomb_is_named_and_the_scan_goes_on(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    (tmp_path / name).write_bytes(pack(b'{"text": "tea"}\n' + b" " * 80_000_000))
    (tmp_path / "z.html").write_bytes(PAGE)
    code, results, _ = scan(tmp_path)
    assert (code, kinds(results)) == (0, ["clean", "bomb", "clean"])
    assert "200-fold (a bomb?)" in results[1]["error"]["message"]


def test_archives_go_on_after_everything_that_is_wrong_in_them(tmp_path: Path) -> None:
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE)
    parts = [
        record("warcinfo", "", b"software: x"),
        record("response", "https://a.example/", PAGE),
        record("revisit", "https://a.example/", b""),
        record("response", "https://b.example/", chunked, b"Transfer-Encoding: chunked\r\n"),
        record("response", "https://c.example/", gzip.compress(PAGE + bytes(9_000_000)),
               b"Content-Encoding: gzip\r\n"),
        record("response", "https://d.example/", b""),
        record("resource", "https://e.example/", b"\x89PNG\r\n\x1a\n" + bytes(64)),
        record("response", "https://f.example/", PAGE, length=9_999_999_999),
        record("response", "https://g.example/", PAGE),
        record("response", "https://h.example/", PAGE, length=3),
        record("response", "https://i.example/", PAGE),
    ]  # fmt: skip
    (tmp_path / "x.warc.gz").write_bytes(b"".join(map(gzip.compress, parts)))
    code, results, said = scan(tmp_path / "x.warc.gz", "--max-bytes", "1MB")
    found = {r["uri"].partition("//")[2][:1]: kinds([r])[0] for r in results}
    assert code == 0
    assert {found[name] for name in "abcgi"} == {"clean"}
    assert found["f"] == "damaged"
    assert [r["input"]["truncated"] for r in results if r["uri"] == "https://c.example/"] == [True]
    pages = len(results)
    assert said[-1].startswith(f"{pages} pages: {kinds(results).count('clean')} clean, ")
    assert "archive records without a page" in said[-1]


def test_everything_at_once_adds_up(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(PAGE)
    (tmp_path / "b.html").write_bytes(b"")
    (tmp_path / "c.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    (tmp_path / "d.css").write_bytes(b"p {}")
    (tmp_path / "e.warc").write_bytes(record("response", "https://a.example/", PAGE) + b"WARC/1.0")
    (tmp_path / "f.jsonl").write_bytes(b'{"text": "tea"}\n{"text": \n{"text": "spam!"}\n')
    pq.write_table(pa.table({"html": ["<p>tea", None]}), tmp_path / "g.parquet")
    pq.write_table(pa.table({"size": [1]}), tmp_path / "h.parquet")
    (tmp_path / "i.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "link.html").symlink_to(tmp_path / "a.html")
    code, results, said = scan(tmp_path)
    assert code == 1
    clean, spam = kinds(results).count("clean"), kinds(results).count("spam")
    errors = len(results) - clean - spam
    assert (clean, spam) == (4, 1)
    assert said[-1] == (
        f"{len(results)} pages: {clean} clean, {errors} error, {spam} spam; skipped: 1 binary, "
        "1 of other types, 1 links or special files, 1 zip or tar archives (name them to read them)"
    )

"""Public collections: fetched from a local server, resumed, checked, laid out for training."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from detector.cli import group
from detector.learn import public
from detector.learn.datasets import read_labelled
from detector.learn.public import FILE, Source, SourceError, fetch, read_sources

PAGE = b"<html><title>Notice</title><p>The ferry leaves at nine.</p></html>"
MEMBERS = {
    "repo-1/pages/a.example.one.html": PAGE,
    "repo-1/pages/b.example.html.gz": gzip.compress(PAGE + b"<!-- b -->", mtime=0),
    "repo-1/pages/broken.html.gz": b"\x1f\x8bno gzip",
    "repo-1/../../outside.html": PAGE + b"<!-- out -->",
    "repo-1/README.md": b"read me",
}


def archive() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=0) as tar:
        for name, data in MEMBERS.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("repo-1/pages/link.html")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tar.addfile(link)
    return out.getvalue()


ARCHIVE = archive()
DIGEST = hashlib.sha256(ARCHIVE).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves the archive; `asked` are the ranges of the requests, `ranges` whether it obeys."""

    asked: list[str]
    ranges = True
    cut = 0  # bytes after which the connection ends


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("range", "")
        self.server.asked.append(wanted)
        if self.path != "/a.tar.gz":
            self.send_error(404)
            return
        start = int(wanted[6:-1]) if wanted and self.server.ranges else 0
        if start >= len(ARCHIVE):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("content-range", f"bytes {start}-{len(ARCHIVE) - 1}/{len(ARCHIVE)}")
        self.send_header("content-length", str(len(ARCHIVE) - start))
        self.end_headers()
        body = ARCHIVE[start:]
        self.wfile.write(body[: self.server.cut] if self.server.cut else body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.asked = []
    Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def source(server: Server, **changes: object) -> Source:
    values: dict[str, object] = {
        "name": "made", "url": f"http://127.0.0.1:{server.server_port}/a.tar.gz", "licence": "CC0",
        "label": "clean", "sha256": DIGEST, "pages": ("*.html", "*.html.gz"),
    }  # fmt: skip
    return Source(**(values | changes))  # type: ignore[arg-type]


def test_what_is_fetched_is_what_training_reads(server: Server, tmp_path: Path) -> None:
    place, count, digest = fetch(source(server), tmp_path / "data")
    assert (count, digest) == (3, DIGEST)
    pages = read_labelled([place])
    assert [p.data for p in pages] == [PAGE, PAGE + b"<!-- b -->", PAGE + b"<!-- out -->"]
    assert {p.label for p in pages} == {"clean"}
    assert pages[0].uri == "https://made.invalid/pages/a.example.one.html"
    assert len({p.site for p in pages}) == 3
    outside = [p for p in tmp_path.rglob("*.html") if place not in p.parents]
    assert outside == []
    assert not list((tmp_path / "data").glob(".*"))


def test_what_is_there_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    first = fetch(source(server), tmp_path)
    assert fetch(source(server), tmp_path) == first
    assert len(server.asked) == 1


def test_a_download_that_was_cut_off_goes_on(server: Server, tmp_path: Path) -> None:
    server.cut = 300
    with pytest.raises(SourceError, match="goes on where it was cut off"):
        fetch(source(server), tmp_path)
    assert (tmp_path / ".made.part").stat().st_size == 300
    server.cut = 0
    assert fetch(source(server), tmp_path)[1] == 3
    assert server.asked == ["", "bytes=300-"]


@pytest.mark.parametrize("there", [300, len(ARCHIVE)])
def test_a_server_without_ranges_and_a_whole_part(
    server: Server, tmp_path: Path, there: int
) -> None:
    (tmp_path / ".made.part").write_bytes(ARCHIVE[:there])
    server.ranges = there == len(ARCHIVE)
    assert fetch(source(server), tmp_path)[1] == 3


def test_other_bytes_than_stated_are_deleted(server: Server, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="other bytes"):
        fetch(source(server, sha256="0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_digest_it_asks_to_be_told(server: Server, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="--unpinned"):
        fetch(source(server, sha256=""), tmp_path)
    assert fetch(source(server, sha256=""), tmp_path, unpinned=True)[2] == DIGEST


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"url": "http://127.0.0.1:9/a.tar.gz"}, "127.0.0.1:9"),
        ({"pages": ("*.pdf",)}, "no file of the archive"),
    ],
)
def test_what_cannot_be_had_is_told(
    server: Server, tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(SourceError, match=says):
        fetch(source(server, **changes), tmp_path)
    assert not (tmp_path / "made").exists()


def test_limits_hold(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "PAGES", 1)
    with pytest.raises(SourceError, match="more than 1 pages"):
        fetch(source(server), tmp_path / "a")
    monkeypatch.setattr(public, "LARGEST", 100)
    with pytest.raises(SourceError, match="larger than 100 bytes"):
        fetch(source(server), tmp_path / "b")


def test_no_archive_at_all_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".made.part").write_bytes(b"x" * (len(ARCHIVE) + 1))
    digest = hashlib.sha256(b"x" * (len(ARCHIVE) + 1)).hexdigest()
    with pytest.raises(SourceError, match="cannot be read"):
        fetch(source(server, sha256=digest), tmp_path)


def test_the_command_lists_and_fetches(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    address = source(server).url
    file.write_text(f'[made]\nurl = "{address}"\nlicence = "CC0"\nlabel = "clean"\n', "utf-8")
    run = CliRunner().invoke(group, ["datasets", "list", "--sources", str(file)])
    assert "made" in run.output and "CC0" in run.output
    arguments = ["datasets", "fetch", "--sources", str(file), "--to", str(tmp_path / "d")]
    run = CliRunner().invoke(group, [*arguments, "made"])
    assert run.exit_code == 2 and "--unpinned" in run.stderr
    run = CliRunner().invoke(group, [*arguments, "--all", "--unpinned"])
    assert run.exit_code == 0 and f'sha256 = "{DIGEST}"' in run.output
    run = CliRunner().invoke(group, [*arguments, "mode"])
    assert run.exit_code == 2 and "there are made" in run.stderr
    run = CliRunner().invoke(group, arguments)
    assert run.exit_code == 2 and "--all" in run.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[a", "sources.toml"),
        ("a = 1", r"\[a\] may hold"),
        ('[a]\nurl = "https://x.example"\ncolour = 1', r"\[a\] may hold"),
        ('[a]\nurl = "https://x.example"', r"\[a\] lacks licence"),
        ('[a]\nurl = "https://x.example"\nlicence = "MIT"\nlabel = "ham"', "label is none of"),
        ('[a]\nurl = "file:///etc"\nlicence = "MIT"\nlabel = "clean"', "no web address"),
    ],
)
def test_a_wrong_list_names_table_and_key(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=says):
        read_sources(file)


def test_the_projects_own_list_is_whole() -> None:
    found = read_sources(FILE)
    assert len(found) >= 5
    assert all(s.licence and s.about for s in found.values())
    assert all(len(s.sha256) in (0, 64) for s in found.values())

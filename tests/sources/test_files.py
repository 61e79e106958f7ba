"""Files, folders and standard input become documents, or a count, or a named failure."""

from __future__ import annotations

import gzip
import io
import os
import sys
from pathlib import Path

import pytest

from detector.limits import Limits
from detector.sources import Counts, Options, open_sources
from detector.types import Document

HTML = b"<!doctype html><title>Tide table</title><p>High water at noon.</p>"


def read(*paths: object, **options: object) -> tuple[list[Document], Counts]:
    counts = Counts()
    given = Options(**options)  # type: ignore[arg-type]
    return list(open_sources([str(p) for p in paths], given, counts)), counts


def failure(document: Document) -> tuple[str, str]:
    assert document.failure is not None
    return document.failure.kind, document.failure.message


def test_a_folder_is_walked_by_extension_and_in_order(tmp_path: Path) -> None:
    names = ["b.html", "a.htm", "c.xhtml", "d.shtml", "e.php", "f.asp", "g.aspx", "h.jsp"]
    names += ["i.txt", "j.md", "K.HTML"]
    for name in [*names, "style.css", "app.js", "photo.png"]:
        (tmp_path / name).write_bytes(HTML)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_bytes(HTML)
    documents, counts = read(tmp_path)
    expected = [str(tmp_path / n) for n in sorted(names)]
    assert [d.uri for d in documents] == [*expected, str(tmp_path / "sub" / "index.html")]
    assert (counts.pages, counts.other, counts.failures) == (12, 3, 0)


def test_files_without_extension_are_pages_when_their_bytes_are_html(tmp_path: Path) -> None:
    (tmp_path / "index").write_bytes(HTML)
    (tmp_path / "Makefile").write_bytes(b"all:\n\techo done\n")
    documents, counts = read(tmp_path)
    assert [d.uri for d in documents] == [str(tmp_path / "index")]
    assert documents[0].kind == "html"
    assert counts.other == 1


def test_version_control_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.html").write_bytes(HTML)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.html").write_bytes(HTML)
    documents, _ = read(tmp_path)
    assert [d.uri for d in documents] == [str(tmp_path / ".hidden" / "x.html")]


def test_symbolic_links_are_followed_only_when_asked_and_once(tmp_path: Path) -> None:
    site = tmp_path / "site"
    other = tmp_path / "other"
    site.mkdir()
    other.mkdir()
    (other / "x.html").write_bytes(HTML)
    (site / "link").symlink_to(other)
    (other / "back").symlink_to(site)
    documents, counts = read(site)
    assert documents == []
    assert counts.special == 1
    documents, _ = read(site, follow_symlinks=True)
    assert [d.uri for d in documents] == [str(site / "link" / "x.html")]


def test_a_dangling_link_holds_no_page(tmp_path: Path) -> None:
    (tmp_path / "gone.html").symlink_to(tmp_path / "nowhere.html")
    documents, counts = read(tmp_path, follow_symlinks=True)
    assert documents == []
    assert counts.special == 1


def test_a_pipe_in_a_folder_does_not_stop_the_walk(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.html")
    (tmp_path / "x.html").write_bytes(HTML)
    documents, counts = read(tmp_path)
    assert len(documents) == 1
    assert counts.special == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.html", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        ("x.txt", b"%PDF-1.7 and so on"),
        ("x.php", bytes(range(32)) * 20),
        ("x.html", bytes(5000)),
    ],
)
def test_binary_files_in_a_folder_are_counted(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    documents, counts = read(tmp_path)
    assert documents == []
    assert counts.binary == 1
    assert counts.describe() == "1 binary"
    assert counts.empty == [str(tmp_path)]


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a" + HTML,  # a signature as a disguise
        HTML.replace(b"noon", b"no\0on"),
        b"<p>Tide</p>" + bytes(3000),
        bytes(6000) + b"plain words" * 9 + bytes(3000),
        HTML.decode().encode("utf-16-le"),
        HTML.decode().encode("utf-16"),
        "<p>潮汐表</p>".encode("iso2022_jp"),
        "<p>潮汐表</p>".encode("gb18030"),
    ],
)
def test_pages_that_look_a_little_binary_are_pages(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.html").write_bytes(data)
    documents, counts = read(tmp_path)
    assert [d.data for d in documents] == [data]
    assert counts.binary == 0


def test_a_named_binary_file_is_told_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    documents, _ = read(tmp_path / "x.png")
    kind, message = failure(documents[0])
    assert kind == "not-text"
    assert "a PNG image" in message


def test_a_named_file_is_read_whatever_its_extension(tmp_path: Path) -> None:
    (tmp_path / "page.bak").write_bytes(HTML)
    documents, _ = read(tmp_path / "page.bak")
    assert (documents[0].kind, documents[0].data) == ("html", HTML)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("x.txt", b"Tide table\nHigh water at noon", "text"),
        ("x.txt", b"\xef\xbb\xbf" + HTML, "html"),
        ("x.txt", b"Use <div> and <html> tags like this", "text"),
        ("x.md", HTML, "text"),
        ("x.html", b"no tag at all", "html"),
        ("x", b"Put a <br> between them", "text"),
        ("x", b"<p>one</p><p>two</p>", "html"),
    ],
)
def test_kind(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    (tmp_path / name).write_bytes(data)
    documents, _ = read(tmp_path / name)
    assert documents[0].kind == kind


def test_an_empty_file_is_a_named_failure(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_bytes(b" \n")
    assert failure(read(tmp_path)[0][0]) == ("empty", "the file is empty")


def test_a_missing_path_is_noted_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_bytes(HTML)
    documents, counts = read(tmp_path / "nowhere", tmp_path / "x.html")
    assert len(documents) == 1
    assert counts.missing == [str(tmp_path / "nowhere")]


def test_an_unreadable_file_is_a_failure_that_names_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    (tmp_path / "a.html").write_bytes(HTML)
    (tmp_path / "b.html").write_bytes(HTML)
    original = builtins.open

    def refuse(path: object, *rest: object, **named: object) -> object:
        if str(path).endswith("a.html"):
            raise PermissionError(13, "Permission denied")
        return original(path, *rest, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(builtins, "open", refuse)
    documents, counts = read(tmp_path)
    assert failure(documents[0])[0] == "unreadable"
    assert "Permission denied; check its permissions" in failure(documents[0])[1]
    assert documents[1].data == HTML
    assert (counts.pages, counts.failures) == (2, 1)


def test_a_large_file_is_cut_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_bytes(HTML * 100)
    documents, _ = read(tmp_path / "x.html", limits=Limits(max_bytes=1000))
    assert (len(documents[0].data), documents[0].truncated) == (1000, True)


def test_names_that_are_no_unicode_stay_printable(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.html"
    with open(path, "wb") as file:
        file.write(HTML)
    documents, _ = read(tmp_path)
    assert documents[0].uri.endswith("/\ufffd.html")
    documents[0].uri.encode("utf-8")


def test_gzip_pages_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.html.gz").write_bytes(gzip.compress(HTML[:20]) + gzip.compress(HTML[20:]))
    documents, _ = read(tmp_path / "x.html.gz")
    assert (documents[0].data, documents[0].kind, documents[0].truncated) == (HTML, "html", False)


def test_a_cut_gzip_page_gives_what_there_is(tmp_path: Path) -> None:
    body = os.urandom(30_000).hex().encode()
    (tmp_path / "x.html.gz").write_bytes(gzip.compress(HTML + body)[:-5000])
    documents, _ = read(tmp_path / "x.html.gz")
    assert documents[0].truncated
    assert documents[0].data.startswith(HTML)


def test_a_gzip_without_any_content_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "x.html.gz").write_bytes(b"\x1f\x8b\x08junk")
    assert failure(read(tmp_path / "x.html.gz")[0][0])[0] == "damaged"


def test_a_gzip_bomb_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.html.gz").write_bytes(gzip.compress(b"<p>" + bytes(5_000_000)))
    limits = Limits(ratio_grace=1_000_000)
    kind, message = failure(read(tmp_path / "x.html.gz", limits=limits)[0][0])
    assert kind == "bomb"
    assert "200-fold" in message


@pytest.mark.parametrize(
    ("data", "uris"),
    [
        (HTML, ["-"]),
        (gzip.compress(HTML), ["-"]),
        (b'{"url": "https://a.example/", "html": "<p>x</p>"}\n', ["https://a.example/"]),
        (b"plain words", ["-"]),
    ],
)
def test_standard_input_is_told_by_its_bytes(
    monkeypatch: pytest.MonkeyPatch, data: bytes, uris: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert [d.uri for d in read("-")[0]] == uris


def test_labels_beside_an_archive_are_no_pages(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_bytes(b'{"uri": "https://a.example/", "label": "clean"}\n')
    (tmp_path / "nested.jsonl").write_bytes(b'{"uri": "a", "related": [{"text": "x"}]}\n')
    (tmp_path / "results.jsonl").write_bytes(b'{"schema": "detector.result/1", "text": "x"}\n')
    (tmp_path / "pages.jsonl").write_bytes(b'{"uri": "https://a.example/", "text": "x"}\n')
    documents, counts = read(tmp_path)
    assert [d.data for d in documents] == [b"x"]
    assert counts.other == 3


def test_long_first_lines_of_a_jsonl_file_are_pages(tmp_path: Path) -> None:
    (tmp_path / "pages.jsonl").write_bytes(b'{"html": "' + b"x" * 1_000_000 + b'"}\n{"text": "y"}')
    assert len(read(tmp_path)[0]) == 2


def test_progress_is_counted_in_bytes_of_the_input(tmp_path: Path) -> None:
    from detector.sources.folders import measure

    (tmp_path / "a.html").write_bytes(HTML)
    (tmp_path / "b.png").write_bytes(bytes(100))
    (tmp_path / "c.jsonl").write_bytes(b'{"text": "a"}\n' * 5)
    whole = measure([str(tmp_path)])
    assert whole == len(HTML) + 100 + 70
    assert read(tmp_path)[1].bytes == whole
    assert measure([str(tmp_path / "a.html"), str(tmp_path)]) == whole + len(HTML)
    assert measure([str(tmp_path), "-"]) == 0

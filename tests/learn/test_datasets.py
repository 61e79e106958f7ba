"""Labelled data: written and read back, and its faults named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.learn.checks import check
from detector.learn.datasets import (
    DatasetError,
    LabelledPage,
    category_of,
    digest_of,
    read_labelled,
    unique,
)
from detector.learn.generate import CleanPage, Recipe, generate, write_labelled

PAGE = (
    "<html><head><meta charset='utf-8'><title>Garden day</title></head><body><h1>Garden day</h1>"
    + "<p>Neighbours planted beans and peas along the fence, and the children watered them.</p>" * 4
    + "</body></html>"
)
PAGES = [CleanPage(f"https://s{i}.example/p", f"s{i}.example", "en", PAGE) for i in range(12)]


def kinds(pages: list[LabelledPage], few: int = 0) -> list[str]:
    return [p.kind for p in check(pages, few)]


def page(
    uri: str, data: bytes, label: str = "clean", site: str = "a", **more: object
) -> LabelledPage:
    return LabelledPage(uri, data, label, site=site, **more)  # type: ignore[arg-type]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    samples = list(generate(PAGES, Recipe(spam=1, text=0.3), seed=5))
    assert write_labelled(samples, tmp_path, "made") == len(samples)
    read = read_labelled([tmp_path])
    assert len(read) == len(samples)
    for sample, back in zip(samples, read, strict=True):
        assert back.data == sample.data
        assert (back.label, back.lang, back.site) == (sample.label, sample.lang, sample.site)
        assert back.techniques == sample.techniques
        assert back.spans == sample.spans
        assert [(r.text, r.off_topic) for r in back.related] == [
            (r.text, r.off_topic) for r in sample.related
        ]
        assert back.kind == ("text" if sample.kind == "text" else back.kind)
    assert digest_of(read) == digest_of(read_labelled([tmp_path / "made.warc.gz"]))
    assert digest_of(read) == digest_of(read_labelled([tmp_path / "made.jsonl"]))


def test_the_same_samples_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_labelled(generate(PAGES, Recipe(), seed=5), tmp_path / name)
    for file in ("pages.warc.gz", "pages.jsonl"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_other_readers_read_the_archive(tmp_path: Path) -> None:
    warcio = pytest.importorskip("warcio.archiveiterator")
    write_labelled(generate(PAGES, Recipe(), seed=1), tmp_path)
    with (tmp_path / "pages.warc.gz").open("rb") as file:
        found = [r.rec_headers["WARC-Target-URI"] for r in warcio.ArchiveIterator(file)]
    rows = [json.loads(line) for line in (tmp_path / "pages.jsonl").read_text("utf-8").splitlines()]
    assert found == [row["uri"] for row in rows]


def test_a_folder_of_files_with_labels(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE)
    (tmp_path / "b.txt").write_text("Garden day\n\nBeans and peas.\n")
    rows = [
        {"uri": "a.html", "label": "clean"},
        {"path": "b.txt", "label": "injected", "category": "loans", "spans": [{"text": "peas"}]},
        {"uri": "x", "html": "<p>hello</p>", "label": "spam", "category": ["crypto", "loans"]},
        {"uri": "no-label", "html": "<p>ignored</p>"},
    ]
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)))
    read = read_labelled([tmp_path])
    assert [(p.uri, p.label, p.kind) for p in read] == [
        ("a.html", "clean", None),
        ("b.txt", "injected", "text"),
        ("x", "spam", "html"),
    ]
    assert read[1].spans == ("peas",) and read[2].categories == ("crypto", "loans")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"uri": "x", "label": "ham", "html": ""}', "ham"),
        ('{"uri": "missing.html", "label": "clean"}', "missing.html"),
        ('{"uri": "../outside.html", "label": "clean"}', "outside"),
        ("{not json", "line 1"),
        ("[1]", "not an object"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path.parent / "outside.html").write_text("x")
    (tmp_path / "labels.jsonl").write_text(line)
    with pytest.raises(DatasetError, match=says):
        read_labelled([tmp_path])


def test_a_missing_source_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_labelled([tmp_path / "nothing"])
    with pytest.raises(DatasetError, match="no JSONL"):
        read_labelled([tmp_path])
    (tmp_path / "lone.warc").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"lone\.jsonl"):
        read_labelled([tmp_path / "lone.warc"])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"category": "essay", "group": "g", "label": "spam"}, ("essay-mill",)),
        ({"category": "other", "group": "g", "label": "spam"}, ("fake-downloads",)),
        ({"category": "other", "group": "g", "label": "injected"}, ("other",)),
        ({"category": "other", "label": "spam"}, ("other",)),
        ({"category": "adult", "group": "g", "technique": "escort"}, ("escort",)),
        ({"category": "adult", "group": "g", "technique": "landing"}, ("adult",)),
        ({"category": ["loans", "crypto"]}, ("loans", "crypto")),
        ({}, ()),
    ],
)
def test_categories_of_public_files(row: dict[str, object], expected: tuple[str, ...]) -> None:
    assert category_of(row) == expected


def test_conflicts_and_copies_are_found() -> None:
    assert kinds([page("1", b"x"), page("2", b"x", "spam")])[0] == "conflict"
    assert kinds([page("1", b"x"), page("1", b"y", "spam")])[0] == "conflict"
    assert kinds([page("1", b"x"), page("2", b"x", site="b")]) == ["duplicate"]
    assert kinds([page("1", b"x"), page("2", b"y")]) == []
    assert len(unique([page("1", b"x"), page("2", b"x"), page("3", b"y")])) == 2


def test_too_few_pages_and_loose_ends_are_said() -> None:
    found = check([page("1", b"x"), page("2", b"y", "spam", categories=("tulips",))], few=2)
    fatal = [p.message for p in found if p.fatal]
    assert len(fatal) == 1 and "0 injected pages" in fatal[0]
    assert [p.kind for p in found] == ["few", "few", "few", "unknown-category"]
    assert kinds([page("1", b"x", site="")]) == ["no-site"]

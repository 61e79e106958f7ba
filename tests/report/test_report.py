"""What users and programs see of a result."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.report import Summary, formats, renderer
from detector.report.csv import cell
from detector.report.jsonl import MAX_TEXT, round_together, to_json, to_line
from detector.report.printable import printable
from detector.types import (
    Content,
    Failure,
    Finding,
    Location,
    ModelId,
    RelatedLink,
    Removed,
    Result,
    Span,
    Verdict,
)

TEXT = "Lantern casino night. The library opens at nine."
QUOTE = "Lantern casino night."


def finding(quote: str = QUOTE, start: int = 0, **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "technique": "spam-header",
        "category": "gambling",
        "score": 0.99,
        "quote": quote,
        "message": "A line of advertising stands above the article.",
        "location": Location("body", "html > body > p", 31, 5),
        "span": Span("text", start, start + len(quote)),
    }
    return Finding(**(values | changes))


def result(**changes: Any) -> Result:
    values: dict[str, Any] = {
        "uri": "pages/news.html",
        "kind": "html",
        "size": 48211,
        "encoding": "gb18030",
        "language": "en",
        "verdict": Verdict(
            "injected", {"clean": 0.0041, "injected": 0.981, "spam": 0.0149}, ("gambling",)
        ),
        "findings": (finding(),),
        "content": Content(
            "Library",
            TEXT,
            "Library",
            TEXT[22:],
            removed=(Removed(0, 22, TEXT[:22], "spam-header"),),
        ),
        "related_links": (RelatedLink("Slots", "https://slots.example/", 0.03, True),),
        "model": ModelId("default", "1", "ab" * 32),
        "elapsed_ms": 1.94444,
    }
    return Result(**(values | changes))


def failed(uri: str = "bad.html") -> Result:
    return Result(uri, "html", 0, error=Failure("unreadable", "cannot read bad.html"))


def render(name: str, *results: Result, **options: Any) -> str:
    out = io.BytesIO()
    report = renderer(name)(out, **options)
    summary = Summary(seconds=2.0)
    report.start()
    for one in results:
        summary.count(one.verdict.label if one.verdict else "error")
        report.page(to_line(to_json(one)))
    report.finish(summary)
    return out.getvalue().decode()


def test_the_json_has_the_keys_of_the_contract_in_its_order() -> None:
    record = to_json(result())
    assert list(record) == [
        *["schema", "uri", "input", "label", "probabilities", "categories", "findings", "content"],
        *["related_links", "model", "elapsed_ms", "error"],
    ]
    assert list(record["input"]) == ["kind", "bytes", "encoding", "language", "truncated"]
    assert list(record["findings"][0]) == [
        *["technique", "category", "score", "text", "href", "location", "span", "message"]
    ]
    assert list(record["findings"][0]["location"]) == ["where", "path", "line", "column"]
    assert record["findings"][0]["span"] == {"of": "text", "start": 0, "end": 21}
    assert list(record["content"]) == ["title", "text", "clean_text", "removed"]
    assert record["content"]["removed"] == [
        {"start": 0, "end": 22, "text": TEXT[:22], "technique": "spam-header"}
    ]
    assert record["related_links"] == [
        {"text": "Slots", "href": "https://slots.example/", "relevance": 0.03, "off_topic": True}
    ]
    assert record["schema"] == "detector.result/1"
    assert record["error"] is None


def test_an_error_has_no_label() -> None:
    record = to_json(failed())
    assert record["label"] is None
    assert record["error"] == {"kind": "unreadable", "message": "cannot read bad.html"}


@given(st.integers(0, 1700), st.integers(0, 90))
def test_long_findings_are_split_and_each_part_stands_at_its_span(length: int, start: int) -> None:
    field = "x" * start + "".join(chr(0x4E00 + i) for i in range(length))
    parts = to_json(result(findings=(finding(field[start:], start),)))["findings"]
    assert "".join(part["text"] for part in parts) == field[start:]
    for part in parts:
        assert len(part["text"]) <= MAX_TEXT
        assert part["text"] == field[part["span"]["start"] : part["span"]["end"]]


def test_a_span_inside_a_block_is_not_shown() -> None:
    inside = finding(span=Span("block", 0, 21, block=3))
    assert to_json(result(findings=(inside,)))["findings"][0]["span"] is None


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda p: sum(p) > 1e-6))
def test_rounded_probabilities_sum_to_one_and_keep_their_order(values: list[float]) -> None:
    total = sum(values)
    clean, injected, spam = (value / total for value in values)
    rounded = round_together({"clean": clean, "injected": injected, "spam": spam})
    assert sum(round(p * 1e6) for p in rounded.values()) == 1_000_000
    assert sum(rounded.values()) == pytest.approx(1, abs=1e-12)
    assert abs(rounded["spam"] - spam) < 2e-6
    assert rounded["clean"] >= rounded["injected"] or clean < injected + 1e-6


def test_lines_hold_no_raw_controls_and_read_back_as_they_were() -> None:
    nasty = "a\u202eb\x9b31m\x1b[0m\u2028c\x00"
    line = to_line(to_json(result(uri=nasty)))
    assert line.count(b"\n") == 1
    text = line.decode()
    assert not any(c in text for c in "\u202e\x9b\x1b\u2028\x00")
    assert json.loads(line)["uri"] == nasty


def test_a_lone_surrogate_does_not_lose_the_result() -> None:
    assert json.loads(to_line(to_json(result(uri="a\ud800b"))))["uri"] == "a?b"


def test_formats_are_found_by_listing() -> None:
    assert {"csv", "json", "jsonl", "table"} <= set(formats())
    with pytest.raises(KeyError):
        renderer("printable")


def test_jsonl_is_a_line_a_page() -> None:
    lines = render("jsonl", result(), failed()).splitlines()
    assert [json.loads(line)["uri"] for line in lines] == ["pages/news.html", "bad.html"]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_an_array(count: int) -> None:
    assert len(json.loads(render("json", *[result()] * count))) == count


def test_csv_is_a_row_a_page() -> None:
    rows = list(csv.DictReader(io.StringIO(render("csv", result(), failed()))))
    assert rows[0]["label"] == "injected"
    assert rows[0]["injected"] == "0.981"
    assert (rows[0]["line"], rows[0]["column"], rows[0]["text"]) == ("31", "5", QUOTE)
    assert (rows[0]["related_links"], rows[0]["off_topic_links"]) == ("1", "1")
    assert rows[1]["error"] == "unreadable: cannot read bad.html"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n=1", "＝1", "|cmd", "%0"]
)
def test_no_csv_cell_is_a_formula(text: str) -> None:
    shown = cell(text)
    assert isinstance(shown, str)
    assert shown.startswith("'")
    (row,) = csv.DictReader(io.StringIO(render("csv", result(uri=text))))
    assert row["uri"] == shown


def test_csv_leaves_ordinary_text_alone() -> None:
    assert cell("a=b - c") == "a=b - c"
    assert cell(-1.5) == -1.5


def test_the_table_shows_evidence_with_its_line() -> None:
    text = render("table", result(), width=110)
    assert "pages/news.html" in text
    assert "injected" in text
    assert "0.981" in text
    assert "spam-header: Lantern casino night. (line 31)" in " ".join(text.split())
    assert "1 page: 1 injected in 2.0 s" in text
    assert "techniques (pages): spam-header 1" in text


def test_the_table_fits_narrow_terminals() -> None:
    long = result(uri="https://a.example/" + "very-long-name/" * 12)
    for width in (20, 40, 71, 80, 100):
        text = render("table", long, failed(), width=width)
        assert max(len(line) for line in text.splitlines()) <= width


def test_long_scans_list_only_what_is_not_clean() -> None:
    clean = result(verdict=Verdict("clean", {"clean": 1.0, "injected": 0, "spam": 0}), findings=())
    text = render("table", *[clean] * 60, result(), failed(), width=100)
    assert text.count("pages/news.html") == 1
    assert "62 pages: 60 clean, 1 injected, 1 error" in text


def test_colour_only_where_asked_and_pages_send_no_control_sequences() -> None:
    hostile = "\x1b[2Jx\x1b]0;owned\x07\u202e[red]bold[/red]"
    evil = result(uri=hostile, findings=(finding(hostile),))
    plain = render("table", evil, width=100)
    assert "\x1b" not in plain
    assert "\u202e" not in plain
    assert "[red]bold[/red]" in plain
    coloured = render("table", evil, width=100, colour=True)
    assert "\x1b[33minjected" in coloured
    assert "\x1b[2J" not in coloured
    assert "\x07" not in coloured


@given(st.text())
def test_printable_text_is_one_line_of_printable_characters(text: str) -> None:
    shown = printable(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert len(shown.splitlines()) <= 1
    assert printable(shown) == shown


def test_printable_cuts_long_text() -> None:
    assert printable("abcdef", 4) == "abc…"

"""`detector links` on pages written for the test, with the shipped model."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from detector.cli import group

CASES = Path(__file__).parents[1] / "cases" / "off-topic-links"
KIT = CASES / "kit-list-under-a-report" / "input.html"
HONEST = CASES / "near-links-on-the-topic" / "input.html"
POPULAR = CASES / "near-popular-list-of-anything" / "input.html"


def links(*arguments: object) -> Result:
    return CliRunner().invoke(group, ["links", "-j", "1", *map(str, arguments)])


def test_a_table_of_the_links_with_relevance_and_words() -> None:
    run = links(KIT, HONEST, POPULAR)
    assert run.exit_code == 0
    assert "“相关文章”, line 10: 8 of 8 links off-topic; off-topic list" in run.output
    assert "the article lacks 月球车" in run.output
    assert "0 of 5 links off-topic; list" in run.output
    assert "shares 清淤" in run.output
    assert "popular: promises no relevance" in run.output


def test_the_summary_says_which_pages_of_a_site_carry_them() -> None:
    lines = links(CASES / "near-popular-list-of-anything", KIT).output.splitlines()
    at = lines.index("2 pages: 1 with related links judged, 1 with an off-topic list")
    assert lines[at + 1] == f"{KIT.parent}/: 1 of 1 pages"
    assert lines[at + 2] == f"  {KIT}"


def test_a_json_line_a_page() -> None:
    lines = [json.loads(x) for x in links(KIT, POPULAR, "-f", "jsonl").stdout.splitlines()]
    kit, popular = (record["lists"][0] for record in lines)
    assert [record["schema"] for record in lines] == ["detector.links/1"] * 2
    assert kit["judged"] and kit["off_topic"] and kit["foreign"] > 0.5
    assert {link["off_topic"] for link in kit["links"]} == {True}
    assert kit["links"][1]["missing"] and kit["links"][1]["shared"] == []
    assert not popular["judged"] and popular["links"][0]["relevance"] is None


def test_only_the_off_topic_ones() -> None:
    run = links(KIT, HONEST, "-f", "jsonl", "--off-topic-only")
    (record,) = (json.loads(line) for line in run.stdout.splitlines())
    assert record["uri"] == str(KIT)


def test_a_csv_row_a_link_by_the_extension_of_the_output(tmp_path: Path) -> None:
    page = KIT.read_text("utf-8").replace("Mini音箱", "=1+1 Mini音箱")
    (tmp_path / "kit.html").write_text(page, "utf-8")
    assert links(tmp_path / "kit.html", "-o", tmp_path / "out.csv").exit_code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8"))))
    assert len(rows) == 8
    assert {row["off_topic"] for row in rows} == {"True"}
    assert rows[-1]["text"].startswith("'=1+1")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("nowhere", None, "no such file"),
        ("x.html", b"", "empty"),
        ("x.png", b"\x89PNG\r\n\x1a\n", "PNG"),
    ],
)
def test_what_cannot_be_read_is_said(
    tmp_path: Path, name: str, data: bytes | None, words: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    run = links(tmp_path / name)
    assert run.exit_code == 2
    assert words in run.output

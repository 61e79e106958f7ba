"""The HTML report: nothing that pages say becomes markup, script or a link."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.report import Summary
from detector.report.evidence import defanged, embedded, runs_of
from detector.report.html import Renderer
from detector.report.jsonl import to_json, to_line
from detector.types import Content, Finding, Location, RelatedLink, Removed, Result, Verdict

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title=1\">'"


def record(uri: str = "a.html", words: str = EVIL, lines: bool = True) -> dict[str, Any]:
    place = Location("body", "html > body", 3, 5)
    href = "https://casino.example/?a=<b>"
    result = Result(
        uri,
        "html",
        10,
        verdict=Verdict("injected", {"clean": 0.1, "injected": 0.8, "spam": 0.1}, ("gambling",)),
        findings=(Finding("spam-block", 0.9, words, f"Found {words}", place, "gambling", href),),
        content=Content(
            "", f"Before. {words} After.", "", "Before.  After.",
            removed=(Removed(8, 8 + len(words), words, "spam-block"),),
        ),
        related_links=(RelatedLink(words, "javascript:alert(1)", 0.03, True),),
    )  # fmt: skip
    shown = [{"line": 3, "from": 0, "text": f"x{words}", "mark": [1, 1 + len(words)]}]
    source = {"findings": [{"lines": shown}], "inline": []}
    return to_json(result) | ({"source": source} if lines else {})


def report(*records: dict[str, Any], lang: str = "en") -> str:
    out = io.BytesIO()
    made = Renderer(out, lang=lang)
    made.start()
    summary = Summary(seconds=1.0)
    for one in records:
        summary.count(one["label"] or "error")
        made.page(to_line(one))
    made.finish(summary)
    return out.getvalue().decode()


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_what_attackers_wrote_stays_text() -> None:
    for words in (EVIL, "<!--<script>", "</noscript></style></table>", "\x1b[2J\u202e"):
        parser = Tags()
        text = report(record(EVIL, words))
        parser.feed(text)
        names = [tag for tag, _ in parser.seen]
        assert not {"img", "a", "iframe", "form", "link"} & set(names)
        scripts = [attrs for tag, attrs in parser.seen if tag == "script"]
        assert [s.get("type") for s in scripts] == ["application/json", "application/json", None]
        assert not any(name.startswith("on") for _, attrs in parser.seen for name in attrs)
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_nothing_loads_and_only_its_own_script_runs() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', report(record()))
    assert policy
    assert "default-src 'none'" in policy[1].replace("&#x27;", "'")
    assert "unsafe-inline'; base" in policy[1].replace("&#x27;", "'")  # of styles alone
    assert "src=" not in report(record(words="slots"))


@given(st.text())
def test_embedded_json_reads_back_and_cannot_end_its_element(text: str) -> None:
    assert not set("<>&") & set(embedded([text]))
    assert json.loads(embedded([text])) == [text]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://a.example/x.y", "hxxps://a[.]example/x.y"),
        ("http://a.example", "hxxp://a[.]example"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("/local/page", "/local/page"),
    ],
)
def test_addresses_are_defanged(address: str, shown: str) -> None:
    assert defanged(address) == shown


def test_removed_text_is_marked_and_long_text_shortened() -> None:
    text = "a" * 5000 + "SPAM" + "b" * 5000
    removed = [{"start": 5000, "end": 5004, "text": "SPAM", "technique": "spam-block"}]
    before, after = runs_of({"text": text, "removed": removed})
    assert ("del", "SPAM") in before
    assert "SPAM" not in "".join(part for _, part in after)
    assert sum(len(part) for _, part in before) < 1000


def test_without_scripts_list_and_evidence_are_there() -> None:
    text = report(record(words="lucky slots"))
    rows, _, static = text.partition("<noscript>")
    assert "spam-block: lucky slots" in rows
    assert "3 | x<mark>lucky slots</mark>" in static
    assert "<del>lucky slots</del>" in static
    assert "hxxps://casino[.]example" in text
    assert "https://casino" not in text


def test_it_is_also_written_without_the_source_and_in_chinese() -> None:
    text = report(record(lines=False, words="slots"), lang="zh")
    assert '<html lang="zh-CN">' in text
    assert "被注入" in text

"""Findings' sentences in Chinese: every technique's, with what the page fills in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from detector.policy import Policy
from detector.report.translation import category, languages, reason, translated
from detector.scan import Scanner
from detector.settings import data_table
from detector.techniques import techniques
from detector.types import CATEGORIES

ROOT = Path(__file__).parents[2]
CASES = sorted((ROOT / "tests" / "cases").glob("*/*/input.*"))
HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


def test_there_is_chinese() -> None:
    assert languages() == ("zh",)


@pytest.mark.parametrize("name", sorted(techniques()))
def test_every_technique_has_its_sentences(name: str) -> None:
    assert data_table("messages.zh")["sentences"][name]


def test_a_sentence_takes_no_part_that_is_not_given() -> None:
    tables = [
        *data_table("messages.zh")["sentences"].values(),
        data_table("messages.zh")["phrases"],
    ]
    for table in tables:
        for english, chinese in table.items():
            named = {part for _, part, _, _ in Formatter().parse(chinese) if part}
            assert named == {part for _, part, _, _ in Formatter().parse(english) if part}, english


@pytest.mark.parametrize("name", sorted({path.parents[1].name for path in CASES}))
def test_what_is_found_in_the_cases_is_said_in_chinese(name: str, scanner: Scanner) -> None:
    for path in (path for path in CASES if path.parents[1].name == name):
        result = scanner.scan(path.read_bytes(), uri=path.name)
        for finding in result.findings:
            said = translated(finding.technique, finding.message, "zh")
            assert HAN.search(said) and said.endswith("。"), finding.message
        for words in scanner.decide(result).reasons:
            assert HAN.search(reason(words, "zh").partition("（")[0]), words


def test_parts_are_said_too_and_the_words_of_pages_stay() -> None:
    english = (
        "Hidden links (display:none): words of gambling such as slot gacor, pros and cons and "
        "links to 3 foreign sites and Latin letters on a page without them."
    )
    assert translated("hidden-links", english, "zh") == (
        "隐藏链接（display:none）：赌博类词语，如“slot gacor, pros and cons”，"
        "指向 3 个外部网站的链接，页面其他部分没有的拉丁字母。"
    )


def test_of_two_views() -> None:
    english = (
        "Only Baiduspider and visitors from a search engine get this (hidden-text): "
        "Hidden text (hidden): links to 4 foreign sites."
    )
    said = translated("cloaking", english, "zh")
    assert said.startswith("只有百度爬虫和从搜索引擎来的访客会看到（hidden-text）：隐藏文字")


@pytest.mark.parametrize("lang", ["en", "zh", "fr"])
def test_what_is_unknown_stays(lang: str) -> None:
    assert translated("hidden-links", "Something new.", lang) == "Something new."
    assert reason("Something new.", lang) == "Something new."


def test_english_stays_english() -> None:
    english = "A comment promotes: words that the page does not know."
    assert translated("comment-spam", english, "en") == english
    assert category("gambling", "en") == "gambling"


def test_every_category_has_a_name() -> None:
    assert all(HAN.search(category(name, "zh")) for name in CATEGORIES)


def test_a_hostile_sentence_ends() -> None:
    """Each "and" could double the ways to read it, each bracket the places to look at."""
    many = " and ".join(["words of gambling such as a"] * 30)
    assert HAN.search(translated("hidden-links", f"Hidden links ({'(): ' * 200}): {many}.", "zh"))


def test_the_report_speaks_chinese(scanner: Scanner) -> None:
    from detector.report.evidence import detail
    from detector.report.jsonl import to_json

    page = (ROOT / "datasets" / "samples" / "en-injected-hidden-links.html").read_bytes()
    record: dict[str, Any] = json.loads(json.dumps(to_json(scanner.scan(page, uri="a.html"))))
    words = data_table("report/words")
    english = {f["message"] for f in detail(record, words["en"])["findings"]}
    chinese = {f["message"] for f in detail(record, words["zh"], "zh")["findings"]}
    assert english == {f["message"] for f in record["findings"]}
    assert all(HAN.search(said) for said in chinese)


def test_a_policys_reasons(scanner: Scanner) -> None:
    policy = Policy()
    for source in (b"", b"<p>The council met on Monday.</p>"):
        decision = policy.decide(scanner.scan(source))
        assert all(HAN.search(reason(words, "zh")) for words in decision.reasons)

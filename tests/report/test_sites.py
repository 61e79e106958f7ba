"""Pages of one site against each other."""

from __future__ import annotations

import io
from typing import Any

import pytest

from detector.report import Summary, renderer
from detector.report.jsonl import to_json, to_line
from detector.sites import Sites, random_name
from detector.types import Result, Verdict


def record(uri: str, language: str) -> dict[str, Any]:
    return {"uri": uri, "input": {"language": language}}


@pytest.mark.parametrize(
    ("uri", "random"),
    [
        ("https://a.example/news/footbridge-opens", False),
        ("https://a.example/2024/05/12/tram.html", False),
        ("https://a.example/article/20240512.html", False),
        ("https://a.example/p/123456", False),
        ("https://a.example/schnellstrasse.html", False),
        ("https://a.example/x7k2q9w1.html", True),
        ("https://a.example/?k8f3z1q7", True),
    ],
)
def test_names_that_a_program_makes(uri: str, random: bool) -> None:
    assert random_name(uri) is random


def counted(pages: list[tuple[str, str]]) -> list[tuple[str, str, int, list[str]]]:
    sites = Sites()
    for uri, language in pages:
        sites.add("a.example", record(uri, language))
    return list(sites.strangers())


OWN = [(f"https://a.example/news/bridge-{n}", "de") for n in range(10)]


def test_random_paths_in_a_foreign_language() -> None:
    pages = [(f"https://a.example/q{n}w7x{n}z9.html", "ja") for n in range(40)]
    ((site, language, count, examples),) = counted(OWN + pages)
    assert (site, language, count) == ("a.example", "ja", 40)
    assert len(examples) == 2


def test_a_site_in_two_languages_is_honest() -> None:
    assert not counted(OWN + [(f"https://a.example/en/bridge-{n}", "en") for n in range(40)])


def test_random_names_in_the_own_language_are_honest() -> None:
    assert not counted([(f"https://a.example/q{n}w7x{n}z9.html", "de") for n in range(40)])
    assert not counted(OWN + [(f"https://a.example/q{n}w7x{n}z9.html", "ja") for n in range(3)])


@pytest.mark.parametrize("form", ["table", "html"])
def test_reports_name_such_a_site(form: str) -> None:
    out = io.BytesIO()
    made = renderer(form)(out)
    made.start()
    pages = OWN + [(f"https://a.example/q{n}w7x{n}z9.html", "ja") for n in range(40)]
    for uri, language in pages:
        verdict = Verdict("clean", {"clean": 1.0, "injected": 0.0, "spam": 0.0})
        made.page(to_line(to_json(Result(uri, "html", 9, language=language, verdict=verdict))))
    made.finish(Summary(len(pages), {"clean": len(pages)}))
    assert "random names" in out.getvalue().decode()

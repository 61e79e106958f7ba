"""Suppressions: what they cover, how pages write them, when they end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from detector.suppressions import Suppression, SuppressionError, inline, suppress
from detector.types import Comment

TODAY = date(2026, 6, 1)


def record(*techniques: str) -> dict[str, Any]:
    findings = [{"technique": name, "text": "slots", "href": None} for name in techniques]
    return {"uri": "www/news/a.html", "findings": findings}


def test_a_comment_names_technique_reason_and_end() -> None:
    text = ' detector: ignore hidden-links reason="the theme\'s menu" until=2027-01-01 '
    assert list(inline([Comment(text, 0)])) == [
        Suppression("hidden-links", "the theme's menu", until="2027-01-01", by="comment")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "detector: ignore hidden-links",
        "detector: ignore hidden-links until=2027-01-01",
        'detector: ignore hidden-links reason="a" until=never',
        'the detector: ignore hidden-links reason="a"',
    ],
)
def test_a_comment_without_reason_or_with_a_wrong_date_is_none(text: str) -> None:
    assert list(inline([Comment(text, 0)])) == []


@pytest.mark.parametrize(
    ("keys", "covered"),
    [
        ({}, True),
        ({"technique": "*"}, True),
        ({"technique": "hidden-text"}, False),
        ({"pages": "a.html"}, True),
        ({"pages": "www/*"}, True),
        ({"pages": "b.html"}, False),
        ({"text": "slot"}, True),
        ({"text": "poker"}, False),
        ({"until": "2026-06-01"}, True),
        ({"until": "2026-05-31"}, False),
    ],
)
def test_what_a_suppression_covers(keys: dict[str, str], covered: bool) -> None:
    given = record("hidden-links")
    one = Suppression.of({"technique": "hidden-links", "reason": "ours", **keys})
    suppress(given, [one], TODAY)
    assert ("suppressed" in given) is covered
    assert ("suppressed" in given["findings"][0]) is covered


def test_a_page_is_suppressed_only_with_all_its_findings() -> None:
    given = record("hidden-links", "after-html")
    suppress(given, [Suppression("hidden-links", "ours")], TODAY)
    assert ["suppressed" in finding for finding in given["findings"]] == [True, False]
    assert "suppressed" not in given


def test_dates_of_toml_are_dates() -> None:
    one = Suppression.of({"technique": "a", "reason": "b", "until": date(2027, 1, 31)})
    assert one.until == "2027-01-31"
    with pytest.raises(SuppressionError, match="string"):
        Suppression.of({"technique": "a", "reason": 5})

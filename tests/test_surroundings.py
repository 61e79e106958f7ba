"""Sites that the source names elsewhere: counted the same one by one and all at once."""

from __future__ import annotations

import pytest

from detector.concealment import surroundings
from detector.concealment.surroundings import Surroundings
from detector.page import read_page

HIDDEN = "".join(
    f'<div style="display:none"><a href="https://s{n}.example/">word</a></div>' for n in range(60)
)
PAGE = f"<p>Partners: s7.example and s58.example</p>{HIDDEN}"


def named(page_source: str) -> list[float]:
    page = read_page(page_source, kind="html")
    around = Surroundings(page)
    return [around.named([link.host], [link]) for link in page.links]


def test_many_sites_are_counted_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    many = named(PAGE)
    monkeypatch.setattr(surroundings, "FEW_SITES", 1000)
    assert many == named(PAGE)
    assert [n for n, share in enumerate(many) if share] == [7, 58]

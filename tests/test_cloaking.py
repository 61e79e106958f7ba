"""Two views of one address: what only crawlers get."""

from __future__ import annotations

import pytest

from detector.page import read_page
from detector.techniques import Context, techniques
from detector.techniques.cloaking import differences

NEWS = "<p>The council opened the new footbridge on Monday after a year of work.</p>"


def page(title: str = "Footbridge opens", body: str = NEWS, script: str = "") -> str:
    head = f"<meta charset=utf-8><title>{title}</title><script>{script}</script>"
    return f"<!doctype html><html><head>{head}</head><body><h1>Bridge</h1>{body}</body></html>"


def strongest(visitor: str, crawler: str) -> float:
    """The best score of all differences of two views."""
    found = differences(read_page(visitor.encode()), read_page(crawler.encode()))
    return max((finding.score for finding in found), default=0.0)


HONEST = {
    "the same page": (page(), page()),
    "a counter and a date": (
        page(body=NEWS + "<p>12 March</p>"),
        page(body=NEWS + "<p>13 March</p>"),
    ),
    "another advertisement": (
        page(body=NEWS + '<p><a href="https://shoes.example.net/">Shoes</a></p>'),
        page(body=NEWS + '<p><a href="https://bikes.example.net/">Bicycles</a></p>'),
    ),
    "a title with the site's name": (page(), page(title="Footbridge opens - Town news")),
}


@pytest.mark.parametrize(("visitor", "crawler"), HONEST.values(), ids=HONEST.keys())
def test_honest_differences(visitor: str, crawler: str) -> None:
    assert strongest(visitor, crawler) < 0.5


CLOAKED = {
    "another title": (page(), page(title="百家乐平台-真人娱乐城开户-时时彩")),
    "a block for crawlers": (
        page(),
        page(body=NEWS + '<p><a href="https://x.example/">online casino bonus, slot gacor</a></p>'),
    ),
    "people are sent away": (page(script='location.href="https://x.example/"'), page()),
}


@pytest.mark.parametrize(("visitor", "crawler"), CLOAKED.values(), ids=CLOAKED.keys())
def test_cloaked(visitor: str, crawler: str) -> None:
    assert strongest(visitor, crawler) >= 0.5


def test_one_page_alone_shows_nothing() -> None:
    read = read_page(page(title="百家乐平台").encode())
    assert list(techniques()["cloaking"].find(read, Context(read))) == []

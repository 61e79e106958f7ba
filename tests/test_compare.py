"""Two views of one address: what one alone has, and what differs honestly."""

from __future__ import annotations

import pytest

from detector.compare import Comparison, View, Views, compare
from detector.differences import pieces
from detector.scan import Scanner
from detector.types import Document, Failure

URI = "https://town.example/news/footbridge.html"
NEWS = """<p>The council opened the new footbridge on Monday after a year of work, and walkers
crossed it until the evening.</p><p>The old bridge was closed when inspectors found rust in two of
its pillars; repairing it would have cost more than a new one.</p><p>Buses stop on both banks
again from Tuesday, as the transport office said.</p>"""
LINKS = (
    '<p><a href="https://x.example/">online casino bonus</a>, '
    '<a href="https://y.example/">slot gacor</a></p>'
)


def page(title: str = "Footbridge opens", body: str = NEWS, script: str = "") -> str:
    head = f"<meta charset=utf-8><title>{title}</title><script>{script}</script>"
    return f"<!doctype html><html><head>{head}</head><body><h1>Bridge</h1>{body}</body></html>"


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


def compared(
    scanner: Scanner, visitor: str, crawler: str, hops: tuple[str, ...] = (), more: bool = False
) -> Comparison:
    """`hops` are the visitor's, with `more` the crawler's too."""
    people = View("visitor", "people", Document(URI, visitor.encode(), "html"), hops)
    other = Document(URI, crawler.encode(), "html")
    crawlers = View("crawler", "crawlers", other, hops if more else ())
    return compare(scanner, Views.of(URI, people, crawlers))


HONEST = {
    "the same page": (page(), page()),
    "a counter and a date": (page(body=NEWS + "<p>12 March, 9 readers</p>"),
                             page(body=NEWS + "<p>13 March, 88 readers</p>")),
    "another advertisement": (
        page(body=NEWS + '<p><a href="https://shoes.example.net/">Shoes</a></p>'),
        page(body=NEWS + '<p><a href="https://bikes.example.net/">Bicycles</a></p>'),
    ),
    "a title with the site's name": (page(), page(title="Footbridge opens - Town news")),
    "a session in the addresses": (
        page(body=NEWS + '<a href="/next?sid=a1b2">Next</a>'),
        page(body=NEWS + '<a href="/next?sid=ffee">Next</a>'),
    ),
    "a language chosen by the browser": (
        page(body='<nav><a href="/">Startseite</a> <a href="/k">Kontakt</a></nav>' + NEWS),
        page(body='<nav><a href="/">Home</a> <a href="/k">Contact</a></nav>' + NEWS),
    ),
    "a shell that scripts fill": (
        '<!doctype html><title>Footbridge opens</title><div id="app"></div>', page()
    ),
    "a refusal": (page(), "<!doctype html><title>Denied</title><p>Please show you are human.</p>"),
    "both have the same spam": (page(body=NEWS + LINKS), page(body=NEWS + LINKS)),
    "his own links in another order": (
        page(body=NEWS + '<ul><li><a href="/a">Tram</a><li><a href="/b">School</a></ul>'),
        page(body=NEWS + '<ul><li><a href="/b">School</a><li><a href="/c">Market</a></ul>'),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("visitor", "crawler"), HONEST.values(), ids=HONEST.keys())
def test_honest_differences(scanner: Scanner, visitor: str, crawler: str) -> None:
    for one, two in ((visitor, crawler), (crawler, visitor)):
        verdict = compared(scanner, one, two).result.verdict
        assert verdict
        assert verdict.label == "clean"


CLOAKED = {
    "another title": (page(), page(title="百家乐平台-真人娱乐城开户-时时彩"), "cloaking"),
    "links for crawlers": (page(), page(body=NEWS + LINKS), "cloaking"),
    "hidden links for crawlers": (
        page(), page(body=f'{NEWS}<div style="position:absolute;left:-9999px">{LINKS}</div>'),
        "cloaking",
    ),
    "a link put into a sentence": (
        page(),
        page(body=NEWS.replace("walkers", '<a href="https://x.example/">casino</a> walkers')),
        "cloaking",
    ),
    "pieces strewn into a paragraph": (
        page(), page(body=NEWS.replace(" in", " Bri in").replace(" on", " Foot on")), "cloaking",
    ),
    "people are sent away": (
        page(script='location.href="https://x.example/"'), page(), "conditional-redirect"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("visitor", "crawler", "name"), CLOAKED.values(), ids=CLOAKED.keys())
def test_cloaked(scanner: Scanner, visitor: str, crawler: str, name: str) -> None:
    result = compared(scanner, visitor, crawler).result
    assert result.verdict
    assert result.verdict.label == "injected"
    assert name in {finding.technique for finding in result.findings}


def test_a_server_that_sends_people_away(scanner: Scanner) -> None:
    hops = ("https://www.town.example/news/footbridge.html", "https://x-slots.example/go")
    found = compared(scanner, page(), page(), hops)
    assert [(f.technique, f.href) for f in found.result.findings] == [
        ("conditional-redirect", "https://x-slots.example/go")
    ]
    assert found.names == ("visitor",)
    both = compared(scanner, page(), page(), hops, more=True)
    assert not both.result.findings


def test_findings_are_placed_in_the_view_that_has_them(scanner: Scanner) -> None:
    crawler = page(body=f"\n{NEWS}\n{LINKS}")
    record = compared(scanner, page(), crawler).to_json()
    assert record["findings"]
    for finding in record["findings"]:
        assert finding["view"] == "crawler"
        line = crawler.splitlines()[finding["location"]["line"] - 1]
        assert "x.example" in line
        if finding["span"]:
            start, end = finding["span"]["start"], finding["span"]["end"]
            assert record["content"]["text"][start:end] == finding["text"]
    assert record["views"]["visitor"]["label"] == "clean"


def test_a_view_without_content_is_an_error(scanner: Scanner) -> None:
    result = compared(scanner, page(), "").result
    assert result.error
    assert "crawlers" in result.error.message


def test_what_several_views_have_is_told_once(scanner: Scanner) -> None:
    spam = Document(URI, page(body=NEWS + LINKS).encode(), "html")
    views = (
        View("browser", "browsers", Document(URI, page().encode(), "html")),
        View("baiduspider", "Baiduspider", spam),
        View("googlebot", "Googlebot", spam),
        View("phone", "telephones", Document(URI, failure=Failure("timeout", "too slow"))),
    )
    record = compare(scanner, Views.of(URI, *views)).to_json()
    assert record["label"] == "injected"
    assert record["views"]["phone"]["error"]["kind"] == "timeout"
    assert {finding["view"] for finding in record["findings"]} == {"baiduspider, googlebot"}
    assert record["findings"][0]["message"].startswith("Only Baiduspider and Googlebot get")
    texts = [finding["text"] for finding in record["findings"]]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("text", "whole", "count"),
    [
        ("abXcdYef", "abcdef", 2),
        ("abcdef", "abcdef", 0),
        ("Xabcdef", "abcdef", 1),
        ("abd", "abc", 0),
    ],
)
def test_pieces_put_into_a_text(text: str, whole: str, count: int) -> None:
    assert pieces(text, whole) == count

"""The repair of a page's source: what was injected goes, every other byte stays."""

from __future__ import annotations

from detector.page import read_page
from detector.restore.content import in_blocks, place_findings
from detector.restore.html import repair
from detector.types import Finding, Location, Page, Span

SOURCE = (
    "<!doctype html><html lang=en><head><title>Ferry</title></head><body><article>"
    "<h1>Ferry</h1>\n"
    "<p>The old ferry crosses the river again after seven months, the council said on Monday.</p>\n"
    "<p>Tickets cost four coins cheap pills online and are sold on board by the crew.</p>\n"
    "</article></body></html>"
)
SPAM = "cheap pills online "


def in_second_paragraph(page: Page) -> Finding:
    block = next(b for b in page.blocks if SPAM in b.text)
    at = block.text.index(SPAM)
    span = Span("block", at, at + len(SPAM), block.index)
    place = Location("body", "p", 3, 1)
    return Finding("spam-block", 0.9, SPAM, "Foreign words.", place, span=span, replacement="")


def test_a_span_is_cut_where_it_stands_whichever_text_it_counts_in() -> None:
    data = SOURCE.encode()
    page = read_page(data)
    finding = in_second_paragraph(page)
    content = tuple(b.index for b in page.blocks if b.role == "article")
    _, (placed,) = place_findings(page, content, [finding])
    assert placed.span is not None
    assert placed.span.of == "text"
    expected = SOURCE.replace(SPAM, "").encode()
    assert repair(data, page, [finding]) == expected
    assert repair(data, page, [placed]) == expected
    assert in_blocks(page, content, [placed]) == (finding,)


def test_the_quote_of_a_link_that_goes_on_in_other_blocks_is_what_stands_at_its_span() -> None:
    page = read_page(
        b"<div>See <a href=//a.example>cheap <p>pills online</p></a></div>", kind="html"
    )
    link = page.links[0]
    assert (link.text, page.blocks[link.block].text) == ("cheap pills online", "See cheap")
    span, place = Span("block", link.start, link.end, link.block), Location("body", "a", 1, 1)
    finding = Finding("link-farm", 0.9, link.text, "Foreign.", place, span=span, replacement="")
    text, (placed,) = place_findings(page, (0, 1), [finding])
    assert placed.span is not None
    assert text[placed.span.start : placed.span.end] == placed.quote == "cheap"

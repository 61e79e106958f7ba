"""A search page that shows an attacker's query as its own words.

What attackers do: A site's search or tag address is called with a query that holds the
advertisement and a contact; the results page prints it in title and heading, and crawlers
index it under the honest site.

How it is seen: The page's title or heading quotes a query, in quotes or behind a word for
search, the query promotes or asks for contact, and the page has no article that speaks of it.

What must not fire: Ordinary result pages, articles about searches.

Source: Liao et al., Seeking nonsense, looking for trouble (SEISE), IEEE S&P 2016; public
reports on "internal site search abuse" of 2023 to 2025.

Example: <title>搜索“真人百家乐 加微信abc123”的结果</title>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detector.promotion import promotion
from detector.settings import data_table, thresholds
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span

QUOTED = re.compile("[“\"'‘「『《]([^”\"'’」』》]{2,200})[”\"'’」』》]")


@technique("search-reflection", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge title and headings that quote a query."""
    words = data_table("search_words")["words"]
    knobs = context.settings
    places = [("title", -1, page.title, None)]
    places += [("block", b.index, b.text, b.place) for b in page.blocks if b.role == "title"]
    for of, index, text, place in places:
        lowered = text.lower()
        if not text or not any(word in lowered for word in words):
            continue
        match = QUOTED.search(text)
        start, end = match.span(1) if match else (0, len(text))
        query = text[start:end]
        found = promotion(query, context.hits_in(query), thresholds()["promotion"])
        if max(found.score, found.words) < knobs["silent_below"] and not found.contact:
            continue
        score = min(0.99, knobs["base"] + max(found.score, found.words) * (1 - knobs["base"]))
        entry = page.head.all("title")
        if place is None and not entry:
            continue
        location = place.location() if place else entry[0].place.location()
        yield Finding(
            "search-reflection", score, query,
            f"A results page shows a query that promotes: {found.about}.",
            location, found.category or "other",
            span=Span(of, start, end, index), replacement="",
        )  # fmt: skip

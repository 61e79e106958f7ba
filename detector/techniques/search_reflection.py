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

from collections.abc import Iterator

from detector.patterns import pattern
from detector.promotion import bare_account, judge, promotion
from detector.settings import data_table, thresholds
from detector.techniques import Context, technique
from detector.types import Finding, Page, Place, Span

QUOTED = pattern("[“\"'‘「『《]([^”\"'’」』》]{2,200})[”\"'’」』》]")


@technique("search-reflection", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge title and headings that quote a query."""
    knobs = context.settings
    words = sorted(data_table("search_words")["words"], key=len, reverse=True)
    titles = page.head.all("title")
    places: list[tuple[str, int, str, Place]] = []
    if titles:
        places.append(("title", -1, titles[0].value, titles[0].place))
    places += [
        ("block", b.index, b.text, b.place)
        for b in page.blocks[:MOST_BLOCKS]
        if (b.role == "title" or b.tag == "h1" or (page.kind == "text" and b.index < 2))
        and b.hidden is None
    ]
    for of, index, text, place in places:
        lowered = text.lower()
        word = next((w for w in words if w in lowered), "")
        if not word:
            continue
        start, end = _query(text, lowered.index(word), len(word))
        query = text[start:end]
        if len(query) < 3:
            continue
        found = promotion(query, context.hits_in(query), thresholds()["promotion"])
        judged = judge("text", found.evidence)
        reached = found.contact or found.domain or bare_account(query)
        if reached and len(query) > len(reached) + 2:
            # Nobody searches for an account and an offer at once.
            judged = 1 - (1 - judged) * (1 - knobs["reached"])
        if judged < knobs["silent_below"]:
            continue
        score = min(0.99, 1 - (1 - judged) * (1 - knobs["base"]))
        yield Finding(
            "search-reflection", score, query,
            f"A results page shows a query that promotes: {found.about}.",
            place.location(), found.category or "other",
            span=Span(of, start, end, index), replacement="",
        )  # fmt: skip


def _query(text: str, at: int, size: int) -> tuple[int, int]:
    """Offsets of the query: in quotes, else the longer side of the word for search."""
    match = QUOTED.search(text)
    if match:
        return match.span(1)
    before, after = (0, at), (at + size, len(text))
    start, end = after if after[1] - after[0] >= before[1] - before[0] else before
    while start < end and text[start] in EDGE:
        start += 1
    while start < end and text[end - 1] in EDGE:
        end -= 1
    return start, end


EDGE = ' -:：|_–—,，"“”'
MOST_BLOCKS = 60

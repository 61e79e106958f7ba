"""A description, keywords or Open Graph entry that promotes what the page is not about.

What attackers do: Hacked pages keep their look, while description and keywords carry the
attacker's words for search results and link previews.

How it is seen: The entry promotes, and the body does not speak of it.

What must not fire: Descriptions of reports about the trade, shops of what they sell, long
honest keyword lists.

Source: Google Search spam policies, "Hacked spam".

Example: <meta name="keywords" content="百家乐,六合彩,时时彩"> on a school's page
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.promotion import promotion
from detector.settings import thresholds
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span

NAMES = frozenset(
    "description keywords og:description twitter:description twitter:title og:site_name author "
    "news_keywords subject abstract application-name".split()
)


@technique("meta-hijack", group="head")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each entry that search engines and previews show."""
    first: set[str] = set()
    for entry in page.head.entries:
        if entry.name not in NAMES:
            continue
        hits = context.hits_in(entry.value)
        leading = entry.name not in first
        first.add(entry.name)
        if not hits:
            continue
        found = promotion(entry.value, hits, thresholds()["promotion"])
        score = found.score * context.foreignness(-1, found, entry.value)
        if score < context.settings["silent_below"]:
            continue
        counted = leading and entry.name in ("description", "keywords")
        yield Finding(
            "meta-hijack", score, entry.value,
            f"The page's {entry.name} promotes what the page is not about: {found.about}.",
            entry.place.location(), found.category or "other",
            span=Span(entry.name, 0, len(entry.value)) if counted else None,
            replacement="", cut=entry.place,
        )  # fmt: skip

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

from detector.foreign_range import foreign_range
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span

NAMES = frozenset(
    "description keywords og:title og:description twitter:description twitter:title og:site_name "
    "news_keywords subject abstract".split()
)
# A foreign part that is more of the entry than this is taken for all of it.
NEARLY_ALL = 0.7


@technique("meta-hijack", group="head")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each entry that search engines and previews show."""
    first: set[str] = set()
    for entry in page.head.entries:
        if entry.name not in NAMES or len(entry.value) < 4:
            continue
        leading = entry.name not in first
        first.add(entry.name)
        start, end, left = foreign_range(entry.value, context, entry)
        if end <= start:
            continue
        if end - start > NEARLY_ALL * len(entry.value):
            start, end = 0, len(entry.value)
        kind = "keywords" if "keywords" in entry.name else entry.name.partition(":")[2]
        more = {kind or entry.name: 1.0, "left": left, "misplaced": float(entry.misplaced)}
        score, found = context.judge_head(entry.value[start:end], None, -1, **more)
        if score < context.settings["silent_below"]:
            continue
        counted = leading and entry.name in ("description", "keywords")
        whole = (start, end) == (0, len(entry.value))
        yield Finding(
            "meta-hijack", score, entry.value[start:end],
            f"The page's {entry.name} promotes what the page is not about: {found.about}.",
            entry.place.location(), found.category or "other",
            span=Span(entry.name, start, end) if counted else None,
            replacement="", cut=entry.place if whole else None,
        )  # fmt: skip

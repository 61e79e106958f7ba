"""A visible block of promotion among honest content.

What attackers do: A paragraph, list or footer line that advertises gambling, escorts, pills
or loans is put into a page that is about something else.

How it is seen: A block dense with words of one trade, or a contact beside them, while
neither the title nor the rest of the article speaks of that trade.

What must not fire: Reports and court news about the trade (their words are spread over the
article), brand names in sports news, pharmacies, tea culture, forum rules.

Source: Google Search spam policies, "Hacked spam" (content injection).

Example: <p>真人百家乐 老虎机 时时彩平台 注册送彩金 www.bet.example</p>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.techniques import Context, technique
from detector.types import Finding, Page, Span


@technique("spam-block", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge every visible block that holds a telling word."""
    knobs = context.settings
    opening = {block.index for block in context.opening()}
    for block in page.blocks:
        if block.hidden is not None or block.index in opening or block.role == "comment":
            continue
        hits = context.hits(block.index)
        if not any(hit.weight >= knobs["telling"] for hit in hits):
            continue
        found = context.promotion(block.index)
        if len(found.terms) < 2 and not found.contact and found.words < knobs["one_term"]:
            continue
        score = found.score * context.foreignness(block.index, found)
        if score < knobs["silent_below"]:
            continue
        yield Finding(
            "spam-block", score, block.text,
            f"A block promotes what the page is not about: {found.about}.",
            block.place.location(), found.category or "other",
            span=Span("block", 0, len(block.text), block.index), replacement="",
            cut=block.place,
        )  # fmt: skip

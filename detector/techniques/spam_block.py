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

from detector.offer import foreign_part
from detector.techniques import Context, technique
from detector.techniques.spam_header import is_header
from detector.types import Finding, Page, Span


@technique("spam-block", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge every visible block with some evidence of promotion."""
    knobs = context.settings
    for index in context.suspects:
        block = page.blocks[index]
        if block.role == "comment" or block.tag == "h1":
            continue
        score = context.judge_among(index)
        if score < knobs["silent_below"]:
            continue
        # A keyword line at the top is a header, which has its own technique.
        if is_header(context, block):
            continue
        found = context.promotion(index)
        part = context.foreign_range(index)
        if part is None:
            continue
        start, end = part
        if part == (0, len(block.text)):
            start, end = foreign_part(block.text, context.hits(index))
        text = block.text[start:end]
        href = next((page.links[i].href for i in block.links if page.links[i].host), None)
        yield Finding(
            "spam-block", score, text,
            f"A block promotes what the page is not about: {found.about}.",
            block.place.location(), found.category or "other", href,
            Span("block", start, end, block.index), "",
            block.place if text == block.text else None,
        )  # fmt: skip

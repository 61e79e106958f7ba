"""One phrase over and over.

What attackers do: The words to rank for are repeated in a paragraph, a title or the keywords
until they cover most of it.

How it is seen: A block's most repeated phrase covers much of it, or a keywords entry circles
one stem; words of the trade make it sure.

What must not fire: Tables, lyrics, product lists, tags, code, legal text.

Source: Ntoulas et al., Detecting spam web pages through content analysis, WWW 2006; Google
Search spam policies, "Keyword stuffing".

Example: 品茶 南京品茶 南京品茶网 南京品茶微信 南京品茶工作室 南京品茶论坛
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.promotion import repetition
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span


@technique("keyword-stuffing", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge long blocks and the keywords entry."""
    knobs = context.settings
    for block in page.blocks:
        if block.hidden is not None or len(block.text) < knobs["shortest"]:
            continue
        hits = context.hits(block.index)
        if not any(h.weight >= knobs["telling"] for h in hits):
            continue
        covered = repetition(block.text)
        found = context.promotion(block.index)
        if covered < knobs["covered"]:
            continue
        score = min(0.99, covered * knobs["repeat"] + found.words * knobs["words"])
        foreign = context.foreignness(block.index, found)
        yield Finding(
            "keyword-stuffing", score, block.text,
            f"One phrase covers {covered:.0%} of this block: {found.about}.",
            block.place.location(), found.category or "other",
            span=Span("block", 0, len(block.text), block.index),
            replacement="" if foreign >= knobs["foreign"] else None, cut=block.place,
        )  # fmt: skip
    keywords = page.head.all("keywords")
    if keywords and len(keywords[0].value) >= knobs["shortest"]:
        value = keywords[0].value
        found_hits = context.hits_in(value)
        terms = {h.term for h in found_hits if h.weight >= knobs["telling"]}
        if len(terms) >= knobs["keywords"]:
            category = max(found_hits, key=lambda h: h.weight).category
            yield Finding(
                "keyword-stuffing", min(0.99, 0.4 + 0.1 * len(terms)), value,
                f"The keywords list {len(terms)} words of {category}.",
                keywords[0].place.location(), category if category != "contact" else "other",
                span=Span("keywords", 0, len(value)),
            )  # fmt: skip

"""Promotion in a comment, a review or a profile.

What attackers do: Programs post advertisements with links or accounts wherever a form
accepts them.

How it is seen: A block of the comment section that promotes, with a link to a foreign site
or an account to contact.

What must not fire: Comments that talk about the trade, signatures with an own homepage.

Source: Mishne, Carmel, Lempel, Blocking blog spam with language model disagreement, 2005.

Example: Great post! visit <a href="https://pills.example/">cheap viagra online</a>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.techniques import Context, technique
from detector.types import Finding, Page, Span


@technique("comment-spam", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge the blocks of the comment section."""
    knobs = context.settings
    for block in page.blocks:
        if block.role != "comment" or block.hidden is not None:
            continue
        if not context.hits(block.index):
            continue
        found = context.promotion(block.index)
        leads_away = any(page.links[i].host for i in block.links)
        if found.words < knobs["words"] or not (leads_away or found.contact or found.stem):
            continue
        score = 1 - (1 - found.score) * (1 - knobs["link"])
        score *= context.foreignness(block.index, found)
        if score < knobs["silent_below"]:
            continue
        yield Finding(
            "comment-spam", score, block.text,
            f"A comment promotes: {found.about}.",
            block.place.location(), found.category or "other",
            next((page.links[i].href for i in block.links if page.links[i].host), None),
            Span("block", 0, len(block.text), block.index), "", block.place,
        )  # fmt: skip

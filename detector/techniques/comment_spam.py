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

from detector.patterns import pattern
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span

# Extracted text keeps a comment as its writer's name and the words behind a colon.
NAMED = pattern(r"[^:：.,。，]{2,24}[:：] ?")


@technique("comment-spam", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge the blocks of the comment section."""
    knobs = context.settings
    for index in context.suspects:
        block = page.blocks[index]
        start = 0
        if block.role != "comment":
            name = NAMED.match(block.text) if page.kind == "text" and index > 1 else None
            if name is None:
                continue
            start = name.end()
        score = context.judge_among(index)
        if score < knobs["silent_below"]:
            continue
        found = context.promotion(index)
        yield Finding(
            "comment-spam", score, block.text[start:],
            f"A comment promotes: {found.about}.",
            block.place.location(), found.category or "other",
            next((page.links[i].href for i in block.links if page.links[i].host), None),
            Span("block", start, len(block.text), block.index), "", block.place,
        )  # fmt: skip

"""A promotional line where the article begins.

What attackers do: Kits that republish stolen articles print a line of keywords under the
title, 「城市+品类-城市+品类V-城市+品类微信。」, so that the page ranks for it while the rest
reads as news.

How it is seen: Among the short blocks before the first paragraph, one that has the shape
of a keyword line or is dense with words of the trade, and whose characters the rest of the
page does not know.

What must not fire: Sub-headlines, bylines, breadcrumbs, tags, slogans, abstracts of reports
about raids on the trade: their words come back in the article.

Source: The pattern of site-group kits ("玩站小弟" templates), described by many site owners.

Example: 某市新茶外卖-某市新茶V-某市新茶微信。
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.settings import thresholds
from detector.techniques import Context, technique
from detector.types import Block, Finding, Page, Span


@technique("spam-header", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge the short blocks around the beginning of the article."""
    knobs = context.settings
    for block in context.opening():
        if not is_header(context, block):
            continue
        found = context.promotion(block.index)
        score = context.judge_among(block.index)
        if score < knobs["silent_below"]:
            continue
        part = context.foreign_range(block.index)
        if part is None:
            continue
        start, end = part
        yield Finding(
            "spam-header", score, block.text[start:end],
            f"A promotional line stands where the article begins: {found.about}.",
            block.place.location(), found.category or "other",
            span=Span("block", start, end, block.index), replacement="",
            cut=block.place,
        )  # fmt: skip


def is_header(context: Context, block: Block) -> bool:
    """Whether a block stands and looks like a kit's header line, whatever it promotes."""
    knobs = thresholds()["spam-header"]
    return (
        block.index in context.suspects
        and any(block.index == other.index for other in context.opening())
        and len(block.text) <= knobs["longest"]
        and block.tag != "h1"
        and block.text not in context.page.title
        and block.role != "footer"
        and context.promotion(block.index).evidence["sentences"] <= knobs["sentences"]
        # The article has not said a sentence yet.
        and not any(
            other.index < block.index
            and context.is_content(other)
            and other.text[-1:] in SENTENCE_ENDS
            and len(other.text) >= knobs["sentence"]
            and context.suspects.get(other.index, 0.0) < SUSPECT
            for other in context.opening()
        )
    )


SENTENCE_ENDS = frozenset(".!?。！？…")
SUSPECT = 0.15  # from this on a block may be a line of the kit itself

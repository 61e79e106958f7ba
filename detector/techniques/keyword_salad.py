"""Text made of search words without sentences.

What attackers do: Doorway pages string together what people search for, one trade word after
another, with nothing said about any of them.

How it is seen: A block in which many distinct words of one trade cover much of the text.

What must not fire: Glossaries, dictionaries, tag clouds and link directories of many trades,
reports that list seized sites once.

Source: Fetterly, Manasse, Najork, Spam, damn spam, and statistics, WebDB 2004.

Example: 百家乐 老虎机 时时彩 六合彩 真人视讯 体育投注 电子游艺 捕鱼
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.techniques import Context, technique
from detector.types import Finding, Page, Span


@technique("keyword-salad", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge blocks that hold many distinct words of one trade."""
    knobs = context.settings
    for block in page.blocks:
        if block.hidden is not None or len(block.text) < knobs["shortest"]:
            continue
        if len(context.hits(block.index)) < knobs["terms"]:
            continue
        found = context.promotion(block.index)
        if len(found.terms) < knobs["terms"] or found.density < knobs["density"]:
            continue
        score = min(0.99, knobs["base"] + found.density * knobs["slope"])
        foreign = context.foreignness(block.index, found)
        yield Finding(
            "keyword-salad", score, block.text,
            f"{len(found.terms)} different words of {found.category} cover {found.density:.0%} "
            "of this block.",
            block.place.location(), found.category,
            span=Span("block", 0, len(block.text), block.index),
            replacement="" if foreign >= knobs["foreign"] else None, cut=block.place,
        )  # fmt: skip

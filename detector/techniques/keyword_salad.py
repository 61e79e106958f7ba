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

from detector.promotion import SENTENCE, common_words, printed_length, segments
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span


@technique("keyword-salad", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge blocks that hold many distinct words of trades and offers."""
    knobs = context.settings
    for index in context.suspects:
        block = page.blocks[index]
        text = block.text
        if printed_length(text) < knobs["shortest"] or block.tag == "h1" or text in page.title:
            continue
        hits = [h for h in context.hits(index) if h.category != "contact"]
        found = context.promotion(index)
        offers = common_words().find(text)
        terms = {h.term for h in hits} | {h.term for h in offers}
        covered = {i for h in (*hits, *offers) for i in range(h.start, h.end)}
        density = len(covered) / len(text)
        many = len(terms) >= knobs["terms"] and density >= knobs["density"]
        if not many and len(segments(text)) < knobs["parts"] and not found.evidence["repeat"]:
            continue
        if len(SENTENCE.findall(text)) * 100 > knobs["sentences"] * len(text):
            continue
        score = context.judge(index)
        if score < knobs["silent_below"]:
            continue
        part = context.foreign_range(index)
        if part is None:
            continue
        start, end = part
        yield Finding(
            "keyword-salad", score, text[start:end],
            f"Search words stand in a row and make no sentence: {found.about}.",
            block.place.location(), found.category or "other",
            span=Span("block", start, end, index),
            replacement="" if score >= knobs["foreign"] else None, cut=block.place,
        )  # fmt: skip

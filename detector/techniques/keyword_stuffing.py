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

from collections import Counter
from collections.abc import Iterator

from detector.patterns import pattern
from detector.promotion import repetition
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span

JOINTS = pattern(r"[-_|｜,，、;；/·•]|\s")


@technique("keyword-stuffing", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge blocks that repeat themselves, and the keywords entry."""
    knobs = context.settings
    for index in context.suspects:
        block = page.blocks[index]
        text = block.text
        if len(text) < knobs["shortest"]:
            continue
        covered = _repeated(text, knobs["parts"])
        if covered < knobs["repeated"]:
            continue
        found = context.promotion(block.index)
        words = context.judge(block.index)
        strange = context.strangeness(text, index) * (len(text) >= knobs["surely"])
        score = 1 - (1 - words) * (1 - knobs["repeat"] * covered * strange)
        if score < knobs["silent_below"]:
            continue
        yield Finding(
            "keyword-stuffing", min(score, 0.99), text,
            f"The same words come again and again in this block: {found.about}.",
            block.place.location(), found.category or "other",
            span=Span("block", 0, len(text), block.index),
            replacement="" if score >= knobs["foreign"] else None, cut=block.place,
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


def _repeated(text: str, least: int) -> float:
    """Share of a text's parts that say again what another part said, 0 to 1."""
    if len(text) > LONGEST or 2 * sum(c.isalnum() for c in text) < len(text):
        return 0.0
    parts = [part for part in JOINTS.split(text.lower()) if len(part) > 1 and not part.isdigit()]
    again = 0.0
    if len(parts) >= least:
        counts = Counter(parts)
        again = sum(n for n in counts.values() if n > 2) / len(parts)
        again *= 1 - len(counts) / len(parts)
        again = min(again * 1.6, 1.0)
    return max(again, repetition(text) if len(parts) < least else 0.0)


# Longer blocks are prose, tables or code: counting them costs and says nothing.
LONGEST = 6000

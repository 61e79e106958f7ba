"""A list of 'related' links that has nothing to do with the page's article.

What attackers do: Kits build pages of a stolen article and links to the kit's other pages, whose
topics are drawn from a heap: sport, milk, watches under a report on industry. Injected templates
do the same to real sites.

How it is seen: The list's heading promises relevance (相关文章, Related articles, Читайте также).
Each link's title is compared with the article and with the other links by words, characters and
vectors; fitted models say how probable it is that the titles come from one place, and that the
list as a whole belongs to another page.
One finding a list says how many of how many; each off-topic link is quoted.

What must not fire: Latest, popular, adjacent, friend and sponsored links, which promise nothing;
lists that are loosely related; lists in another language than the article, and articles too short
to compare, where nothing is sure.

Source: Mishne, Carmel, Lempel, Blocking blog spam with language model disagreement, AIRWeb 2005;
Benczúr et al., Detecting nepotistic links by language model disagreement, WWW 2006.

Example: <h1>河道清淤工程完工</h1> … <h3>相关文章</h3> <li>手机屏幕怎么贴膜</li>
<li>红烧排骨的家常做法</li> <li>吉他入门和弦图</li>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.relevance import words_shared
from detector.techniques import Context, technique
from detector.types import Finding, Page, RelatedItem, Span


@technique("off-topic-links", group="links")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each list that promises related links."""
    knobs = context.settings
    for found, judged in context.related:
        if judged is None or not judged.sure or len(judged.scores) < knobs["fewest"]:
            continue
        count = len(judged.scores)
        mean = sum(judged.scores) / count
        if not any(
            count >= links and mean < relevance and judged.foreign >= foreign
            for links, relevance, foreign in knobs["foreign_from"]
        ):
            continue
        off = [
            (item, relevance)
            for item, relevance in zip(found.items, judged.scores, strict=False)
            if relevance < knobs["relevance"]
        ]
        if len(off) < count * knobs["share"]:
            continue
        shared = words_shared(context.article, [item.text for item, _ in off])
        common = f"they share only {', '.join(shared[:4])}" if shared else "they share no word"
        item, _ = min(off, key=lambda pair: pair[1])
        yield Finding(
            "off-topic-links", max(judged.foreign, knobs["least"]), item.text,
            f"{len(off)} of {count} links under “{found.heading}” have nothing to do "
            f"with the article: {common} with it.",
            page.blocks[item.blocks[0]].place.location(), "", item.href, _span(page, item),
        )  # fmt: skip


def _span(page: Page, item: RelatedItem) -> Span | None:
    """The characters of an item's title."""
    block = item.blocks[0]
    start = page.blocks[block].text.find(item.text)
    return Span("block", start, start + len(item.text), block) if start >= 0 else None

"""The catalogue of techniques: one module each, found by its decorator.

A technique asserts facts about a page and yields findings; it has no cut-off
for the label, which is the model's to judge. Adding one is adding a module here
and a folder of cases under `tests/cases/<name>/`; nothing else is touched.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import Any

from detector.concealment import Concealed, Suspicion, concealed_parts, suspicion
from detector.lexicon import Hit, default_lexicon
from detector.promotion import Promotion, foreign_to, promotion
from detector.related import RelatedBlock, find_related_blocks
from detector.relevance import ListRelevance, RelevanceModel
from detector.settings import thresholds
from detector.types import Block, Finding, Page

# A term of at least this weight says what a block speaks of.
TOPICAL_TERM = 0.3
# Share of the article's blocks that must speak of a trade before the page is about it.
TOPICAL_SHARE = 0.34
# Blocks that count as the opening of an article, and the length that ends it.
OPENING = 12
PARAGRAPH = 120

Find = Callable[[Page, "Context"], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Technique:
    """One entry of the catalogue."""

    name: str
    group: str
    find: Find
    page: str  # the module's docstring: what, how seen, what must not fire, source

    @property
    def summary(self) -> str:
        """The first sentence of its page."""
        return self.page.strip().partition("\n\n")[0].replace("\n", " ")


_REGISTRY: dict[str, Technique] = {}


def technique(name: str, *, group: str) -> Callable[[Find], Find]:
    """Register a function as the technique of that name."""

    def register(find: Find) -> Find:
        if name in _REGISTRY:
            raise ValueError(f"two techniques are named {name}")
        page = import_module(find.__module__).__doc__ or ""
        _REGISTRY[name] = Technique(name, group, find, page)
        return find

    return register


@cache
def techniques() -> Mapping[str, Technique]:
    """All techniques by name, in the order of their modules' names."""
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        import_module(f"{__name__}.{module}")
    return dict(_REGISTRY)


class Context:
    """What the techniques of one page share; each part is computed when first asked."""

    def __init__(
        self,
        page: Page,
        content: Sequence[int] = (),
        relevance: RelevanceModel | None = None,
    ) -> None:
        self.page = page
        self.relevance = relevance  # judges related links; None where the model has none
        self.name = ""  # of the technique that runs
        self.content = content  # indices of the blocks that make the main content, in order
        self._hits: dict[int, Sequence[Hit]] = {}
        self._promotions: dict[int, Promotion] = {}

    @property
    def settings(self) -> Mapping[str, Any]:
        """This technique's table of `data/thresholds.toml`."""
        table: Mapping[str, Any] = thresholds().get(self.name, {})
        return table

    @cached_property
    def article(self) -> str:
        """The main content's text, blocks joined by line ends."""
        blocks = self.page.blocks
        return "\n".join(blocks[i].text for i in self.content)

    def is_content(self, block: Block) -> bool:
        """Whether the block belongs to the main content."""
        return block.index in self._content_set

    @cached_property
    def _content_set(self) -> frozenset[int]:
        return frozenset(self.content)

    # ------------------------------------------------------------------ words

    def hits(self, block: int) -> Sequence[Hit]:
        """Lexicon hits in a block's text."""
        found = self._hits.get(block)
        if found is None:
            found = self._hits[block] = default_lexicon().find(self.page.blocks[block].text)
        return found

    def hits_in(self, text: str) -> Sequence[Hit]:
        """Lexicon hits in any text."""
        return default_lexicon().find(text)

    def promotion(self, block: int) -> Promotion:
        """How much a block reads like promotion."""
        found = self._promotions.get(block)
        if found is None:
            text = self.page.blocks[block].text
            found = promotion(text, self.hits(block), thresholds()["promotion"])
            self._promotions[block] = found
        return found

    # ------------------------------------------------------------------ what is the page's own

    @cached_property
    def _topic(self) -> dict[str, set[int]]:
        """By category, the content and heading blocks that speak of it."""
        speaking: dict[str, set[int]] = {}
        for block in self.page.blocks:
            if block.hidden is None and (block.role == "title" or self.is_content(block)):
                for hit in self.hits(block.index):
                    if hit.weight >= TOPICAL_TERM:
                        speaking.setdefault(hit.category, set()).add(block.index)
        return speaking

    def own_words(self, less: int = -1) -> str:
        """Headings and article, without one block."""
        return "\n".join(
            block.text
            for block in self.page.blocks
            if block.hidden is None
            and block.index != less
            and (block.role == "title" or self.is_content(block))
        )

    def foreignness(self, block: int, found: Promotion, text: str | None = None) -> float:
        """How foreign a promoting text is to the page, 0 to 1.

        Low where the article itself speaks of the same trade (a report, or a
        page that is spam as a whole), or knows the text's characters.
        """
        speaking = self._topic.get(found.category, set()) - {block}
        other = max(len(self._content_set) - 1, 1)
        about = min(len(speaking) / max(min(other, 6) * TOPICAL_SHARE, 1.0), 1.0)
        if text is None:
            text = self.page.blocks[block].text if block >= 0 else ""
        strange = foreign_to(text, self.own_words(block))
        strange = min(max((strange - 0.15) / 0.45, 0.0), 1.0)
        return (1.0 - 0.8 * about) * strange

    def opening(self) -> Sequence[Block]:
        """The visible blocks around the beginning of the article, at most `OPENING` of them."""
        return self._opening

    @cached_property
    def _opening(self) -> tuple[Block, ...]:
        blocks = self.page.blocks
        first = self.content[0] if self.content else 0
        titles = [b.index for b in blocks if b.role == "title" and b.hidden is None]
        begin = min([first, *(t for t in titles if first - t < OPENING)])
        found: list[Block] = []
        for block in blocks[max(begin - 3, 0) :]:
            if block.hidden is None and block.role != "related":
                found.append(block)
                if len(found) >= OPENING or (
                    self.is_content(block) and len(block.text) > PARAGRAPH
                ):
                    break
        return tuple(found)

    # ------------------------------------------------------------------ shared judgements

    @cached_property
    def related(self) -> tuple[tuple[RelatedBlock, ListRelevance | None], ...]:
        """The page's lists of related, latest, popular … links; those that promise relevance
        are judged against the article."""
        lists = find_related_blocks(
            self.page.blocks,
            self.page.links,
            article_end=self.content[-1] if self.content else -1,
        )
        judged: list[tuple[RelatedBlock, ListRelevance | None]] = []
        for found in lists:
            relevance = None
            if found.kind == "related" and self.relevance is not None and self.article:
                titles = [item.text for item in found.items]
                relevance = self.relevance.judge(self.own_title, self.article, titles)
            judged.append((found, relevance))
        return tuple(judged)

    @cached_property
    def own_title(self) -> str:
        """The article's heading, else the head's title."""
        heading = next(
            (b.text for b in self.page.blocks if b.role == "title" and b.hidden is None), ""
        )
        return heading or self.page.title

    def concealed(self) -> Sequence[tuple[Concealed, Suspicion]]:
        """The hidden parts that look foreign, each judged once."""
        return self._concealed

    @cached_property
    def _concealed(self) -> list[tuple[Concealed, Suspicion]]:
        knobs = thresholds()["concealment"]
        judged = []
        for part in concealed_parts(self.page):
            hits = [hit for block in part.blocks for hit in self.hits(block.index)]
            found = suspicion(part, hits, knobs)
            if found.score >= knobs["silent_below"]:
                judged.append((part, found))
        return judged

    @cached_property
    def head_promotion(self) -> float:
        """The strongest promotion among title, description and keywords that is foreign."""
        best = 0.0
        for text in (self.page.title, *map(self.page.head.first, ("description", "keywords"))):
            hits = self.hits_in(text) if text else ()
            if hits:
                found = promotion(text, hits, thresholds()["promotion"])
                best = max(best, found.score * self.foreignness(-1, found, text))
        return best


def find_all(page: Page, context: Context, off: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Every finding of every technique that is not switched off."""
    for name, entry in techniques().items():
        if name not in off:
            context.name = name
            yield from entry.find(page, context)

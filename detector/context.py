"""What the techniques of one page share: its words, what they promote, what is foreign in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from detector import normalise
from detector.concealment import Concealed, Suspicion, judged_parts
from detector.disguise import Disguised, hits_behind, merged
from detector.foreign_range import foreign_range as title_range
from detector.hosts import host_of, site_of
from detector.inline_runs import promoting_runs
from detector.language import detect
from detector.lexicon import Hit, default_lexicon, fold
from detector.normalise import Folded, fold_all
from detector.offer import account_span, ends_offer, is_bracket, offer_span
from detector.patterns import pattern
from detector.promotion import (
    SCRIPT_RANGES,
    Promotion,
    common_words,
    foreign_to,
    judge,
    mostly_spaced,
    printed_length,
    promotion,
    reachable,
    script_distance,
    scripts_of,
    unknown_words,
)
from detector.relevance import ListRelevance, RelevanceModel
from detector.settings import data_table, thresholds
from detector.types import Block, Meta, Page, RelatedBlock

# A term of at least this weight says what a block speaks of.
TOPICAL_TERM = 0.3
# Share of the article's blocks that must speak of a trade before the page is about it.
TOPICAL_SHARE = 0.34
# Blocks that count as the opening of an article, and the length that ends it.
OPENING = 12
PARAGRAPH = 120
# Blocks of a page that are judged: a page of thousands of them is known by these.
MOST_SUSPECTS = 1_000
# From this, a block's own text reads so much like promotion that it vouches for no other.
SUSPECT = 0.15
# Characters from which a block without a trade word is prose, not an advertisement.
LONGEST_PLAIN = 1200
# Characters of the page that say which scripts it is written in, and from which a text says
# its language.
SCRIPT_SAMPLE = 4000
SHORTEST_SPOKEN = 16
# Share of a block's characters in links from which it is a list of links.
ALL_LINKED = 0.9
# What is left of the score of sentences that report on a trade the page is about.
REPORTED = 0.4
# Words of a trade taken together, of which two that weigh 0.2 stay under it.
COMMON_WORDS = 0.37
# Ways to turn to somebody; a name with a number may be a part's as well as a brand's.
TURNED_TO = ("contact", "account", "domain", "shape", "away")
# A block with at least some doubt gains where one at most so far off is surely foreign.
DOUBTFUL, ALONE_ENOUGH, SURE_NEIGHBOUR, NEAR, NEIGHBOURS_SHARE = 0.04, 0.9, 0.85, 2, 0.5
# Share of a page's letters below which it does not write in a script.
RARE_SCRIPT = 0.02
# Evidence without which a head entry is only one that the body does not repeat.
SAYING_SOMETHING = (
    "words", "stems", "contact", "account", "new_domain", "brand", "script", "language"
)  # fmt: skip
# What no trade's word, one stem of a trade and one word of offers at most (none in a language that
# is not the page's) are worth, where nobody is named to turn to.
ONE_STEM, ONE_OFFER, NO_OFFER, UNSURE = 0.25, 0.65, 0.1, 0.45
REACHED = ("contact", "account", "new_domain", "brand")
# From this, words of offers alone are enough; honest titles hold one or two.
OFFERS_ALONE = 0.8
# A block that has so many times more words than the links that promote in it is the page's own;
# share of what is left beside an element that the page may not know, and the distance of scripts
# from which it need not.
OWN_WORDS = 1.5
OWN_LETTERS = 2
KNOWN_REST = 0.4
OTHER_SCRIPT = 0.5
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


class Context:
    """What the techniques of one page share; each part is computed when first asked."""

    def __init__(
        self,
        page: Page,
        content: Sequence[int] = (),
        relevance: RelevanceModel | Callable[[], RelevanceModel | None] | None = None,
        allowed_terms: frozenset[str] = frozenset(),
    ) -> None:
        self.page = page
        self._allowed_terms = frozenset(map(fold, allowed_terms))  # no evidence on this site
        self._relevance = relevance
        self.name = ""  # of the technique that runs
        self.content = content  # indices of the blocks that make the main content, in order
        self._promotions: dict[int, Promotion] = {}
        self._disguised: dict[int, Sequence[Disguised]] = {}
        self._judged: dict[int, float] = {}
        # A block whose own words give less is not compared with the page.
        self.settled: float = data_table("promotion")["text"]["settled"]
        self._places: dict[int, tuple[int, int]] = {}  # of blocks in `_shown`

    @property
    def settings(self) -> Mapping[str, Any]:
        """This technique's table of `data/thresholds.toml`."""
        table: Mapping[str, Any] = thresholds().get(self.name, {})
        return table

    @cached_property
    def relevance(self) -> RelevanceModel | None:
        """What judges related links, loaded for the first page that has any; None without one."""
        return self._relevance() if callable(self._relevance) else self._relevance

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
        """Lexicon hits in a block's text, those behind a disguise too."""
        return self._hits[block]

    @cached_property
    def _hits(self) -> Sequence[Sequence[Hit]]:
        found = list(self._plain_hits)
        for index in self.folded:
            behind = [d.hit for d in self.disguised(index)]
            if behind:
                found[index] = merged(found[index], behind)
        if not self._allowed_terms:
            return found
        blocks = self.page.blocks
        return [self._less_allowed(h, b.text) for h, b in zip(found, blocks, strict=True)]

    @cached_property
    def _plain_hits(self) -> list[list[Hit]]:
        return default_lexicon().find_each([block.text for block in self.page.blocks])

    @cached_property
    def folded(self) -> Mapping[int, Folded]:
        """The blocks that write something otherwise than it is meant, by index."""
        texts = [block.text for block in self.page.blocks]
        return {i: folded for i, folded in enumerate(fold_all(texts)) if folded.edits}

    def disguised(self, block: int) -> Sequence[Disguised]:
        """Words of trades and contact that a block hides behind a disguise."""
        found = self._disguised.get(block)
        if found is None:
            folded = self.folded.get(block)
            found = hits_behind(folded, self._plain_hits[block]) if folded else []
            self._disguised[block] = found
        return found

    def hits_in(self, text: str) -> Sequence[Hit]:
        """Lexicon hits in any text, those behind a disguise too."""
        found = default_lexicon().find(text)
        folded = normalise.fold(text)
        if folded.edits:
            found = merged(found, [d.hit for d in hits_behind(folded, found)])
        return self._less_allowed(found, text) if self._allowed_terms else found

    def _less_allowed(self, hits: Sequence[Hit], text: str) -> Sequence[Hit]:
        return [
            hit
            for hit in hits
            if fold(hit.term) not in self._allowed_terms
            and fold(text[hit.start : hit.end]) not in self._allowed_terms
        ]

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
        if text is None:
            text = self.page.blocks[block].text if block >= 0 else ""
        strange = min(max((self.strangeness(text, block) - 0.15) / 0.45, 0.0), 1.0)
        return (1.0 - 0.8 * self.about(found.category, block)) * strange

    def about(self, category: str, less: int = -1) -> float:
        """How much the page's own blocks speak of a trade, 0 to 1, one block left out."""
        speaking = self._topic.get(category, set()) - {less}
        other = max(len(self._content_set) - 1, 1)
        return min(len(speaking) / max(min(other, 6) * TOPICAL_SHARE, 1.0), 1.0)

    def strangeness(self, text: str, less: int = -1) -> float:
        """Share of a text that the page's visible words do not know, one block left out.

        Blocks that read like promotion themselves vouch for nothing.
        """
        rest = self._shown
        if less >= 0:
            start, end = self._places[less]
            rest = rest[:start] + rest[end:]
        if text.isascii() or mostly_spaced(text):
            return unknown_words(text, rest)
        return foreign_to(text, rest)

    @cached_property
    def _shown(self) -> str:
        """Visible text in lower case, a line a block; promoting blocks are blank."""
        parts: list[str] = []
        at = 0
        for block in self.page.blocks:
            text = ""
            if block.hidden is None and (
                self.suspects.get(block.index, 0.0) < SUSPECT or self.promotion(block.index).reports
            ):
                text = block.text.lower()
            self._places[block.index] = (at, at + len(text))
            parts.append(text)
            at += len(text) + 1
        return "\n".join(parts)

    @cached_property
    def suspects(self) -> Mapping[int, float]:
        """Visible blocks with some evidence of promotion, and how much their text alone gives."""
        found: dict[int, float] = {}
        for block in self.page.blocks:
            if block.hidden is None and self._worth_reading(block):
                found[block.index] = judge("text", self.promotion(block.index).evidence)
                if len(found) >= MOST_SUSPECTS:
                    break
        return found

    def _worth_reading(self, block: Block) -> bool:
        hits = self.hits(block.index)
        text = block.text
        size = len(text)
        if not hits and block.link_chars > ALL_LINKED * size:
            return False  # menus and lists of links are for the techniques of links
        if size > LONGEST_PLAIN or size < 8:
            return any(hit.weight >= TOPICAL_TERM for hit in hits)
        if hits or reachable(text) or text.count(text[:4]) > 2:
            return True
        absent = self._absent_scripts
        if absent is not None and not (self._latin and text.isascii()) and absent.search(text):
            return True
        return self._told[block.index]

    @cached_property
    def _told(self) -> Sequence[bool]:
        """By block, whether words of offers and trades tell together."""
        return common_words().tell([block.text for block in self.page.blocks])

    @cached_property
    def _latin(self) -> bool:
        """Whether ASCII letters are nothing new on the page."""
        return self._scripts.get("latin", 0.0) >= RARE_SCRIPT

    @cached_property
    def _absent_scripts(self) -> re.Pattern[str] | None:
        """Three letters in a row of scripts that the page hardly has."""
        absent = [n for n in SCRIPT_RANGES if self._scripts.get(n, 0.0) < RARE_SCRIPT]
        return pattern(f"[{''.join(SCRIPT_RANGES[n] for n in absent)}]{{3}}") if absent else None

    @cached_property
    def _scripts(self) -> Mapping[str, float]:
        """Share of each script in what the page shows."""
        texts = []
        size = 0
        for block in self.page.blocks:
            if block.hidden is None:
                texts.append(block.text)
                size += len(block.text)
                if size > SCRIPT_SAMPLE:
                    break
        return scripts_of("\n".join(texts))

    def evidence(self, text: str, found: Promotion, less: int = -1) -> dict[str, float]:
        """What speaks for foreign promotion, by name: the text's, and the page's around it."""
        gathered = dict(found.evidence)
        gathered["strange"] = self.strangeness(text, less)
        gathered["about"] = self.about(found.category, less) if found.category else 0.0
        gathered["script"] = script_distance(text[:400], self._scripts)
        gathered["new_domain"] = float(bool(found.domain) and self._unlinked(found.domain))
        spoken = detect(text) if len(text) >= SHORTEST_SPOKEN else ""
        page = self.page.language.removesuffix("-hant")
        spoken = spoken.removesuffix("-hant")
        gathered["language"] = float(bool(page and spoken) and spoken != page)
        return gathered

    def _unlinked(self, domain: str) -> bool:
        """Whether an address printed as text is in no link and not the page's own."""
        site = site_of(domain.lower().removeprefix("https://").removeprefix("http://"))
        return site not in self._linked_sites and site.split(".")[0] not in self._shown

    @cached_property
    def _linked_sites(self) -> frozenset[str]:
        links = {site_of(host) for link in self.page.links if (host := host_of(link.href))}
        return frozenset(links | {site_of(self.page.host)})

    def judge(self, block: int) -> float:
        """How sure it is that a visible block is foreign promotion, 0 to 1."""
        score = self._judged.get(block)
        if score is None:
            text = self.page.blocks[block].text
            score = self._judged[block] = self.judge_part(block, text, self.promotion(block))
        return score

    def judge_among(self, block: int) -> float:
        """`judge`, surer where a neighbour is surely foreign: injected blocks come together."""
        score = self.judge(block)
        if ALONE_ENOUGH > score >= DOUBTFUL and any(
            near in self.suspects
            and self.page.blocks[near].tag != "h1"
            and self.judge(near) >= SURE_NEIGHBOUR
            for near in range(block - NEAR, block + NEAR + 1)
            if near != block
        ):
            score += (1.0 - score) * NEIGHBOURS_SHARE
        return score

    def judge_part(self, block: int, text: str, found: Promotion) -> float:
        """The same of a part of a block's text, with its promotion."""
        alone = judge("text", found.evidence)
        if alone < self.settled:
            return alone
        entry = self.page.blocks[block]
        gathered = self.evidence(text, found, block)
        gathered["linked"] = entry.link_chars / max(len(entry.text), 1)
        gathered["away"] = float(any(self.page.links[i].host for i in entry.links))
        gathered["article"] = float(entry.role == "article")
        gathered["comment"] = float(entry.role == "comment")
        gathered["navigation"] = float(entry.role in ("navigation", "footer", "related"))
        gathered["title"] = float(entry.role == "title" or entry.tag in HEADINGS)
        gathered["part"] = float(len(text) < len(entry.text))
        score = self.weigh("block", gathered, text)
        # The page's own language, nobody to turn to, and a report or a page about that trade.
        own = _in_own_words(gathered)
        told = own and (found.reports or (gathered["about"] >= 0.5 and not found.calls))
        # Two words that honest texts use as well (a processor has slots too) offer nothing.
        common = 0 < gathered["words"] < COMMON_WORDS and gathered["offers"] == 0
        told = told or (own and common and not any(gathered[name] for name in TURNED_TO))
        return score * REPORTED if told else score

    def judge_head(
        self, text: str, found: Promotion | None = None, less: int = -1, **more: float
    ) -> tuple[float, Promotion]:
        """The same of a text of the head, with its promotion; `more` is evidence by name."""
        if found is None:
            found = promotion(text, self.hits_in(text), thresholds()["promotion"])
        gathered = self.evidence(text, found, less) | more
        if gathered["offers"] < OFFERS_ALONE and not any(gathered[n] for n in SAYING_SOMETHING):
            return 0.0, found  # words of any page, if unknown to this one
        score = self.weigh("head", gathered, text)
        # A strange line alone may be an older title, a subtitle, a credit.
        says_little = gathered["words"] == 0 and gathered["stems"] <= ONE_STEM
        own = _in_own_words(gathered)
        offers_little = gathered["offers"] < (ONE_OFFER if own else NO_OFFER)
        if says_little and offers_little and not any(gathered[n] for n in REACHED):
            score = min(score, UNSURE)
        return score, found

    def weigh(self, kind: str, gathered: Mapping[str, float], text: str) -> float:
        """The score of gathered evidence; fitting the weights overrides it to see the text."""
        return judge(kind, gathered)

    def foreign_range(self, block: int) -> tuple[int, int] | None:
        """Where in a promoting block the promotion stands.

        All of it, or the element inside of it that holds every word of it; None where that is
        links amid the page's own words, which have techniques of their own.
        """
        entry = self.page.blocks[block]
        whole = (0, len(entry.text))
        telling = [(hit.start, hit.end) for hit in self.hits(block)]
        telling += [
            (hit.start, hit.end) for hit in common_words().find(entry.text)
            if hit.category != "report_words"
        ]  # fmt: skip
        account = account_span(entry.text, self.hits(block))
        if account[0] < account[1]:  # glued to what follows it in another element
            telling.append((account[0], account[0] + 1))
        if self.page.kind == "text" and entry.role == "title":
            start, end, _ = title_range(entry.text, self, Meta("title", entry.text, entry.place),
                                        block)  # fmt: skip
            return (start, end) if start < end else whole
        found = promoting_runs(entry, telling)
        if not found:
            return self._bracketed(entry, telling, account) or whole
        left, right = found[0][0], found[-1][1]
        rest = entry.text[:left] + entry.text[right:]
        linked = [(self.page.links[i].start, self.page.links[i].end) for i in entry.links]
        if all(any(a <= start and end <= b for a, b in linked) for start, end in found):
            size = sum(end - start for start, end in found)
            return None if len(entry.text) - size >= OWN_WORDS * size else whole
        # What is left must be known to the page, or of another script than the promotion.
        own = self.strangeness(rest, block) < KNOWN_REST
        apart = script_distance(entry.text[left:right], scripts_of(rest)) >= OTHER_SCRIPT
        if len(found) > 1 or not (own or apart):
            return whole
        inner = self._bracketed(entry, telling, account)
        return inner if inner and left <= inner[0] and inner[1] <= right else (left, right)

    def _bracketed(
        self, block: Block, telling: Sequence[tuple[int, int]], account: tuple[int, int]
    ) -> tuple[int, int] | None:
        """The part of a sentence that offers an account and holds every other word that promotes.

        It stands in brackets, or what is left is the page's own.
        """
        if account[0] == account[1]:
            return None
        text = block.text
        left, right = offer_span(text, self.hits(block.index), *account)
        rest = f"{text[:left]} {text[right:]}".strip()
        if sum(map(str.isalnum, rest)) < OWN_LETTERS:
            return None
        if not all(left <= start and end <= right for start, end in telling):
            return None
        own = is_bracket(text[left:right]) or self.strangeness(rest, block.index) < KNOWN_REST
        apart = script_distance(text[left:right], scripts_of(rest)) >= OTHER_SCRIPT
        ended = ends_offer(text, right)
        return (left, right) if own or apart or ended else None

    def opening(self) -> Sequence[Block]:
        """The visible blocks around the beginning of the article, at most `OPENING` of them."""
        return self._opening

    @cached_property
    def _opening(self) -> tuple[Block, ...]:
        blocks = self.page.blocks
        first = self.content[0] if self.content else 0
        titles = [b.index for b in blocks if b.role == "title" and b.hidden is None]
        begin = min([first, *(t for t in titles if first - t < OPENING)])
        chosen = {
            block.index
            for block in blocks[: max(begin, 0)]
            if block.hidden is None and block.role != "related"
        }
        for block in blocks[max(begin, 0) :]:
            if block.hidden is None and block.role != "related":
                chosen.add(block.index)
                if block.index - begin > OPENING or (
                    self.is_content(block) and printed_length(block.text) > PARAGRAPH
                ):
                    break
        return tuple(blocks[index] for index in sorted(chosen))

    # ------------------------------------------------------------------ shared judgements

    @cached_property
    def related(self) -> tuple[tuple[RelatedBlock, ListRelevance | None], ...]:
        """The page's lists of related, latest, popular … links; those that promise relevance
        are judged against the article."""
        judged: list[tuple[RelatedBlock, ListRelevance | None]] = []
        for found in self.page.lists:
            relevance = None
            if found.kind == "related" and self.article and self.relevance is not None:
                titles = [item.text for item in found.items]
                relevance = self.relevance.judge(
                    self.own_title, self.article, titles, self.page.language
                )
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
        return judged_parts(self.page, self.hits, thresholds()["concealment"])

    @cached_property
    def head_promotion(self) -> float:
        """The strongest promotion among title, description and keywords that is foreign."""
        best = 0.0
        for name in ("title", "description", "keywords"):
            for entry in self.page.head.all(name)[:2]:
                start, end, left = title_range(entry.value, self, entry)
                if end > start:
                    best = max(best, self.judge_head(entry.value[start:end], left=left)[0])
        return best


def _in_own_words(gathered: Mapping[str, float]) -> bool:
    """Whether a text is in the page's own language and script."""
    return gathered["language"] + gathered["script"] < 0.5

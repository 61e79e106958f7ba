"""What one of two views of an address has and the other lacks, where it looks foreign.

Honest servers change a page from visit to visit too: clocks, advertisements, sessions,
languages, layouts. A difference alone is therefore nothing; evidence of injection that one view
alone has is more than the same evidence on both, since an owner who writes so writes it for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from detector.concealment import foreign_sites, words_weight
from detector.restore.content import in_blocks
from detector.scan import Analysis
from detector.script_evidence import joined
from detector.settings import thresholds
from detector.techniques import Context
from detector.types import Block, Finding, Link, Page, Span

GRAM = 5  # folded characters that are looked up at a time
SHARED_GRAM = 8  # long enough that two texts of one language hardly share one by chance
MOST_GRAMS = 300  # of one finding
ENDS = 10  # folded characters by which a paragraph is found again
AROUND = 12  # characters on both sides of a finding that must be new with it
MOST_CHARS = 2_000_000  # of a view that are kept for looking things up
MOST_BLOCKS = 2_000  # of a view that are compared
REDIRECTS = frozenset(("conditional-redirect", "meta-refresh"))


def fold(text: str) -> str:
    """What stays of a text from one visit to the next: no digits, no white space, no case."""
    return "".join(c for c in text.lower() if not c.isspace() and not c.isdigit())


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding, and the name of the view that alone has it."""

    view: str
    finding: Finding


class Seen:
    """One analysed view, and what is asked of it."""

    def __init__(self, name: str, who: str, analysis: Analysis, label: str) -> None:
        self.name = name
        self.who = who  # as sentences name those who get it
        self.analysis = analysis
        self.label = label  # the model's, of this view alone
        self.page: Page = analysis.page

    @cached_property
    def words(self) -> str:
        """Everything that the page says, shown or not, folded, for looking things up."""
        page = self.page
        parts = [block.text for block in page.blocks]
        parts += [entry.value for entry in page.head.entries]
        parts += [script.text for script in page.scripts]
        parts += [link.text for link in page.links]
        return fold("\n".join(parts)[:MOST_CHARS])

    @cached_property
    def blocks(self) -> dict[str, Block]:
        """The blocks by their folded text."""
        return {fold(block.text): block for block in self.page.blocks}

    @cached_property
    def sites(self) -> frozenset[str]:
        """The foreign sites that it links to."""
        return foreign_sites(self.page.links)

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Addresses of links and in scripts' findings, without their queries."""
        found = {_plain(link.href) for link in self.page.links}
        return frozenset(found | {_plain(f.href) for f in self.analysis.findings if f.href})

    def novelty(self, text: str, size: int = GRAM) -> float:
        """Share of a text that this view does not have, 0 to 1, by its runs of `size`."""
        folded = fold(text)
        if not folded or folded in self.words:
            return 0.0
        grams = list(dict.fromkeys(folded[i : i + size] for i in range(len(folded) - size + 1)))
        asked = grams[:: len(grams) // MOST_GRAMS + 1] or [folded]
        return sum(gram not in self.words for gram in asked) / len(asked)


def unlike(one: Seen, other: Seen) -> bool:
    """Whether two views are different pages, or one is nothing but a shell or a refusal."""
    knobs = thresholds()["cloaking"]
    (_, text), (long, more) = sorted(
        ((seen, "".join(seen.blocks)) for seen in (one, other)), key=lambda pair: len(pair[1])
    )
    if len(text) < knobs["shell"] * len(more):
        return True
    strange = long.novelty(text[:MOST_CHARS], SHARED_GRAM)
    return strange > 1.0 - float(knobs["unlike"])


def differences(first: Seen, second: Seen) -> list[Difference]:
    """What only one of the views has, strongest first, located in the view that has it."""
    knobs = thresholds()["cloaking"]
    others = unlike(first, second)
    found: list[Difference] = []
    for seen, other in ((first, second), (second, first)):
        doubt = 0.0 if others and seen.label == "clean" else 1.0
        evidence = (_findings, _blocks, _strewn)
        for finding in (found for gather in evidence for found in gather(seen, other)):
            score = finding.score * doubt
            if score >= knobs["weakest"]:
                found.append(Difference(seen.name, replace(finding, score=score)))
    return sorted(found, key=lambda difference: -difference.finding.score)


def together(found: Sequence[Difference]) -> float:
    """How sure it is that one view carries what the other does not, 0 to 1.

    The best of each kind of evidence of one view; kinds support each other.
    """
    best: dict[str, dict[str, float]] = {}
    for difference in found:
        kind = difference.finding.message.partition(":")[0]
        scores = best.setdefault(difference.view, {})
        scores[kind] = max(scores.get(kind, 0.0), difference.finding.score)
    return max((joined(*sorted(scores.values())[-4:]) for scores in best.values()), default=0.0)


def _findings(seen: Seen, other: Seen) -> Iterator[Finding]:
    """Evidence of any technique whose words or address the other view does not have."""
    knobs = thresholds()["cloaking"]
    page = seen.page
    for finding in in_blocks(page, seen.analysis.content, seen.analysis.findings):
        if finding.href:  # an address that both have is no news, whatever is said about it
            novelty = float(_plain(finding.href) not in other.addresses)
        elif finding.span and finding.span.of == "block":
            novelty = other.novelty(finding.quote) or _moved(page, finding.span, other)
        else:
            novelty = other.novelty(finding.quote)
        if novelty < knobs["novel"]:
            continue
        redirect = finding.technique in REDIRECTS and finding.href
        score = finding.score * novelty
        yield replace(
            finding,
            technique="conditional-redirect" if redirect else "cloaking",
            score=max(score, knobs["hop"]) if redirect else score,
            quote=finding.quote[:500],
            span=_first(finding.span, 500),
            message=f"Only {seen.who} get this ({finding.technique}): {finding.message}",
        )


def _moved(page: Page, span: Span, other: Seen) -> float:
    """1 where words that the other view has stand in a place where it does not have them."""
    text = page.blocks[span.block].text
    around = text[max(span.start - AROUND, 0) : span.end + AROUND]
    return float(fold(around) not in other.words)


def _blocks(seen: Seen, other: Seen) -> Iterator[Finding]:
    """Blocks that the other view lacks and that promote or link abroad."""
    context = Context(seen.page, seen.analysis.content)
    told = {f.span.block for f in seen.analysis.findings if f.span and f.span.block >= 0}
    fresh = [
        b for b in seen.page.blocks if b.index not in told and fold(b.text) not in other.blocks
    ]
    for block in fresh[:MOST_BLOCKS]:
        links = [seen.page.links[i] for i in block.links]
        sites = foreign_sites(links) - other.sites
        score, category, about = _judged(block, context, len(sites))
        inside = next((link for link in links if _into_text(block, link, other)), None)
        if inside is not None and sites:
            score = joined(score, thresholds()["cloaking"]["into_text"])
            about = about or f"a link to {inside.host} in a text that both have"
        if score <= 0.0:
            continue
        href = inside or next((link for link in links if link.host), None)
        yield Finding(
            "cloaking", score, block.text[:500], f"Only {seen.who} get this block: {about}.",
            block.place.location(), category, href.href if href else None,
            Span("block", 0, min(len(block.text), 500), block.index), "",
        )  # fmt: skip


def _strewn(seen: Seen, other: Seen) -> Iterator[Finding]:
    """Paragraphs that both have, in one view with pieces strewn between their words."""
    knobs = thresholds()["cloaking"]
    ends: dict[str, str] = {}
    for text in other.blocks:
        if len(text) >= ENDS * 2 and text not in seen.blocks:
            ends[text[:ENDS]] = ends[text[-ENDS:]] = text
    places: list[tuple[Block, int]] = []
    for text, block in seen.blocks.items():
        whole = ends.get(text[:ENDS]) or ends.get(text[-ENDS:])
        if whole and len(whole) < len(text) < len(whole) * 2 and text not in other.blocks:
            places.append((block, pieces(text, whole)))
    if not places:
        return
    block, count = max(places, key=lambda place: place[1])
    if count > 1 and sum(n for _, n in places) >= knobs["fewest_pieces"]:
        yield Finding(
            "cloaking", knobs["strewn"], block.text[:500],
            f"Only {seen.who} get this paragraph with pieces strewn in: {count} of them.",
            block.place.location(), span=Span("block", 0, min(len(block.text), 500), block.index),
        )  # fmt: skip


def pieces(text: str, whole: str) -> int:
    """How many runs of characters stand in `text` that `whole` lacks; 0 where it lacks others."""
    count = at = 0
    inside = False
    for char in text:
        if at < len(whole) and char == whole[at]:
            at += 1
            inside = False
        elif not inside:
            count += 1
            inside = True
    return count if at == len(whole) else 0


def _judged(block: Block, context: Context, sites: int) -> tuple[float, str, str]:
    """How foreign a block is that only one view has, of which trade, and why."""
    knobs = thresholds()["cloaking"]
    words, category, terms = words_weight(context.hits(block.index))
    about = f"words of {category} such as {', '.join(terms[:3])}" if terms else ""
    if block.hidden is None:
        near = min(knobs["site"] * sites, 0.4), knobs["linked_words"] * words if sites else 0.0
        score = joined(knobs["block"] * context.judge(block.index), *near)
        return score, category, about or "promotion"
    score = joined(knobs["hidden_words"] * words, min(knobs["hidden_site"] * sites, 0.8))
    return score, category, about or "hidden links to foreign sites"


def _into_text(block: Block, link: Link, other: Seen) -> bool:
    """Whether a foreign link was put into a paragraph that the other view has without it."""
    if not link.host or link.host in {each.host for each in other.page.links}:
        return False
    rest = fold(block.text[: link.start] + block.text[link.end :])
    return len(rest) >= AROUND and (rest in other.blocks or fold(block.text) in other.blocks)


def _first(span: Span | None, most: int) -> Span | None:
    return replace(span, end=min(span.end, span.start + most)) if span else None


def _plain(address: str) -> str:
    """An address without what sessions change."""
    return address.partition("?")[0].partition("#")[0]

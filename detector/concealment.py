"""Hidden parts of a page, and how much they look like somebody else's.

A concealed part is everything hidden by one element. Hiding alone is ordinary:
most pages hide menus and dialogs. What makes it foreign is what it holds: words
of the trade, or links to several unrelated sites, in a way of hiding that no
interface has a use for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from detector.hosts import site_of
from detector.lexicon import Hit
from detector.types import Block, Finding, Hidden, Link, Page, Place, Span


@dataclass(frozen=True, slots=True)
class Concealed:
    """All that one element hides: its blocks and links, in order."""

    hidden: Hidden
    blocks: tuple[Block, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How sure it is that a concealed part is foreign, and what it promotes."""

    score: float
    category: str
    terms: tuple[str, ...]
    sites: int  # distinct foreign sites linked to

    @property
    def about(self) -> str:
        """What a moderator reads."""
        parts = []
        if self.terms:
            parts.append(f"words of {self.category} such as {', '.join(self.terms[:3])}")
        if self.sites:
            parts.append(f"links to {self.sites} foreign site{'s' * (self.sites > 1)}")
        return " and ".join(parts)


@cache
def common_sites() -> frozenset[str]:
    """Sites that honest pages link to from everywhere."""
    lines = (files("detector") / "data" / "common_sites.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def concealed_parts(page: Page) -> tuple[Concealed, ...]:
    """Group what is hidden by the element that hides it."""
    blocks: dict[int, list[Block]] = {}
    links: dict[int, list[Link]] = {}
    hiding: dict[int, Hidden] = {}
    for block in page.blocks:
        if block.hidden is not None:
            key = id(block.hidden)
            hiding[key] = block.hidden
            blocks.setdefault(key, []).append(block)
    for link in page.links:
        if link.hidden is not None:
            key = id(link.hidden)
            hiding[key] = link.hidden
            links.setdefault(key, []).append(link)
    return tuple(
        Concealed(hidden, tuple(blocks.get(key, ())), tuple(links.get(key, ())))
        for key, hidden in hiding.items()
    )


def foreign_sites(links: Sequence[Link]) -> frozenset[str]:
    """Registered domains of links that lead away, less the ones everybody links to."""
    found = {site_of(link.host) for link in links if link.host}
    return frozenset(found - common_sites())


def words_weight(hits: Sequence[Hit]) -> tuple[float, str, tuple[str, ...]]:
    """Noisy-or of the distinct terms of the heaviest category, its name, its terms."""
    by_category: dict[str, dict[str, float]] = {}
    for hit in hits:
        if hit.category != "contact":
            by_category.setdefault(hit.category, {})[hit.term] = hit.weight
    if not by_category:
        return 0.0, "", ()
    scored = {
        category: 1.0 - math.prod(1.0 - min(w, 0.9) for w in terms.values())
        for category, terms in by_category.items()
    }
    best = max(scored, key=lambda name: scored[name])
    terms = sorted(by_category[best], key=lambda term: -by_category[best][term])
    return scored[best], best, tuple(terms)


def suspicion(part: Concealed, hits: Sequence[Hit], knobs: Mapping[str, Any]) -> Suspicion:
    """Judge a concealed part from its words, its links and the way it is hidden.

    `knobs` is the table `[concealment]` of thresholds.toml: `reason` gives for
    each way of hiding how rarely honest pages use it, 0 to 1.
    """
    words, category, terms = words_weight(hits)
    sites = foreign_sites(part.links)
    rare = knobs["reason"].get(part.hidden.reason, 0.3)
    # Links to many unrelated sites: 1 - 2^-(n/half) of what the way of hiding allows.
    many = 1.0 - 2.0 ** -(len(sites) / knobs["sites_half"])
    linked = rare * many
    if part.hidden.benign:
        # An interface explains the hiding: only words that corroborate speak.
        score = words * knobs["benign_words"] if len(terms) > 1 else 0.0
    else:
        score = 1.0 - (1.0 - words * (0.5 + 0.5 * rare)) * (1.0 - linked)
    return Suspicion(min(score, 0.99), category, terms, len(sites))


def concealment_findings(
    technique: str, part: Concealed, found: Suspicion, message: str, most: int = 200
) -> Iterator[Finding]:
    """One finding a link, and one for each hidden block that holds no link."""
    cut: Place | None = part.hidden.place
    linked = set()
    for link in part.links[:most]:
        span = None
        quote = link.text
        block = next((b for b in part.blocks if b.index == link.block), None)
        if block is not None:
            linked.add(block.index)
            span = Span("block", link.start, link.end, block.index)
            quote = block.text[link.start : link.end]
        yield Finding(
            technique, found.score, quote, message, link.place.location(), found.category,
            link.href, span, "", cut,
        )  # fmt: skip
    for block in part.blocks[:most]:
        if block.index not in linked:
            yield Finding(
                technique, found.score, block.text, message, block.place.location(),
                found.category, None, Span("block", 0, len(block.text), block.index), "", cut,
            )  # fmt: skip

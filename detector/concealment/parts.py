"""The hidden parts of a page: all that one element hides is one part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from detector.hosts import site_of
from detector.lexicon import Hit, corroborated
from detector.types import Block, Hidden, Link, Page

PICTURES = frozenset(["img", "svg", "picture", "i", "object", "video", "canvas", "input", "button"])


WHOLE_PAGE = 0.9  # of its text: what remains is no page to hide a block in


@dataclass(frozen=True, slots=True)
class Concealed:
    """All that one element hides: its blocks and links, in order."""

    hidden: Hidden
    blocks: tuple[Block, ...]
    links: tuple[Link, ...]

    @property
    def text(self) -> str:
        """The words of all blocks, and of links that stand in none."""
        return "\n".join([block.text for block in self.blocks])


def domain(host: str) -> str:
    """The registered domain; under a name reserved for examples every host is its own."""
    if host.endswith(_RESERVED):
        return host.removeprefix("www.").removeprefix("m.")
    return site_of(host)


_RESERVED = (".example", ".invalid", ".test")


def public(site: str) -> bool:
    """Whether a registered domain is one of governments, schools or the military."""
    return not _PUBLIC.isdisjoint(site.split(".")[-2:])


_PUBLIC = frozenset(("gov", "edu", "mil", "gob", "gouv", "int"))


def pictured(link: Link) -> bool:
    """Whether a link without text shows a picture: banners and counters do."""
    node = getattr(link.place, "node", None)
    return node is not None and any(
        getattr(inner, "tag", "") in PICTURES for inner in node.descendants
    )


@cache
def common_sites() -> frozenset[str]:
    """Sites that honest pages link to from everywhere."""
    lines = (files("detector") / "data" / "common_sites.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def concealed_parts(page: Page) -> tuple[Concealed, ...]:
    """Group what is hidden by the element that hides it.

    What a script hides together with nearly the whole page is the page itself: scripts
    against frames and ad blockers do so.
    """
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
    whole = sum(len(block.text) for block in page.blocks)
    return tuple(
        Concealed(hidden, tuple(blocks.get(key, ())), tuple(links.get(key, ())))
        for key, hidden in hiding.items()
        if hidden.by != "script"
        or sum(len(block.text) for block in blocks.get(key, ())) <= WHOLE_PAGE * whole
    )


def foreign_sites(links: Sequence[Link]) -> frozenset[str]:
    """Registered domains of links that lead away, less the ones everybody links to."""
    found = {link.host for link in links if link.host and site_of(link.host) not in common_sites()}
    return frozenset(map(domain, found))


def words_weight(hits: Sequence[Hit]) -> tuple[float, str, tuple[str, ...]]:
    """Noisy-or of the distinct terms of the heaviest category, its name, its terms."""
    by_category: dict[str, dict[str, float]] = {}
    for hit in hits:
        if hit.category != "contact":
            by_category.setdefault(hit.category, {})[hit.term] = hit.weight
    if not by_category:
        return 0.0, "", ()
    scored = {
        category: corroborated(terms.values(), 0.9) for category, terms in by_category.items()
    }
    best = max(scored, key=lambda name: scored[name])
    terms = sorted(by_category[best], key=lambda term: -by_category[best][term])
    return scored[best], best, tuple(terms)

"""One address, two pages: what crawlers get differs from what people get.

What attackers do: The server looks at the user agent, the address or the referrer and gives
crawlers a page full of trade words and links, people the honest one (or the other way round).

How it is seen: Two views of one address side by side: titles without a word in common, blocks and
foreign links that only one of them has, words of the trade only there, redirects of one view.

What must not fire: Rotating advertisements, dates, counters and related links, a language or
layout chosen by the browser, a page behind a consent wall.

Source: Invernizzi et al., Cloak of Visibility, IEEE S&P 2016; Wang et al., Cloak and Dagger, 2011.

Example: detector compare visitor.html crawler.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from detector import scripts
from detector.concealment import foreign_sites, words_weight
from detector.lexicon import default_lexicon
from detector.script_evidence import joined, own
from detector.techniques import Context, technique
from detector.types import Block, Finding, Page, Span

NAMES = {"visitor": "people", "crawler": "crawlers"}


@technique("cloaking", group="two views")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """One page alone shows no difference: see `differences`."""
    return iter(())


def differences(visitor: Page, crawler: Page) -> Iterator[Finding]:
    """What only one of two views of an address has, where it looks foreign.

    Findings are located in the view that has it; the message says which.
    """
    for name, page, other in (("crawler", crawler, visitor), ("visitor", visitor, crawler)):
        yield from _title(name, page, other)
        yield from _blocks(name, page, other)
        yield from _redirects(name, page, other)


def _title(name: str, page: Page, other: Page) -> Iterator[Finding]:
    """A title with trade words that the other view lacks."""
    title = page.title
    if not title or title == other.title or not other.title:
        return
    hits = default_lexicon().find(title)
    there = {hit.term for hit in default_lexicon().find(other.title)}
    words, category, terms = words_weight([hit for hit in hits if hit.term not in there])
    shared = _pairs(title) & _pairs(other.title)
    apart = 1.0 - len(shared) / max(min(len(_pairs(title)), len(_pairs(other.title))), 1)
    score = joined(words * 0.9, 0.6 * apart if words else 0.3 * apart)
    if score < 0.25:
        return
    entry = next((e for e in page.head.entries if e.name == "title"), None)
    if entry is not None:
        about = f" with words of {category} such as {', '.join(terms[:3])}" if terms else ""
        yield Finding(
            "cloaking", score, title[:500],
            f"Only {NAMES[name]} get this title{about}.", entry.place.location(), category,
            span=Span("title", 0, len(title)),
        )  # fmt: skip


def _pairs(text: str) -> set[str]:
    letters = "".join(c for c in text.lower() if c.isalnum())
    return {letters[i : i + 2] for i in range(len(letters) - 1)}


def _blocks(name: str, page: Page, other: Page) -> Iterator[Finding]:
    """Blocks that the other view lacks and that carry trade words or foreign links."""
    known = {block.text for block in other.blocks}
    linked = foreign_sites(other.links)
    for block in page.blocks:
        if block.text in known:
            continue
        links = [page.links[i] for i in block.links]
        sites = foreign_sites(links) - linked
        words, category, terms = words_weight(default_lexicon().find(block.text[:5000]))
        score = joined(words * 0.9, min(0.2 * len(sites), 0.6))
        if score < 0.25:
            continue
        yield from _block_findings(name, block, page, score, category, terms)


def _block_findings(
    name: str, block: Block, page: Page, score: float, category: str, terms: tuple[str, ...]
) -> Iterator[Finding]:
    href = next((page.links[i].href for i in block.links if page.links[i].host), None)
    about = f"words of {category} such as {', '.join(terms[:3])}" if terms else "foreign links"
    yield Finding(
        "cloaking", score, block.text[:500], f"Only {NAMES[name]} get this block: {about}.",
        block.place.location(), category, href, Span("block", 0, len(block.text), block.index),
    )  # fmt: skip


def _redirects(name: str, page: Page, other: Page) -> Iterator[Finding]:
    """A redirect abroad that only one view has."""
    elsewhere = {r.target for s in other.scripts if s.text for r in scripts.redirects(s.text)}
    sites = None
    for script in page.scripts:
        if script.kind != "script" or not script.text:
            continue
        for redirect in scripts.redirects(script.text):
            sites = sites or own(page)
            if redirect.target not in elsewhere and sites.foreign(redirect.target):
                finding = Finding(
                    "cloaking", 0.85, redirect.target[:500],
                    f"Only {NAMES[name]} are sent to {redirect.target[:120]}.",
                    script.place.location(), href=redirect.target,
                )  # fmt: skip
                yield replace(finding, cut=script.place)

"""A block of links to many unrelated sites, for rank alone.

What attackers do: Footers and side bars get lists of links to dozens of sites with keyword
anchors; sold links and private networks look the same.

How it is seen: Neighbouring visible links to many distinct foreign sites, whose anchors are
words of the trade; or comment marks and code of known link exchanges around them.

What must not fire: Link directories, friend links (友情链接) with site names, references,
partner lists, blog rolls.

Source: Gyöngyi, Garcia-Molina, Link spam alliances, VLDB 2005.

Example: <p><a href="//a.example">百家乐</a> <a href="//b.example">时时彩</a> …</p>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import foreign_sites, words_weight
from detector.techniques import Context, technique
from detector.types import Finding, Link, Page, Span

GAP = 6  # blocks between neighbours of one list


@technique("link-farm", group="links")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge runs of visible links that lead away."""
    knobs = context.settings
    for run in _runs(page):
        sites = foreign_sites(run)
        if len(sites) < knobs["sites"]:
            continue
        telling = [
            link for link in run
            if any(h.weight >= knobs["telling"] and h.category != "contact"
                   for h in context.hits_in(link.text))
        ]  # fmt: skip
        share = len(telling) / len(run)
        if share < knobs["share"]:
            continue
        hits = [hit for link in telling for hit in context.hits_in(link.text)]
        _, category, terms = words_weight(hits)
        score = min(0.99, knobs["base"] + share * (1 - knobs["base"]))
        for link in telling[:200]:
            span = Span("block", link.start, link.end, link.block) if link.block >= 0 else None
            yield Finding(
                "link-farm", score, link.text,
                f"{len(telling)} of {len(run)} neighbouring links to {len(sites)} foreign sites "
                f"carry words of {category} such as {', '.join(terms[:3])}.",
                link.place.location(), category, link.href, span, "", link.place,
            )  # fmt: skip


def _runs(page: Page) -> Iterator[list[Link]]:
    """Visible links that lead away, grouped by nearness."""
    run: list[Link] = []
    for link in page.links:
        if link.hidden is not None or not link.host or link.block < 0:
            continue
        if run and link.block - run[-1].block > GAP:
            yield run
            run = []
        run.append(link)
    if run:
        yield run

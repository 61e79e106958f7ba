"""A block of links to many unrelated sites, for rank alone.

What attackers do: Footers and side bars get lists of links to dozens of sites with keyword
anchors; sold links and private networks look the same.

How it is seen: The visible links of one container lead to several foreign sites, and some of
the anchors are words of the trade, or they are written in another script than the page. Honest
lists of links hardly ever hold one such word, so a few among the names of brands are enough; all
links of the list are then foreign.

What must not fire: Link directories, friend links (友情链接) with site names, references,
partner lists, blog rolls, a report's list of sources.

Source: Gyöngyi, Garcia-Molina, Link spam alliances, VLDB 2005.

Example: <p><a href="//a.example">百家乐</a> <a href="//b.example">时时彩</a> …</p>
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from detector.concealment import (
    FEW_LETTERS,
    Surroundings,
    alien_script,
    common_sites,
    foreign_sites,
    scripts_of,
    words_weight,
)
from detector.concealment.parts import public
from detector.dom import ElementPlace
from detector.hosts import site_of
from detector.patterns import pattern
from detector.promotion import common_words
from detector.techniques import Context, technique
from detector.types import Finding, Link, Page, Place, Span

# What stands between a link and the container of its list.
INNER = frozenset(
    "a li p b span td tr ul ol font strong i em h2 h3 h4 tbody table dd dt dl small u".split()
)
MOST = 200


@technique("link-farm", group="links")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge the lists of visible links that lead away."""
    knobs = context.settings
    around: Surroundings | None = None
    for run in _lists(page):
        sites = foreign_sites(run)
        if len(sites) < knobs["sites"]:
            continue
        around = around or Surroundings(page)
        hits = [hit for link in run for hit in context.hits_in(link.text)]
        telling = sum(
            words_weight(context.hits_in(link.text))[0] >= knobs["telling"] for link in run
        )
        strong, category, terms = words_weight(hits)
        share = telling / len(run)
        written = scripts_of(" ".join(link.text for link in run))
        alien = alien_script(written, around.scripts, FEW_LETTERS)
        if alien == "Latin":
            alien = ""  # names of firms are written so on any page
        score = 0.0
        if share >= knobs["share"] and (telling >= knobs["least"] or strong >= knobs["strong"]):
            # Words of several trades beside each other, or one trade throughout.
            score = knobs["base"] + (1 - knobs["base"]) * min(share * strong * 1.5, 1.0)
            score *= 1.0 - knobs["about"] * _about(context, category)
        if alien:
            score = 1.0 - (1.0 - score) * (1.0 - knobs["alien"])
        shaped = _pattern(run, sites, knobs)
        score = 1.0 - (1.0 - score) * (1.0 - knobs["pattern"] * shaped)
        if score < knobs["silent_below"]:
            continue
        what = f"words of {category} such as {', '.join(terms[:3])}" if terms else ""
        what += f"{' and ' if what and alien else ''}{alien + ' letters' if alien else ''}"
        what = what or "words of offers, to sites with numbered names"
        message = f"A list of {len(run)} links to {len(sites)} foreign sites carries {what}."
        cut = _whole(page, run)
        for link in run[:MOST]:
            site = site_of(link.host)
            if cut is None and (site in common_sites() or public(site)):
                continue  # a registry's or a map's link beside them is the page's own
            span = None
            if link.end > link.start:
                span = Span("block", link.start, link.end, link.block)
            yield Finding(
                "link-farm", min(score, 0.99), link.text, message, link.place.location(),
                category, link.href, span, "", cut or link.place,
            )  # fmt: skip


def _pattern(run: list[Link], sites: Collection[str], knobs: Mapping[str, Any]) -> float:
    """How much a list is of offers on sites with numbered names, 0 to 1."""
    numbered = sum(NUMBERED.search(site.partition(".")[0]) is not None for site in sites)
    if numbered < 2:
        return 0.0
    offering = sum(
        any(hit.category != "report_words" for hit in common_words().find(link.text[:100]))
        for link in run
    )
    far = min(offering / len(run) / knobs["offering"], 1.0)
    return float(far * min(numbered / len(sites) / knobs["numbered"], 1.0))


NUMBERED = pattern(r"^[a-z]{2,20}\d{1,4}$")


def _about(context: Context, category: str) -> float:
    """How far the article itself speaks of that trade, 0 to 1."""
    blocks = [i for i in context.content if len(context.page.blocks[i].text) > 40][:30]
    if not blocks or not category:
        return 0.0
    speaking = sum(
        any(h.category == category and h.weight >= 0.3 for h in context.hits(i)) for i in blocks
    )
    return min(3.0 * speaking / len(blocks), 1.0)


def _lists(page: Page) -> Iterator[list[Link]]:
    """Visible links that lead away, grouped by the container that holds them."""
    groups: dict[object, list[Link]] = {}
    for link in page.links:
        if link.hidden is None and link.host and link.block >= 0 and link.text:
            groups.setdefault(_container(link), []).append(link)
    yield from groups.values()


def _container(link: Link) -> object:
    node: Any = getattr(link.place, "node", None)
    if node is None:
        return link.block // 6
    node = node.parent
    while node is not None and getattr(node, "tag", "") in INNER:
        node = node.parent
    return node  # equal for the same element, unlike its identity, which may be given anew


def _whole(page: Page, run: list[Link]) -> Place | None:
    """The container, where it holds nothing but the list."""
    node: Any = getattr(run[0].place, "node", None)
    while node is not None and getattr(node, "tag", "") in INNER:
        node = node.parent
    if node is None or getattr(node, "tag", "body") in ("body", "html", "main", "article"):
        return None
    known = {getattr(link.place, "node", None): link for link in page.links}
    held = [inner for inner in node.descendants if getattr(inner, "tag", "") == "a"]
    leaving = sum(1 for key in held if key in known and known[key].host)
    words = len("".join(node.text.split()))
    linked = len("".join("".join(link.text.split()) for link in run))
    if leaving == len(held) and words <= linked * 1.3 + 20:
        return ElementPlace(node)
    return None

"""Visible links whose words or address promote what the page is not about.

What attackers do: Single links with keyword anchors are put into articles, side bars and
footers of honest pages.

How it is seen: An anchor, or the host it leads to, carries words of the trade or is written in
another script than the page, leads to a foreign site, and the article does not speak of that trade.
Beside a sure one, other links to its site, or with its name, are foreign too. A brand's name alone,
in the page's own script, is not seen.

What must not fire: Links of reports about the trade, lottery results of state lotteries,
games, pharmacies; links inside the own site.

Source: Google Search spam policies, "Link spam" and "Hacked spam".

Example: … the committee met <a href="https://bet.example/">online casino</a> on Monday …
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from detector.concealment import (
    Surroundings,
    alien_script,
    common_sites,
    domain,
    scripts_of,
    words_weight,
)
from detector.hosts import site_of
from detector.promotion import Promotion
from detector.techniques import Context, technique
from detector.types import Finding, Link, Page, Span

SHORTEST_BRAND = 5
EVERYWHERE = frozenset(("Latin", "other"))  # names of firms are written in them on any page


@technique("outbound-spam-links", group="links")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each visible link that leads away."""
    knobs = context.settings
    around: Surroundings | None = None
    given: list[tuple[Link, float, str]] = []
    leaving = [
        link for link in page.links
        if link.hidden is None and link.host and site_of(link.host) not in common_sites()
    ]  # fmt: skip
    for link in leaving:
        if len(given) >= knobs["most"]:
            break
        words, category, terms = words_weight(context.hits_in(link.text))
        named, named_category, named_terms = words_weight(
            context.hits_in(link.host.replace(".", " ").replace("-", " "))
        )
        if named > words:
            category, terms = named_category, named_terms
        together = 1 - (1 - words) * (1 - named * knobs["host"])
        alien = ""
        if not link.text.isascii():
            around = around or Surroundings(page)
            alien = alien_script(scripts_of(link.text), around.scripts, knobs["letters"])
            if alien in EVERYWHERE:
                alien = ""
        if together < knobs["silent_below"] and not alien:
            continue
        found = Promotion(together, category, terms, together, 1.0, 0.0, "", "")
        # By the anchor itself: the paragraph around it is the page's own.
        score = together * context.foreignness(link.block, found, link.text)
        if alien:
            score = 1.0 - (1.0 - score) * (1.0 - knobs["alien"])
        if score < knobs["silent_below"]:
            continue
        about = f"words of {category} such as {', '.join(terms[:3])}" if terms else ""
        about += (" and " if about and alien else "") + (f"{alien} letters" if alien else "")
        given.append((link, score, category))
        yield _finding(link, score, category, f"A link leads to {link.host} with {about}.")
    yield from _companions(page, leaving, given, knobs)


def _companions(
    page: Page,
    leaving: Sequence[Link],
    given: Sequence[tuple[Link, float, str]],
    knobs: Mapping[str, Any],
) -> Iterator[Finding]:
    """Other links to the sites that a sure one leads to, and links that name such a site."""
    sure = {domain(link.host): (score, category) for link, score, category in given
            if score >= knobs["sure"]}  # fmt: skip
    own = {site_of(page.host)} if page.host else set()
    brands = {site.partition(".")[0]: site for site in sure}
    judged = {link.index for link, score, _ in given if score >= knobs["sure"]}
    for link in leaving if sure else ():
        site = domain(link.host)
        if link.index in judged or site_of(link.host) in own:
            continue
        name = link.text.strip().lower().partition(" ")[0]
        named = brands.get(name, "") if len(name) >= SHORTEST_BRAND else ""
        if site in sure or named:
            score, category = sure[site if site in sure else named]
            yield _finding(
                link, score * knobs["companion"], category,
                f"A link names or leads to {named or site}, as one does that promotes.",
            )  # fmt: skip


def _finding(link: Link, score: float, category: str, message: str) -> Finding:
    span = Span("block", link.start, link.end, link.block) if link.block >= 0 else None
    return Finding(
        "outbound-spam-links", score, link.text, message, link.place.location(), category,
        link.href, span, "", link.place,
    )  # fmt: skip

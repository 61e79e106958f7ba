"""Visible links whose words or address promote what the page is not about.

What attackers do: Single links with keyword anchors are put into articles, side bars and
footers of honest pages.

How it is seen: An anchor, or the host it leads to, carries words of the trade or is written in
another script than the page, leads to a foreign site, and the article does not speak of that trade.
A brand's name alone, in the page's own script, is not seen.

What must not fire: Links of reports about the trade, lottery results of state lotteries,
games, pharmacies; links inside the own site.

Source: Google Search spam policies, "Link spam" and "Hacked spam".

Example: … the committee met <a href="https://bet.example/">online casino</a> on Monday …
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import (
    Surroundings,
    alien_script,
    common_sites,
    scripts_of,
    words_weight,
)
from detector.hosts import site_of
from detector.promotion import Promotion
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span

EVERYWHERE = frozenset(("Latin", "other"))  # names of firms are written in them on any page


@technique("outbound-spam-links", group="links")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each visible link that leads away."""
    knobs = context.settings
    given = 0
    around: Surroundings | None = None
    for link in page.links:
        if link.hidden is not None or not link.host or given >= knobs["most"]:
            continue
        if site_of(link.host) in common_sites():
            continue
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
        given += 1
        span = Span("block", link.start, link.end, link.block) if link.block >= 0 else None
        yield Finding(
            "outbound-spam-links", score, link.text,
            f"A link leads to {link.host} with {about}.",
            link.place.location(), category, link.href, span, "", link.place,
        )  # fmt: skip

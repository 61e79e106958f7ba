"""What script, frame and source techniques share: whose an address is, what a mark means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from detector import scripts
from detector.concealment import common_sites, words_weight
from detector.hosts import host_of, own_sites, site_of
from detector.lexicon import Hit
from detector.patterns import pattern
from detector.scripts import known
from detector.scripts.known import is_service
from detector.types import Hidden, Page, Script

LINK = pattern(
    r"<a\b([^>]{0,2000})>([\s\S]{0,400}?)(?=</a|<a\b|\Z)",
    re.IGNORECASE,
)
HREF = pattern(
    r"\bhref\s{0,4}=\s{0,4}(?:\"([^\"]{1,1000})|'([^']{1,1000})|([^\s\"'>]{1,1000}))", re.I
)
MARKUP = pattern(r"<[^<>]{0,2000}>")
ADDRESS = pattern(r"(?:https?:)?//[a-zA-Z0-9\u0080-\uffff][^\s\"'<>()\\]{2,500}")


# Names that many owners register under different endings; RFC 2606 reserves the first.
COMMON_NAMES = frozenset(("example", "news", "blog", "home", "info", "mail", "shop", "online"))


@dataclass(frozen=True, slots=True)
class Own:
    """Sites that the page may send its visitors to."""

    sites: frozenset[str]
    names: frozenset[str]

    def foreign(self, address: str) -> bool:
        """Whether an address leads to somebody else who is not a known service."""
        host = host_of(address)
        if not host or "." not in host:
            return False
        site = site_of(host)
        return not (
            site in self.sites
            or site.partition(".")[0] in self.names
            or site in common_sites()
            or is_service(address)
        )


def own(page: Page) -> Own:
    """The page's own sites: its address, what its head names, what its links agree on.

    The canonical counts here: a page that names a site as its own may well send
    there; where an attacker turned it, `canonical-hijack` says so.
    """
    head = page.head
    named = [head.base, head.first("og:url"), head.first("canonical")]
    named.extend(entry.value for entry in head.entries if entry.name in ("alternate", "amphtml"))
    seen = [
        link.href for link in page.links
        if not link.after_html and (link.hidden is None or link.hidden.benign)
    ]  # fmt: skip
    sites = own_sites(page.uri, named, seen)
    names = {site.partition(".")[0] for site in sites}
    return Own(
        sites, frozenset(name for name in names if len(name) > 3 and name not in COMMON_NAMES)
    )


def links_in(html: str, most: int = 200) -> list[tuple[str, str]]:
    """`(address, anchor text)` of each link in a piece of HTML that a script writes."""
    found = []
    for match in LINK.finditer(html):
        href = HREF.search(match[1])
        if href is not None:
            text = " ".join(MARKUP.sub(" ", match[2]).split())
            found.append(((href[1] or href[2] or href[3]).strip(), text))
            if len(found) >= most:
                break
    return found


def text_of(html: str) -> str:
    """The words of a piece of HTML."""
    return " ".join(MARKUP.sub(" ", html[:20_000]).split())


def addresses_in(text: str, most: int = 50) -> list[str]:
    """Absolute addresses in a text."""
    found = dict.fromkeys(match[0] for match in ADDRESS.finditer(text[:200_000]))
    return list(found)[:most]


def joined(*parts: float) -> float:
    """Independent pieces of evidence together: 1 - product of (1 - part), at most 0.99."""
    doubt = 1.0
    for part in parts:
        doubt *= 1.0 - part
    return min(1.0 - doubt, 0.99)


def trade(hits: Sequence[Hit]) -> tuple[float, str]:
    """How telling the words are, and of which category."""
    weight, category, _ = words_weight(hits)
    return weight, category


def written_by(hidden: Hidden, script: Script) -> bool:
    """Whether something is hidden by a wrapper that this script writes."""
    place = hidden.place
    node = getattr(script.place, "node", None)
    return (
        hidden.by == "script"
        and place is not None
        and node is not None
        and getattr(place, "node", None) is node
    )


def hiding_script(page: Page, hidden: Hidden) -> Script | None:
    """The script that hides, or that writes the wrapper's beginning."""
    for script in page.scripts:
        if script.kind == "script" and script.text:
            if written_by(hidden, script):
                return script
            if any(how[:100] in hidden.how for _, _, how in scripts.hides(script.text)):
                return script
    return None


def marker_in(comment: str) -> str:
    """The marker word that a comment is, exactly, or "": `seo` in `<!-- seo -->`."""
    words = comment.strip(" \t\n-*=#!/:.").lower()
    return words if len(words) <= 24 and words in known.markers("blocks") else ""


def exchange_in(text: str) -> str:
    """The mark of a link exchange's code in a text, or ""."""
    lower = text[:4000].lower()
    return next((mark for mark in known.markers("link_exchange") if mark in lower), "")


def first_words(text: str, most: int = 500) -> str:
    """The start of a code or text as a quote."""
    return " ".join(text[: most * 2].split())[:most]

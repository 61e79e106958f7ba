"""A canonical, alternate or AMP address that points to somebody else's site.

What attackers do: `rel=canonical`, `hreflang` or `amphtml` of a hacked page name the
attacker's address, which takes over its rank.

How it is seen: The address is on a site that nothing else of the page names: no link, image,
script or style, no other address of the head, and neither title nor text hold its name. A
host made of trade words or of a brand with numbers, or promotion elsewhere in the head, makes
it sure.

What must not fire: Syndicated articles that credit their source, country sites of one brand,
saved copies whose links lead to the site that the canonical names, AMP caches.

Source: RFC 6596 (canonical links); Google Search spam policies, "Hacked spam".

Example: <link rel="canonical" href="https://bet88.example/">
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from detector.concealment import common_sites, words_weight
from detector.hosts import host_of, own_sites, site_of
from detector.patterns import pattern
from detector.techniques import Context, technique
from detector.types import Finding, Page

RELATIONS = ("canonical", "amphtml", "hreflang")
CACHES = frozenset(("ampproject.org", "cdn.ampproject.org"))
NUMBERED = pattern(r"[a-z]{2,20}\d{1,4}$|^\d{2,4}[a-z]{2,20}$")
# Names shorter than this stand in texts by chance.
SHORTEST_NAME = 5
# Letters in a row that names of one owner share, and foreign sites that make a family of brands.
ALIKE = 6
FAMILY = 3


@technique("canonical-hijack", group="head")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Compare each such address with the page's own sites."""
    entries = [e for name in RELATIONS for e in page.head.all(name)]
    if not entries:
        return
    knobs = context.settings
    named = (page.head.base, page.head.first("og:url"))
    own = own_sites(page.uri, named, [link.href for link in page.links])
    names = {_name(site) for site in own}
    hosts = [(entry, host_of(entry.value)) for entry in entries]
    sites = [site_of(host) for _, host in hosts]
    words = ""
    for entry, host in hosts:
        site = site_of(host)
        if not host or site in own or site in CACHES or site in common_sites():
            continue
        name = _name(site)
        # Another country's domain of the same name, or one of several brands side by side.
        if name in names or any(_alike(name, other) for other in names):
            continue
        if entry.name == "hreflang" and len(set(sites) - own) >= FAMILY:
            continue
        # Whose site it is, the rest of the source says somewhere.
        alone = not _named_over(sites.count(site), site, page.source)
        if not words:
            words = _own_words(page)
        called = len(name) >= SHORTEST_NAME and name in words
        score = knobs["foreign"]
        if alone and not called:
            score = knobs["alone"] if own or entry.name != "canonical" else knobs["unknown"]
            if NUMBERED.search(name):
                score = 1 - (1 - score) * (1 - knobs["numbered"])
        trade, category, _ = words_weight(context.hits_in(entry.value.replace("-", " ")))
        score = 1 - (1 - score) * (1 - trade * knobs["words"])
        if alone and not called:
            score = 1 - (1 - score) * (1 - context.head_promotion * knobs["head"])
        yield Finding(
            "canonical-hijack", score, entry.value,
            f"The page names an address on {host} as its own ({entry.name}), a site that "
            f"{'nothing else of it names' if alone else 'is not its own'}.",
            entry.place.location(), category or ("other" if score >= knobs["cut"] else ""),
            entry.value, replacement="" if score >= knobs["cut"] else None, cut=entry.place,
        )  # fmt: skip


def _name(site: str) -> str:
    """A site's name without its ending and signs."""
    return site.split(".")[0].replace("-", "")


def _alike(name: str, other: str) -> bool:
    """Whether two names share a run of letters that chance does not give."""
    return any(name[i : i + ALIKE] in other for i in range(len(name) - ALIKE + 1))


def _named_over(count: int, site: str, source: str) -> bool:
    """Whether a source holds a site more often, not counting longer names that end in it."""
    found = re.finditer(rf"(?<![\w-]){re.escape(site)}", source, re.IGNORECASE)
    return next(islice(found, count, None), None) is not None


def _own_words(page: Page) -> str:
    """Letters and digits of title, names and text, joined: brands drop their spaces in hosts."""
    texts = [entry.value for entry in page.head.entries if entry.name in SAYING]
    texts += [block.text for block in page.blocks[:400] if len(block.text) < 400]
    return "".join(c for c in "".join(texts).lower() if c.isalnum())


SAYING = frozenset(("title", "og:title", "og:site_name", "author", "description", "publisher"))

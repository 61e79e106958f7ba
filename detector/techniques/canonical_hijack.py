"""A canonical, alternate or AMP address that points to somebody else's site.

What attackers do: `rel=canonical`, `hreflang` or `amphtml` of a hacked page name the
attacker's address, which takes over its rank.

How it is seen: The address is foreign to the page's own site; a host made of trade words or
numbers, or promotion elsewhere in the head, makes it sure.

What must not fire: Syndicated articles that name their source, country sites of one brand,
AMP caches: a foreign canonical alone is weak evidence.

Source: RFC 6596 (canonical links); Google Search spam policies, "Hacked spam".

Example: <link rel="canonical" href="https://bet88.example/">
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import common_sites, words_weight
from detector.hosts import host_of, own_sites, site_of
from detector.techniques import Context, technique
from detector.types import Finding, Page

RELATIONS = ("canonical", "amphtml", "hreflang")
CACHES = frozenset(("ampproject.org", "cdn.ampproject.org"))


@technique("canonical-hijack", group="head")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Compare each such address with the page's own sites."""
    entries = [e for name in RELATIONS for e in page.head.all(name)]
    if not entries:
        return
    knobs = context.settings
    named = (page.head.base, page.head.first("og:url"))
    own = own_sites(page.uri, named, [link.href for link in page.links])
    if not own:
        return
    names = {site.split(".")[0] for site in own}
    for entry in entries:
        host = host_of(entry.value)
        site = site_of(host)
        if not host or site in own or site in CACHES or site in common_sites():
            continue
        if site.split(".")[0] in names:  # another country's domain of the same name
            continue
        words, category, _ = words_weight(context.hits_in(entry.value.replace("-", " ")))
        score = 1 - (1 - knobs["foreign"]) * (1 - words * knobs["words"])
        score = 1 - (1 - score) * (1 - context.head_promotion * knobs["head"])
        yield Finding(
            "canonical-hijack", score, entry.value,
            f"The page names an address on {host} as its own ({entry.name}).",
            entry.place.location(), category, entry.value,
            replacement="" if score >= 0.5 else None, cut=entry.place,
        )  # fmt: skip

"""Whose an address is: hosts of links, and the page's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

# Second-level labels under which names are registered (`gov.cn`, `co.uk`). The
# Public Suffix List has thousands more; these cover the country domains of the
# project's languages, and a miss only makes two hosts of one owner look foreign.
SECOND_LEVEL = frozenset(
    "ac co com edu gob gov gouv go gen gv mil ne net nom or org res sch web id my asn gr lg".split()
)
# Names reserved for documents (RFC 2606): under them stand whole names, endings included, and
# under example.com names of different owners.
RESERVED = frozenset(("example", "invalid", "test"))
ENDINGS = frozenset("com net org info biz club top vip xyz shop site online live app dev".split())
# Of a page's absolute links, the share that must agree before their host is the page's.
OWN_SHARE = 0.3
# What they must be of its relative links: a site that links to itself without its host has its
# absolute links for others.
RELATIVE = 0.25
_ELSEWHERE = frozenset(("#", "?", ""))


# Most addresses are relative: their first letters say so.
_FIRST = frozenset("hH/")
_RELATIVE = frozenset(("/", *(f"/{c}" for c in "abcdefghijklmnopqrstuvwxyz0123456789?#")))


@lru_cache(maxsize=16384)  # each link of a page is asked several times
def host_of(address: str) -> str:
    """The host of an absolute http(s) or protocol-relative address, else ""."""
    if address[:1] not in _FIRST or address[:2] in _RELATIVE:
        return ""
    head = address[:8].lower()
    if head.startswith("http://"):
        rest = address[7:]
    elif head.startswith("https://"):
        rest = address[8:]
    elif head.startswith("//"):
        rest = address[2:]
    else:
        return ""
    for stop in "/?#\\":
        rest = rest.partition(stop)[0]
    rest = rest.rpartition("@")[2]
    if rest.startswith("["):
        return rest.partition("]")[0] + "]"
    return rest.partition(":")[0].strip(". \t\n").lower()


@lru_cache(maxsize=65536)
def site_of(host: str) -> str:
    """The registered domain: the last two labels, or three under `co.uk` and the like."""
    labels = host.split(".")
    if len(labels) <= 2 or labels[-1].isdigit():
        return host
    if labels[-1] in RESERVED and (labels[-2] in ENDINGS or len(labels[-2]) == 2):
        return f"{site_of('.'.join(labels[:-1]))}.{labels[-1]}"
    if labels[-2] == "example" and labels[-1] in ("com", "net", "org"):
        names = labels[:-2] if labels[-3] not in ("www", "m") else []
        return ".".join([*names[-1:], *labels[-2:]])
    if len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL:
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


def own_sites(uri: str, named: Iterable[str], hrefs: Sequence[str]) -> frozenset[str]:
    """Registered domains that are the page's own.

    From its address, what its head names (base, og:url; not canonical, which
    attackers turn), and the host that most of its absolute links agree on.
    """
    own = {site_of(host) for address in (uri, *named) if (host := host_of(address))}
    agreed = _agreed(tuple(hrefs))
    if agreed:
        own.add(agreed)
    return frozenset(own)


@lru_cache(maxsize=2)  # several techniques ask for the same page
def _agreed(hrefs: tuple[str, ...]) -> str:
    """The site that most of the absolute addresses lead to, "" where they do not agree."""
    sites = Counter(site_of(host) for href in hrefs if (host := host_of(href)))
    if sites:
        site, count = sites.most_common(1)[0]
        relative = sum(
            href[:1] not in _ELSEWHERE and ":" not in href and not host_of(href) for href in hrefs
        )
        if count >= 3 and count >= OWN_SHARE * sites.total() and count >= RELATIVE * relative:
            return site
    return ""

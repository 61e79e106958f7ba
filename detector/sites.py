"""Pages of one site against each other: what no page shows alone.

A hacked site carries pages that its owner never wrote: in a language that the rest of it does not
use, under names that a program made up, without its template, linked from nowhere, listed in a
sitemap of their own (the "Japanese keyword hack"). Each of these alone is honest somewhere: a
landing page, a page that verifies the owner, a translated section. So a page is named only where
several hold (`ENOUGH`), or one of them beside a verdict that the page is foreign.

Streaming: a bit for every page that was linked to and every mark of a template, numbers of the
pages, and a bounded number of candidates. Memory does not grow with the pages; where the bits
fill up, pages are taken for linked and for alike, and nothing is named in error.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from detector.hosts import site_of
from detector.site_files import Listed, SiteFiles, random_name

MOST_SITES = 10_000  # sites that are counted
MOST_NUMBERS = 2_000_000  # pages, of all sites, whose numbers are kept: 8 MB
MOST_CANDIDATES = 20_000  # of all sites
FEWEST = 20  # pages of a language, or of a site, before it is spoken of
OWN_FEWEST = 5  # pages in the site's own language
RANDOM_SHARE = 0.5  # of them under random paths
RARE = 0.05  # a language of at most so many of a site's pages is foreign to it
TEMPLATED = 0.8  # pages that share something with an earlier one, where a site has a template
LINKED = 0.7  # pages that others link to, where what was read is the whole site
ENOUGH = 3  # reasons that name a page which no technique found
SMALLEST = 300  # characters; smaller pages verify, redirect or say that something is wrong
LISTED_FEWEST = 50  # random names of a sitemap that no page links to
EXAMPLES = 3
_BITS = 26
_FLAGGED = frozenset(("injected", "spam"))
REASONS = ("own-template", "orphan", "foreign-language", "random-name", "flagged")


@dataclass(frozen=True, slots=True)
class SiteFinding:
    """A fact about a site. `parameters` fill the sentence of its kind."""

    site: str
    kind: str  # foreign-pages | foreign-language | sitemap-hosts | sitemap-names | robots-sitemap
    count: int
    examples: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    detail: str = ""  # a language or a host

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "examples": list(self.examples), "reasons": list(self.reasons)}


class _Bits:
    """A set of 32-bit numbers in 8 MB, with a few numbers too many."""

    def __init__(self) -> None:
        self._bytes = bytearray(1 << (_BITS - 3))

    def add(self, number: int) -> None:
        number &= (1 << _BITS) - 1
        self._bytes[number >> 3] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        number &= (1 << _BITS) - 1
        return bool(self._bytes[number >> 3] >> (number & 7) & 1)


@dataclass(slots=True)
class _Site:
    labels: Counter[str] = field(default_factory=Counter)
    pages: int = 0  # of HTML: text has neither links nor a template
    templated: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    random: Counter[str] = field(default_factory=Counter)  # by language
    examples: dict[str, list[str]] = field(default_factory=dict)
    hosts: Counter[str] = field(default_factory=Counter)
    numbers: array[int] = field(default_factory=lambda: array("I"))
    candidates: list[_Candidate] = field(default_factory=list)

    def own_language(self) -> str:
        """The language of most pages that have names, "" where too few say one."""
        named = {name: n - self.random[name] for name, n in self.languages.items()}
        own = max(named, key=lambda name: named[name], default="")
        return own if own and named[own] >= OWN_FEWEST else ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    uri: str
    path: int
    language: str
    random: bool
    flagged: bool
    home: bool
    marks: array[int] | None  # None: a mark was known when it came


class Sites:
    """Counts of pages by site, as they come."""

    def __init__(self) -> None:
        self._sites: dict[str, _Site] = {}
        self._linked, self._once, self._twice = _Bits(), _Bits(), _Bits()
        self._numbers = self._candidates = 0

    def add(self, facts: Mapping[str, Any], label: str = "clean") -> None:
        """Note one page's facts (`detector.site_facts`) and what it was judged."""
        name = facts["site"]
        if name not in self._sites and len(self._sites) >= MOST_SITES:
            return
        site = self._sites.setdefault(name, _Site())
        site.labels[label] += 1
        if facts["kind"] != "html":
            return
        site.pages += 1
        if label != "spam":  # doorways link to each other
            for number in facts["links"]:
                self._linked.add(number)
        known = any(number in self._once for number in facts["marks"])
        site.templated += known
        for number in facts["marks"]:
            (self._twice if number in self._once else self._once).add(number)
        if self._numbers < MOST_NUMBERS:
            self._numbers += 1
            site.numbers.append(facts["path"])
        if facts["host"] and (facts["host"] in site.hosts or len(site.hosts) < 100):
            site.hosts[facts["host"]] += 1
        self._language(site, facts)
        self._candidate(site, facts, label, known)

    @property
    def labels(self) -> dict[str, Counter[str]]:
        """Pages by label, by site."""
        return {name: site.labels for name, site in self._sites.items()}

    def _language(self, site: _Site, facts: Mapping[str, Any]) -> None:
        language = facts["language"]
        if not language:
            return
        site.languages[language] += 1
        if random_name(facts["uri"]):
            site.random[language] += 1
            examples = site.examples.setdefault(language, [])
            if len(examples) < EXAMPLES:
                examples.append(facts["uri"])

    def _candidate(self, site: _Site, facts: Mapping[str, Any], label: str, known: bool) -> None:
        """Keep a page that may turn out to be foreign: being an orphan is told at the end."""
        flagged = label in _FLAGGED
        language, random = facts["language"], random_name(facts["uri"])
        alone = not known
        most = site.languages.most_common(1)
        other = bool(language) and (site.pages < FEWEST or language != most[0][0])
        if (alone + other + random < ENOUGH - 1 and not flagged) or facts["size"] < SMALLEST:
            return
        if self._candidates < MOST_CANDIDATES:
            self._candidates += 1
            marks = None if known else array("I", facts["marks"])
            site.candidates.append(
                _Candidate(
                    facts["uri"], facts["path"], language, random, flagged, facts["home"], marks
                )
            )

    def findings(self, files: SiteFiles | None = None) -> list[SiteFinding]:
        """All that is to be said, site by site. `files` are the sitemaps that were met."""
        found: list[SiteFinding] = []
        listed = files.sites if files else {}
        for name in dict.fromkeys((*self._sites, *listed)):
            site = self._sites.get(name, _Site())
            found += self._strangers(name, site)
            found += self._foreign(name, site)
            if name in listed:
                found += self._listed(name, site, listed[name])
        return found

    def _strangers(self, name: str, site: _Site) -> Iterator[SiteFinding]:
        """Many pages in a foreign language under random names."""
        own = site.own_language()
        for language, count in site.languages.items():
            random = site.random[language]
            if own and language != own and count >= FEWEST and random >= RANDOM_SHARE * count:
                examples = tuple(site.examples[language])
                yield SiteFinding(name, "foreign-language", count, examples, (), language)

    def _foreign(self, name: str, site: _Site) -> Iterator[SiteFinding]:
        """Pages that several reasons tell from the rest of the site."""
        if site.pages < FEWEST:
            return
        templated = site.templated >= TEMPLATED * site.pages
        linked = self._linked_share(site) >= LINKED
        own = site.own_language()
        groups: dict[tuple[str, ...], list[str]] = {}
        for page in site.candidates:
            rare = site.languages[page.language] <= max(RARE * site.pages, 1)
            holds = {
                "own-template": templated and self._alone(page),
                "orphan": linked and not page.home and page.path not in self._linked,
                "foreign-language": bool(own and page.language not in ("", own)) and rare,
                "random-name": page.random,
            }
            reasons = [reason for reason, true in holds.items() if true]
            structural = holds["own-template"] or holds["orphan"]
            if structural and (len(reasons) >= ENOUGH or page.flagged):
                reasons += ["flagged"] * page.flagged
                groups.setdefault(tuple(reasons), []).append(page.uri)
        for told, uris in sorted(groups.items(), key=lambda group: -len(group[1])):
            yield SiteFinding(name, "foreign-pages", len(uris), tuple(uris[:EXAMPLES]), told)

    def _alone(self, page: _Candidate) -> bool:
        return page.marks is not None and not any(mark in self._twice for mark in page.marks)

    def _linked_share(self, site: _Site) -> float:
        return sum(number in self._linked for number in site.numbers) / max(len(site.numbers), 1)

    def _listed(self, name: str, site: _Site, listed: Listed) -> Iterator[SiteFinding]:
        """What sitemaps and `robots.txt` list that does not belong to the site."""
        own = _own_host(name, site, listed)
        if own:
            strange = {h: n for h, n in listed.hosts.items() if h and _owner(h) != _owner(own)}
            # Most entries elsewhere: a sitemap of another address of the same owner.
            if strange and sum(strange.values()) <= listed.entries / 2:
                examples = tuple(listed.host_examples[h] for h in list(strange)[:EXAMPLES])
                hosts = ", ".join(list(strange)[:EXAMPLES])
                count = sum(strange.values())
                yield SiteFinding(name, "sitemap-hosts", count, examples, (), hosts)
            named = [a for a in listed.robots if "//" in a and _owner(_host(a)) != _owner(own)]
            if named:
                yield SiteFinding(name, "robots-sitemap", len(named), tuple(named[:EXAMPLES]))
        if site.pages >= FEWEST and listed.random >= LISTED_FEWEST and listed.named:
            strange_links = sum(n in self._linked for n in listed.random_numbers)
            own_links = sum(n in self._linked for n in listed.named_numbers)
            # Where the site links to what it lists, a thousand names that it never links to are
            # not its own; a scan of some of its pages alone tells nothing.
            if own_links >= LINKED * len(listed.named_numbers) and strange_links <= RARE * len(
                listed.random_numbers
            ):
                examples = tuple(listed.random_examples)
                yield SiteFinding(name, "sitemap-names", listed.random, examples)


def _host(address: str) -> str:
    return address.partition("//")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].lower()


def _own_host(name: str, site: _Site, listed: Listed) -> str:
    """The host of a site: its name, or for a folder what most of its pages or entries say."""
    if "/" not in name and name != ".":
        return name.partition(":")[0]
    for hosts in (site.hosts, listed.hosts):
        host, count = (hosts.most_common(1) or [("", 0)])[0]
        if host and count > hosts.total() / 2:
            return host
    return ""


def _owner(host: str) -> str:
    """The name that an owner registers in several countries: `shop` of `www.shop.co.uk`."""
    return site_of(host).partition(".")[0]

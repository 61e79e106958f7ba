"""What the visible page is like, for comparison with what it hides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from ahocorasick_rs import AhoCorasick

from detector.concealment.letters import scripts_of
from detector.concealment.parts import common_sites, domain, pictured, public
from detector.dom import ElementPlace
from detector.hosts import site_of
from detector.language import detect
from detector.patterns import pattern
from detector.types import Link, Page

DIRECTORY = 12  # foreign sites in sight from which a page lists other sites
SMALL_SHEET = 400  # characters
SAMPLE = 4000  # characters of the page that its scripts are counted in
FEW_SITES = 40  # that are looked for in the source one by one
SPOKEN = 60  # characters from which a text says its language


class Surroundings:
    """What the visible page is like, for comparison; each part is counted when first asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._counts: dict[str, int] = {}  # of sites that `named` asked for

    @cached_property
    def _away(self) -> Sequence[Link]:
        return [
            link for link in self.page.links
            if link.host and link.hidden is None and not link.after_html
        ]  # fmt: skip

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Hosts that the visible page links to: copies of its links are no news."""
        return frozenset(link.host for link in self._away)

    @cached_property
    def directory(self) -> bool:
        """Whether the page is a list of other sites: most of its many links leave."""
        seen = sum(link.hidden is None for link in self.page.links)
        return len({domain(h) for h in self.hosts}) >= DIRECTORY and len(self._away) > 0.5 * seen

    @cached_property
    def scripts(self) -> Mapping[str, float]:
        """Shares of the scripts of the visible text, as `scripts_of` gives them."""
        return scripts_of(_visible(self.page))

    @cached_property
    def _rules(self) -> Sequence[str]:
        """Style elements of one or two rules: injected blocks bring their own."""
        return [
            script.text for script in self.page.scripts
            if script.kind == "style" and len(script.text) <= SMALL_SHEET
            and script.text.count("{") <= 2
        ]  # fmt: skip

    def other_language(self, text: str) -> bool:
        """Whether a text is in another language than the page, both being sure."""
        own = self.page.language
        spoken = detect(text) if own and len(text) >= SPOKEN else ""
        return bool(spoken and own) and spoken[:2] != own[:2]

    def strange(self, link: Link) -> bool:
        """A link in words to a site that neither everybody nor this page links to."""
        if not link.host:
            return False
        site = site_of(link.host)
        if site in common_sites() or link.host in self.hosts or public(site):
            return False
        return link.end > link.start or not pictured(link)

    def named(self, sites: Collection[str], links: Sequence[Link]) -> float:
        """Share of the sites that the source names elsewhere than in these links.

        Sister sites of an owner stand in his scripts, menus and head; an attacker's
        only where he put them.
        """
        inside = Counter(domain(link.host) for link in links if link.host)
        shown = self._shown_words
        known = sum(self._mentions(site) > inside[site] or _label(site) in shown for site in sites)
        return known / len(sites) if sites else 0.0

    @cached_property
    def _shown_words(self) -> frozenset[str]:
        return frozenset(_WORD.findall(f"{self.page.title} {_visible(self.page)}".lower()))

    def _mentions(self, site: str) -> int:
        """How often the source names a site that the page links to."""
        counts = self._counts
        if site not in counts:
            source = self.page.source
            if len(counts) < FEW_SITES:
                counts[site] = source.count(site)
            else:  # all at once: thousands of sites would read the source as often
                every = tuple({domain(link.host) for link in self.page.links if link.host})
                found = AhoCorasick(every).find_matches_as_indexes(source, overlapping=True)
                number = Counter(index for index, _, _ in found)
                counts.update((name, number[index]) for index, name in enumerate(every))
        return counts[site]

    def dedicated(self, place: ElementPlace) -> bool:
        """Whether a style element of hardly a rule names the element."""
        if not self._rules:
            return False
        names = place.node.attrs
        own = [str(names.get("id") or ""), *(names.get("class") or ())]
        own += [name for name in names if name.startswith("data-")]
        parent = getattr(place.node.parent, "attrs", None)
        if parent is not None:
            own.append(str(parent.get("id") or ""))
        return any(name and name in rule for rule in self._rules for name in own)


_WORD = pattern(r"[a-z0-9][a-z0-9-]{2,}")


def _label(site: str) -> str:
    """The name in a registered domain: `wwf` of wwf.org.br."""
    return site.partition(".")[0]


def _visible(page: Page) -> str:
    parts: list[str] = []
    left = SAMPLE
    for block in page.blocks:
        if block.hidden is None and not block.after_html:
            parts.append(block.text[:left])
            left -= len(block.text)
            if left <= 0:
                break
    return " ".join(parts)

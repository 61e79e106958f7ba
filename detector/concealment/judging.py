"""How much a hidden part looks like somebody else's.

Hiding alone is ordinary: most pages hide menus and dialogs. What makes it foreign is what it
holds (words of the trade, links that leave the site, another script than the page's) in a
way of hiding, an element and a place that no interface has a use for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detector.concealment.letters import FEW_LETTERS, alien_script, scripts_of
from detector.concealment.parts import Concealed, concealed_parts, domain, words_weight
from detector.concealment.surroundings import Surroundings
from detector.dom import ElementPlace
from detector.hosts import site_of
from detector.lexicon import Hit
from detector.patterns import pattern
from detector.style.explanations import benign
from detector.types import Hidden, Page

PART_SAMPLE = 1500
ALL_LEAVE = 0.9
SHORT = 25
BODY = frozenset(("body", "html"))


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How sure it is that a concealed part is foreign, and what it promotes."""

    score: float
    category: str
    terms: tuple[str, ...]
    sites: int  # distinct foreign sites linked to
    alien: str = ""  # the script that the part is written in and the page is not
    whole: bool = True  # all of the part is foreign, not some of its links alone

    @property
    def about(self) -> str:
        """What a moderator reads."""
        parts = []
        if self.terms:
            parts.append(f"words of {self.category} such as {', '.join(self.terms[:3])}")
        if self.sites:
            parts.append(f"links to {self.sites} foreign site{'s' * (self.sites > 1)}")
        if self.alien:
            parts.append(f"{self.alien} letters on a page without them")
        return " and ".join(parts) or "nothing that an interface explains"


def judged_parts(
    page: Page, hits_of: Callable[[int], Sequence[Hit]], knobs: Mapping[str, Any]
) -> list[tuple[Concealed, Suspicion]]:
    """The hidden parts that look foreign. `knobs` is the table `[concealment]`."""
    judged = []
    around = Surroundings(page)
    for part in concealed_parts(page):
        hits = [hit for block in part.blocks for hit in hits_of(block.index)]
        if not hits and not any(link.host for link in part.links) and not part.blocks:
            continue
        found = suspicion(part, hits, knobs, around)
        if found.score >= knobs["silent_below"]:
            judged.append((part, found))
    return judged


def suspicion(
    part: Concealed, hits: Sequence[Hit], knobs: Mapping[str, Any], around: Surroundings
) -> Suspicion:
    """Judge a concealed part from its words, links and letters and the way it is hidden.

    Words and links are the evidence; the way of hiding, the element and its place say how
    far an interface could explain them (`unexplained`, 0 to 1).
    """
    words, category, terms = words_weight(hits)
    foreign = [link for link in part.links if around.strange(link)]
    sites = frozenset(domain(link.host) for link in foreign)
    explained = _explained(part.hidden)
    leaving = len(foreign) / len(part.links) if part.links else 0.0
    prose = not part.links and sum(len(block.text) for block in part.blocks) >= SHORT
    if explained == 1.0 and part.hidden.benign == "menu" and (prose or leaving >= ALL_LEAVE):
        explained = 0.5  # a menu has links, and a way home
    menu = explained == 1.0  # only what corroborates speaks against an interface
    unexplained = _unexplained(part.hidden, explained, knobs, around)
    # A sentence holds one trade word by chance, not three.
    text = part.text
    if hits and words:
        covered = sum(hit.end - hit.start for hit in hits if hit.category == category)
        dense = min(covered / max(len(text), 1) / knobs["dense"], 1.0)
        words = 1.0 - (1.0 - words) * (1.0 - knobs["density"] * dense)
    telling = words * (0.5 + 0.5 * unexplained)
    if menu and len(terms) < 2:
        telling *= 0.5 if words >= knobs["one_term"] else 0.0
    away = sum(bool(link.host) for link in part.links)
    mine = away >= 0.5 * len(part.links)  # rather than a menu of the site
    alien, strange = "", 0.0
    if foreign or not menu:
        if "://" not in text:  # addresses are Latin everywhere
            alien = alien_script(scripts_of(text[:PART_SAMPLE]), around.scripts, FEW_LETTERS)
        if alien:
            strange = knobs["alien"] * unexplained
        elif explained == 0.0 and mine and around.other_language(text[:PART_SAMPLE]):
            strange = knobs["language"] * unexplained
    linked = 0.0
    if sites:
        # Many links to one site count a little like links to several.
        number = len(sites) - 1 + min(len(foreign) - len(sites), 4) / 4
        linked = 1.0 - (1.0 - knobs["one_site"]) * knobs["more_sites"] ** number
        linked *= unexplained * min(leaving / knobs["leaving"], 1.0) ** 2
        if around.directory:
            linked *= knobs["directory"]
    shaped = 0.0
    if not menu or foreign:
        shaped = knobs["shape"] * unexplained * keyword_shape(part)
    if len(text) < SHORT:
        unexplained *= 0.5  # a credit or a label
    asking = 0.0
    if mine and not menu:
        asking = knobs["asking"] * unexplained * _asks(text[:PART_SAMPLE], hits, sites)
    if linked and max(telling, strange, shaped, asking) < knobs["silent_below"]:
        linked *= 1.0 - knobs["named"] * around.named(sites, part.links)
    score = 1.0 - (1.0 - telling) * (1.0 - linked) * (1.0 - strange) * (1.0 - shaped)
    score = 1.0 - (1.0 - score) * (1.0 - asking)
    if part.hidden.benign and not terms and not alien and not shaped:
        score = min(score, knobs["links_alone"])  # menus lead to sister sites
    sure = explained == 0.0 and len(text) >= SHORT
    if not foreign and not terms and not shaped and not asking and not sure:
        score = min(score, knobs["only_alien"])
    return Suspicion(min(score, 0.99), category, terms, len(sites), alien, mine)


def _explained(hidden: Hidden) -> float:
    """How near the honest pattern is that explains the hiding: 1 the element's own names or
    structure, between them what surrounds a named element, 0 none or around a nameless one.
    """
    if not hidden.benign:
        return 0.0
    place = hidden.place
    if hidden.benign in _BY_STRUCTURE or not isinstance(place, ElementPlace):
        return 1.0
    node = place.node
    if benign(_Alone(node), hidden.reason) is not None:
        return 1.0
    return 0.0 if _NAMING.isdisjoint(node.attrs) else 0.5


class _Alone:
    """An element without what surrounds it. Satisfies `style.ElementLike`."""

    def __init__(self, node: Any) -> None:
        self.tag: str = node.tag
        self.attributes: Mapping[str, Any] = node.attrs
        self.id: str = node.attrs.get("id") or ""
        self.classes: Sequence[str] = node.attrs.get("class") or ()
        self.parent = None


_NAMING = frozenset(("id", "class", "role", "aria-hidden", "aria-expanded", "itemprop"))
_BY_STRUCTURE = frozenset(("interactive", "image-replacement", "template"))


def _asks(text: str, hits: Sequence[Hit], linked: Collection[str]) -> float:
    """How far a text asks to be visited or contacted: 0, 0.6 for one way, 1 for two."""
    ways = any(hit.category == "contact" and hit.weight >= 0.4 for hit in hits)
    ways = ways and any(char.isdigit() for char in text)
    listed = len(_BARS.findall(text)) >= 2 and len(text) < 40 * len(_BARS.findall(text))
    # A domain that a link leads to is its name.
    named = any(site_of(match[0].lower()) not in linked for match in _DOMAIN.finditer(text))
    return (0.0, 0.6, 1.0, 1.0)[ways + named + listed]


_BARS = pattern(r"[|｜★☆✦▶►◆]")
_DOMAIN = pattern(r"(?<![a-z0-9@./_-])(?:[a-z0-9-]{2,40}\.){1,3}[a-z]{2,10}(?![a-z0-9_-])", re.I)


def _unexplained(
    hidden: Hidden, explained: float, knobs: Mapping[str, Any], around: Surroundings
) -> float:
    """How little an interface explains that this is hidden, 0 to 1."""
    rare: float = knobs["reason"].get(hidden.reason, 0.3)
    if hidden.benign:
        rare = min(rare, knobs["explained"][("around", "near", "own")[round(explained * 2)]])
    left = 1.0 - rare
    place = hidden.place
    if isinstance(place, ElementPlace):
        if around.dedicated(place):
            left *= 1.0 - knobs["dedicated"]
        if explained < 1.0:
            node = place.node
            if node.tag != "noscript" and _NAMING.isdisjoint(node.attrs):
                left *= 1.0 - knobs["bare"]
            if getattr(node.parent, "tag", "") in BODY or place.where == "after-html":
                left *= 1.0 - knobs["edge"]
    return float(1.0 - left)


def keyword_shape(part: Concealed) -> float:
    """How much the anchors, or the lines, are keywords around one stem, 0 to 1."""
    texts = [link.text for link in part.links if link.text]
    if len(texts) < 3 and part.blocks:
        texts = [piece for block in part.blocks[:20] for piece in _PIECES.split(block.text[:400])]
    texts = [t for t in (t.strip().lower() for t in texts[:40]) if t]
    if len(texts) < 3:
        return 0.0
    counts: Counter[str] = Counter()
    for text in texts:
        words = text[:60].split()
        if len(words) > 1:
            counts.update({word for word in words if len(word) > 3})
        else:
            short = text[:16]
            counts.update({short[i : i + 2] for i in range(len(short) - 1)})
    _, most = max(counts.items(), key=lambda item: item[1], default=("", 0))
    brief = sum(len(text) <= 40 for text in texts) / len(texts)
    share = most / len(texts)
    return brief * max(share - 0.3, 0.0) / 0.7 if most >= 3 else 0.0


_PIECES = pattern(r"[-_|｜,，、;；/·•—–~。.!！?？]+")

"""Hidden parts of a page, and how much they look like somebody else's.

A concealed part is everything hidden by one element. Hiding alone is ordinary:
most pages hide menus and dialogs. What makes it foreign is what it holds (words
of the trade, links that leave the site, another script than the page's) in a
way of hiding, an element and a place that no interface has a use for.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any

from detector.benign import benign
from detector.dom import ElementPlace
from detector.hosts import site_of
from detector.language import detect
from detector.lexicon import Hit
from detector.types import Block, Finding, Hidden, Link, Page, Place, Span

DIRECTORY = 12  # foreign sites in sight from which a page lists other sites
SMALL_SHEET = 400  # characters
PICTURES = frozenset(["img", "svg", "picture", "i", "object", "video", "canvas", "input", "button"])
# Share of a block's characters outside of its links from which the whole block is quoted.
ALONG_WITH_LINKS = 0.3
SAMPLE = 4000  # characters of the page that its scripts are counted in
PART_SAMPLE = 1500
# A sentence or a list of anchors; fewer letters of another script are a name.
FEW_LETTERS = 4
ALL_LEAVE = 0.9
SHORT = 25
SPOKEN = 60  # characters from which a text says its language
BODY = frozenset(("body", "html"))


@dataclass(frozen=True, slots=True)
class Concealed:
    """All that one element hides: its blocks and links, in order."""

    hidden: Hidden
    blocks: tuple[Block, ...]
    links: tuple[Link, ...]

    @property
    def text(self) -> str:
        """The words of all blocks, and of links that stand in none."""
        return "\n".join([block.text for block in self.blocks])


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


class Surroundings:
    """What the visible page is like, for comparison; each part is counted when first asked."""

    def __init__(self, page: Page) -> None:
        self.page = page

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


def domain(host: str) -> str:
    """The registered domain; under a name reserved for examples every host is its own."""
    if host.endswith(_RESERVED):
        return host.removeprefix("www.").removeprefix("m.")
    return site_of(host)


_RESERVED = (".example", ".invalid", ".test")


def public(site: str) -> bool:
    """Whether a registered domain is one of governments, schools or the military."""
    return not _PUBLIC.isdisjoint(site.split(".")[-2:])


_PUBLIC = frozenset(("gov", "edu", "mil", "gob", "gouv", "int"))


def pictured(link: Link) -> bool:
    """Whether a link without text shows a picture: banners and counters do."""
    node = getattr(link.place, "node", None)
    return node is not None and any(
        getattr(inner, "tag", "") in PICTURES for inner in node.descendants
    )


def _visible(page: Page) -> str:
    parts: list[str] = []
    left = SAMPLE
    for block in page.blocks:
        if block.hidden is None:
            parts.append(block.text[:left])
            left -= len(block.text)
            if left <= 0:
                break
    return " ".join(parts)


@cache
def common_sites() -> frozenset[str]:
    """Sites that honest pages link to from everywhere."""
    lines = (files("detector") / "data" / "common_sites.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def concealed_parts(page: Page) -> tuple[Concealed, ...]:
    """Group what is hidden by the element that hides it."""
    blocks: dict[int, list[Block]] = {}
    links: dict[int, list[Link]] = {}
    hiding: dict[int, Hidden] = {}
    for block in page.blocks:
        if block.hidden is not None:
            key = id(block.hidden)
            hiding[key] = block.hidden
            blocks.setdefault(key, []).append(block)
    for link in page.links:
        if link.hidden is not None:
            key = id(link.hidden)
            hiding[key] = link.hidden
            links.setdefault(key, []).append(link)
    return tuple(
        Concealed(hidden, tuple(blocks.get(key, ())), tuple(links.get(key, ())))
        for key, hidden in hiding.items()
    )


def foreign_sites(links: Sequence[Link]) -> frozenset[str]:
    """Registered domains of links that lead away, less the ones everybody links to."""
    found = {link.host for link in links if link.host and site_of(link.host) not in common_sites()}
    return frozenset(map(domain, found))


# ---------------------------------------------------------------------- words and letters


def words_weight(hits: Sequence[Hit]) -> tuple[float, str, tuple[str, ...]]:
    """Noisy-or of the distinct terms of the heaviest category, its name, its terms."""
    by_category: dict[str, dict[str, float]] = {}
    for hit in hits:
        if hit.category != "contact":
            by_category.setdefault(hit.category, {})[hit.term] = hit.weight
    if not by_category:
        return 0.0, "", ()
    scored = {
        category: 1.0 - math.prod(1.0 - min(w, 0.9) for w in terms.values())
        for category, terms in by_category.items()
    }
    best = max(scored, key=lambda name: scored[name])
    terms = sorted(by_category[best], key=lambda term: -by_category[best][term])
    return scored[best], best, tuple(terms)


@lru_cache(maxsize=8192)
def _script(char: str) -> str:
    code = ord(char)
    if not char.isalpha() and not 0x0E00 <= code < 0x0E80:
        return ""
    at = bisect_right(_FIRST, code) - 1
    return _SCRIPTS[at][2] if at >= 0 and code <= _SCRIPTS[at][1] else "other"


def scripts_of(text: str) -> dict[str, float]:
    """Share of the letters by script; the number of letters under ""."""
    found: Counter[str] = Counter()
    for char, count in Counter(text).items():
        name = _script(char)
        if name:
            found[name] += count
    letters = found.total()
    shares = {name: count / letters for name, count in found.items()} if letters else {}
    shares[""] = letters
    return shares


def alien_script(part: Mapping[str, float], page: Mapping[str, float], few: int) -> str:
    """The script that most of a part is in and the page is not; "" where there is none."""
    if part[""] < few or page[""] < few:
        return ""
    name = max((n for n in part if n), key=lambda n: part[n])
    if part[name] < 0.5 or page.get(name, 0.0) > _ALLOWED.get(name, 0.005):
        return ""
    if name == "Han" and page.get("Kana"):
        return ""
    return name


# Start, end, name; of the scripts that pages of the project's languages are written in.
_SCRIPTS = (
    (0x41, 0x24F, "Latin"),
    (0x370, 0x3FF, "Greek"),
    (0x400, 0x52F, "Cyrillic"),
    (0x590, 0x5FF, "Hebrew"),
    (0x600, 0x77F, "Arabic"),
    (0x900, 0x97F, "Devanagari"),
    (0xE00, 0xE7F, "Thai"),
    (0x1100, 0x11FF, "Hangul"),
    (0x1E00, 0x1EFF, "Latin"),
    (0x3040, 0x30FF, "Kana"),
    (0x3400, 0x9FFF, "Han"),
    (0xAC00, 0xD7A3, "Hangul"),
)
_FIRST = tuple(first for first, _, _ in _SCRIPTS)
# Latin letters stand on most pages of other scripts (names, units, brands).
_ALLOWED = {"Latin": 0.02}


# ------------------------------------------------------------------------------ judging


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
        asking = knobs["asking"] * unexplained * _asks(text[:PART_SAMPLE], hits)
    score = 1.0 - (1.0 - telling) * (1.0 - linked) * (1.0 - strange) * (1.0 - shaped)
    score = 1.0 - (1.0 - score) * (1.0 - asking)
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


def _asks(text: str, hits: Sequence[Hit]) -> float:
    """How far a text asks to be visited or contacted: 0, 0.6 for one way, 1 for two."""
    ways = any(hit.category == "contact" and hit.weight >= 0.4 for hit in hits)
    ways = ways and any(char.isdigit() for char in text)
    listed = len(_BARS.findall(text)) >= 2 and len(text) < 40 * len(_BARS.findall(text))
    return (0.0, 0.6, 1.0, 1.0)[ways + bool(_DOMAIN.search(text)) + listed]


_BARS = re.compile(r"[|｜★☆✦▶►◆]")
_DOMAIN = re.compile(r"(?<![a-z0-9@./_-])(?:[a-z0-9-]{2,40}\.){1,3}[a-z]{2,10}(?![a-z0-9_-])", re.I)


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


_PIECES = re.compile(r"[-_|｜,，、;；/·•—–~。.!！?？]+")


def wordy_blocks(part: Concealed) -> tuple[Block, ...]:
    """The blocks that are text rather than links."""
    return tuple(block for block in part.blocks if _wordy(block))


def _wordy(block: Block) -> bool:
    return len(block.text) - block.link_chars > len(block.text) * ALONG_WITH_LINKS


def concealment_findings(
    technique: str, part: Concealed, found: Suspicion, message: str, most: int = 200
) -> Iterator[Finding]:
    """A finding a link, and one for each hidden block that holds more than its links."""
    cut: Place | None = part.hidden.place
    blocks = {block.index: block for block in part.blocks}
    whole = {block.index for block in part.blocks if _wordy(block)}
    links = part.links if found.whole else [link for link in part.links if link.host]
    for link in links[:most]:
        block = blocks.get(link.block)
        if block is not None and block.index in whole:
            continue
        span = None
        quote = link.text
        if block is not None:
            span = Span("block", link.start, link.end, block.index)
            quote = block.text[link.start : link.end]
        yield Finding(
            technique, found.score, quote, message, link.place.location(), found.category,
            link.href, span, "", cut if found.whole else link.place,
        )  # fmt: skip
    for block in part.blocks[:most] if found.whole or not part.links else ():
        if block.index in whole or not block.links:
            yield Finding(
                technique, found.score, block.text, message, block.place.location(),
                found.category, None, Span("block", 0, len(block.text), block.index), "", cut,
            )  # fmt: skip

"""The words of the project, one dataclass each. Imports the standard library alone.

A *Page* is what one document says, read once: head, blocks, links, scripts.
A *Finding* is one fact about it (technique, words, place); a *Verdict* is the
model's opinion; a *Result* is what `CONTRACT` shows to other programs.

Offsets are Unicode code points, end-exclusive. Lines and columns are 1-based.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Label = Literal["clean", "injected", "spam"]
LABELS: tuple[Label, ...] = ("clean", "injected", "spam")

CATEGORIES: tuple[str, ...] = (
    "gambling",
    "escort",
    "adult",
    "pharma",
    "loans",
    "fake-documents",
    "game-cheats",
    "replica",
    "crypto",
    "essay-mill",
    "piracy",
    "hacking",
    "fake-downloads",
    "seo-services",
    "other",
)

Role = Literal[
    "title",
    "byline",
    "article",
    "related",
    "navigation",
    "comment",
    "footer",
    "advertisement",
    "other",
]

Kind = Literal["html", "text"]

RelatedKind = Literal["related", "latest", "popular", "adjacent", "friend", "sponsored", "unheaded"]

HidingReason = Literal[
    "display-none",
    "visibility",
    "hidden-attribute",
    "opacity",
    "zero-size",
    "clip",
    "behind",
    "offscreen",
    "tiny",
    "colour",
    "marquee",
    "noscript",
    "template",
    "script",
]


class Place(Protocol):
    """Where something stands in the source; made cheaply, resolved when asked.

    For HTML it wraps an element, for extracted text a line.
    """

    def location(self) -> Location:
        """The place as the result shows it."""

    def outer(self) -> tuple[int, int] | None:
        """Offsets in `Page.source` of the whole element, tags included.

        None where the source does not close the element explicitly or the
        parser moved it, so that cutting it would not be exact.
        """

    def attribute(self, name: str) -> tuple[int, int] | None:
        """Offsets in `Page.source` of one attribute, `name="value"`."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the file as given."""

    where: str  # head | body | script | style | after-html | text
    path: str  # CSS path of the element, or "line N" in extracted text
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Hidden:
    """Why a reader does not see an element.

    `benign` names the honest pattern that explains it (menu, tabs, skip link,
    screen-reader text, cookie banner, lazy loading, print only, mail layout),
    or is None where nothing does.
    """

    reason: HidingReason
    how: str  # the deciding declaration, attribute or script, at most 120 characters
    by: str  # inline | stylesheet | attribute | tag | script
    place: Place | None = None  # the element that carries the hiding
    benign: str | None = None


@dataclass(slots=True, unsafe_hash=True)  # as good as frozen, half the cost
class Link:
    """An `a` or `area` element with an address."""

    index: int
    text: str  # anchor text, white space folded; an image's alt where it has no text
    href: str  # as written, white space stripped
    host: str  # lower case, without port; "" for the page's own site
    block: int  # index of the block that holds it; -1 outside blocks
    start: int  # of the anchor text in the block's text
    end: int
    place: Place
    rel: str = ""
    title: str = ""
    hidden: Hidden | None = None
    after_html: bool = False


@dataclass(slots=True, unsafe_hash=True)  # as good as frozen, half the cost
class Block:
    """A run of text that a reader sees as one paragraph, heading, item or cell."""

    index: int
    tag: str  # of the nearest block-level element; "line" in extracted text
    role: Role
    text: str  # white space folded, never empty unless it only holds links
    links: tuple[int, ...]  # into Page.links
    place: Place
    hidden: Hidden | None = None
    after_html: bool = False
    gap: str = "\n"  # what separates it from the block before
    link_chars: int = 0  # characters of text inside links


@dataclass(frozen=True, slots=True)
class Meta:
    """One named value of the head: title, meta, link or base."""

    name: str  # lower case: "title", "description", "og:title", "canonical", "refresh", …
    value: str
    place: Place
    raw: str = ""  # the value as the source writes it, entities not decoded
    misplaced: bool = False  # before the doctype, outside head, or a second one


@dataclass(frozen=True, slots=True)
class Head:
    """What the page tells machines about itself."""

    entries: tuple[Meta, ...] = ()
    language: str = ""  # html lang as written
    base: str = ""

    def all(self, name: str) -> tuple[Meta, ...]:
        """Every entry of that name, in order."""
        return tuple(entry for entry in self.entries if entry.name == name)

    def first(self, name: str) -> str:
        """The first value of that name, or ""."""
        return next((entry.value for entry in self.entries if entry.name == name), "")


@dataclass(frozen=True, slots=True)
class Script:
    """A script, style, structured-data block, frame or event handler."""

    kind: str  # script | style | json-ld | iframe | handler
    text: str  # the code; "" for a remote one; the srcdoc of a frame
    src: str
    place: Place
    attributes: Mapping[str, str] = field(default_factory=dict)
    after_html: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """A markup comment: kits mark their blocks with them."""

    text: str
    before: int  # index of the next block


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """One entry: its title, address (None in extracted text) and the blocks it spans."""

    text: str
    href: str | None
    blocks: tuple[int, ...]
    link: int = -1  # index into Page.links, -1 in extracted text
    teaser: str = ""


@dataclass(frozen=True, slots=True)
class RelatedBlock:
    """A list with what its heading promises; block indices are inclusive."""

    kind: RelatedKind
    heading: str
    heading_block: int  # -1 without one
    items: tuple[RelatedItem, ...]
    first_block: int
    last_block: int


@dataclass(frozen=True, slots=True)
class Page:
    """One document, read once."""

    uri: str
    kind: Kind
    source: str  # decoded, line ends normalised to \n
    size: int  # bytes as given
    encoding: str
    language: str  # BCP 47 primary subtag, or zh-hant; "" when unsure
    head: Head
    blocks: tuple[Block, ...]
    links: tuple[Link, ...]
    scripts: tuple[Script, ...]
    comments: tuple[Comment, ...] = ()
    lists: tuple[RelatedBlock, ...] = ()  # of related, latest, popular … links
    host: str = ""  # of the page itself, from the uri, base, canonical or og:url; "" unknown
    truncated: bool = False

    @property
    def title(self) -> str:
        """The title that the page shows: its head's, else its heading's."""
        value = self.head.first("title")
        if value:
            return value
        return next((b.text for b in self.blocks if b.role == "title"), "")

    def soup(self) -> Any:
        """The page as a new BeautifulSoup tree with source positions (`detector.soup`)."""
        from detector.soup import soup  # not on the scan's path, nor is bs4

        return soup(self.source)

    def field(self, of: str) -> str:
        """The text that a span of a head field counts in."""
        return self.title if of == "title" else self.head.first(of)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of a field.

    Techniques say `of="block"` with the block's index; the result turns that
    into `of="text"`, counted in `content.text`, or drops it outside of it.
    """

    of: str  # text | title | description | keywords | block
    start: int
    end: int
    block: int = -1


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact: this technique, these words, here.

    `replacement` says how the text is restored: None keeps it (evidence only),
    "" takes the span out, anything else stands in its place. `cut` is the same
    for the source: the place whose element, or one attribute of it, is foreign.
    """

    technique: str
    score: float  # 0 to 1, how sure the technique is of the fact
    quote: str
    message: str
    location: Location
    category: str = ""  # one of CATEGORIES, or "" where nothing is promoted
    href: str | None = None
    span: Span | None = None
    replacement: str | None = None
    cut: Place | None = None
    cut_attribute: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """A span of `Content.text` that is not in `Content.clean_text`."""

    start: int
    end: int
    text: str
    technique: str
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """The page's own words: as shown, and with what was injected taken out."""

    title: str = ""
    text: str = ""
    clean_title: str = ""
    clean_text: str = ""
    description: str = ""
    keywords: str = ""
    removed: tuple[Removed, ...] = ()


@dataclass(frozen=True, slots=True)
class RelatedLink:
    """A link of a 'related articles' block. `relevance` is 0 to 1."""

    text: str
    href: str | None
    relevance: float
    off_topic: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The model's opinion, and the policy's where it overrode it."""

    label: Label
    probabilities: Mapping[Label, float]
    categories: tuple[str, ...] = ()
    contributions: tuple[tuple[str, float], ...] = ()  # feature name, log-odds against clean
    override: str = ""  # why the policy overrode the model


@dataclass(frozen=True, slots=True)
class ModelId:
    """Which model gave a verdict."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a page has no result."""

    kind: str  # empty | too-large | timeout | unreadable | not-text | damaged | internal …
    message: str


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes with a name: what a source gives and a scan takes.

    `kind` None means: tell from the bytes. `charset` is the transport's word
    (an HTTP header), stronger than `meta` and weaker than a byte-order mark.
    `failure` is set where the source could not read it.
    """

    uri: str
    data: bytes = b""
    kind: Kind | None = None
    charset: str = ""
    truncated: bool = False
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What the scan of one document gives; `to_json` in `report.jsonl` shows it."""

    uri: str
    kind: Kind
    size: int
    encoding: str = ""
    language: str = ""
    truncated: bool = False
    verdict: Verdict | None = None
    findings: tuple[Finding, ...] = ()
    content: Content = Content()
    related_links: tuple[RelatedLink, ...] = ()
    model: ModelId | None = None
    elapsed_ms: float = 0.0
    stages: tuple[tuple[str, float], ...] = ()  # milliseconds of each, where they were measured
    error: Failure | None = None

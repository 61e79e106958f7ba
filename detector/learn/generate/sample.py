"""What goes in and what comes out: a clean page, and a labelled one with its whole truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from detector.types import Kind, Label


@dataclass(frozen=True, slots=True)
class CleanPage:
    """A page that is known to be honest. `html` is its decoded source, or extracted text."""

    uri: str
    site: str
    lang: str
    html: str
    kind: Kind = "html"
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Material:
    """Words and lines from outside the recipes, known at training time alone.

    `words` by "category/language", `lines` by "category/language/key" with the keys of the
    phrases files (title, line, sentence …); a line may hold their slots, `{b}` for a brand.
    """

    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edit:
    """`html[start:end]` of the attacked page stands where `original` stood."""

    start: int
    end: int
    original: str


@dataclass(frozen=True, slots=True)
class RelatedTruth:
    """One link of a related-articles block."""

    text: str
    href: str
    off_topic: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """A labelled page.

    `spans` are the injected words as a reader (or a script engine) gets them: entities
    decoded. `edits` are the same attack on the source, so that `restored()` is `clean_html`.
    Whole spam pages and honest pages of the grammar have no `clean_html`.
    """

    uri: str
    html: str
    label: Label
    lang: str
    site: str
    kind: Kind = "html"
    encoding: str = "utf-8"
    category: str = ""
    techniques: tuple[str, ...] = ()
    dress: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    spans: tuple[str, ...] = ()
    related: tuple[RelatedTruth, ...] = ()
    edits: tuple[Edit, ...] = ()
    clean_html: str | None = None
    clean_text: str | None = None
    other_view: str | None = None  # cloaking: what the visitor gets; `html` is the crawler's
    decoy: str = ""
    campaign: str = ""
    origin: str = ""  # uri of the clean page, "" for pages of the grammar

    @property
    def text(self) -> str:
        """The page itself where it is extracted text; the source otherwise."""
        return self.html

    @property
    def data(self) -> bytes:
        """The bytes of the page in its encoding."""
        return self.html.encode(self.encoding, errors="xmlcharrefreplace")

    def restored(self) -> str:
        """The page with every edit taken back."""
        return restore(self.html, self.edits)

    def record(self) -> dict[str, Any]:
        """The line of the labelled JSONL."""
        row: dict[str, Any] = {"uri": self.uri, "label": self.label, "lang": self.lang}
        if self.category:
            row["category"] = self.category
        if self.techniques:
            row["technique"] = list(self.techniques)
        row |= {"site": self.site, "kind": self.kind, "encoding": self.encoding}
        row["spans"] = list(self.spans)
        if self.related:
            row["related"] = [
                {"text": r.text, "href": r.href, "off_topic": r.off_topic} for r in self.related
            ]
        for name in ("dress", "place"):
            if value := getattr(self, name):
                row[name] = list(value)
        for name in ("clean_text", "clean_html", "other_view", "decoy", "campaign", "origin"):
            if value := getattr(self, name):
                row[name] = value
        return row


def restore(html: str, edits: Sequence[Edit]) -> str:
    """`html` with each edit's original put back."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += [html[at : edit.start], edit.original]
        at = edit.end
    return "".join([*parts, html[at:]])

"""One attack in the making: edits on a source that never overlap, and the truth about them."""

from __future__ import annotations

import html
import random
from bisect import bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass, field

from detector.learn.generate.outline import Outline, scan
from detector.learn.generate.sample import CleanPage, Edit, RelatedTruth, Sample
from detector.learn.generate.speech import Speech
from detector.learn.generate.words import Pool
from detector.types import Label

PLACES = ("body-start", "in-article", "after-article", "before-footer", "body-end")


def escape(text: str) -> str:
    """Text as an HTML source writes it."""
    return html.escape(text, quote=False)


def outline_of_text(text: str) -> Outline:
    """Extracted text: its first line is the title, the others are the article."""
    out = Outline(body_end=len(text), html_end=len(text))
    at = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if bare:
            start = at + line.index(bare[0])
            if out.title is None:
                out.title = (start, start + len(bare))
                out.body_start = at + len(line)
            else:
                out.starts.append(at)
                out.runs.append((start, start + len(bare)))
        at += len(line)
    return out


@dataclass(slots=True)
class Work:
    """What an attack function gets: the page, a voice, and the means to edit.

    `amount` is how much to inject: 1 (a word) to about 100 (links, repetitions).
    """

    page: CleanPage
    rng: random.Random
    speech: Speech
    amount: int = 3
    pool: Pool = "train"
    outline: Outline = field(init=False)
    spans: list[str] = field(default_factory=list)
    techniques: list[str] = field(default_factory=list)
    dress: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    related: list[RelatedTruth] = field(default_factory=list)
    titles: tuple[str, ...] = ()  # of other pages, for off-topic links
    _edits: list[tuple[int, int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        source = self.page.html
        self.outline = scan(source) if self.page.kind == "html" else outline_of_text(source)

    @property
    def source(self) -> str:
        """The page before the attack."""
        return self.page.html

    @property
    def is_html(self) -> bool:
        """False for extracted text."""
        return self.page.kind == "html"

    def replace(self, start: int, end: int, text: str, *spans: str) -> bool:
        """Put `text` where `source[start:end]` stands. False, and no change, where it overlaps."""
        at = bisect_right(self._edits, (start, end, 1 << 60, ""))
        for other in self._edits[max(0, at - 1) : at + 1]:
            if other[0] == other[1] and other[0] in (start, end):
                continue
            if (start < other[1] and other[0] < end) or (
                start == end and other[0] < start < other[1]
            ):
                return False
        insort(self._edits, (start, end, len(self._edits), text))
        self.spans += [s for s in spans if s.strip()]
        return True

    def insert(self, at: int, text: str, *spans: str) -> bool:
        """Put `text` at an offset; several at one offset stay in the order they came."""
        return self.replace(at, at, text, *spans)

    def mark(self, technique: str, dress: str = "", place: str = "") -> None:
        """Note the truth."""
        for names, name in (
            (self.techniques, technique),
            (self.dress, dress),
            (self.places, place),
        ):
            if name and name not in names:
                names.append(name)

    def spot(self, *names: str) -> tuple[str, int]:
        """A place for a block, by name, and its offset in the source."""
        out = self.outline
        name = self.rng.choice(names or PLACES)
        at = {
            "head": out.head_end,
            "head-start": out.head_start,
            "body-start": out.body_start,
            "before-footer": out.footer,
            "body-end": out.body_end,
            "after-html": out.html_end,
        }.get(name, -1)
        if name == "in-article":
            at = self.rng.choice(out.starts) if out.starts else out.body_start
        elif name == "after-article":
            later = [s for s in out.starts if s > out.runs[-1][0]] if out.runs else []
            at = later[0] if later else out.footer
        elif name == "under-title":
            at = self.under_title()
        if not self.is_html and name in ("before-footer", "body-end", "after-html"):
            at = len(self.source)
        return name, max(0, at)

    def under_title(self) -> int:
        """Offset of the block right under the page's heading."""
        out = self.outline
        if not self.is_html:
            return out.body_start
        if out.h1:
            end = self.source.find(">", out.h1[1])
            if end >= 0:
                return end + 1
        return out.starts[0] if out.starts else out.body_start

    def lines(self, texts: list[str], at: int, tags: tuple[str, ...] = ("p", "div")) -> bool:
        """Insert visible lines: elements in HTML, lines in text."""
        if not self.is_html:
            return self.insert(at, "".join(t + "\n" for t in texts), *texts)
        tag = self.rng.choice(tags)
        made = "".join(f"<{tag}>{escape(t)}</{tag}>" for t in texts)
        return self.insert(at, made, *texts)

    def finish(self, label: Label, uri: str) -> Sample:
        """The labelled page. Nothing changed means: clean."""
        parts: list[str] = []
        edits: list[Edit] = []
        at = size = 0
        for start, end, _, text in self._edits:
            parts += [self.source[at:start], text]
            size += start - at
            edits.append(Edit(size, size + len(text), self.source[start:end]))
            size += len(text)
            at = end
        parts.append(self.source[at:])
        changed = bool(edits)
        return Sample(
            uri=uri,
            html="".join(parts),
            label=label if changed else "clean",
            lang=self.page.lang,
            site=self.page.site,
            kind=self.page.kind,
            encoding=self.page.encoding,
            category=self.speech.category if changed and label != "clean" else "",
            techniques=tuple(self.techniques) if changed else (),
            dress=tuple(self.dress),
            place=tuple(self.places),
            spans=tuple(dict.fromkeys(self.spans)),
            related=tuple(self.related),
            edits=tuple(edits),
            clean_html=self.source,
            clean_text=None if self.is_html else self.source,
            origin=self.page.uri,
        )


Apply = Callable[[Work], bool]


@dataclass(frozen=True, slots=True)
class Attack:
    """A family member: one technique of the catalogue. `apply` says False where it cannot."""

    technique: str
    group: str
    apply: Apply
    on_text: bool


ATTACKS: dict[str, Attack] = {}


def attack(technique: str, group: str, on_text: bool = False) -> Callable[[Apply], Apply]:
    """Register a function as the generator of one technique."""

    def register(apply: Apply) -> Apply:
        ATTACKS[technique] = Attack(technique, group, apply, on_text)
        return apply

    return register

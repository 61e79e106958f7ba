"""A head written in numeric entities.

What attackers do: Title, keywords and description are written as `&#30334;&#23478;…`, so
that an owner who searches the file for the words does not find them, and crawlers do.

How it is seen: Most characters of the entry are numeric references to characters that need
none, while the body of the same page writes its characters plainly.

What must not fire: Quotes, dashes and a few accents as entities; sites whose editor encodes
every page from head to foot.

Source: Many public incident write-ups on hacked Chinese sites.

Example: <title>&#30334;&#23478;&#20048;</title>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detector.promotion import promotion
from detector.settings import thresholds
from detector.techniques import Context, technique
from detector.types import Finding, Meta, Page, Span

REFERENCE = re.compile(r"&#(?:x[0-9a-fA-F]{1,6}|[0-9]{1,7});?")
NAMES = frozenset("title description keywords og:title og:description".split())


@technique("entity-encoded-head", group="head")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Count references in each entry against the page around it."""
    if "&#" not in page.source:
        return
    knobs = context.settings
    body: float | None = None
    first: set[str] = set()
    for entry in page.head.entries:
        leading = entry.name not in first
        first.add(entry.name)
        if entry.name not in NAMES or "&#" not in entry.raw:
            continue
        share = _encoded_share(entry)
        if share < knobs["share"]:
            continue
        if body is None:
            body = _body_share(page)
        hits = context.hits_in(entry.value)
        found = promotion(entry.value, hits, thresholds()["promotion"])
        score = knobs["plain_body"] if body < knobs["body_share"] else knobs["encoded_body"]
        score = 1 - (1 - score * share) * (1 - found.score * share)
        counted = leading and entry.name in ("title", "description", "keywords")
        words = f", {found.about}" if found.about else ""
        # An entry that only hides its words stays; one that promotes goes.
        cut = found.score >= knobs["promoting"]
        yield Finding(
            "entity-encoded-head", score, entry.value,
            f"The {entry.name} is written in numeric entities, the body is not{words}.",
            entry.place.location(), found.category,
            span=Span(entry.name, 0, len(entry.value)) if counted else None,
            replacement="" if cut else None, cut=entry.place if cut else None,
        )  # fmt: skip


def _encoded_share(entry: Meta) -> float:
    """Share of the value's letters that are written as references."""
    references = len(REFERENCE.findall(entry.raw))
    letters = sum(not c.isspace() for c in entry.value)
    return min(references / letters, 1.0) if letters >= 4 and references >= 4 else 0.0


def _body_share(page: Page) -> float:
    """References per character of visible text."""
    visible = sum(len(b.text) for b in page.blocks if b.hidden is None)
    body = page.source.find("<body")
    return page.source.count("&#", max(body, 0)) / (visible + 1)

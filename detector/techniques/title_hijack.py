"""A title that promotes what the page is not about.

What attackers do: The title element of a hacked page is replaced, prefixed or doubled, or
set by script, so that search results show the attacker's words under the victim's address.

How it is seen: The title, or a segment of it, promotes, and neither headings, Open Graph
title nor body speak of it; or a second title stands where none belongs; or a script writes
`document.title`.

What must not fire: Site names and columns behind a separator, reports about the trade, titles
that clients set from their own data.

Source: Google Search spam policies, "Hacked spam"; squirrelscan's site-integrity rules.

Example: <title>开云体育官网-某某中学</title> over a page about a school
"""

from __future__ import annotations

from collections.abc import Iterator

from detector import scripts
from detector.promotion import foreign_to, promotion, segments
from detector.settings import thresholds
from detector.techniques import Context, technique
from detector.types import Finding, Meta, Page, Span


@technique("title-hijack", group="head")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each title of the head, and what scripts set."""
    for number, entry in enumerate(page.head.all("title")):
        yield from _title(page, context, entry, number)
    for entry in page.head.all("og:title"):
        if entry.value != page.title:
            yield from _title(page, context, entry, -1)
    for script in page.scripts:
        if script.kind == "script" and "title" in script.text:
            for text in scripts.titles(script.text):
                found = promotion(text, context.hits_in(text), thresholds()["promotion"])
                score = found.score * context.foreignness(-1, found, text)
                if score >= context.settings["silent_below"]:
                    yield Finding(
                        "title-hijack", score, text,
                        f"A script sets the title to promotion: {found.about}.",
                        script.place.location(), found.category or "other", cut=script.place,
                    )  # fmt: skip


def _title(page: Page, context: Context, entry: Meta, number: int) -> Iterator[Finding]:
    knobs = context.settings
    value = entry.value
    hits = context.hits_in(value)
    if not hits and not (number > 0 and entry.misplaced):
        return
    found = promotion(value, hits, thresholds()["promotion"])
    score = found.score * context.foreignness(-1, found, value)
    second = number > 0 or (number == 0 and len(page.head.all("title")) > 1 and entry.misplaced)
    if second and found.words:
        score = 1 - (1 - score) * (1 - knobs["second"])
    if score < knobs["silent_below"]:
        return
    start, end = 0, len(value)
    own = context.own_words()
    bounds = _foreign_bounds(value, context, own)
    if bounds is not None:
        start, end = bounds
    span = Span("title", start, end) if number == 0 else None
    yield Finding(
        "title-hijack", score, value[start:end],
        f"The title promotes what the page is not about: {found.about}.",
        entry.place.location(), found.category or "other", span=span, replacement="",
        cut=entry.place if second else None,
    )  # fmt: skip


def _foreign_bounds(value: str, context: Context, own: str) -> tuple[int, int] | None:
    """From the first to the last segment that promotes or that the page does not know."""
    marked = []
    at = 0
    for part in segments(value):
        at = value.index(part, at)
        if any(h.weight >= 0.2 for h in context.hits_in(part)) and foreign_to(part, own) > 0.3:
            marked.append((at, at + len(part)))
        at += len(part)
    return (marked[0][0], marked[-1][1]) if marked else None

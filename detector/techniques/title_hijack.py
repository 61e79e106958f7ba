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
from detector.foreign_range import foreign_range
from detector.techniques import Context, technique
from detector.types import Finding, Meta, Page, Span

# Characters; a longer first line of extracted text is no title.
LONGEST_LINE = 250


@technique("title-hijack", group="head")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each title of the head, and what scripts set."""
    titles = page.head.all("title")
    if not titles and page.kind == "text" and page.blocks:
        # The first line of extracted text is its title, whether or not it looks like one.
        line = next((b for b in page.blocks[:3] if b.role == "title"), page.blocks[0])
        if len(line.text) <= LONGEST_LINE:
            titles = (Meta("title", line.text, line.place),)
    for number, entry in enumerate(titles):
        yield from _title(page, context, entry, number, len(titles))
    for entry in page.head.all("og:title"):
        if entry.value != page.title:
            yield from _title(page, context, entry, -1, 1)
    for script in page.scripts:
        if script.kind == "script" and "title" in script.text:
            for text in scripts.titles(script.text):
                score, found = context.judge_head(text, script=1.0)
                if score >= context.settings["silent_below"]:
                    yield Finding(
                        "title-hijack", score, text,
                        f"A script sets the title to promotion: {found.about}.",
                        script.place.location(), found.category or "other", cut=script.place,
                    )  # fmt: skip


def _title(page: Page, context: Context, entry: Meta, number: int, count: int) -> Iterator[Finding]:
    value = entry.value
    own = next((b.index for b in page.blocks[:3] if b.place is entry.place), -1)
    start, end, left = foreign_range(value, context, entry, own)
    if end <= start:
        return
    text = value[start:end]
    # A second title belongs to nobody but the intruder; so does the misplaced one before it.
    second = number > 0 or (number == 0 and count > 1 and entry.misplaced)
    # So does one that is foreign from end to end, where the page has another.
    whole = count > 1 and number == 0 and (start, end) == (0, len(value))
    score, found = context.judge_head(
        text, less=own, title=float(number == 0), second=float(second or entry.misplaced),
        og=float(number < 0), left=left,
    )  # fmt: skip
    if score < context.settings["silent_below"]:
        return
    yield Finding(
        "title-hijack", score, text,
        f"The title promotes what the page is not about: {found.about}.",
        entry.place.location(), found.category or "other",
        span=Span("title", start, end) if number == 0 and value == page.title else None,
        replacement="",
        cut=entry.place if second or whole else None,
    )  # fmt: skip

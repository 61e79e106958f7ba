"""Text set so small that nobody reads it.

What attackers do: Keywords or links with a font size of 0 or 1 px: there for crawlers, invisible
to readers.

How it is seen: The computed size is under a readable one and the words are of the trade, or links
lead to unrelated sites.

What must not fire: Mail layouts and inline-block gap fixes set `font-size:0` on a parent whose
children set their own; icon fonts; one-pixel counters.

Source: Google Search spam policies, "Hidden text and link abuse".

Example: <span style="font-size:0">博彩 六合彩 开奖</span>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import concealment_findings
from detector.techniques import Context, technique
from detector.types import Finding, Page

REASONS = frozenset(["tiny"])


@technique("tiny-text", group="hidden")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part hidden in this way."""
    for part, found in context.concealed():
        if part.hidden.reason in REASONS:
            message = f"Text too small to read ({part.hidden.how}): {found.about}."
            yield from concealment_findings("tiny-text", part, found, message)

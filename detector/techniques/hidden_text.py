"""Text that the page holds and no reader sees.

What attackers do: Keywords are put into an element that is not shown, so that the page ranks for words that
its owner never wrote.

How it is seen: A hidden part without links whose words are of the trade, two distinct terms or one that
honest text hardly has.

What must not fire: Screen-reader text, hidden form hints, templates, collapsed answers, print-only parts.

Source: Google Search spam policies, "Hidden text and link abuse"; Ntoulas et al., WWW 2006.

Example: <p style="visibility:hidden">online casino bonus, slot gacor, situs judi</p>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import concealment_findings
from detector.techniques import Context, technique
from detector.types import Finding, Page

REASONS = frozenset(
    [
        "behind",
        "clip",
        "display-none",
        "hidden-attribute",
        "offscreen",
        "opacity",
        "visibility",
        "zero-size",
    ]
)


@technique("hidden-text", group="hidden")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part hidden in this way."""
    for part, found in context.concealed():
        if part.hidden.reason in REASONS and not part.links:
            message = f"Hidden text ({part.hidden.how}): {found.about}."
            yield from concealment_findings("hidden-text", part, found, message)

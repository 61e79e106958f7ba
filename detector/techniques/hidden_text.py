"""Text that the page holds and no reader sees.

What attackers do: Keywords are put into an element that is not shown, so that the page ranks
for words that its owner never wrote.

How it is seen: Blocks of text in a hidden part that no interface explains: words of the trade,
another script than the page's, a contact or a domain, a line of keywords. Plain text in the
page's own language is weak evidence.

What must not fire: Screen-reader text, hidden form hints, templates, collapsed answers,
print-only parts, metadata beside an article.

Source: Google Search spam policies, "Hidden text and link abuse"; Ntoulas et al., WWW 2006.

Example: <p style="visibility:hidden">online casino bonus, slot gacor, situs judi</p>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import Concealed, concealment_findings, wordy_blocks
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
        "script",
        "visibility",
        "zero-size",
    ]
)


@technique("hidden-text", group="hidden")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part hidden in this way."""
    for part, found in context.concealed():
        if part.hidden.reason in REASONS:
            worded = wordy_blocks(part)
            if worded and found.whole:
                message = f"Hidden text ({part.hidden.how}): {found.about}."
                words = Concealed(part.hidden, worded, ())
                yield from concealment_findings("hidden-text", words, found, message)

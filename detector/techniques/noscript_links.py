"""Links that only show where scripts are off.

What attackers do: `<noscript>` shows to crawlers and hides from nearly every reader: a quiet
place for links.

How it is seen: Links to unrelated sites or words of the trade inside `<noscript>`.

What must not fire: Counters, tag managers, "please enable JavaScript", lazy images and their
links.

Source: Google Search spam policies, "Hidden text and link abuse".

Example: <noscript><a href="https://bet.example/">slot gacor hari ini</a></noscript>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import concealment_findings
from detector.techniques import Context, technique
from detector.types import Finding, Page

REASONS = frozenset(["noscript"])


@technique("noscript-links", group="hidden")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part hidden in this way."""
    for part, found in context.concealed():
        if part.hidden.reason in REASONS:
            message = f"Links shown only without scripts ({part.hidden.how}): {found.about}."
            yield from concealment_findings("noscript-links", part, found, message)

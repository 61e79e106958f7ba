"""Links inside a scrolling frame of no size.

What attackers do: `<marquee>` of one pixel, or one that scrolls at an absurd speed, wraps a block
of links; kits that target Chinese sites do it so often that it is their mark.

How it is seen: A marquee whose width, height or speed leaves nothing to read, with links or words
of the trade in it.

What must not fire: News tickers of ordinary size.

Source: Public incident write-ups of link injection on Chinese government and school sites.

Example: <marquee width="1" height="1"><a href="https://bet.example/">时时彩平台</a></marquee>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import concealment_findings
from detector.techniques import Context, technique
from detector.types import Finding, Page

REASONS = frozenset(["marquee"])


@technique("marquee-links", group="hidden")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part hidden in this way."""
    for part, found in context.concealed():
        if part.hidden.reason in REASONS:
            message = f"Links in a marquee of no size ({part.hidden.how}): {found.about}."
            yield from concealment_findings("marquee-links", part, found, message)

"""Links placed where no screen reaches.

What attackers do: An element is moved thousands of pixels off the page by `left`, `top`, `text-
indent`, `margin` or `transform`, with links to the attacker's pages in it.

How it is seen: The declared distance is off every screen; then as for hidden links: words of the
trade or links to unrelated sites.

What must not fire: Skip links, image replacement by `text-indent`, off-canvas menus, carousels:
they lead to the page's own site.

Source: Geng et al. 2014 (position-based hiding); Google Search spam policies.

Example: <div style="position:absolute;left:-9999px"><a href="https://bet.example/">casino</a></div>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import concealment_findings
from detector.techniques import Context, technique
from detector.types import Finding, Page

REASONS = frozenset(["offscreen"])


@technique("offscreen-links", group="hidden")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part hidden in this way."""
    for part, found in context.concealed():
        if part.hidden.reason in REASONS and part.links:
            message = f"Links outside of the screen ({part.hidden.how}): {found.about}."
            yield from concealment_findings("offscreen-links", part, found, message)

"""Links that the page holds and no reader sees.

What attackers do: Hacked sites carry blocks of links to the attacker's pages inside an element
with `display:none`, `visibility:hidden`, no opacity, no size or a clip, so that crawlers count
the links and the owner does not notice.

How it is seen: Everything that one element hides is taken together; words of the trade in it, and
links to several unrelated sites, make it foreign. Each link is one finding.

What must not fire: Menus, tabs, dialogs, skip links, share buttons, cookie banners and lazy
content: an interface explains the hiding, and they link to their own site or to sites that
everybody links to.

Source: Geng et al., A taxonomy of hyperlink hiding techniques, 2014; Google Search spam policies,
"Hidden text and link abuse".

Example: <div style="display:none"><a href="https://bet.example/">网上真人百家乐</a></div>
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
        "opacity",
        "script",
        "visibility",
        "zero-size",
    ]
)


@technique("hidden-links", group="hidden")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part hidden in this way."""
    for part, found in context.concealed():
        if part.hidden.reason in REASONS and part.links:
            message = f"Hidden links ({part.hidden.how}): {found.about}."
            yield from concealment_findings("hidden-links", part, found, message)

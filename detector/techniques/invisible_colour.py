"""Text in the colour of its background.

What attackers do: White on white, transparent, or nearly equal colours hide keywords and links from readers.

How it is seen: The declared colour is compared with the effective background; the words or links then
decide.

What must not fire: White text over a background image or a coloured parent, gradient text
(`background-clip:text`), hover effects.

Source: Google Search spam policies, "Hidden text and link abuse"; Geng et al. 2014.

Example: <p style="color:#fff;background:#fff"><a href="https://bet.example/">казино онлайн</a></p>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import concealment_findings
from detector.techniques import Context, technique
from detector.types import Finding, Page

REASONS = frozenset(["colour"])


@technique("invisible-colour", group="hidden")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part hidden in this way."""
    for part, found in context.concealed():
        if part.hidden.reason in REASONS:
            message = f"Text in the colour of its background ({part.hidden.how}): {found.about}."
            yield from concealment_findings("invisible-colour", part, found, message)

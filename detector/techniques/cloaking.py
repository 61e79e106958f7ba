"""One address, two pages: what crawlers get differs from what people get.

What attackers do: The server looks at the user agent, the address or the referrer and gives
crawlers a page full of trade words and links, people the honest one (or the other way round).

How it is seen: Two views of one address side by side. Evidence of any technique counts where its
words stand in one view alone; so do blocks that read like promotion, links abroad that only one
view has, redirects of one view. Where hardly a word is shared, the view itself must be foreign.

What must not fire: Rotating advertisements, dates, counters, sessions and related links, a
language or layout chosen by the browser, a page behind a consent wall, a paywall or a shell that
scripts fill, a refusal of the crawler.

Source: Invernizzi et al., Cloak of Visibility, IEEE S&P 2016; Wang et al., Cloak and Dagger, 2011.

Example: detector compare visitor.html crawler.html
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.techniques import Context, technique
from detector.types import Finding, Page


@technique("cloaking", group="two views")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """One page alone shows no difference: see `detector.differences`."""
    return iter(())

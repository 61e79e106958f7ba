"""A meta refresh that sends the visitor to somebody else's site.

What attackers do: `<meta http-equiv="refresh" content="0;url=…">` in a hacked page or a doorway:
crawlers read the text, people land elsewhere.

How it is seen: The address leads to a foreign host after at most ten seconds. A page with an
article of its own that leaves at once is stranger than an empty one; trade words make it sure.

What must not fire: Refresh without address (news tickers), to the own site, its https or main
host, inside `<noscript>` to a basic version, "we have moved" pages with one line of text.

Source: HTML, section 4.2.5.3 (refresh); Google Search spam policies, "Sneaky redirects".

Example: <meta http-equiv="refresh" content="0; url=https://bet.example/">
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detector.patterns import pattern
from detector.script_evidence import joined, own, trade
from detector.techniques import Context, technique
from detector.types import Finding, Page

VALUE = pattern(
    r"\s{0,9}([0-9.]{0,8})\s{0,9}[;,]?\s{0,9}(?:url\s{0,9}=)?\s{0,9}[\"']?(.{0,1000})", re.I
)
# Bytes of UTF-8 shown, as a Han character says more than a letter: a page that says that it
# has moved is shorter.
ARTICLE = 300


@technique("meta-refresh", group="script")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each refresh of the head."""
    for entry in page.head.all("refresh"):
        match = VALUE.match(entry.value)
        if match is None or not match[2]:
            continue
        knobs = context.settings
        target = match[2].strip().rstrip("\"'")
        delay = float(match[1]) if match[1].replace(".", "", 1).isdecimal() else 0.0
        if delay > knobs.get("slowest", 10):
            continue
        scheme = target[:11].lower()
        if scheme.startswith(("javascript:", "data:text")):
            base = 0.8
        elif own(page).foreign(target):
            shown = sum(len(b.text.encode()) for b in page.blocks if b.hidden is None)
            long = shown >= knobs.get("article", ARTICLE)
            base = knobs.get("with_article", 0.55) if long else knobs.get("bare", 0.4)
        else:
            continue
        spoken = target.replace("-", " ").replace("/", " ").replace(".", " ")
        words, category = trade(context.hits_in(spoken))
        score = joined(base, words * 0.6, context.head_promotion * 0.6)
        yield Finding(
            "meta-refresh", score, entry.value[:500],
            f"The page sends its visitors to {target[:120]} after {delay:g} seconds.",
            entry.place.location(), category, target, cut=entry.place,
        )  # fmt: skip

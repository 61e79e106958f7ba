"""A script that writes links or text of its own into the page.

What attackers do: The links are not in the HTML but in a `document.write` or `innerHTML`, often
escaped, so that a look at the source shows nothing; crawlers that run scripts see them.

How it is seen: The HTML that the script would write, as far as it is constant: links to foreign
sites with words of the trade, inside a hidden element, many of them, or decoded from hidden text.

What must not fire: Counters and share buttons, advertisement loaders, mail addresses hidden from
harvesters, menus of the own site, one credit link of a widget.

Source: HTML, section 8.4 (document.write); Google Search spam policies, "Hacked spam".

Example: <script>document.write('<p style="display:none"><a href="//x.example">casino</a>')</script>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detector import scripts
from detector.concealment import foreign_sites
from detector.hosts import host_of, site_of
from detector.patterns import pattern
from detector.script_evidence import joined, links_in, own, text_of, trade, written_by
from detector.techniques import Context, technique
from detector.types import Finding, Page, Script

HIDES = pattern(
    r"display\s?:\s?none|visibility\s?:\s?hidden|-\d{3,9}px|text-indent\s?:\s?-|font-size\s?:\s?0"
    r"|opacity\s?:\s?0(?!\.)|(?:width|height)\s?:\s?[01](?:px)?\s?[;\"']|<marquee",
    re.IGNORECASE,
)
IMAGE = pattern(r"<img\b[^>]{0,2000}>", re.IGNORECASE)  # counters are images of one pixel


@technique("script-writes-links", group="script")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge what each script would write."""
    sites = None
    knobs = context.settings
    for script in page.scripts:
        if script.kind not in ("script", "handler") or not script.text:
            continue
        if "document.write" in script.text:
            yield from _wrapped(page, script, context)
        html = scripts.writes(script.text)
        if "<" not in html:
            continue
        links = [link for link in links_in(html) if host_of(link[0])]
        if not links:
            continue
        sites = sites or own(page)
        foreign = [(href, text) for href, text in links if sites.foreign(href)]
        if not foreign:
            continue
        words, category = trade(context.hits_in(text_of(html)))
        distinct = len({site_of(host_of(href)) for href, _ in foreign})
        base = knobs.get("link", 0.2) if distinct < 3 else knobs.get("many", 0.55)
        hides = knobs.get("hidden", 0.7) if HIDES.search(IMAGE.sub("", html[:20_000])) else 0.0
        coded = knobs.get("obfuscated", 0.5) if scripts.encoded(script.text) else 0.0
        score = joined(base, hides, coded, words * 0.8)
        if score < knobs.get("silent_below", 0.25):
            continue
        href = foreign[0][0]
        quote = " · ".join(text or href for href, text in foreign)[:500]
        yield Finding(
            "script-writes-links", score, quote,
            f"A script writes {len(foreign)} link{'s' * (len(foreign) > 1)} to "
            f"{distinct} foreign site{'s' * (distinct > 1)}"
            + (" out of sight." if hides else "."),
            script.place.location(), category, href, cut=script.place,
        )  # fmt: skip


def _wrapped(page: Page, script: Script, context: Context) -> Iterator[Finding]:
    """A hidden wrapper that the script writes around foreign links of the source."""
    inside = [
        link for link in page.links if link.hidden is not None and written_by(link.hidden, script)
    ]
    sites = foreign_sites(inside)
    if not sites:
        return
    words, category = trade(context.hits_in(" \n ".join(link.text for link in inside[:200])))
    score = joined(context.settings.get("wrapped", 0.5), 0.1 * min(len(sites), 4), words * 0.5)
    yield Finding(
        "script-writes-links", score, " · ".join(link.text or link.href for link in inside)[:500],
        f"A script writes a hidden wrapper around links to {len(sites)} foreign site(s).",
        script.place.location(), category, inside[0].href,
    )  # fmt: skip

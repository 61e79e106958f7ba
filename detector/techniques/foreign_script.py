"""A remote script of a stranger, on a page whose other evidence points at him.

What attackers do: One line, `<script src="//host/tj.js">`, in the head of a hacked page; the
file decides for each visitor whether to redirect, to cover the page or to do nothing.

How it is seen: The script cannot be read. Its host is no service that pages embed, nothing else
of the page names it, and the head promotes what the page is not about, or the host's name does.
Neither the host nor the head alone is reported as sure; of several strangers' scripts only one
whose host promotes is. It is taken out where the host's name promotes or ends in numbers.

What must not fire: Counters, libraries, advertisement and consent scripts, the owner's own hosts,
however many; a page about a trade with ordinary scripts.

Source: observed in hacked Chinese sites; Provos et al., All Your iFRAMEs Point to Us, 2008.

Example: <title>真人百家乐官网</title> … <script src="https://tj.bet.example/x.js"></script>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.hosts import host_of, site_of
from detector.patterns import pattern
from detector.script_evidence import joined, own, trade
from detector.techniques import Context, technique
from detector.types import Finding, Page

NUMBERED = pattern(r"^[a-z]{2,20}\d{1,4}\.")


@technique("foreign-script", group="script")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each remote script by its host and by what the head promotes."""
    knobs = context.settings
    remote = [script for script in page.scripts if script.kind == "script" and script.src]
    sites = own(page) if remote else None
    strangers = [script for script in remote if sites and sites.foreign(script.src)]
    # The head does not say which of several strangers is the intruder's: a host's name does.
    several = len({site_of(host_of(script.src)) for script in strangers}) > 1
    for script in strangers:
        host = host_of(script.src)
        words, category = trade(context.hits_in(host.replace(".", " ").replace("-", " ")))
        promoting = context.head_promotion
        if max(words, promoting) < knobs["evidence"]:
            continue
        alone = page.source.count(site_of(host)) == 1
        score = joined(knobs["host"] * alone, promoting * knobs["head"], words * knobs["words"])
        named = words >= knobs["evidence"] or NUMBERED.search(site_of(host)) is not None
        told = named or not several
        yield Finding(
            "foreign-script", score if told else min(score, knobs["unnamed"]), script.src[:500],
            f"A script of {host} is loaded, which nothing else of the page names.",
            script.place.location(), category, script.src, cut=script.place if named else None,
        )  # fmt: skip

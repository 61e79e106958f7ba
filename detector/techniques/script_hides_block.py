"""A block of links or text that a script takes out of sight.

What attackers do: The block stands open in the source, where crawlers that know style sheets see
nothing suspicious; a script hides it when the page loads: by its id, by a style element put
together from pieces, or with `document.write` of a hidden wrapper that a later script closes.

How it is seen: Scripts are read, not run. What they hide unconditionally is judged by what it
holds: links to unrelated sites, words of the trade. A wrapper written in two halves around it has
no use in an interface.

What must not fire: Tabs, menus, dialogs, spinners, cookie notes, "read more": what some handler
shows again, or holds nothing foreign.

Source: Google Search spam policies, "Hidden text and link abuse".

Example: <script>document.getElementById("lk").style.display="none"</script>
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from detector.concealment import (
    Concealed,
    Suspicion,
    concealed_parts,
    concealment_findings,
    foreign_sites,
)
from detector.script_evidence import first_words, hiding_script, joined, written_by
from detector.techniques import Context, technique
from detector.types import Finding, Page

# A wrapper in two halves is hardly ever honest where links stand in it.
WRAPPED = 0.6


@technique("script-hides-block", group="script")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part that a script hides, and name the script as well."""
    if not any(block.hidden is not None and block.hidden.by == "script" for block in page.blocks):
        return
    judged = {id(part.hidden): found for part, found in context.concealed()}
    for part in concealed_parts(page):
        hidden = part.hidden
        if hidden.by != "script":
            continue
        found = judged.get(id(hidden)) or Suspicion(0.0, "", (), len(foreign_sites(part.links)))
        script = hiding_script(page, hidden)
        wrapper = script is not None and written_by(hidden, script)
        extra = _all_abroad(part, found.sites, context)
        if found.sites == 1 and not found.terms and not found.alien:
            extra = 0.0  # a notice that has been read leads somewhere too
        if wrapper and (found.sites or found.terms):
            extra = joined(extra, context.settings.get("wrapped", WRAPPED))
        found = replace(found, score=joined(found.score, extra))
        if found.score < context.settings.get("silent_below", 0.25):
            continue
        message = f"A script hides it ({hidden.how}): {found.about}."
        yield from concealment_findings("script-hides-block", part, found, message)
        if script is not None:
            yield Finding(
                "script-hides-block", found.score, first_words(script.text),
                f"This script hides foreign content ({hidden.how}).", script.place.location(),
                found.category, cut=hidden.place if wrapper else script.place,
            )  # fmt: skip


def _all_abroad(part: Concealed, sites: int, context: Context) -> float:
    """What it says that all links of the part lead to unrelated sites.

    Interfaces hide menus and panels with links of their own; a list for crawlers
    has nothing else. Put beside the window it is stranger than switched off.
    """
    away = sum(1 for link in part.links if link.host)
    if not sites or away < 0.8 * len(part.links):
        return 0.0
    knobs = context.settings
    beside = "left" in part.hidden.how or "top" in part.hidden.how or "indent" in part.hidden.how
    most: float = knobs.get("beside", 0.75) if beside else knobs.get("switched_off", 0.65)
    return most * (1.0 - 0.4**sites)

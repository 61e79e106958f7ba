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

from detector import scripts
from detector.concealment import concealment_findings
from detector.script_evidence import Range, first_words
from detector.techniques import Context, technique
from detector.types import Finding, Hidden, Page, Place, Script

# A wrapper in two halves is hardly ever honest where links stand in it.
WRAPPED = 0.6


@technique("script-hides-block", group="script")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part that a script hides, and name the script as well."""
    for part, found in context.concealed():
        hidden = part.hidden
        if hidden.by != "script":
            continue
        script, cut = _hiding_script(page, hidden)
        if cut is not None and (found.sites or found.terms):
            found = replace(found, score=1 - (1 - found.score) * (1 - WRAPPED))
        message = f"A script hides it ({hidden.how}): {found.about}."
        for finding in concealment_findings("script-hides-block", part, found, message):
            yield finding if cut is None else replace(finding, cut=cut)
        if script is not None:
            yield Finding(
                "script-hides-block", found.score, first_words(script.text),
                f"This script hides foreign content ({hidden.how}).", script.place.location(),
                found.category, cut=script.place if cut is None else cut,
            )  # fmt: skip


def _hiding_script(page: Page, hidden: Hidden) -> tuple[Script | None, Place | None]:
    """The script that hides; for a written wrapper also the stretch up to its end."""
    opener: Script | None = None
    for script in page.scripts:
        if script.kind != "script" or not script.text:
            continue
        if opener is None and script.place is hidden.place:
            opener = script
            continue
        if opener is not None:
            found = scripts.wrapper(script.text)
            if found is not None and found.closes:
                return opener, Range(opener.place, script.place)
        elif any(how[:100] in hidden.how for _, _, how in scripts.hides(script.text)):
            return script, None
    return opener, None

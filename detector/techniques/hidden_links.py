"""Links that the page holds and no reader sees.

What attackers do: Hacked sites carry blocks of links to the attacker's pages inside an element
with `display:none`, `visibility:hidden`, no opacity, no size or a clip, so that crawlers count
the links and the owner does not notice.

How it is seen: Everything that one element hides is taken together; words of the trade in it, and
links to several unrelated sites, make it foreign. Each link is one finding. A link in sight on a
comma or on nothing, to a site that the page does not name otherwise, is as good as hidden.

What must not fire: Menus, tabs, dialogs, skip links, share buttons, cookie banners and lazy
content: an interface explains the hiding, and they link to their own site or to sites that
everybody links to.

Source: Geng et al., A taxonomy of hyperlink hiding techniques, 2014; Google Search spam policies,
"Hidden text and link abuse".

Example: <div style="display:none"><a href="https://bet.example/">网上真人百家乐</a></div>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import concealment_findings, domain, foreign_sites
from detector.concealment.parts import pictured
from detector.techniques import Context, technique
from detector.types import Finding, Link, Page

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
MARKS = frozenset(",.;:!?、。，；：！？·-|“”\"'()（）")  # of sentences, not arrows or numbers
PLAIN = frozenset(("href", "target", "rel"))


@technique("hidden-links", group="hidden")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part hidden in this way."""
    for part, found in context.concealed():
        if part.hidden.reason in REASONS and part.links:
            message = f"Hidden links ({part.hidden.how}): {found.about}."
            yield from concealment_findings("hidden-links", part, found, message)
    yield from _wordless(page, context)


def _wordless(page: Page, context: Context) -> Iterator[Finding]:
    """Links in sight that show nothing to click on: empty ones, or a comma of a sentence."""
    knobs = context.settings
    found = [link for link in page.links if link.host and link.hidden is None and _bare(link)]
    if not found:
        return
    known = {domain(link.host) for link in page.links if link.host and link.text}
    known -= {domain(link.host) for link in found if link.text}
    found = [link for link in found if foreign_sites([link]) - known and not pictured(link)]
    sites = foreign_sites(found)
    score = 1.0 - (1.0 - knobs["wordless"]) * knobs["more_wordless"] ** (len(sites) - 1)
    for link in found[:100]:
        yield Finding(
            "hidden-links", score, link.text,
            f"A link to {link.host} on {'a mark' if link.text else 'nothing'} that nobody clicks.",
            link.place.location(), "", link.href, cut=None if link.text else link.place,
        )  # fmt: skip


def _bare(link: Link) -> bool:
    """Whether a link is on punctuation or nothing, with no name and nothing inside."""
    if len(link.text) > 2 or any(sign not in MARKS for sign in link.text) or link.title:
        return False
    node = getattr(link.place, "node", None)
    if node is None or not PLAIN.issuperset(node.attrs):
        return False
    return not any(hasattr(child, "tag") for child in node.children)

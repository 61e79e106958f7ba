"""Links or text behind the end of the document.

What attackers do: The quickest injection appends to the file: links, text or a script after
`</html>`, where browsers still show them and templates never write.

How it is seen: What stands there and leads to foreign sites, carries words of the trade, or is
hidden as well.

What must not fire: Counters and banners of free hosts, comments with a cache's date, structured
data, the page's own scripts, parts of a page that ends twice (included files).

Source: HTML, section 13.2.6.4.22 ("after after body"); observed in hacked sites.

Example: </html><div><a href="https://bet.example/">slot gacor</a></div>
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from detector import scripts
from detector.concealment import FEW_LETTERS, Surroundings, alien_script, foreign_sites, scripts_of
from detector.dom import ElementPlace
from detector.hosts import host_of
from detector.script_evidence import Own, addresses_in, first_words, joined, own, trade
from detector.techniques import Context, technique
from detector.types import Block, Finding, Link, Page, Place, Span

PART_SAMPLE = 1500  # characters that say in which script and language it is written
SHARE_OF_PAGE = 0.5  # a page whose larger part stands behind an early </html> is only ill-formed


@technique("after-html", group="source")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge links, blocks and scripts that stand there."""
    blocks = [block for block in page.blocks if block.after_html]
    links = [link for link in page.links if link.after_html]
    late = [s for s in page.scripts if s.after_html and s.kind == "script"]
    if not blocks and not links and not late:
        return
    sites = own(page)
    tail = _Tail(page, context, sites, blocks, links)
    yield from tail.findings()
    knobs = context.settings
    for script in late:
        score, message, href = 0.0, "", script.src
        if script.src and sites.foreign(script.src):
            score = joined(knobs.get("script", 0.35), tail.score * 0.4)
            message = f"A script of {host_of(script.src)} is loaded"
        elif script.text:
            score, message, href = _inline(script.text, sites, knobs)
        if score:
            yield Finding(
                "after-html", score, first_words(script.src or script.text),
                f"{message} behind the end of the document.",
                script.place.location(), tail.category, href or None, cut=script.place,
            )  # fmt: skip


def _inline(code: str, sites: Own, knobs: Mapping[str, Any]) -> tuple[float, str, str]:
    """Score, message and address of a script of the page's own making."""
    goes = [r.target for r in scripts.redirects(code) if sites.foreign(r.target)]
    if goes:
        return knobs.get("redirect", 0.75), f"A script that goes to {goes[0][:100]} stands", goes[0]
    if not scripts.encoded(code):
        return 0.0, "", ""
    named = [a for a in addresses_in(scripts.unfold(code).text) if sites.foreign(a)]
    loads = [address for address in scripts.remote(code) if sites.foreign(address)]
    if loads or named:
        return knobs.get("encoded", 0.6), "A script that hides its text stands", (loads + named)[0]
    return 0.0, "", ""


class _Tail:
    """What a reader sees behind the end, judged as one."""

    def __init__(
        self, page: Page, context: Context, sites: Own, blocks: list[Block], links: list[Link]
    ) -> None:
        knobs = context.settings
        self.blocks = blocks
        self.away = [link for link in links if link.host and sites.foreign(_absolute(link))]
        self.distinct = len(foreign_sites(self.away))
        hits = [hit for block in blocks for hit in context.hits(block.index)]
        words, self.category = trade(hits)
        shape = max((context.promotion(block.index).score for block in blocks[:50]), default=0.0)
        hidden = any(link.hidden is not None and not link.hidden.benign for link in self.away)
        strange = 0.0
        if self.away and not hidden:
            around = Surroundings(page)
            text = " ".join(block.text for block in blocks)[:PART_SAMPLE]
            if alien_script(scripts_of(text), around.scripts, FEW_LETTERS):
                strange = knobs["alien"]
            elif around.other_language(text):
                strange = knobs["language"]
        many = knobs.get("links", 0.16) * min(self.distinct, 3)
        # No template writes there: half a reason is a reason.
        telling = knobs.get("telling", 0.4) if words >= 0.3 or shape >= 0.3 else 0.0
        self.score = joined(
            many,
            max(words * 0.7, shape * 0.8),
            telling,
            knobs.get("hidden", 0.6) if hidden else 0.0,
            strange,
        )
        size = sum(len(block.text) for block in page.blocks)
        if sum(len(block.text) for block in blocks) > SHARE_OF_PAGE * max(size, 1) and not (
            hidden or strange
        ):
            self.score *= 0.5
        self.silent = self.score < knobs.get("silent_below", 0.25) or not (
            self.away or words >= 0.3 or shape >= 0.3
        )
        # Nothing but foreign matter stands there: all of it can go.
        self.whole = len(self.away) == len(links) and not any(
            s.after_html and not (s.src and sites.foreign(s.src)) for s in page.scripts
        )

    def findings(self) -> Iterator[Finding]:
        """One a link, and one a block without link that has words of the trade."""
        if self.silent:
            return
        message = "It stands behind the end of the document"
        message += f" and leads to {self.distinct} foreign site(s)." if self.away else "."
        for link in self.away[:200]:
            span = Span("block", link.start, link.end, link.block) if link.block >= 0 else None
            yield Finding(
                "after-html", self.score, link.text, message, link.place.location(),
                self.category, link.href, span, "" if span else None, self._cut(link.place),
            )  # fmt: skip
        covered = {link.block for link in self.away}
        for block in self.blocks[:100]:
            if block.index in covered:
                continue
            yield Finding(
                "after-html", self.score, block.text[:500], message, block.place.location(),
                self.category, None, Span("block", 0, len(block.text), block.index), "",
                self._cut(block.place),
            )  # fmt: skip

    def _cut(self, place: Place) -> Place | None:
        """The outermost element behind the end, or the link alone beside honest things."""
        node = getattr(place, "node", None)
        if node is None or node.tag in ("body", "html", "#document"):
            return None
        if not self.whole:
            return place
        while node.parent is not None and getattr(node.parent, "tag", "body") not in TOP:
            node = node.parent
        return ElementPlace(node, "after-html")


TOP = ("body", "html", "#document", "")


def _absolute(link: Link) -> str:
    return link.href if host_of(link.href) else f"//{link.host}/"

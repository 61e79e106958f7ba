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

from collections.abc import Iterator

from detector.concealment import foreign_sites
from detector.hosts import host_of
from detector.script_evidence import first_words, joined, own, trade
from detector.techniques import Context, technique
from detector.types import Finding, Link, Page, Span

SHARE_OF_PAGE = 0.5  # a page whose larger part stands behind an early </html> is only ill-formed


@technique("after-html", group="source")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge links, blocks and remote scripts that stand there."""
    blocks = [block for block in page.blocks if block.after_html]
    links = [link for link in page.links if link.after_html]
    late = [s for s in page.scripts if s.after_html and s.kind == "script" and s.src]
    if not blocks and not links and not late:
        return
    size = sum(len(block.text) for block in page.blocks)
    whole = sum(len(block.text) for block in blocks) > SHARE_OF_PAGE * max(size, 1)
    knobs = context.settings
    sites = own(page)
    away = [link for link in links if link.host and sites.foreign(_absolute(link))]
    distinct = len(foreign_sites(away))
    hits = [hit for block in blocks for hit in context.hits(block.index)]
    words, category = trade(hits)
    hidden = any(link.hidden is not None and not link.hidden.benign for link in away)
    many = knobs.get("links", 0.16) * min(distinct, 3)
    score = joined(min(many, 0.75), words * 0.7, knobs.get("hidden", 0.6) if hidden else 0.0)
    if whole and not hidden:
        score *= 0.5
    if score >= knobs.get("silent_below", 0.25) and (away or words >= 0.3):
        message = "It stands behind the end of the document"
        message += f" and leads to {distinct} foreign site{'s' * (distinct > 1)}." if away else "."
        for link in away[:200]:
            span = Span("block", link.start, link.end, link.block) if link.block >= 0 else None
            yield Finding(
                "after-html", score, link.text, message, link.place.location(), category,
                link.href, span, "" if span else None, link.place,
            )  # fmt: skip
        covered = {link.block for link in away}
        for block in blocks[:100]:
            if block.index in covered or not context.hits(block.index):
                continue
            cut = block.place if block.tag not in ("body", "html", "#document") else None
            yield Finding(
                "after-html", score, block.text[:500], message, block.place.location(), category,
                None, Span("block", 0, len(block.text), block.index), "", cut,
            )  # fmt: skip
    for script in late:
        if sites.foreign(script.src):
            yield Finding(
                "after-html", joined(knobs.get("script", 0.35), words * 0.5, score * 0.4),
                first_words(script.src),
                f"A script of {host_of(script.src)} is loaded behind the end of the document.",
                script.place.location(), category, script.src, cut=script.place,
            )  # fmt: skip


def _absolute(link: Link) -> str:
    return link.href if host_of(link.href) else f"//{link.host}/"

"""Links between comments that a kit or link exchange left to find its own place again.

What attackers do: Tools that insert and renew links mark the place: `<!--seo-->…<!--/seo-->`,
`<!-- hacklink -->`, or the code of Sape, Trustlink and Linkfeed.

How it is seen: A comment that is such a mark, word for word, next to links that lead to foreign
sites; or an exchange's mark beside them.

What must not fire: Comments of honest SEO plug-ins ("Yoast SEO", "All in One SEO"), section marks
of templates, marks around links of the own site.

Source: documentation of the exchanges; observed in hacked sites.

Example: <!--seo--><a href="https://a.example">casino</a><a href="https://b.example">loans</a><!--/seo-->
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.concealment import foreign_sites
from detector.script_evidence import exchange_in, joined, marker_in, trade
from detector.techniques import Context, technique
from detector.types import Comment, Finding, Link, Page, Span

REACH = 12  # blocks behind a mark that no second mark ends


@technique("marked-block", group="source")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge the links behind each mark."""
    marks = [(c, marker_in(c.text) or exchange_in(c.text)) for c in page.comments]
    marks = [(comment, mark) for comment, mark in marks if mark]
    for number, (comment, mark) in enumerate(marks):
        if _ends(comment.text):
            continue
        links = _between(page, comment, marks[number + 1][0] if number + 1 < len(marks) else None)
        sites = foreign_sites(links)
        if not sites:
            continue
        away = [link for link in links if link.host]
        words, category = trade([h for link in away for h in context.hits_in(link.text)])
        hidden = any(link.hidden is not None and not link.hidden.benign for link in away)
        score = joined(0.15 * min(len(sites), 3), words * 0.8, 0.4 if hidden else 0.0)
        if score < context.settings.get("silent_below", 0.25):
            continue
        for link in away[:100]:
            span = Span("block", link.start, link.end, link.block) if link.block >= 0 else None
            yield Finding(
                "marked-block", score, link.text,
                f"Links to {len(sites)} foreign sites stand at the comment mark “{mark}”.",
                link.place.location(), category, link.href, span, "", link.place,
            )  # fmt: skip


def _ends(text: str) -> bool:
    """Whether a mark closes a block: `/seo`, `links end`, `外链结束`."""
    words = text.strip(" \t\n-*=#!:.").lower()
    return words.startswith(("/", "end")) or words.endswith(("end", "结束"))


def _between(page: Page, comment: Comment, other: Comment | None) -> list[Link]:
    """Links in the blocks from a mark to the next, or a few blocks behind it."""
    stop = comment.before + REACH
    if other is not None:
        stop = min(stop, max(other.before, comment.before + 1))
    return [link for link in page.links if comment.before <= link.block < stop]

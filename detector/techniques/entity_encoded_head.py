"""A head written in numeric entities.

What attackers do: Title, keywords and description are written as `&#30334;&#23478;…`, so
that an owner who searches the file for the words does not find them, and crawlers do.

How it is seen: Most characters of the entry are numeric references to characters that need
none, while the body of the same page writes its characters plainly.

What must not fire: Quotes, dashes and a few accents as entities; sites whose editor encodes
every page from head to foot.

Source: Many public incident write-ups on hacked Chinese sites.

Example: <title>&#30334;&#23478;&#20048;</title>
"""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

from detector.patterns import pattern
from detector.techniques import Context, technique
from detector.types import Finding, Meta, Page, Span

# References one after another, with white space and at most a plain digit between them.
RUN = pattern(r"(?:&#(?:[xX][0-9a-fA-F]{1,6}|[0-9]{1,7});?[\s0-9]{0,3}){2,4000}")
# Fewer in a row are quotes, dashes and accents.
SHORTEST_RUN = 2
# Letters: one or two in a row are umlauts or an initial of an honest editor.
SHORTEST_WORD = 2
NAMES = frozenset("title description keywords og:title og:description".split())


@technique("entity-encoded-head", group="head")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Count references in each entry against the page around it."""
    if "&#" not in page.source:
        return
    knobs = context.settings
    body: float | None = None
    first: set[str] = set()
    for entry in page.head.entries:
        leading = entry.name not in first
        first.add(entry.name)
        if entry.name not in NAMES or "&#" not in entry.raw:
            continue
        start, end = _encoded(entry)
        text = entry.value[start:end]
        if sum(c.isalpha() for c in text) < SHORTEST_WORD:
            continue
        if body is None:
            body = _body_share(page)
        promoting, found = context.judge_head(text, encoded=1.0)
        score = knobs["plain_body"] if body < knobs["body_share"] else knobs["encoded_body"]
        score = 1 - (1 - score) * (1 - promoting)
        counted = leading and entry.name in ("title", "description", "keywords")
        words = f", {found.about}" if found.about else ""
        # An entry that only hides its words stays; one that promotes goes.
        cut = promoting >= knobs["promoting"]
        whole = (start, end) == (0, len(entry.value))
        yield Finding(
            "entity-encoded-head", score, text,
            f"The {entry.name} is written in numeric entities, the body is not{words}.",
            entry.place.location(), found.category or ("other" if cut else ""),
            span=Span(entry.name, start, end) if counted else None,
            replacement="" if cut else None, cut=entry.place if cut and whole else None,
        )  # fmt: skip


def _encoded(entry: Meta) -> tuple[int, int]:
    """Where in the value its longest run of references stands; (0, 0) without a long one."""
    runs = [m for m in RUN.finditer(entry.raw) if m[0].count("&#") >= SHORTEST_RUN]
    for run in sorted(runs, key=lambda m: -len(m[0])):
        text = " ".join(unescape(run[0]).split())
        at = entry.value.find(text) if text else -1
        if at >= 0 and any(ord(c) > 127 or c.isalnum() for c in text):
            return at, at + len(text)
    return 0, 0


def _body_share(page: Page) -> float:
    """References per character of visible text."""
    visible = sum(len(b.text) for b in page.blocks if b.hidden is None)
    body = page.source.find("<body")
    return page.source.count("&#", max(body, 0)) / (visible + 1)

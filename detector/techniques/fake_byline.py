"""An invented byline that a kit prints under the title of a copied article.

What attackers do: kits print a publication time, an author and a call for comments under every
article, to look like a news site; the author is the kit's own (站长采集, seo admin) or a
random string, the same on thousands of hosts.

How it is seen: a short line near the title with a label for the author and such an author; or all
of publication time, author and comment call in one line; or the source is a brand with a number
that the page does not name elsewhere. Weak evidence: honest sites use pen
names and "admin" too, so the score is low and nothing is cut.

What must not fire: reporters, agencies, editors; pen names; "admin" of a blog.

Source: bylines of public kit templates.

Example: 发布时间：2024-03-05 08:15:12　作者：站群小编　我要评论
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from detector.patterns import pattern
from detector.settings import data_table
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span

_AUTHOR = pattern(
    r"(?:作者|编辑|小编|发布者|发布人|撰稿|author|posted by|written by)\s?[:：]\s?"
    r"([^\s|｜,，;；/]{1,30})",
    re.IGNORECASE,
)
# A source or editor that is one word of letters and a number, as betting brands are.
_SOURCE = pattern(
    r"(?:来源|來源|责任编辑|編輯|编辑|source|fonte|fuente|quelle|nguồn|ที่มา|источник|kaynak|sumber|출처|出典|"
    r"作者|author)\s?[:：]?\s?([A-Za-z]{3,14}\d{1,4})(?![\w.@-])",
    re.IGNORECASE,
)
_TIME = pattern(r"\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?\s+\d{1,2}:\d{2}(?::\d{2})?")
_COMMENT = pattern(r"(?:要|发表|参与|点击|去)评论|leave a comment|comment now", re.IGNORECASE)
_LONGEST = 120  # characters; a byline is a line
# Vowels hardly ever missing from a name of five letters and more: random strings.
_RANDOM = pattern(r"(?=[a-z0-9]*[a-z])[bcdfghjklmnpqrstvwxz0-9]{6,20}", re.IGNORECASE)


@technique("fake-byline", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """At most one finding: the first byline that looks invented."""
    knobs = data_table("bylines")
    for block in page.blocks[: knobs["first_blocks"]]:
        if block.hidden is not None or len(block.text) > _LONGEST:
            continue
        judged = judge(block.text)
        if judged is None:
            continue
        score, reason, start, end = judged
        named = _SOURCE.fullmatch(block.text[start:end])
        if named is not None and page.source.lower().count(named[1].lower()) > 1:
            continue  # the page names it elsewhere too: a site or a nickname
        yield Finding(
            technique="fake-byline",
            score=score,
            quote=block.text[start:end],
            message=reason,
            location=block.place.location(),
            span=Span("block", start, end, block=block.index),
        )
        return


def judge(line: str) -> tuple[float, str, int, int] | None:
    """Score, reason and span of an invented byline in a line, or None."""
    knobs = data_table("bylines")
    match = _AUTHOR.search(line)
    source = _SOURCE.search(line)
    if source is not None and (match is None or not _kit_author().search(match.group(1))):
        start, end = source.span()
        return knobs["numbered_source"], "The source is a brand with a number.", start, end
    if match is None:
        return None
    author = match.group(1)
    start, end = match.span()
    if _kit_author().search(author):
        return knobs["kit_author"], "The author is a kit's own.", start, end
    if _RANDOM.fullmatch(author) and not author.isdigit():
        return knobs["random_author"], "The author is a random string.", start, end
    if _TIME.search(line) and _COMMENT.search(line):
        return (
            knobs["full_line"],
            "Time, author and a call for comments stand in one line, as kits print them.",
            0,
            len(line),
        )
    return None


@cache
def _kit_author() -> re.Pattern[str]:
    words = data_table("bylines")["kit_authors"]
    return pattern("|".join(map(re.escape, words)), re.IGNORECASE)

"""The lists of related links of a page, explained: what `detector links` shows.

One record a page, plain values (`detector.links/1`):

    {"schema": "detector.links/1", "uri": …, "language": …, "title": …,
     "lists": [{"kind": "related", "heading": …, "line": …, "judged": true, "foreign": 0.93,
                "off_topic": true,
                "links": [{"text": …, "href": …, "relevance": 0.03, "off_topic": true,
                           "shared": [], "missing": ["…"], "reason": "…"}]}],
     "error": null}

`judged` is false for lists that promise nothing (latest, popular, adjacent, friend, sponsored,
unheaded) and for those that cannot be compared with the article, too short or in another script:
their links have no relevance. `foreign` is the probability that the list as a whole belongs to
another page; `off_topic` says whether the page gets a finding for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector import roles
from detector.limits import Limits
from detector.relevance import ListRelevance, words_compared
from detector.techniques import Context
from detector.techniques.off_topic_links import find
from detector.types import Document, Failure, Page, RelatedBlock

if TYPE_CHECKING:
    from detector.scan import Scanner
    from detector.worker import Work

SCHEMA = "detector.links/1"
CLOSE = 0.5  # relevance of a link without a shared word from which its meaning is close
MOST_WORDS = 5  # of a link that are named, the most telling first


def record(scanner: Scanner, page: Page) -> dict[str, Any]:
    """The record of a page. Raises ModelError where the model cannot be loaded."""
    context = Context(page, roles.content(page.blocks), scanner.relevance)
    context.name = "off-topic-links"
    reported = {finding.location for finding in find(page, context)}
    lists = []
    for found, judged in context.related:
        places = {page.blocks[item.blocks[0]].place.location() for item in found.items}
        off_topic = bool(reported & places)
        lists.append(_list(page, context, found, judged, scanner.off_topic, off_topic))
    return _record(page.uri, page.language, context.own_title, lists)


def _list(
    page: Page,
    context: Context,
    found: RelatedBlock,
    judged: ListRelevance | None,
    threshold: float,
    off_topic: bool,
) -> dict[str, Any]:
    sure = judged is not None and judged.sure
    scores = judged.scores if judged is not None and sure else ()
    links: list[dict[str, Any]] = []
    for i, item in enumerate(found.items):
        link: dict[str, Any] = {"text": item.text, "href": item.href, "relevance": None}
        link |= {"off_topic": False, "shared": [], "missing": [], "reason": ""}
        if i < len(scores) and context.relevance is not None:
            shared, missing = words_compared(
                context.relevance.vectors, f"{context.own_title}\n{context.article}", item.text
            )
            link["relevance"] = round(scores[i], 4)
            link["off_topic"] = scores[i] < threshold
            link["shared"], link["missing"] = shared[:MOST_WORDS], missing[:MOST_WORDS]
            link["reason"] = _reason(scores[i], link["shared"], link["missing"])
        links.append(link)
    first = found.heading_block if found.heading_block >= 0 else found.first_block
    return {
        "kind": found.kind,
        "heading": found.heading,
        "line": page.blocks[first].place.location().line,
        "judged": sure,
        "foreign": round(judged.foreign, 4) if judged is not None and sure else None,
        "off_topic": off_topic,
        "links": links,
    }


def _reason(relevance: float, shared: list[str], missing: list[str]) -> str:
    """The words that speak for and against, as a sentence."""
    if shared:
        says = f"shares {', '.join(shared)}"
    else:
        says = "close in meaning" if relevance >= CLOSE else "shares no telling word"
    return f"{says}; the article lacks {', '.join(missing)}" if missing else says


def _record(uri: str, language: str, title: str, lists: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schema": SCHEMA, "uri": uri, "language": language, "title": title, "lists": lists,
        "error": None,
    }  # fmt: skip


def make(model: str | None, policy: Path | None, limits: Limits) -> Work:
    """Records of pages as work of the pool: JSON lines. Raises ModelError and PolicyError."""
    from detector.report.jsonl import to_line
    from detector.scan import Scanner

    scanner = Scanner(model=model, policy=policy, limits=limits)
    _ = scanner.relevance  # a model that cannot be used is an error here, not of the page

    def work(document: Document) -> bytes:
        if document.failure is not None:
            return fail(document, document.failure)
        try:
            page = scanner.page(
                document.data, uri=document.uri, kind=document.kind, charset=document.charset
            )
            return to_line(record(scanner, page))
        except Exception as error:
            return fail(document, Failure("internal", f"{type(error).__name__}: {error}"))

    return work


def fail(document: Document, failure: Failure) -> bytes:
    """The line of a document that has no record."""
    from detector.report.jsonl import to_line

    error = {"kind": failure.kind, "message": failure.message}
    return to_line(_record(document.uri, "", "", []) | {"error": error})

"""Two views of one address: what people get beside what crawlers get, as one result."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from detector.concealment import common_sites
from detector.differences import PEOPLE, Difference, Seen, differences, together
from detector.hosts import host_of, site_of
from detector.model import rank_categories
from detector.report.jsonl import to_json
from detector.restore.content import place_findings, restore
from detector.scan import CATEGORY_SHARE, Scanner
from detector.settings import thresholds
from detector.types import Document, Failure, Finding, Label, Location, Result, Verdict


@dataclass(frozen=True, slots=True)
class Pair(Document):
    """What people get of an address, with what crawlers get of it.

    The hops are the addresses that an HTTP client was sent to, one after the other, before it
    got each of the pages.
    """

    crawler: Document = field(default_factory=lambda: Document(""))
    visitor_hops: tuple[str, ...] = ()
    crawler_hops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of a pair; `views` says for each of its findings which view has it.

    Label and probabilities are of the difference: two equal views are clean, whatever they say.
    `visitor` and `crawler` are the results of the views alone.
    """

    result: Result
    views: tuple[str, ...]
    visitor: Result
    crawler: Result

    def to_json(self) -> dict[str, Any]:
        """The result as plain values, with what both views are, and each finding's view."""
        record = to_json(self.result)
        for finding, view in zip(record["findings"], self.views, strict=True):
            finding["view"] = view
        record["views"] = {
            name: {"uri": one.uri, "bytes": one.size, "label": one.verdict and one.verdict.label}
            for name, one in (("visitor", self.visitor), ("crawler", self.crawler))
        }
        return record


def compare(scanner: Scanner, pair: Pair) -> Comparison:
    """Compare two views. Never raises on their content: a view without one is the error."""
    started = time.perf_counter()
    seen: dict[str, Seen] = {}
    alone: dict[str, Result] = {}
    for name, view in (("visitor", pair), ("crawler", pair.crawler)):
        failure = view.failure
        if failure is None and not view.data.strip():
            failure = Failure("empty", f"what {PEOPLE[name]} get has no content")
        if failure is not None:
            failed = Result(pair.uri, view.kind or "html", len(view.data), error=failure)
            return Comparison(failed, (), failed, failed)
        page = scanner.page(view.data, uri=view.uri, kind=view.kind, charset=view.charset)
        analysis = scanner.analyse(page)
        alone[name] = result = scanner.judge(analysis)
        seen[name] = Seen(analysis, result.verdict.label if result.verdict else "clean")
    found = [*_hops(pair), *differences(seen["visitor"], seen["crawler"])]
    found.sort(key=lambda difference: -difference.finding.score)
    found = found[: scanner.limits.max_findings]
    main = found[0].view if found else "crawler"
    sure = together(found)
    flag = thresholds()["cloaking"]["flag"] if scanner.policy.flag is None else scanner.policy.flag
    label: Label = "injected" if found and sure >= flag else "clean"
    result, views = _result(seen[main], main, found, label)
    promoted: dict[str, float] = {}
    for finding in result.findings if label != "clean" else ():
        if finding.category:
            promoted[finding.category] = promoted.get(finding.category, 0.0) + finding.score
    categories = rank_categories(promoted, {}, CATEGORY_SHARE) if label != "clean" else ()
    verdict = Verdict(label, {"clean": 1.0 - sure, "injected": sure, "spam": 0.0}, categories)
    result = replace(
        result,
        uri=pair.uri,
        truncated=pair.truncated or pair.crawler.truncated,
        verdict=verdict,
        model=scanner.model.id,
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )
    return Comparison(result, views, alone["visitor"], alone["crawler"])


def _result(
    main: Seen, name: str, found: list[Difference], label: Label
) -> tuple[Result, tuple[str, ...]]:
    """The result about the view with the strongest difference: it is the content that is shown.

    Spans count in that content; findings of the other view have a place and no span.
    """
    mine = [d.finding for d in found if d.view == name]
    page, content = main.page, main.analysis.content
    text, placed = place_findings(page, content, mine)
    other = [replace(d.finding, span=None) for d in found if d.view != name]
    together = sorted(
        [(f, name) for f in placed] + [(f, _other(name)) for f in other],
        key=lambda pair: -pair[0].score,
    )
    shown = restore(page, content, text, placed, label != "clean")
    result = Result(
        page.uri, page.kind, page.size, page.encoding, page.language, page.truncated,
        None, tuple(finding for finding, _ in together), shown, main.analysis.related,
    )  # fmt: skip
    return result, tuple(view for _, view in together)


def _other(name: str) -> str:
    return "crawler" if name == "visitor" else "visitor"


def _hops(pair: Pair) -> Iterator[Difference]:
    """A server that sends one of them to somebody else's site."""
    for name, hops, others in (
        ("visitor", pair.visitor_hops, pair.crawler_hops),
        ("crawler", pair.crawler_hops, pair.visitor_hops),
    ):
        own = {site_of(host_of(address)) for address in (pair.uri, *others)}
        names = {site.partition(".")[0] for site in own}
        for hop in hops:
            site = site_of(host_of(hop))
            if site and site not in own | common_sites() and site.partition(".")[0] not in names:
                yield Difference(name, Finding(
                    "conditional-redirect", thresholds()["cloaking"]["hop"], hop[:500],
                    f"Only {PEOPLE[name]} are sent to {hop[:120]}.",
                    Location("http", "redirect"), href=hop,
                ))  # fmt: skip
                break

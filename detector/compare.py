"""Views of one address side by side: what some visitors get and others do not, as one result."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from detector.concealment import common_sites
from detector.differences import Difference, Seen, differences, together
from detector.hosts import host_of, site_of
from detector.marks import marks
from detector.model import rank_categories
from detector.report.jsonl import to_json
from detector.restore.content import place_findings, restore
from detector.restore.removable import removable
from detector.scan import CATEGORY_SHARE, Scanner
from detector.settings import thresholds
from detector.types import Document, Failure, Finding, Label, Location, Page, Result, Verdict


@dataclass(frozen=True, slots=True)
class View:
    """What one kind of visitor gets.

    `who` names the kind in sentences (`crawlers`). `hops` are the addresses that it was sent to,
    one after the other, before it got the page.
    """

    name: str
    who: str
    document: Document
    hops: tuple[str, ...] = ()
    status: int = 0  # of HTTP; 0 where nothing was asked


@dataclass(frozen=True, slots=True)
class Views(Document):
    """An address with its views; each of the others is compared with the first."""

    views: tuple[View, ...] = ()

    @classmethod
    def of(cls, uri: str, *views: View) -> Views:
        """The views of an address; its data are the first one's."""
        first = views[0].document
        return cls(uri, first.data, first.kind, views=views)

    @classmethod
    def pair(cls, visitor: Document, crawler: Document) -> Views:
        """What people get of an address, and what crawlers get."""
        people, crawlers = View("visitor", "people", visitor), View("crawler", "crawlers", crawler)
        return cls.of(visitor.uri, people, crawlers)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of comparing; `names` says for each of its findings which views have it.

    Label and probabilities are of the differences: equal views are clean, whatever they say.
    `alone` are the results of the views by themselves.
    """

    result: Result
    names: tuple[str, ...]
    views: tuple[View, ...]
    alone: Mapping[str, Result]
    located: tuple[tuple[View, Page, Finding] | None, ...] = ()  # of each finding, where it stands

    def to_json(self) -> dict[str, Any]:
        """The result as plain values, with what the views are, and each finding's view."""
        record = to_json(self.result)
        for finding, name in zip(record["findings"], self.names, strict=True):
            finding["view"] = name
        record["views"] = {view.name: self._view(view) for view in self.views}
        return record

    def marks(self) -> dict[str, Any]:
        """What the views' sources hold of the findings, as `detector.marks` tells it."""
        told: list[Any] = []
        for place in self.located:
            if place is None:  # a redirect stands in no page
                told.append(None)
                continue
            view, page, finding = place
            one = marks(view.document.data, page, [finding], view.document.charset)
            mark = one["findings"][0]
            if mark and self.result.uri != view.document.uri:
                mark.pop("fix", None)  # it would be made in the other view's file
            told.append(mark)
        return {"findings": told, "inline": []}

    def _view(self, view: View) -> dict[str, Any]:
        verdict = self.alone[view.name].verdict if view.name in self.alone else None
        failure = view.document.failure
        told: dict[str, Any] = {
            "uri": view.document.uri,
            "bytes": len(view.document.data),
            "label": verdict.label if verdict else None,
        }
        if view.status:
            told["status"] = view.status
        if view.hops:
            told["redirects"] = list(view.hops)
        if failure:
            told["error"] = {"kind": failure.kind, "message": failure.message}
        return told


def compare(scanner: Scanner, given: Views) -> Comparison:
    """Compare the views. Never raises on their content.

    Views that have none are left out; with fewer than two left the result is an error.
    """
    started = time.perf_counter()
    seen: dict[str, Seen] = {}
    alone: dict[str, Result] = {}
    failure = None
    for view in given.views:
        document = view.document
        if document.failure is None and not document.data.strip():
            failure = failure or Failure("empty", f"what {view.who} get has no content")
        elif document.failure is not None:
            failure = failure or document.failure
        else:
            page = scanner.page(
                document.data, uri=document.uri, kind=document.kind, charset=document.charset
            )
            analysis = scanner.analyse(page)
            alone[view.name] = result = scanner.judge(analysis)
            by_itself = result.verdict.label if result.verdict else "clean"
            seen[view.name] = Seen(view.name, view.who, analysis, by_itself)
    usable = [view for view in given.views if view.name in seen]
    found: dict[tuple[str, str], list[Difference]] = {}
    base = usable[0] if usable else given.views[0]
    sure, main = 0.0, usable[-1].name if usable else ""
    for view in given.views:
        if view is base:
            continue
        here = [*_hops(given.uri, base, view)]
        if view in usable:
            here += differences(seen[base.name], seen[view.name])
        if (now := together(here)) > sure:
            sure, strongest = now, max(here, key=lambda d: d.finding.score).view
            main = strongest if strongest in seen else main
        for difference in here:
            key = difference.finding.technique, difference.finding.quote
            found.setdefault(key, []).append(difference)
    if not usable or (len(usable) < 2 and not found):
        failure = failure or Failure("empty", "there are no two views to compare")
        failed = Result(given.uri, given.kind or "html", len(given.data), error=failure)
        return Comparison(failed, (), given.views, alone)
    flag = thresholds()["cloaking"]["flag"] if scanner.policy.flag is None else scanner.policy.flag
    label: Label = "injected" if found and sure >= flag else "clean"
    whose = {view.name: view.who for view in given.views}
    told = [_told(same, whose) for same in found.values()]
    result, names, differing = _result(seen[main], told, label, scanner.limits.max_findings)
    verdict = Verdict(
        label,
        {"clean": 1.0 - sure, "injected": sure, "spam": 0.0},
        _categories(result.findings) if label != "clean" else (),
    )
    result = replace(
        result,
        uri=given.uri,
        truncated=any(view.document.truncated for view in given.views),
        verdict=verdict,
        model=scanner.model.id,
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )
    by_name = {view.name: view for view in given.views}
    located = tuple(
        (by_name[d.view], seen[d.view].page, d.finding)
        if d.view in seen and d.finding.location.where != "http"
        else None
        for d in differing
    )
    return Comparison(result, names, given.views, alone, located)


def _told(same: Sequence[Difference], whose: Mapping[str, str]) -> tuple[list[Difference], str]:
    """What several views have, its message about all of them, and their names."""
    names = list(dict.fromkeys(difference.view for difference in same))
    everybody = " and ".join(whose[name] for name in names)
    told = []
    for difference in same:
        one, finding = whose[difference.view], difference.finding
        message = finding.message.replace(f"Only {one} ", f"Only {everybody} ", 1)
        told.append(Difference(difference.view, replace(finding, message=message)))
    return told, ", ".join(names)


def _result(
    main: Seen, found: Sequence[tuple[Sequence[Difference], str]], label: Label, most: int
) -> tuple[Result, tuple[str, ...], tuple[Difference, ...]]:
    """The result about the view with the strongest difference: its content is shown.

    Spans count in that content; findings of other views have a place and no span. Also the
    names of the views that have each finding, and the difference that it shows.
    """
    page, content = main.page, main.analysis.content
    text, _ = place_findings(page, content, ())
    rows: list[tuple[Finding, str, Difference]] = []
    for same, names in found:
        here = next((d for d in same if d.view == main.name), None)
        if here is None:
            rows.append((replace(same[0].finding, span=None), names, same[0]))
        else:
            rows.append((place_findings(page, content, [here.finding])[1][0], names, here))
    rows = sorted(rows, key=lambda row: -row[0].score)[:most]
    findings = tuple(finding for finding, _, _ in rows)
    shown = restore(page, content, text, removable(findings, label))
    result = Result(
        page.uri, page.kind, page.size, page.encoding, page.language, page.truncated,
        None, findings, shown, main.analysis.related,
    )  # fmt: skip
    return result, tuple(names for _, names, _ in rows), tuple(row[2] for row in rows)


def _categories(findings: Sequence[Finding]) -> tuple[str, ...]:
    promoted: dict[str, float] = {}
    for finding in findings:
        if finding.category:
            promoted[finding.category] = promoted.get(finding.category, 0.0) + finding.score
    return rank_categories(promoted, {}, CATEGORY_SHARE)


def _hops(uri: str, first: View, second: View) -> Iterator[Difference]:
    """A server that sends one of two visitors to somebody else's site."""
    for view, other in ((first, second), (second, first)):
        own = {site_of(host_of(address)) for address in (uri, *other.hops)}
        names = {site.partition(".")[0] for site in own}
        for hop in view.hops:
            site = site_of(host_of(hop))
            if site and site not in own | common_sites() and site.partition(".")[0] not in names:
                yield Difference(view.name, Finding(
                    "conditional-redirect", thresholds()["cloaking"]["hop"], hop[:500],
                    f"Only {view.who} are sent to {hop[:120]}.",
                    Location("http", "redirect"), href=hop,
                ))  # fmt: skip
                break

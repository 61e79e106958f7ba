"""One page through everything: read, find, judge, restore."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from detector import roles
from detector.features import Features, features, fields
from detector.limits import DEFAULT, Limits
from detector.model import OFF_TOPIC, Model, find_folder, rank_categories
from detector.page import read_page
from detector.policy import Decision, Policy
from detector.relevance import RelevanceModel
from detector.restore.content import place_findings, restore
from detector.restore.removable import removable
from detector.restore.steady import steady
from detector.stages import done, timed
from detector.techniques import Context, find_all
from detector.types import (
    Document,
    Failure,
    Finding,
    Kind,
    Page,
    RelatedLink,
    Result,
    Span,
    Verdict,
)

# A finding from this score on supports the model's opinion. Without one the opinion rests on
# words alone, which honest reports about a trade have too, and must be surer.
SUPPORT = 0.45
# Categories less likely than this share of the first are not named.
CATEGORY_SHARE = 0.2
# What was injected says what it promotes; the rest of the page hardly does. On held-out words
# the category is among the first two of 0.92 of the pages so, without the quotes of 0.83.
QUOTES, QUOTE_CHARS, QUOTE_WEIGHT = 40, 3000, 2.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """A page with its evidence, before the verdict; training reads it too."""

    page: Page
    content: tuple[int, ...]
    findings: tuple[Finding, ...]
    found: tuple[Finding, ...]  # the same with spans in their blocks, in the content or not
    text: str  # Content.text
    fields: dict[str, str]
    features: Features
    related: tuple[RelatedLink, ...]


class Scanner:
    """Scans pages with one model and one policy; loads once, safe to share by threads."""

    def __init__(
        self,
        model: str | Path | Model | None = None,
        policy: Policy | Path | None = None,
        limits: Limits = DEFAULT,
        relevance: RelevanceModel | None = None,
        profile: bool = False,
    ) -> None:
        """`profile`: results tell in `stages` where their time went."""
        self.profile = profile
        self._model = model
        self._relevance = relevance  # given by training, which has no model yet
        self.policy = Policy.load(policy) if isinstance(policy, Path) else policy or Policy()
        self.limits = limits
        self._loading = Lock()

    @property
    def model(self) -> Model:
        """The model, loaded and verified when first needed. Raises ModelError."""
        if not isinstance(self._model, Model):
            with self._loading:
                if not isinstance(self._model, Model):
                    self._model = Model.load(find_folder(self._model))
        return self._model

    @property
    def relevance(self) -> RelevanceModel | None:
        """What judges related links; None where the model has none. Raises ModelError."""
        return self._relevance or self.model.relevance

    @property
    def off_topic(self) -> float:
        """The relevance under which a related link is off-topic."""
        if self.policy.off_topic is not None:
            return self.policy.off_topic
        return OFF_TOPIC if self._relevance else self.model.off_topic

    def scan(
        self, data: Any, *, uri: str = "", kind: Kind | None = None, charset: str = ""
    ) -> Result:
        """Scan one page: bytes, text or a BeautifulSoup tree. Never raises on its content.

        TypeError for anything else.
        """
        if not isinstance(data, bytes | str):
            if not hasattr(data, "decode_contents"):  # as bs4's trees have
                raise TypeError(f"bytes, str or a BeautifulSoup tree, not {type(data).__name__}")
            data, kind = data.decode(), "html"
        with _uncollected():
            return self._scan(data, uri, kind, charset)[0]

    def _scan(
        self, data: bytes | str, uri: str, kind: Kind | None, charset: str
    ) -> tuple[Result, Page | None]:
        started = time.perf_counter()
        if not data.strip():
            nothing = Failure("empty", "the page has no content")
            return Result(uri, kind or "html", len(data), error=nothing), None
        with timed() if self.profile else nullcontext(dict[str, float]()) as spent:
            page = self.page(data, uri=uri, kind=kind, charset=charset)
            result = self.judge(self.analyse(page))
        elapsed = (time.perf_counter() - started) * 1000
        return replace(result, elapsed_ms=elapsed, stages=tuple(spent.items())), page

    async def ascan(
        self, data: Any, *, uri: str = "", kind: Kind | None = None, charset: str = ""
    ) -> Result:
        """`scan` in a thread, so that an event loop goes on meanwhile."""
        import asyncio  # at the top it would cost every command 30 ms

        return await asyncio.to_thread(self.scan, data, uri=uri, kind=kind, charset=charset)

    def decide(self, result: Result, source: str = "") -> Decision:
        """What the policy makes of a result: allow, review or block, with reasons.

        `source` is what the caller calls the page's origin, as the policy's
        `[source.NAME]` tables name it; by default they are found by the page's host.
        """
        return self.policy.decide(result, source)

    def scan_document(self, document: Document) -> Result:
        """Scan what a source gave; its failure becomes the result's error."""
        with _uncollected():
            return self.scan_page(document)[0]

    def scan_page(self, document: Document) -> tuple[Result, Page | None]:
        """`scan_document`, with the page that was read: reports show its source."""
        kind, failure = document.kind, document.failure
        if failure is not None:
            return Result(document.uri, kind or "html", len(document.data), error=failure), None
        with _uncollected():
            result, page = self._scan(document.data, document.uri, kind, document.charset)
        if document.truncated:
            result = replace(result, truncated=True)
        return result, page

    def page(
        self,
        data: bytes | str,
        *,
        uri: str = "",
        kind: Kind | None = None,
        charset: str = "",
    ) -> Page:
        """Read a page without judging it."""
        return read_page(data, uri=uri, kind=kind, charset=charset, limits=self.limits)

    def analyse(self, page: Page, score: Callable[[str], float] | None = None) -> Analysis:
        """Everything up to the feature vector: the path that training shares.

        `score` replaces the model's text score; training, which has no model
        yet, gives its own.
        """
        content = roles.content(page.blocks)
        relevance = self._relevance if score else lambda: self.relevance
        policy = self.policy
        context = Context(page, content, relevance, policy.allowed_terms)
        found = list(find_all(page, context, policy.techniques_off))
        done("techniques")
        if policy.allowed_hosts:
            found = [f for f in found if not _allowed(f, policy.allowed_hosts)]
        if policy.categories_off:
            found = [f for f in found if f.category not in policy.categories_off]
        text, findings = place_findings(page, content, found)
        texts = fields(page, context)
        vector = features(page, context, findings, texts, score or self.model.spam_score)
        related = self._related(context)
        done("features")
        return Analysis(page, content, findings, tuple(found), text, texts, vector, related)

    def _related(self, context: Context) -> tuple[RelatedLink, ...]:
        """The links of lists that promise relevance, each with how relevant it is."""
        threshold = self.off_topic
        links: list[RelatedLink] = []
        for found, judged in context.related:
            if judged is None:
                continue
            for item, relevance in zip(found.items, judged.scores, strict=False):
                off = judged.sure and relevance < threshold
                links.append(RelatedLink(item.text, item.href, round(relevance, 4), off))
        return tuple(links)

    def judge(self, analysis: Analysis) -> Result:
        """The verdict on an analysed page, and the restored content that follows."""
        page, model = analysis.page, self.model
        row = model.vector(analysis.features)
        probabilities, moved = model.opinion(row)
        strongest = max((f.score for f in analysis.findings), default=0.0)
        flag = flag_for(model.flag, model.unsupported, strongest)
        label = self.policy.label(probabilities, flag)
        override = ""
        findings = analysis.findings
        categories: tuple[str, ...] = ()
        if label != "clean":
            categories = self._categories(analysis)
            if not findings:
                stated = self._stated(analysis, categories, 1.0 - probabilities["clean"])
                if stated is None:
                    label, categories = "clean", ()
                    override = "no words of the page support the model's opinion"
                else:
                    findings = (stated,)
        verdict = Verdict(label, probabilities, categories, moved, override)
        done("verdict")
        chosen, text = analysis.content, analysis.text
        foreign = removable(analysis.found or findings, label)
        if foreign:
            chosen = steady(page, chosen, foreign)
            if chosen != analysis.content:
                text, findings = place_findings(page, chosen, analysis.found or findings)
        content = restore(page, chosen, text, removable(findings, label))
        done("content")
        return Result(
            page.uri, page.kind, page.size, page.encoding, page.language, page.truncated,
            verdict, findings[: self.limits.max_findings], content, analysis.related, model.id,
        )  # fmt: skip

    def _categories(self, analysis: Analysis) -> tuple[str, ...]:
        """What is promoted, most likely first: of the evidence, its words, and the page's."""
        promoted: dict[str, float] = {}
        for finding in analysis.findings:
            if finding.category:
                promoted[finding.category] = promoted.get(finding.category, 0.0) + finding.score
        quotes = "\n".join(dict.fromkeys(f.quote for f in analysis.findings[:QUOTES]))
        words = telling_words(analysis.fields, bool(promoted))
        shares: dict[str, float] = {}
        for text, weight in ((quotes[:QUOTE_CHARS], QUOTE_WEIGHT), (words, 1.0)):
            if text.strip():
                for name, share in self.model.category_scores(text).items():
                    shares[name] = shares.get(name, 0.0) + weight * share
        return rank_categories(promoted, shares, CATEGORY_SHARE)

    def _stated(
        self, analysis: Analysis, categories: Sequence[str], score: float
    ) -> Finding | None:
        """Evidence where no technique spoke: the block that reads most like spam."""
        page = analysis.page
        visible = [b for b in page.blocks if b.hidden is None and len(b.text) > 3]
        if not visible:
            return None
        block = max(visible[:300], key=lambda b: self.model.spam_score(b.text[:500]))
        category = categories[0] if categories else "other"
        quote = block.text[:500]
        span = Span("block", 0, len(quote), block.index)
        finding = Finding(
            "spam-block", score, quote,
            f"The page's words read like promotion of {category}.",
            block.place.location(), category, span=span,
        )  # fmt: skip
        return place_findings(page, analysis.content, [finding])[1][0]


def flag_for(flag: float, unsupported: float, strongest: float) -> float:
    """The one of a model's two thresholds that a page with such a strongest finding must reach."""
    return flag if strongest >= SUPPORT else max(flag, unsupported)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for circles meanwhile: a page makes a million objects and hardly any circle,
    and each search looks at all of them. The page is best let go of inside."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def telling_words(fields: Mapping[str, str], evidence: bool) -> str:
    """The words that say what a page promotes; its article only where nothing else tells."""
    names = ("title", "head", "heading", "hidden", "links") + (() if evidence else ("article",))
    return "\n".join(fields[name] for name in names)


def _allowed(finding: Finding, hosts: frozenset[str]) -> bool:
    from detector.hosts import host_of, site_of

    host = host_of(finding.href or "")
    return bool(host) and (host in hosts or site_of(host) in hosts)

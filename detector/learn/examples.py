"""Labelled pages as the scan sees them: the scan's own path up to the features."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from detector.learn.cache import batches, code_version, remembered
from detector.learn.datasets import LabelledPage
from detector.learn.generate import Sample
from detector.model import OFF_TOPIC, default_folder, load_relevance
from detector.policy import Policy
from detector.scan import Scanner
from detector.types import Kind, Label


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page with its truth, before it is read."""

    uri: str
    data: bytes
    label: Label
    language: str = ""
    category: str = ""
    techniques: tuple[str, ...] = ()
    site: str = ""
    kind: Kind | None = None
    spans: tuple[str, ...] = ()
    real: bool = True  # from a crawl or a user, not composed
    source: str = ""  # collection that the page came from
    origin: str = ""  # address of the page that it was composed on
    decoy: str = ""  # honest matter of bad looks that was put in

    @classmethod
    def of_page(cls, page: LabelledPage) -> Labelled:
        """A page of a labelled set."""
        extra = page.extra or {}
        return cls(
            page.uri, page.data, page.label, page.lang, (page.categories or ("",))[0],
            page.techniques, page.site, page.kind, page.spans,
            source=str(extra.get("source", "")),
        )  # fmt: skip

    @classmethod
    def of_sample(cls, sample: Sample) -> Labelled:
        """A composed page."""
        return cls(
            sample.uri, sample.data, sample.label, sample.lang, sample.category,
            sample.techniques, sample.site, sample.kind, sample.spans,
            real=False, source="composed", origin=sample.origin, decoy=sample.decoy,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """What training keeps of a page: named features without text scores, and its fields."""

    uri: str
    label: Label
    language: str
    category: str
    techniques: tuple[str, ...]
    site: str
    real: bool
    features: dict[str, float]
    fields: dict[str, str]
    spans: tuple[str, ...]
    seen: tuple[tuple[str, float], ...]  # techniques that spoke, with their highest score
    promoted: tuple[tuple[str, float], ...] = ()  # weight of the findings by category
    source: str = ""
    origin: str = ""
    decoy: str = ""


def analyse(
    pages: Iterable[Labelled], jobs: int = 2, cache: Path | None = None
) -> Iterator[Example]:
    """Scan pages up to the feature vector, in order, on `jobs` processes.

    `cache` is a folder that remembers what the same code made of the same page.
    """
    relevance = default_folder()
    further = (relevance / "vectors.npz", relevance / "relevance.npz")
    version = code_version(further)
    work = _analyse_batch if cache is None else partial(_remembered, cache)
    keyed = ((hashlib.sha256(page.data).digest(), page) for page in pages)
    with Parallel(n_jobs=jobs, return_as="generator", batch_size=1, pre_dispatch=3 * jobs) as pool:
        for examples in pool(
            delayed(work)(batch, key_of(batch, version)) for batch in batches(keyed)
        ):
            yield from examples


_SCANNER: Any = None


def key_of(pages: list[Labelled], version: str) -> str:
    """SHA-256 over everything that an example depends on."""
    digest = hashlib.sha256(version.encode())
    for page in pages:
        facts = [getattr(page, field.name) for field in fields(page) if field.name != "data"]
        digest.update(repr(facts).encode("utf-8", "replace") + page.data)
    return digest.hexdigest()


def _remembered(cache: Path, pages: list[Labelled], key: str) -> list[Example]:
    """The examples of a batch out of the cache, which keeps no copy of the pages."""
    return remembered(cache, key, lambda: _analyse_batch(pages, key))


def _analyse_batch(pages: list[Labelled], key: str) -> list[Example]:
    """`key` names the batch for the cache."""
    global _SCANNER
    if _SCANNER is None:
        # The threshold is of no account here, but the scan would ask a model for it.
        policy = Policy(off_topic=OFF_TOPIC)
        _SCANNER = Scanner(policy=policy, relevance=load_relevance(default_folder()))
    return [example(page, _SCANNER) for page in pages]


def example(page: Labelled, scanner: Scanner) -> Example:
    """One page through the scan's own functions; text scores come later, fold by fold."""
    read = scanner.page(page.data, uri=page.uri, kind=page.kind)
    analysis = scanner.analyse(read, score=lambda _: 0.0)
    strongest: dict[str, float] = {}
    promoted: dict[str, float] = {}
    for finding in analysis.findings:
        strongest[finding.technique] = max(strongest.get(finding.technique, 0), finding.score)
        if finding.category:
            promoted[finding.category] = promoted.get(finding.category, 0.0) + finding.score
    return Example(
        page.uri, page.label, page.language or read.language, page.category, page.techniques,
        page.site or page.uri, page.real, analysis.features, analysis.fields, page.spans,
        tuple(strongest.items()), tuple(promoted.items()), page.source, page.origin, page.decoy,
    )  # fmt: skip

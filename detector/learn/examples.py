"""Labelled pages as the scan sees them: the scan's own path up to the features."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from joblib import Parallel, delayed

from detector.model import default_folder, load_relevance
from detector.scan import Scanner
from detector.types import Kind, Label

BATCH = 40


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
    charset: str = ""


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


def analyse(pages: Iterable[Labelled], jobs: int = 2) -> Iterator[Example]:
    """Scan pages up to the feature vector, in order, on `jobs` processes."""
    given = iter(pages)
    batches = iter(lambda: list(islice(given, BATCH)), [])
    with Parallel(n_jobs=jobs, return_as="generator", batch_size=1) as parallel:
        for examples in parallel(delayed(_analyse_batch)(batch) for batch in batches):
            yield from examples


_SCANNER: Any = None


def _analyse_batch(pages: list[Labelled]) -> list[Example]:
    global _SCANNER
    if _SCANNER is None:
        _SCANNER = Scanner(relevance=load_relevance(default_folder()))
    return [example(page, _SCANNER) for page in pages]


def example(page: Labelled, scanner: Scanner) -> Example:
    """One page through the scan's own functions; text scores come later, fold by fold."""
    read = scanner.page(page.data, uri=page.uri, kind=page.kind, charset=page.charset)
    analysis = scanner.analyse(read, score=lambda _: 0.0)
    strongest: dict[str, float] = {}
    for finding in analysis.findings:
        strongest[finding.technique] = max(strongest.get(finding.technique, 0), finding.score)
    return Example(
        page.uri, page.label, page.language or read.language, page.category, page.techniques,
        page.site or page.uri, page.real, analysis.features, analysis.fields, page.spans,
        tuple(strongest.items()),
    )  # fmt: skip

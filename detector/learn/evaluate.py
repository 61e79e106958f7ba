"""Judges labelled pages with a model, by the scan itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from detector.learn.examples import Example, Labelled
from detector.learn.fit import FieldTexts, Fitted, base_rows
from detector.learn.forest import probabilities
from detector.learn.metrics import Judged
from detector.model import rank_categories
from detector.scan import CATEGORY_SHARE, Scanner, flag_for, telling_words
from detector.types import LABELS

BATCH = 40


@cache
def _scanner(model: Path, written: int) -> Scanner:
    """One scanner a model and process; a folder written anew is another model."""
    return Scanner(model)


def judge(pages: Iterable[Labelled], model: Path, jobs: int = 1) -> Iterator[Judged]:
    """Scan pages with the model of a folder, in order. Raises ModelError at the first page."""
    given = iter(pages)
    batches = iter(lambda: list(islice(given, BATCH)), [])
    with Parallel(n_jobs=jobs, return_as="generator", batch_size=1, pre_dispatch=3 * jobs) as pool:
        for judged in pool(delayed(_judge_batch)(batch, model) for batch in batches):
            yield from judged


def _judge_batch(pages: Sequence[Labelled], model: Path) -> list[Judged]:
    card = model / "model.json"
    scanner = _scanner(model, card.stat().st_mtime_ns if card.is_file() else 0)
    return [judged for page in pages if (judged := judge_page(page, scanner))]


def judge_page(page: Labelled, scanner: Scanner) -> Judged | None:
    """One page; None where it has no content to judge."""
    result = scanner.scan(page.data, uri=page.uri, kind=page.kind)
    verdict = result.verdict
    if verdict is None:
        return None
    return Judged(
        page.uri, page.label, verdict.label, 1.0 - verdict.probabilities["clean"],
        verdict.probabilities["spam"], page.language or result.language, page.category,
        verdict.categories, page.techniques, page.site, page.source, page.real,
    )  # fmt: skip


def out_of_fold(examples: Sequence[Example], fitted: Fitted) -> list[Judged]:
    """What models that had not seen a page's site say of it: the card's figures.

    Categories are those of the findings alone: the folds have no text scorers for them.
    """
    return [
        judged(item, row, fitted, rank_categories(dict(item.promoted), {}, CATEGORY_SHARE))
        for item, row in zip(examples, fitted.out_of_fold, strict=True)
    ]


def judge_examples(examples: Sequence[Example], fitted: Fitted, jobs: int = 1) -> list[Judged]:
    """What a fitted model says of analysed pages that it was not fitted on, as a scan would."""
    rows = base_rows(examples, fitted.features)
    FieldTexts(examples, fitted.features).put(rows, [fitted.text], [np.arange(len(examples))], jobs)
    found = probabilities(fitted.forest, rows, fitted.scale, fitted.shift)
    said = []
    for item, row in zip(examples, found, strict=True):
        promoted = dict(item.promoted)
        words = telling_words(item.fields, bool(promoted))
        shares = fitted.text.shares(words) if words.strip() else {}
        ranked = rank_categories(promoted, shares, CATEGORY_SHARE)
        said.append(judged(item, row, fitted, ranked))
    return said


def judged(
    item: Example, row: NDArray[np.float64], fitted: Fitted, categories: tuple[str, ...]
) -> Judged:
    """A page with its probabilities, shape (3,), under a model's thresholds."""
    foreign = 1.0 - float(row[0])
    strongest = max((score for _, score in item.seen), default=0.0)
    asked = flag_for(fitted.flag, fitted.unsupported, strongest)
    said = "clean" if foreign < asked else LABELS[1 if row[1] >= row[2] else 2]
    return Judged(
        item.uri, item.label, said, foreign, float(row[2]), item.language, item.category,
        categories, item.techniques, item.site, item.source, item.real,
    )  # fmt: skip

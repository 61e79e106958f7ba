"""From examples to a model: text scorers, forest, calibration, threshold.

Every number that the forest sees of the text scorers was given by scorers that
had not seen the page's site; likewise calibration and threshold come from
out-of-fold scores.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from detector.features import FIELDS
from detector.learn.examples import Example
from detector.learn.forest import calibrate, train_forest
from detector.learn.text import Snippet, train_text
from detector.model import Forest, TextScorer
from detector.types import CATEGORIES, LABELS

FOLDS = 5
# The share of real clean pages that may be called not clean, out of fold.
FALSE_ALARMS = 0.002
# Below this a page is never called not clean, whatever the folds say.
LOWEST_FLAG = 0.5
PIECES = (40, 120, 400)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """All that a model folder holds, and the out-of-fold scores to report on."""

    features: tuple[str, ...]
    text: TextScorer
    forest: Forest
    scale: NDArray[np.float64]
    shift: NDArray[np.float64]
    flag: float
    out_of_fold: NDArray[np.float64]  # calibrated probabilities, shape (examples, labels)


def snippets(examples: Sequence[Example], seed: int) -> Iterator[Snippet]:
    """Short texts with what they promote: injected words, spam pages' fields, honest fields."""
    rng = random.Random(seed)
    for item in examples:
        if item.label == "injected":
            for span in item.spans[:12]:
                if len(span) > 2:
                    yield Snippet(span[:400], item.category or "other", item.language)
            continue
        category = (item.category or "other") if item.label == "spam" else ""
        weight = 2.0 if item.real and category else 1.0
        for name in FIELDS:
            text = item.fields.get(name, "")
            if not text:
                continue
            yield Snippet(text, category, item.language, weight)
            for size in PIECES:
                if len(text) > 2 * size:
                    at = rng.randrange(len(text) - size)
                    yield Snippet(text[at : at + size], category, item.language, weight)


def names_of(examples: Sequence[Example]) -> tuple[str, ...]:
    """Features that occur on at least five pages, and the text scores; sorted."""
    counts: Counter[str] = Counter()
    for item in examples:
        counts.update(item.features)
    found = {n for n, c in counts.items() if c >= 5 and not n.startswith("text.")}
    return tuple(sorted(found | {f"text.{name}" for name in FIELDS}))


def base_rows(examples: Sequence[Example], names: Sequence[str]) -> NDArray[np.float64]:
    """Feature rows without text scores, shape (examples, names)."""
    index = {name: i for i, name in enumerate(names)}
    rows = np.zeros((len(examples), len(names)))
    for number, item in enumerate(examples):
        for name, value in item.features.items():
            at = index.get(name)
            if at is not None and not name.startswith("text."):
                rows[number, at] = value
    return rows


def put_text_scores(
    rows: NDArray[np.float64], examples: Sequence[Example], which: Sequence[int],
    names: Sequence[str], scorer: TextScorer,
) -> None:  # fmt: skip
    """Fill the text columns of some rows."""
    columns = {name: names.index(f"text.{name}") for name in FIELDS}
    for number in which:
        for name, text in examples[number].fields.items():
            if text:
                rows[number, columns[name]] = float(scorer.scores(text).max())


def weights_of(examples: Sequence[Example]) -> NDArray[np.float64]:
    """Classes weigh the same in every language; real pages count more than composed ones."""
    weights = np.array([_REAL if item.real else 1.0 for item in examples])
    groups: dict[tuple[str, str], float] = {}
    for item, weight in zip(examples, weights, strict=True):
        key = (item.language, item.label)
        groups[key] = groups.get(key, 0.0) + weight
    for i, item in enumerate(examples):
        sides = [groups.get((item.language, label), 0.0) for label in LABELS]
        mean = sum(sides) / len(sides)
        # Half way to balance: rare cells must not shout.
        weights[i] *= np.clip(mean / groups[item.language, item.label], 0.2, 3.0) ** 0.5
    clean = np.array([item.label == "clean" for item in examples])
    weights[clean] *= weights[~clean].sum() / weights[clean].sum()
    return weights / weights.mean()


_REAL = 2.0


def fit(examples: Sequence[Example], seed: int = 0, say: Progress = lambda _: None) -> Fitted:
    """Train everything on labelled examples; the same examples and seed give the same model."""
    names = names_of(examples)
    labels = [item.label for item in examples]
    groups = np.array([item.site for item in examples])
    rows = base_rows(examples, names)
    weights = weights_of(examples)
    folds = list(GroupKFold(FOLDS).split(rows, groups=groups))
    categories = tuple(c for c in CATEGORIES if c != "other")
    for number, (train, test) in enumerate(folds, 1):
        say(f"text scorers, fold {number} of {FOLDS}")
        scorer = train_text(list(snippets([examples[i] for i in train], seed)), categories, seed)
        put_text_scores(rows, examples, test, names, scorer)
    raw = np.zeros((len(examples), len(LABELS)))
    for number, (train, test) in enumerate(folds, 1):
        say(f"page classifier, fold {number} of {FOLDS}")
        forest = train_forest(rows[train], [labels[i] for i in train], weights[train], seed)
        for i in test:
            raw[i] = forest.raw(rows[i])
    scale, shift = calibrate(raw, labels, weights)
    probabilities = softmax(raw @ scale + shift)
    flag = choose_flag(examples, probabilities)
    say("final text scorers")
    text = train_text(list(snippets(examples, seed)), categories, seed)
    say("final page classifier")
    forest = train_forest(rows, labels, weights, seed)
    return Fitted(names, text, forest, scale, shift, flag, probabilities)


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row-wise softmax, shape kept."""
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = exponents / exponents.sum(axis=1, keepdims=True)
    return shares


def choose_flag(examples: Sequence[Example], probabilities: NDArray[np.float64]) -> float:
    """The lowest threshold under which real clean pages keep to `FALSE_ALARMS`."""
    honest = np.array([e.label == "clean" and e.real for e in examples])
    if not honest.any():
        return LOWEST_FLAG
    foreign = np.sort(1.0 - probabilities[honest, 0])[::-1]
    allowed = int(len(foreign) * FALSE_ALARMS)
    return float(min(max(LOWEST_FLAG, foreign[allowed] + 1e-6), 0.99))


def metadata(fitted: Fitted, name: str, version: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The card's machine-readable part, less digests."""
    return {
        "name": name,
        "version": version,
        "features": list(fitted.features),
        "categories": list(fitted.text.categories),
        "text_bits": fitted.text.bits,
        "thresholds": {"flag": fitted.flag},
        "data": dict(data),
    }

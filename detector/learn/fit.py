"""From examples to a model: text scorers, forests, calibration, threshold.

Every number that the forests see of the text scorers was given by scorers that
had not seen the page's site; likewise calibration and threshold come from
out-of-fold scores.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from detector.features import FIELDS
from detector.learn.examples import Example
from detector.learn.forest import ODDS, calibrate, raw_scores, train_forest
from detector.learn.material import Lists
from detector.learn.snippets import snippets
from detector.learn.text import Corpus, matrix, train_text
from detector.model import Forest, TextScorer, calibrated
from detector.model_folder import SCORES
from detector.types import CATEGORIES

FOLDS = 5
# The share of real clean pages that may be called not clean, out of fold.
FALSE_ALARMS = 0.002
# Below this a page is never called not clean, whatever the folds say.
LOWEST_FLAG = 0.5
HIGHEST_FLAG = 0.9
# Asked of pages without a finding that supports the opinion: honest warnings and advice about
# a trade. Out of fold, with 0.85 instead of 0.9 two more of 763 such articles of ours were
# called not clean, and 1.4 % more of the spam pages; with 0.725 four more, and another 0.9 %.
UNSUPPORTED = 0.8
FEWEST_PAGES = 5  # with a feature, for the model to know it
TEXTS = 20_000  # texts scored at once
REAL = 2.0  # what a real page counts against a composed one
# The same in calibration. On held-out sites the error is 0.031 with the classes balanced,
# 0.017 with all pages alike, 0.009 with this.
CALIBRATING = 3.0
LOUDEST = 20.0  # the most that a page's weight is raised or lowered for its language

Progress = Callable[[str], None]
SPOKEN = tuple(c for c in CATEGORIES if c != "other")


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
    rows: NDArray[np.float64]  # feature rows with out-of-fold text scores
    unsupported: float = UNSUPPORTED


def names_of(examples: Sequence[Example]) -> tuple[str, ...]:
    """Features that occur on enough pages, and the text scores; sorted."""
    counts: Counter[str] = Counter()
    for item in examples:
        counts.update(item.features)
    found = {n for n, c in counts.items() if c >= FEWEST_PAGES and not n.startswith("text.")}
    return tuple(sorted(found | {f"text.{name}" for name in FIELDS} | set(ODDS)))


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


class FieldTexts:
    """The fields of all pages as one list of different texts: pages share most of them."""

    def __init__(self, examples: Sequence[Example], names: Sequence[str]) -> None:
        self.texts: list[str] = []
        where: dict[str, int] = {}
        self.cells: list[list[tuple[int, int]]] = []  # of each page: (column, text)
        columns = {name: names.index(f"text.{name}") for name in FIELDS}
        for item in examples:
            cells = []
            for name, text in item.fields.items():
                if not text:
                    continue
                if text not in where:
                    where[text] = len(self.texts)
                    self.texts.append(text)
                cells.append((columns[name], where[text]))
            self.cells.append(cells)

    def scores(self, scorers: Sequence[TextScorer], jobs: int) -> NDArray[np.float64]:
        """What each scorer gives each text, shape (texts, scorers)."""
        weights = np.stack([s.weights[:, 0] for s in scorers], axis=1)
        intercepts = np.array([s.intercepts[0] for s in scorers])
        parts = [
            matrix(self.texts[i : i + TEXTS], jobs) @ weights + intercepts
            for i in range(0, len(self.texts), TEXTS)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(scorers)))

    def fill(
        self, rows: NDArray[np.float64], pages: Iterable[int], scores: NDArray[np.float64]
    ) -> None:
        """Fill the text columns of those pages with scores of shape (texts,)."""
        for page in pages:
            for column, text in self.cells[page]:
                rows[page, column] = scores[text]

    def put(
        self, rows: NDArray[np.float64], scorers: Sequence[TextScorer],
        tests: Sequence[NDArray[np.int64]], jobs: int,
    ) -> None:  # fmt: skip
        """Fill the text columns: each page by the scorer of the fold that tests it."""
        scores = self.scores(scorers, jobs)
        for fold, test in enumerate(tests):
            self.fill(rows, test, scores[:, fold])


def weights_of(examples: Sequence[Example]) -> NDArray[np.float64]:
    """In every language clean and not clean weigh the same; real pages count more.

    So the language tells nothing of the label (`probe.language_probe` measures it), except
    where one side of a language is so rare that each of its pages would shout.
    """
    weights = np.array([REAL if item.real else 1.0 for item in examples])
    clean = np.array([item.label == "clean" for item in examples])
    sides: defaultdict[tuple[str, bool], float] = defaultdict(float)
    for item, weight, side in zip(examples, weights, clean.tolist(), strict=True):
        sides[item.language, side] += weight
    for i, item in enumerate(examples):
        own = sides[item.language, bool(clean[i])]
        both = own + sides[item.language, not clean[i]]
        weights[i] *= np.clip(both / 2 / own, 1 / LOUDEST, LOUDEST)
    if 0 < clean.sum() < len(clean):
        weights[clean] *= weights[~clean].sum() / weights[clean].sum()
    balanced: NDArray[np.float64] = weights / weights.mean()
    return balanced


def calibration_weights(examples: Sequence[Example]) -> NDArray[np.float64]:
    """Pages as often as they come: a probability is a promise about pages, not about classes.

    Composed pages are as many as the recipe says, so real ones have the greater say.
    """
    return np.array([CALIBRATING if item.real else 1.0 for item in examples])


def fit(
    examples: Sequence[Example], seed: int = 0, say: Progress = lambda _: None,
    jobs: int = 1, lists: Lists | None = None,
) -> Fitted:  # fmt: skip
    """Train everything on labelled examples; the same examples and seed give the same model."""
    names = names_of(examples)
    labels = [item.label for item in examples]
    groups = np.array([item.site for item in examples])
    rows = base_rows(examples, names)
    weights = weights_of(examples)
    folds = list(GroupKFold(min(FOLDS, len(set(groups)))).split(rows, groups=groups))
    say("texts of all pages")
    corpus = Corpus.of(snippets(examples, seed, lists), jobs)
    say(f"text scorers on {len(corpus.snippets):,} texts, {len(folds)} folds")
    scorers = [
        # Only whether a text promotes enters the forests, so the folds learn only that.
        train_text(corpus, (), seed, jobs, [int(i) for i in train])
        for train, _ in folds
    ]
    FieldTexts(examples, names).put(rows, scorers, [test for _, test in folds], jobs)
    say("page classifiers")
    everyone = np.arange(len(examples))
    forests = Parallel(n_jobs=jobs)(
        delayed(train_forest)(rows[t], names, [labels[i] for i in t], weights[t], seed)
        for t in (*(train for train, _ in folds), everyone)
    )
    raw = np.zeros((len(examples), SCORES))
    for forest, (_, test) in zip(forests[:-1], folds, strict=True):
        raw[test] = raw_scores(forest, rows[test])
    scale, shift = calibrate(raw, labels, calibration_weights(examples))
    found = calibrated(raw, scale, shift)
    flag = choose_flag(examples, found)
    say("final text scorers")
    text = train_text(corpus, SPOKEN, seed, jobs)
    return Fitted(names, text, forests[-1], scale, shift, flag, found, rows)


def choose_flag(examples: Sequence[Example], probabilities: NDArray[np.float64]) -> float:
    """The lowest threshold under which real clean pages keep to `FALSE_ALARMS`."""
    honest = np.array([e.label == "clean" and e.real for e in examples])
    if not honest.any():
        return LOWEST_FLAG
    foreign = np.sort(1.0 - probabilities[honest, 0])[::-1]
    allowed = int(len(foreign) * FALSE_ALARMS)
    return float(min(max(LOWEST_FLAG, foreign[allowed] + 1e-6), HIGHEST_FLAG))


def metadata(fitted: Fitted, name: str, version: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The card's machine-readable part, less digests."""
    return {
        "name": name,
        "version": version,
        "features": list(fitted.features),
        "categories": list(fitted.text.categories),
        "text_bits": fitted.text.bits,
        "thresholds": {"flag": fitted.flag, "unsupported": fitted.unsupported},
        "data": dict(data),
    }

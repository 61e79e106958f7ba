"""What a model says of kinds of pages that its training never saw.

`cross_validate` leaves groups of pages out, fold by fold, and fits all else anew: text
scorers, forests, calibration, threshold. `leave_out` leaves one kind out at a time (a
technique, a language) and fits text scorers and the forest anew, under the calibration
and threshold of a given fit: a technique more or less hardly moves those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from detector.learn.evaluate import judge_examples, judged
from detector.learn.examples import Example
from detector.learn.fit import FieldTexts, Fitted, Progress, base_rows, fit, weights_of
from detector.learn.forest import raw_scores, train_forest
from detector.learn.material import Lists
from detector.learn.metrics import Judged
from detector.learn.snippets import snippets
from detector.learn.text import Corpus, train_text
from detector.model import TextScorer, calibrated

FOLDS = 5
INNER = 3  # folds whose scorers give the training rows their text scores


@dataclass(frozen=True, slots=True)
class Leaving:
    """Pages to learn from and pages to judge, by their numbers.

    Lines of the lists in `language` are left out with the pages.
    """

    name: str
    learn: NDArray[np.int64]
    judge: NDArray[np.int64]
    language: str = ""


def folds_of(groups: Sequence[str], folds: int = FOLDS) -> dict[str, int]:
    """Group → the fold that tests it, of about equal numbers of pages."""
    given = np.array(groups)
    found = {}
    for fold, (_, test) in enumerate(GroupKFold(folds).split(given, groups=given)):
        found.update(dict.fromkeys(given[test].tolist(), fold))
    return found


def cross_validate(
    examples: Sequence[Example], groups: Sequence[str], *, folds: int = FOLDS, seed: int = 0,
    jobs: int = 1, lists: Lists | None = None, others: Sequence[tuple[Example, str]] = (),
    say: Progress = lambda _: None,
) -> Iterator[tuple[Fitted, list[Example], list[Judged]]]:  # fmt: skip
    """For each fold: a fit on the rest, the fold's pages, and what the fit says of them.

    `others` are pages only to be judged, each with its group; a group that no training
    page has is judged by a fold drawn from its name.
    """
    by = folds_of(groups, folds)
    for fold in range(folds):
        say(f"fold {fold + 1} of {folds}")
        learned = [e for e, g in zip(examples, groups, strict=True) if by[g] != fold]
        tested = [e for e, g in zip(examples, groups, strict=True) if by[g] == fold]
        tested += [e for e, g in others if by.get(g, crc32(g.encode()) % folds) == fold]
        fitted = fit(learned, seed, jobs=jobs, lists=lists)
        yield fitted, tested, judge_examples(tested, fitted, jobs)


def leave_out(
    examples: Sequence[Example], plans: Sequence[Leaving], reference: Fitted, *, seed: int = 0,
    jobs: int = 1, lists: Lists | None = None, say: Progress = lambda _: None,
) -> Iterator[tuple[str, list[Judged]]]:  # fmt: skip
    """What fits that lack a kind say of its pages; features and texts are hashed once."""
    names = reference.features
    rows = base_rows(examples, names)
    weights = weights_of(examples)
    texts = FieldTexts(examples, names)
    corpus = Corpus.of(snippets(examples, seed, lists), jobs)
    sites = np.array([e.site for e in examples])
    labels = np.array([e.label for e in examples])
    say(f"text scorers for {len(plans)} kinds")
    inner = [
        [p.learn[t] for _, t in GroupKFold(INNER).split(p.learn, groups=sites[p.learn])]
        for p in plans
    ]

    def scorer(language: str, learn: NDArray[np.int64]) -> TextScorer:
        return train_text(corpus.without(language), (), seed, 1, learn.tolist())

    tasks = [
        (plan.language, chosen)
        for plan, parts in zip(plans, inner, strict=True)
        for chosen in (*(np.setdiff1d(plan.learn, part) for part in parts), plan.learn)
    ]
    scorers = Parallel(n_jobs=jobs, prefer="threads")(delayed(scorer)(*task) for task in tasks)
    scores = texts.scores(scorers, jobs)
    say(f"classifiers for {len(plans)} kinds")

    def filled(number: int) -> NDArray[np.float64]:
        own = rows.copy()
        first = number * (INNER + 1)
        for part, column in zip(inner[number], range(first, first + INNER), strict=True):
            texts.fill(own, part, scores[:, column])
        texts.fill(own, plans[number].judge, scores[:, first + INNER])
        return own

    def tasks_of_forests() -> Iterator[tuple[NDArray[np.float64], Leaving]]:
        for number, plan in enumerate(plans):
            yield filled(number), plan

    made = Parallel(n_jobs=jobs, return_as="generator", pre_dispatch=2 * jobs)(
        delayed(_raw)(own[p.learn], own[p.judge], names, labels[p.learn].tolist(),
                      weights[p.learn], seed)
        for own, p in tasks_of_forests()
    )  # fmt: skip
    for plan, raw in zip(plans, made, strict=True):
        found = calibrated(raw, reference.scale, reference.shift)
        yield (
            plan.name,
            [
                judged(examples[i], row, reference, ())
                for i, row in zip(plan.judge, found, strict=True)
            ],
        )


def _raw(
    learn: NDArray[np.float64], judge: NDArray[np.float64], names: Sequence[str],
    labels: Sequence[str], weights: NDArray[np.float64], seed: int,
) -> NDArray[np.float64]:  # fmt: skip
    return raw_scores(train_forest(learn, names, labels, weights, seed), judge)

"""Kinds that training never saw are judged by fits that lack them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.learn.data import read
from detector.learn.examples import Example, Labelled, analyse
from detector.learn.fit import fit, weights_of
from detector.learn.probe import language_probe
from detector.learn.text import Corpus, Snippet
from detector.learn.unseen import Leaving, cross_validate, folds_of, leave_out


@pytest.fixture(scope="module")
def examples(labels: Path) -> list[Example]:
    return list(analyse(map(Labelled.of_page, read([labels]).pages), 1))


def test_a_group_stands_in_one_fold_alone() -> None:
    by = folds_of(["a", "a", "b", "c", "d", "e", "f"], 3)
    assert set(by) == set("abcdef") and set(by.values()) == {0, 1, 2}


def test_every_page_is_judged_once_by_a_fit_without_its_site(examples: list[Example]) -> None:
    extra = [(examples[0], "a site of its own")]
    judged = []
    for _, tested, said in cross_validate(
        examples, [e.site for e in examples], folds=2, others=extra
    ):
        assert len(tested) == len(said)
        judged += [page.uri for page in said]
    assert sorted(judged) == sorted([*(e.uri for e in examples), examples[0].uri])


def test_a_kind_left_out_is_judged_and_the_rest_is_learned(examples: list[Example]) -> None:
    spam = [i for i, e in enumerate(examples) if e.label == "spam"]
    # Some spam stays in: without any, spam pages could not be told from injected ones.
    out = np.array(spam[1::2])
    plan = Leaving("half of the spam", np.setdiff1d(np.arange(len(examples)), out), out)
    both = Leaving("none", np.arange(len(examples)), np.arange(5))
    reference = fit(examples)
    found = dict(leave_out(examples, [plan, both], reference))
    assert [p.uri for p in found[plan.name]] == [examples[i].uri for i in plan.judge]
    assert sum(p.flagged for p in found[plan.name]) > 0.8 * len(plan.judge)
    assert len(found["none"]) == 5


def test_a_language_left_out_takes_its_lines_of_the_lists_with_it() -> None:
    made = [Snippet("a", "loans", "en"), Snippet("b", "", "zh"), Snippet("c", "", "zh", owner=3)]
    corpus = Corpus.of(made)
    assert [s.text for s in corpus.without("zh").snippets] == ["a", "c"]
    assert corpus.without("") is corpus


def test_the_language_tells_nothing_of_the_label(examples: list[Example]) -> None:
    assert abs(language_probe(examples, weights_of(examples)) - 0.5) < 0.1

"""Fits the relevance of related links: reads lists, writes `relevance.npz`.

    python -m detector.learn.relevance DATA... [--heap TITLES] --output models/default

DATA are JSON lines with a page's `title`, `article` and `related` titles, or labelled data as
`detector train` reads it: `related: [{text, href, off_topic}]` of a page says which of its links
belong to it; where a clean page has no such labels, the lists found on it count as its own.

Of them `related_lists` makes lists that are a page's own and lists that are foreign. Four in
ten of the own links are in truth unrelated (latest news and menus under a related heading; 125 of
321 that were read), and one list in five is so as a whole: this bounds what a judge of topics alone
can reach. That titles are of one site tells more.

Latest and popular lists teach what honest lists look like as a whole, not what is relevant.
Splits are by the site of the page.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from detector.learn.related_lists import (
    ROUNDS,
    Article,
    Heap,
    LinkList,
    make_lists,
    read_all,
    read_heap,
)
from detector.link_features import (
    BLOCK_FEATURES,
    JUDGED_BY,
    LINK_FEATURES,
    block_features,
    in_spreads,
    link_features,
)
from detector.relevance import RelevanceModel
from detector.static_vectors import Floats, StaticVectors

Arrays = dict[str, npt.NDArray[Any]]

TREES: Final = 100
DEPTH: Final = 4
LEAVES: Final = 8
RATE: Final = 0.08
SHRINKING: Final = 5.0  # of a leaf's value, L2
SMALLEST_LEAF: Final = 30
FOLDS: Final = 5
INNER_FOLDS: Final = 2  # for the weights of the opinions
STIFFNESS: Final = 0.03  # of the line: inverse of its penalty


@dataclass(frozen=True, slots=True)
class Judged:
    """A list with what the model said of it, out of fold."""

    list: LinkList
    scores: tuple[float, ...]
    foreign: float


@dataclass(frozen=True, slots=True)
class _Rows:
    """Features: of the links of each list, and of each list."""

    links: Sequence[Floats]
    wholes: Sequence[Floats]
    blocks: Floats


# Features that set the others in proportion and say nothing by themselves: not for the line.
CIRCUMSTANCES: Final = frozenset(("length", "known", "siblings", "east_asian", "article_length"))
JUDGED: Final = np.isin(np.arange(len(LINK_FEATURES)), JUDGED_BY).astype(np.float32)


def train(
    vectors: StaticVectors,
    articles: Sequence[Article],
    seed: int = 0,
    rounds: int = ROUNDS,
    heaps: Sequence[Heap] = (),
) -> Arrays:
    """The arrays of `relevance.npz`: a forest for links, a forest and a line for lists."""
    lists = make_lists(articles, rounds, seed, heaps)
    return _train(lists, _features(vectors, lists), range(len(lists)), seed)


def cross_validate(
    vectors: StaticVectors,
    articles: Sequence[Article],
    more: Sequence[Article] = (),
    measured: Sequence[LinkList] = (),
    seed: int = 0,
    heaps: Sequence[Heap] = (),
) -> list[Judged]:
    """Lists judged by models that saw no page of their site.

    `more` are articles that only teach. `measured` are the lists that are judged, by
    default the first of each kind of each article. The titles of foreign links may
    have stood under other articles in training: features hold no words, only how
    title and article agree.
    """
    lists = make_lists([*articles, *more], seed=seed, heaps=heaps)
    if not measured:
        first: dict[tuple[Article, str], LinkList] = {}
        chosen = set(articles)
        for x in lists:
            if x.article in chosen:
                first.setdefault((x.article, x.mixture), x)
        measured = list(first.values())
    rows, asked = _features(vectors, lists), _features(vectors, measured)
    sites = sorted({x.article.site for x in lists})
    random.Random(seed).shuffle(sites)
    fold = {site: i % FOLDS for i, site in enumerate(sites)}
    judged: dict[int, Judged] = {}
    for k in range(FOLDS):
        inside = [i for i, x in enumerate(lists) if fold[x.article.site] != k]
        model = RelevanceModel(vectors, _train(lists, rows, inside, seed))
        for i, x in enumerate(measured):
            if fold[x.article.site] == k:
                said = model.judge_features(asked.links[i], asked.wholes[i])
                judged[i] = Judged(x, said.scores, said.foreign)
    return [judged[i] for i in range(len(measured))]


def _features(vectors: StaticVectors, lists: Sequence[LinkList]) -> _Rows:
    made = [
        link_features(vectors, x.article.title, x.article.text, x.links, x.article.language)[:2]
        for x in lists
    ]
    blocks = np.stack([block_features(*rows) for rows in made])
    return _Rows([rows for rows, _ in made], [whole for _, whole in made], blocks)


def _train(lists: Sequence[LinkList], rows: _Rows, chosen: Sequence[int], seed: int) -> Arrays:
    from sklearn.linear_model import LogisticRegression

    # The weights of the opinions must be fitted on pages that the forests did not see.
    asked: list[int] = []
    said: list[Floats] = []
    sites = np.array([lists[i].article.site for i in chosen])
    for inside, outside in _folds(sites, seed + 1):
        part = [chosen[i] for i in inside]
        links = _fit_links(lists, rows, part, seed)
        whole = _fit_blocks(lists, rows, part, seed)
        line = _fit_line(lists, rows, part)
        for i in (chosen[i] for i in outside):
            if lists[i].article.promised:
                asked.append(i)
                block = rows.blocks[i]
                said.append(np.array([
                    links.decision_function(rows.links[i]).mean(),
                    whole.decision_function(block[None, :])[0],
                    in_spreads(block, line["middle"], line["spread"]) @ line["line"],
                ], np.float32))  # fmt: skip
    foreign = np.array([lists[i].foreign for i in asked])
    fitted = LogisticRegression(C=10, class_weight="balanced").fit(
        np.stack(said), foreign, sample_weight=[lists[i].weight for i in asked]
    )
    return {
        **_export(_fit_links(lists, rows, chosen, seed), "link"),
        **_export(_fit_blocks(lists, rows, chosen, seed), "block"),
        **_fit_line(lists, rows, chosen),
        "weights": fitted.coef_[0].astype(np.float32),
        "bias": fitted.intercept_.astype(np.float32),
    }


def _folds(
    groups: npt.NDArray[Any], seed: int
) -> Iterable[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    names = sorted(set(groups.tolist()))
    random.Random(seed).shuffle(names)
    fold = {name: i % INNER_FOLDS for i, name in enumerate(names)}
    of = np.array([fold[g] for g in groups.tolist()])
    for i in range(INNER_FOLDS):
        yield np.flatnonzero(of != i), np.flatnonzero(of == i)


def _fit_links(lists: Sequence[LinkList], rows: _Rows, chosen: Iterable[int], seed: int) -> Any:
    used = [i for i in chosen if lists[i].article.promised]
    x = np.concatenate([rows.links[i] for i in used])
    x = x * JUDGED  # a feature that never varies is never asked
    y = np.concatenate([np.array(lists[i].own) for i in used])
    w = np.concatenate([np.full(len(lists[i].own), lists[i].weight) for i in used])
    return _forest(x, y, w, seed)


def _wholes(
    lists: Sequence[LinkList], chosen: Iterable[int]
) -> tuple[list[int], npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Lists that are own or foreign as a whole, which of them are foreign, their weights."""
    used = [i for i in chosen if len(set(lists[i].own)) == 1]
    foreign = np.array([lists[i].foreign for i in used])
    weight = np.array([lists[i].weight for i in used])
    weight[foreign] *= weight[~foreign].sum() / weight[foreign].sum()
    return used, foreign, weight


def _fit_blocks(lists: Sequence[LinkList], rows: _Rows, chosen: Iterable[int], seed: int) -> Any:
    used, foreign, weight = _wholes(lists, chosen)
    return _forest(rows.blocks[used], foreign, weight, seed)


def _fit_line(lists: Sequence[LinkList], rows: _Rows, chosen: Iterable[int]) -> Arrays:
    from sklearn.linear_model import LogisticRegression

    used, foreign, weight = _wholes(lists, chosen)
    blocks = rows.blocks[used]
    middle, spread = blocks.mean(axis=0), blocks.std(axis=0) + np.float32(1e-4)
    spread[[name.partition(".")[0] in CIRCUMSTANCES for name in BLOCK_FEATURES]] = np.inf
    fitted = LogisticRegression(C=STIFFNESS, max_iter=1000).fit(
        in_spreads(blocks, middle, spread), foreign, sample_weight=weight
    )
    return {"line": fitted.coef_[0].astype(np.float32), "middle": middle, "spread": spread}


def _forest(x: Floats, y: npt.NDArray[Any], weight: npt.NDArray[Any], seed: int) -> Any:
    """A forest that takes both classes for equally frequent."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    weight = weight.copy()
    weight[y] *= weight[~y].sum() / weight[y].sum()
    return HistGradientBoostingClassifier(
        max_iter=TREES, max_depth=DEPTH, max_leaf_nodes=LEAVES, learning_rate=RATE,
        min_samples_leaf=SMALLEST_LEAF, l2_regularization=SHRINKING, max_features=0.3,
        early_stopping=False, random_state=seed,
    ).fit(x, y, sample_weight=weight)  # fmt: skip


def _export(forest: Any, name: str) -> Arrays:
    """The trees as arrays (trees, nodes), leaves without children."""
    trees = [tree.nodes for (tree,) in forest._predictors]
    shape = (len(trees), max(len(nodes) for nodes in trees))
    feature, threshold = np.zeros(shape, np.int16), np.zeros(shape, np.float32)
    left, right = np.full(shape, -1, np.int16), np.full(shape, -1, np.int16)
    value = np.zeros(shape, np.float32)
    for i, nodes in enumerate(trees):
        n = len(nodes)
        inner = ~nodes["is_leaf"].astype(np.bool_)
        for into, field in ((left, "left"), (right, "right"), (feature, "feature_idx"),
                            (threshold, "num_threshold")):  # fmt: skip
            into[i, :n][inner] = nodes[field][inner]
        value[i, :n] = nodes["value"]
    return {
        f"{name}_feature": feature, f"{name}_left": left, f"{name}_right": right,
        f"{name}_threshold": threshold, f"{name}_value": value,
        f"{name}_bias": forest._baseline_prediction.ravel().astype(np.float32),
    }  # fmt: skip


def main() -> None:
    """Fit on all data given and write `relevance.npz`."""
    from detector.learn.write import packed, replace_files

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, nargs="+", help="lists or labelled data")
    parser.add_argument("--output", type=Path, required=True, help="holds vectors.npz")
    parser.add_argument("--heap", type=Path, action="append", default=[], help="titles, one a line")
    options = parser.parse_args()
    with np.load(options.output / "vectors.npz", allow_pickle=False) as archive:
        vectors = StaticVectors({name: archive[name] for name in archive.files})
    heaps = [read_heap(path) for path in options.heap]
    arrays = train(vectors, read_all(options.data), heaps=heaps)
    replace_files(options.output, {"relevance.npz": packed(arrays)})


if __name__ == "__main__":
    main()

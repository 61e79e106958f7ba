"""What says that a link of a related list belongs to its article: features of links and lists.

Titles and article are compared by `static_vectors`, by the words and runs of characters that
they share, weighted by how rare these are, by their spelling, and the titles with each other,
also by whether they come from one place (`agreement`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.manner import manner
from detector.patterns import pattern
from detector.static_vectors import LETTER_CELLS, Floats, StaticVectors, Tokens, letter_cells

ARTICLE: Final = 600  # characters of the article that are compared: what the models are fitted on
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
    "topic_adds", "topic_pair", "manner_adds", "about", "topic_lead",
)  # fmt: skip
# That a link fits the others says that a list is a page's own, not what the link is about.
JUDGED_BY: Final = tuple(
    i for i, name in enumerate(LINK_FEATURES) if name not in ("topic_adds", "manner_adds")
)
AGREEMENTS: Final = (  # of a list
    "topic", "topic_title", "manner", "manner_title", "about_joined", "about_among", "about_gain",
)  # fmt: skip
# Of a list: mean, greatest, least and spread of each feature of its links, its agreements.
BLOCK_FEATURES: Final = (
    *(f"{name}.{kind}" for kind in ("mean", "max", "min", "std") for name in LINK_FEATURES),
    *AGREEMENTS,
)


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
    other = alike < _SAME
    np.fill_diagonal(other, False)
    others = other.sum(axis=1)
    share = other / np.maximum(others, 1).astype(np.float32)[:, None]
    written = _letters_alike([*links, f"{title} {article[:LETTERS]}"], vectors.letters)
    among = np.stack([alike, words.alike, written[:, :n]])
    mean, most = (among * share).sum(axis=2), np.where(other, among, -1).max(axis=2)
    sizes = np.log(np.array([max(len(t), 1) for t in links], np.float32))
    best = to_parts.max(axis=1)
    most_best = np.where(other, best, -1).max(axis=1)
    of_others = share @ np.stack([lead_vector, best, words.shared], axis=1)
    alone = others == 0
    most[:, alone], most_best[alone] = 0, 0
    spoken = language.partition("-")[0]  # traditional characters are folded to simplified
    topics = vectors.topic.place(unit, spoken)
    lead_topic, link_topics = topics[:first].mean(axis=0), topics[first:]
    topic_adds, topic_pair, topic = vectors.topic.compare(topics[0], link_topics)
    topic_lead = vectors.topic.ratio(
        2, link_topics + lead_topic, link_topics * link_topics + lead_topic * lead_topic
    )
    manners = vectors.manner.place(manner([title, *links]), spoken)
    manner_adds, _, manners_agree = vectors.manner.compare(manners[0], manners[1:])
    subjects = vectors.about.place(unit, spoken)
    about, joined = vectors.about.joins(subjects[:first], subjects[first:])
    in_article = int(np.searchsorted(tokens.text, first))
    columns = (
        to_parts[:, 0],
        lead_vector,
        best,
        words.title,
        words.shared,
        words.long,
        words.rarest,
        words.count,
        mean[0],
        most[0],
        mean[1],
        most[1],
        of_others[:, 0],
        of_others[:, 1],
        of_others[:, 2],
        most_best,
        np.log1p(words.length),
        words.known,
        np.full(n, min(int(other.any(axis=0).sum()), 8)),
        words.east_asian,
        np.full(n, np.log1p(float(in_article))),
        written[:, n],
        mean[2],
        most[2],
        np.abs(sizes - np.median(sizes)),
        topic_adds,
        topic_pair,
        manner_adds,
        about,
        topic_lead,
    )
    sure = in_article >= 8 and words.comparable and bool(words.length.any())
    rows = np.stack(columns, axis=1).astype(np.float32)
    return rows, np.concatenate([topic, manners_agree, joined]), sure


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
    in_title = _is_in(hashes, tokens.hashes[: np.searchsorted(tokens.text, 1)])
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

"""Trade words that labelled pages use and no lexicon has: what a new campaign calls its goods.

Words are those of jieba in Chinese, with words next to each other joined, as trade names are
mostly compounds that a dictionary splits; elsewhere what stands between spaces, one or two. A
word counts once a site. Ranked by the log-odds ratio of sites with an informative Dirichlet
prior, in standard deviations (Monroe, Colaresi and Quinn, Fightin' Words, 2008).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from detector.language import function_words
from detector.learn.datasets import LabelledPage
from detector.lexicon import Lexicon, default_lexicon, fold
from detector.page import read_page

HAN = re.compile(r"[\u3400-\u9fff]+")
WORDS = re.compile(r"[^\W\d_][\w-]*")
SHORTEST, SHORTEST_HAN, LONGEST = 4, 2, 30
FEWEST_SITES = 2  # that use a word
SUREST = 1.96  # standard deviations: 5 % by chance
PRIOR = 10.0  # uses of words that are taken as seen before
TEXT_CHARS = 4000  # of a page


@dataclass(frozen=True, slots=True)
class NewTerm:
    """A word with the sites that use it, and how surely spam sites use it more often."""

    term: str
    language: str
    category: str  # of most pages that use it
    spam_sites: int
    clean_sites: int
    score: float  # standard deviations


def new_terms(
    pages: Iterable[LabelledPage], lexicon: Lexicon | None = None, most: int = 200
) -> list[NewTerm]:
    """The surest words of spam and injected text that the lexicon lacks, best first.

    Injected pages count by their `spans` alone: the rest of them is honest.
    """
    known = lexicon or default_lexicon()
    sites: tuple[dict[str, set[str]], dict[str, set[str]]] = (defaultdict(set), defaultdict(set))
    categories: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for page in pages:
        text, language = _told(page)
        foreign = page.label != "clean"
        for word in words(text):
            sites[foreign][word].add(page.site or page.uri)
            if foreign:
                categories[word][language, (page.categories or ("",))[0]] += 1
    clean, spam = sites
    totals = [sum(len(s) for s in side.values()) + 1.0 for side in sites]
    found = []
    for word, users in spam.items():
        if len(users) < FEWEST_SITES or known.find(word):
            continue
        score = _fightin(len(users), len(clean.get(word, ())), totals[1], totals[0])
        if score >= SUREST:
            (language, category), _ = categories[word].most_common(1)[0]
            found.append(
                NewTerm(word, language, category, len(users), len(clean.get(word, ())), score)
            )
    found.sort(key=lambda t: (-t.score, t.term))
    return found[:most]


def words(text: str) -> frozenset[str]:
    """Words of a text, and neighbouring ones joined; folded as the lexicon folds."""
    found: set[str] = set()
    for line in fold(text).splitlines():
        for run in HAN.findall(line):
            pieces = list(_segmented(run))
            found.update(p for p in pieces if len(p) >= SHORTEST_HAN)
            found.update(a + b for a, b in pairwise(pieces) if len(a + b) > SHORTEST_HAN)
        spaced = [w for w in WORDS.findall(line) if not HAN.search(w) and w not in function_words()]
        found.update(w for w in spaced if len(w) >= SHORTEST)
        found.update(f"{a} {b}" for a, b in pairwise(spaced) if len(a) + len(b) > SHORTEST)
    return frozenset(w for w in found if len(w) <= LONGEST)


def _segmented(text: str) -> Iterator[str]:
    import jieba  # reads its dictionary for half a second

    jieba.setLogLevel("ERROR")
    yield from jieba.cut(text)


def _told(page: LabelledPage) -> tuple[str, str]:
    read = read_page(page.data, uri=page.uri, kind=page.kind)
    language = page.lang or read.language
    if page.label == "injected":
        return "\n".join(page.spans), language
    lines = [read.title, *(b.text for b in read.blocks if b.hidden is None)]
    return "\n".join(lines)[:TEXT_CHARS], language


def _fightin(spam: int, clean: int, spam_total: float, clean_total: float) -> float:
    """Log-odds ratio over its standard deviation; the prior is the word's share of all."""
    prior = (spam + clean) / (spam_total + clean_total) * PRIOR
    a, b = spam + prior, clean + prior
    ratio = math.log(a / (spam_total + PRIOR - a)) - math.log(b / (clean_total + PRIOR - b))
    return ratio / math.sqrt(1 / a + 1 / b)

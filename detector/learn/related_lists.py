"""Lists that teach the relevance of related links: whose links they are, and from where.

A page's own related links stand for links on its topic, links of other sites in the same language
for links off it. Of them lists are made, because kits and hacks make all of these: scattered, each
link of another site (a kit), borrowed, another page's whole list (advertising, a stolen template),
and from a heap of titles in one manner (a kit with its own), where one is given.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from detector.link_features import ARTICLE, MOST_LINKS

if TYPE_CHECKING:
    from detector.learn.datasets import LabelledPage

Mixture = Literal["own", "scattered", "borrowed", "heap", "labelled"]

ROUNDS: Final = 3  # lists of each foreign kind drawn for a page
# What lists count that are harder to tell: borrowed ones, and those of a heap of one manner.
COUNTS: Final = {"borrowed": 0.2, "heap": 0.5}
HEAP_ROUNDS: Final = 2  # lists drawn for a page from each heap
LONGEST_HEAP_LIST: Final = 9
FEWEST_TITLES: Final = 100  # of a heap
UNPROMISED: Final = 0.3  # what a list counts whose heading promises nothing
MOST_LISTS: Final = 6  # of one site's pages
HONEST: Final = frozenset(("related", "latest", "popular", "unheaded"))


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
        return promised * COUNTS.get(self.mixture, 1.0)


@dataclass(frozen=True, slots=True)
class Heap:
    """Titles on anything, written in one manner, as a kit's: it fills lists from them."""

    language: str
    titles: tuple[str, ...]


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


def read_all(paths: Sequence[Path]) -> list[Article]:
    """Articles of JSON lines and labelled data, in order; a page is read once a source."""
    return [a for path in paths for a in (read_articles if _is_lists(path) else read_pages)(path)]


def read_heap(path: Path) -> Heap:
    """A heap from lines of titles; of lines with tabs the last field is the title."""
    from detector.language import detect

    lines = path.read_text("utf-8").splitlines()
    titles = tuple(dict.fromkeys(t for line in lines if (t := line.rpartition("\t")[2].strip())))
    if len(titles) < FEWEST_TITLES:
        raise ValueError(f"{path}: {len(titles)} titles, a heap needs {FEWEST_TITLES}")
    return Heap(detect("\n".join(titles[:FEWEST_TITLES])), titles)


def _is_lists(path: Path) -> bool:
    if not path.is_file() or path.suffix != ".jsonl":
        return False
    with path.open(encoding="utf-8") as lines:
        return "article" in json.loads(next(lines, "{}"))


def make_lists(
    articles: Sequence[Article],
    rounds: int = ROUNDS,
    seed: int = 0,
    heaps: Sequence[Heap] = (),
) -> list[LinkList]:
    """Lists of all kinds; foreign links are of other sites in the same language, or of a heap.

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
        for heap in heaps if rounds else ():
            if heap.language == article.language:
                for _ in range(HEAP_ROUNDS):
                    foreign = tuple(drawn.sample(heap.titles, min(n, LONGEST_HEAP_LIST)))
                    lists.append(LinkList(article, foreign, (False,) * len(foreign), "heap"))
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

"""What pages of one site say together: pages in a foreign language under random paths.

A hacked site carries thousands of pages that its owner never wrote, in a language that the rest of
it does not use, under names that a program made up (the "Japanese keyword hack"). No page of them
shows that alone. Counts only, bounded: memory does not grow with the pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from detector.patterns import pattern

MOST_SITES = 10_000  # sites that are counted
FEWEST = 20  # pages of a language before it is spoken of
OWN_FEWEST = 5  # pages in the site's own language
RANDOM_SHARE = 0.5  # of them under random paths
EXAMPLES = 2
_NAME = pattern(r"[a-z0-9]{5,40}")
_TURNS = pattern(r"[a-z][0-9]|[0-9][a-z]")


def random_name(uri: str) -> bool:
    """Whether an address ends in a name that no person gives: `x7k2q9`."""
    path = uri.partition("#")[0].rstrip("/").lower()
    path, _, query = path.partition("?")
    last = path.rpartition("/")[2].partition(".")[0]
    names = _NAME.findall(query if query and len(last) < 6 else last)
    return any(len(_TURNS.findall(name)) >= 2 for name in names)


class Sites:
    """Counts of pages by site and language, as they come."""

    def __init__(self) -> None:
        self._pages: dict[str, Counter[str]] = {}
        self._random: dict[tuple[str, str], int] = {}
        self._examples: dict[tuple[str, str], list[str]] = {}

    def add(self, site: str, record: Mapping[str, Any]) -> None:
        """Note one page's record."""
        language = record["input"]["language"]
        if not language or (site not in self._pages and len(self._pages) >= MOST_SITES):
            return
        self._pages.setdefault(site, Counter())[language] += 1
        if random_name(record["uri"]):
            key = site, language
            self._random[key] = self._random.get(key, 0) + 1
            examples = self._examples.setdefault(key, [])
            if len(examples) < EXAMPLES:
                examples.append(record["uri"])

    def strangers(self) -> Iterator[tuple[str, str, int, list[str]]]:
        """Site, language, pages, and examples of what does not belong to the site.

        The site's own language is the one with most pages that have names.
        """
        for site, pages in self._pages.items():
            named = {name: n - self._random.get((site, name), 0) for name, n in pages.items()}
            own = max(named, key=lambda name: named[name])
            if named[own] < OWN_FEWEST:
                continue
            for language, count in pages.items():
                random = self._random.get((site, language), 0)
                if language != own and count >= FEWEST and random >= RANDOM_SHARE * count:
                    yield site, language, count, self._examples[site, language]

"""Count which tokens follow each other in honest articles: the table of `restore.fluency`.

`python -m detector.learn.fluency_counts LABELLED … [--output detector/data/fluency.bin]
[--half 0|1]`, with the sources that `detector train` reads. `--half` takes the pages of one half
of the sites alone: to measure on the other half what was counted on this one.

Only rows of tokens that stand on several sites are kept, as hashes.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from detector import roles
from detector.learn.datasets import read_labelled
from detector.page import read_page
from detector.restore.fluency import ORDER, SLOTS, START, Fluency, ending, is_word, pack, split

OUTPUT = Path(__file__).parent.parent / "data" / "fluency.bin"
BUCKETS = 1 << 16  # times 8 cells of 2 bytes: 1 MB
WORD_LEAST = 12  # times that a word is seen before it counts as itself, and not by its ending
WORD_SITES = 6
SCARCE = 100  # pages of a language: of so few every row of tokens counts, else those of two sites
LONGEST = 30_000  # characters of a page: a long one must not rule


@dataclass(frozen=True, slots=True)
class Article:
    """An honest page's title and the lines of its article."""

    site: str
    lang: str
    title: str
    lines: tuple[str, ...]


def half_of(site: str) -> int:
    """0 or 1, the same for the same site."""
    return sha256(site.encode()).digest()[0] & 1


def articles(paths: Iterable[str | Path]) -> Iterator[Article]:
    """The honest pages of labelled sources, as a scan reads them."""
    for labelled in read_labelled(paths):
        if labelled.label != "clean":
            continue
        page = read_page(labelled.data, uri=labelled.uri)
        blocks = [page.blocks[index] for index in roles.content(page.blocks)]
        heading = next((b.text for b in page.blocks if b.role == "title"), "")
        lines = tuple(block.text for block in blocks if block.role != "title")
        yield Article(labelled.site, labelled.lang, heading or page.title, lines)


def count(pages: Sequence[Article]) -> tuple[dict[tuple[str, ...], float], float]:
    """Counts of rows of one to three tokens, and of all tokens."""
    lines: list[tuple[str, list[str]]] = []
    pages_of = Counter(page.lang for page in pages)
    words: Counter[str] = Counter()
    sites: dict[str, set[str]] = {}
    for page in pages:
        size = 0
        for line in page.lines:
            size += len(line)
            if size > LONGEST:
                break
            tokens = split(line)
            lines.append((page.site if pages_of[page.lang] > SCARCE else "", tokens))
            words.update(tokens)
            for token in set(tokens):
                known = sites.setdefault(token, set())
                if len(known) < WORD_SITES:
                    known.add(page.site)
    frequent = {
        word
        for word, number in words.items()
        if not is_word(word) or (number >= WORD_LEAST and len(sites[word]) >= WORD_SITES)
    }
    counts: dict[tuple[str, ...], float] = {}
    plain = [
        (site, [START, *(t if t in frequent else ending(t) for t in tokens), START])
        for site, tokens in lines
    ]
    for order in range(1, ORDER + 1):
        rows: Counter[tuple[str, ...]] = Counter()
        first: dict[tuple[str, ...], str] = {}
        several: set[tuple[str, ...]] = set()
        for site, tokens in plain:
            for at in range(len(tokens) - order + 1):
                row = tuple(tokens[at : at + order])
                if order > 1 and (row[:-1] not in counts or row[1:] not in counts):
                    continue
                rows[row] += 1
                if first.setdefault(row, site) != site or not site:
                    several.add(row)
        counts.update({row: rows[row] for row in several if order < ORDER or rows[row] > 1})
    return counts, float(sum(len(tokens) for _, tokens in plain))


def fluency(pages: Sequence[Article]) -> tuple[Fluency, bytes, int]:
    """The table, its file and the number of rows."""
    counts, total = count(pages)
    cells = pack(counts, BUCKETS)
    assert len(cells) == BUCKETS * SLOTS
    return Fluency(cells, total), int(total).to_bytes(8, "little") + cells.tobytes(), len(counts)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--half", type=int, choices=(0, 1))
    options = parser.parse_args()
    pages = [p for p in articles(options.sources) if options.half in (None, half_of(p.site))]
    _, data, rows = fluency(pages)
    options.output.write_bytes(data)
    print(f"{len(pages)} articles, {rows} rows of tokens, {len(data)} bytes: {options.output}")


if __name__ == "__main__":
    main()

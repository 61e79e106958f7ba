"""Hold the weights of the lexicon against honest text.

For every term: on how many honest sites and on how many spam pages it stands. A term that honest
sites use must not weigh much, whatever its trade. The rule of thumb that the figures are given
for: two distinct terms of weight >= 0.5 of one category.

`python -m detector.learn.lexicon_weights CLEAN.warc.gz SPAM.warc.gz [--kit LINES.txt …]
[--skip URIS.tsv]`, each WARC with its JSONL beside it. A page labelled honest can hold real spam
(a hacked page, a casino's own): look at it, then name it in the skip list with the reason.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detector.lexicon import CONTACT, Hit, Lexicon, default_lexicon

# (share of the honest sites of the term's language, the most that it may weigh then)
CAPS = ((0.003, 0.2), (0.0005, 0.5))
# With fewer sites of a language than this, one site is no share: all sites are the base.
FEWEST_SITES = 150
HEAVY = 0.5  # the rule's weight
DISTINCT = 2  # the rule's number of distinct terms


@dataclass(frozen=True, slots=True)
class Sample:
    """A page's visible text with what is known of it. `category` is "" for honest pages."""

    uri: str
    text: str
    lang: str
    site: str
    category: str = ""


@dataclass(slots=True)
class Usage:
    """Where one term stands: honest sites by language, spam pages."""

    sites: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    spam: int = 0


@dataclass(frozen=True, slots=True)
class Heavy:
    """A term whose weight is above what its honest use allows. `share` is 0..1 of `base` sites."""

    term: str
    category: str
    weight: float
    cap: float
    share: float
    base: int
    spam: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What the two-term rule does: honest pages flagged, spam pages found by language, category."""

    clean: int
    flagged: tuple[tuple[str, str, tuple[str, ...]], ...]  # uri, category, terms
    by_lang: dict[str, tuple[int, int]]  # found, of
    by_category: dict[str, tuple[int, int]]


def samples(warc: Path) -> Iterator[Sample]:
    """The pages of a WARC with a JSONL of the same stem beside it (`uri`, `lang`, `site`, …).

    The text is the title and every block that a visitor sees.
    """
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    from detector.page import read_page

    about = warc.with_name(warc.name.split(".")[0] + ".jsonl")
    known = {row["uri"]: row for row in map(json.loads, about.open(encoding="utf-8"))}
    with warc.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            uri = record.headers["WARC-Target-URI"]
            row = known[uri]
            page = read_page(record.reader.read(), uri=uri, kind="html")
            lines = [page.title, *(b.text for b in page.blocks if b.hidden is None)]
            site = row.get("site") or row.get("group") or row.get("source") or uri
            yield Sample(uri, "\n".join(lines), row["lang"], site, row.get("category") or "")


def rule(hits: Iterable[Hit]) -> dict[str, tuple[str, ...]]:
    """Category to its distinct heavy terms, where the two-term rule fires."""
    heavy: dict[str, dict[str, None]] = {}
    for hit in hits:
        if hit.weight >= HEAVY and hit.category != CONTACT:
            heavy.setdefault(hit.category, {})[hit.term] = None
    return {category: tuple(terms) for category, terms in heavy.items() if len(terms) >= DISTINCT}


def count(
    clean: Iterable[Sample], spam: Iterable[Sample], lexicon: Lexicon
) -> tuple[dict[str, Usage], Counter[str], Figures]:
    """One pass over both: usage by term, honest sites by language ("" for all), the figures."""
    usage: dict[str, Usage] = defaultdict(Usage)
    sites: dict[str, set[str]] = defaultdict(set)
    flagged: list[tuple[str, str, tuple[str, ...]]] = []
    pages = 0
    for sample in clean:
        pages += 1
        sites[sample.lang].add(sample.site)
        sites[""].add(sample.site)
        hits = lexicon.find(sample.text)
        for term in {hit.term for hit in hits}:
            usage[term].sites[sample.lang].add(sample.site)
        flagged += [(sample.uri, c, terms) for c, terms in rule(hits).items()]
    found: dict[str, Counter[bool]] = defaultdict(Counter)
    kinds: dict[str, Counter[bool]] = defaultdict(Counter)
    for sample in spam:
        hits = lexicon.find(sample.text)
        for term in {hit.term for hit in hits}:
            usage[term].spam += 1
        fires = bool(rule(hits))
        found[sample.lang][fires] += 1
        kinds[sample.category][fires] += 1
    figures = Figures(
        pages,
        tuple(flagged),
        {lang: (c[True], c.total()) for lang, c in sorted(found.items())},
        {kind: (c[True], c.total()) for kind, c in sorted(kinds.items())},
    )
    return usage, Counter({lang: len(s) for lang, s in sites.items()}), figures


def too_heavy(usage: dict[str, Usage], sites: Counter[str], lexicon: Lexicon) -> list[Heavy]:
    """Terms that weigh more than `CAPS` allows, worst first. Contact words are none of them."""
    out: list[Heavy] = []
    for term in lexicon.terms:
        used = usage.get(term.term)
        if used is None or term.category == CONTACT:
            continue
        own = sites[term.lang] >= FEWEST_SITES
        base = sites[term.lang if own else ""]
        here = used.sites.get(term.lang, set()) if own else set().union(*used.sites.values())
        share = len(here) / base if base else 0.0
        cap = next((most for above, most in CAPS if share > above), 1.0)
        if term.weight > cap:
            out.append(Heavy(term.term, term.category, term.weight, cap, share, base, used.spam))
    return sorted(out, key=lambda h: (h.cap, -h.share, h.term))


def kit_share(lines: Sequence[str], lexicon: Lexicon) -> float:
    """Share of the lines of a kit's text that hold a term of weight >= 0.5."""
    hit = sum(
        any(h.weight >= HEAVY and h.category != CONTACT for h in lexicon.find(line))
        for line in lines
    )
    return hit / len(lines) if lines else 0.0


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("clean", type=Path)
    parser.add_argument("spam", type=Path)
    parser.add_argument("--kit", type=Path, nargs="*", default=[])
    parser.add_argument(
        "--skip", type=Path, help="honest pages that hold real spam: uri<TAB>reason a line"
    )
    given = parser.parse_args()
    lexicon = default_lexicon()
    rows = given.skip.read_text("utf-8").splitlines() if given.skip else []
    skip = {row.split("\t")[0] for row in rows}
    clean = (sample for sample in samples(given.clean) if sample.uri not in skip)
    usage, sites, figures = count(clean, samples(given.spam), lexicon)
    for heavy in too_heavy(usage, sites, lexicon):
        print(
            f"{heavy.term}\t{heavy.category}\t{heavy.weight:g} > {heavy.cap:g}\t"
            f"{heavy.share:.2%} of {heavy.base} sites, {heavy.spam} spam pages"
        )
    for uri, category, terms in figures.flagged:
        print("flagged", category, uri, " | ".join(terms), sep="\t")
    pages = len({uri for uri, _, _ in figures.flagged})
    print(f"honest pages flagged: {pages} of {figures.clean} = {pages / figures.clean:.2%}")
    for name, table in (("lang", figures.by_lang), ("category", figures.by_category)):
        for key, (found, of) in table.items():
            print(f"found by {name} {key}: {found} of {of} = {found / of:.0%}")
    for path in given.kit:
        share = kit_share(path.read_text("utf-8").splitlines(), lexicon)
        print(f"kit lines with a heavy term, {path.name}: {share:.0%}")


if __name__ == "__main__":
    main()

"""Two views of a page: precision and recall of `detector compare` on pairs made of a corpus.

    python benchmarks/compare.py CORPUS [--every 5] [--first 0] [--recipe held-out]

Of each honest page: pairs with what honest servers change from visit to visit (`honest_changes`),
the page beside itself with an injection of the generator, and beside a page that is spam, half of
them with an honest change on top. Either view may be the crawler's. Pages that were found to be
hacked are left out. `--output FILE` writes a row a pair.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from honest_changes import CHANGES, changed

from detector.compare import Views, compare
from detector.learn.data import clean_pages, hacked_pages
from detector.learn.datasets import read_labelled
from detector.learn.generate import CleanPage, Composer, load_recipe
from detector.scan import Scanner
from detector.types import Document

# Changes that leave the attacked page recognisable: the attack shows beside them too.
GENTLE = ("time and counters", "advertisements", "session", "personal blocks", "new comments")
CHANGES_EACH = 3  # honest pairs of each page


@dataclass(frozen=True, slots=True)
class Case:
    """A pair and the truth about it; `what` is the change, or the techniques."""

    cloaked: bool
    what: str
    page: CleanPage
    visitor: str
    crawler: str


def cases(pages: Sequence[CleanPage], every: int, first: int, recipe: str) -> Iterator[Case]:
    """All pairs of every so-manieth page."""
    sites: defaultdict[str, list[CleanPage]] = defaultdict(list)
    for page in pages:
        sites[page.site].append(page)
    composer = Composer(replace(load_recipe(recipe), cloaking=1.0, text=0.0, encode=0.0), seed=7)
    names = list(CHANGES)
    for number, page in enumerate(pages[first::every]):
        rng = random.Random(page.uri)
        others = [p for p in sites[page.site] if p is not page]
        for step in range(CHANGES_EACH):
            name = names[(number * CHANGES_EACH + step) % len(names)]
            yield mixed(rng, Case(False, name, page, page.html, changed(page, name, 1, others)))
        attacks = [composer.injected(page, 0)]
        composer._remember(page)
        if number % 5 == 0:
            attacks.append(composer.spam(page, 0))
        for sample in attacks:
            if sample is None:
                continue
            view = sample.other_view or page.html
            if rng.random() < 0.5:
                view = changed(replace(page, html=view), rng.choice(GENTLE), 2, others)
            what = "+".join(t for t in sample.techniques if t != "cloaking") or "spam page"
            yield mixed(rng, Case(True, what, page, view, sample.html))


def mixed(rng: random.Random, case: Case) -> Case:
    """The case, or with its views exchanged."""
    if rng.random() < 0.5:
        return replace(case, visitor=case.crawler, crawler=case.visitor)
    return case


def main() -> None:
    """Print precision, recall, and what was judged wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--recipe", default="held-out")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    hacked = hacked_pages()
    labelled = read_labelled([options.corpus / "clean.jsonl"])
    pages = [page for page in clean_pages(labelled) if page.uri not in hacked]
    scanner = Scanner()
    rows = []
    for case in cases(pages, options.every, options.first, options.recipe):
        uri = case.page.uri
        views = (Document(uri, html.encode(), "html", "utf-8")
                 for html in (case.visitor, case.crawler))  # fmt: skip
        result = compare(scanner, Views.pair(*views)).result
        sure = result.verdict.probabilities["injected"] if result.verdict else 0.0
        said = bool(result.verdict and result.verdict.label != "clean")
        strongest = result.findings[0].message if result.findings else ""
        rows.append((case.cloaked, said, round(sure, 3), case.what, case.page.lang, uri, strongest))
    if options.output:
        with options.output.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(rows)
    report(rows)


def report(rows: Sequence[tuple[bool, bool, float, str, str, str, str]]) -> None:
    """The figures on standard output."""
    count = Counter((cloaked, said) for cloaked, said, *_ in rows)
    right, wrong, missed = count[True, True], count[False, True], count[True, False]
    print(f"{len(rows)} pairs, {right + missed} of them cloaked")
    precision, recall = right / max(right + wrong, 1), right / max(right + missed, 1)
    print(f"precision {precision:.4f}, recall {recall:.4f}")
    print(f"honest pairs called cloaked: {wrong} of {wrong + count[False, False]}")
    for cloaked, title in ((False, "called cloaked"), (True, "missed")):
        what = Counter(row[3] for row in rows if row[0] is cloaked and row[1] is not cloaked)
        print(f"{title}: " + ", ".join(f"{name} {n}" for name, n in what.most_common(12)))


if __name__ == "__main__":
    main()

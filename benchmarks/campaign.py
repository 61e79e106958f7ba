"""A hundred labels of a new campaign, added to the shipped model: what it finds then.

    python benchmarks/campaign.py CORPUS [--base models/default] [--seeds 6 7] [--labels 100]

Each seed draws one campaign from `datasets/recipes/campaign.toml` (its technique, trade,
language, words and hiding template are of the pool that no shipped model trained on) and puts
it on clean pages of many sites. Labels are attacked and clean pages of some of the sites,
half each; recall is measured on the others. "The rest" is what the model should not lose:
real clean and spam pages, judged before and after, with McNemar's exact test.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from detector.learn.data import Data, clean_pages, hash_line, read
from detector.learn.datasets import LabelledPage
from detector.learn.evaluate import judge
from detector.learn.examples import Labelled
from detector.learn.generate import generate, load_recipe
from detector.learn.metrics import Judged, Rate, compare, rate
from detector.learn.train import train
from detector.model import Model, find_folder

PAGES = 300  # attacked pages
REST = 4  # every nth real page


def campaign(data: Data, seed: int, labels: int) -> tuple[list[LabelledPage], list[Labelled]]:
    """(labels, attacked pages of other sites) of one campaign; no site stands on both sides."""
    clean = sorted(clean_pages(data.pages), key=lambda p: hash_line(p.uri.encode()))
    learned: list[LabelledPage] = []
    tested: list[Labelled] = []
    sites: set[str] = set()
    for sample in generate(clean[:PAGES], load_recipe("campaign"), seed):
        if sample.site in sites or len(learned) < labels:
            sites.add(sample.site)
            if len(learned) < labels and sample.label != _last(learned):
                learned.append(
                    LabelledPage(
                        sample.uri, sample.data, sample.label, sample.kind, sample.lang,
                        (sample.category,) if sample.category else (), sample.techniques,
                        sample.site, sample.spans,
                    )
                )  # fmt: skip
        elif sample.label != "clean":
            tested.append(Labelled.of_sample(sample))
    return learned, tested


def _last(pages: list[LabelledPage]) -> str:
    return pages[-1].label if pages else ""


def found(pages: list[Judged]) -> Rate:
    """How many are called not clean."""
    return rate(pages, lambda p: p.flagged)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", nargs="?", default="../shared/corpus")
    parser.add_argument("--base", default="default")
    parser.add_argument("--seeds", type=int, nargs="+", default=[6, 7])
    parser.add_argument("--labels", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    base = find_folder(given.base)
    data = read([given.corpus])
    rest = [Labelled.of_page(p) for p in data.pages if not hash_line(p.uri.encode()) % REST]
    before = list(judge(rest, base, given.jobs))
    for seed in given.seeds:
        learned, tested = campaign(data, seed, given.labels)
        what = next(p for p in learned if p.label != "clean")
        print(f"campaign {seed}: {', '.join(what.techniques)}, {what.categories[0]}; "
              f"{len(learned)} labels, {len(tested)} attacked pages of other sites")  # fmt: skip
        print(f"  found before: {found(list(judge(tested, base, given.jobs)))}")
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "extended"
            chosen = Data(tuple(learned), data.lists, (), 0, "")
            train(chosen, place, base=Model.load(base), jobs=given.jobs)
            print(f"  found after:  {found(list(judge(tested, place, given.jobs)))} "
                  f"({time.monotonic() - started:.0f} s of training)")  # fmt: skip
            after = list(judge(rest, place, given.jobs))
        for label in ("clean", "spam"):
            sides = [[p for p in pages if p.truth == label] for pages in (before, after)]
            print(f"  the rest, {label} called not clean: {found(sides[0])} → {found(sides[1])}")
        change = compare(after, before)
        print(f"  the rest: better on {len(change.gained)}, worse on {len(change.lost)} pages "
              f"(McNemar p = {change.p_value:.3g})", flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Says what is wrong with labelled pages before anything is trained on them.

for problem in check(pages):
    print(problem.message)
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from detector.learn.datasets import LabelledPage
from detector.types import CATEGORIES, LABELS

FEW = 20  # pages a class: under it, five folds by site have classes without a page


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to look at before training. A `fatal` one stops it."""

    kind: (
        str  # duplicate | conflict | few | no-site | unknown-category | near-duplicate | vote | tie
    )
    message: str
    uris: tuple[str, ...] = ()
    fatal: bool = False


def check(pages: Sequence[LabelledPage], few: int = FEW) -> list[Problem]:
    """What is wrong with the data, worst first. Uses each page's bytes, address and label."""
    problems: list[Problem] = []
    by_digest: dict[bytes, list[LabelledPage]] = defaultdict(list)
    by_uri: dict[str, list[LabelledPage]] = defaultdict(list)
    for page in pages:
        by_digest[hashlib.sha256(page.data).digest()].append(page)
        by_uri[page.uri].append(page)
    for group, what in ((by_digest, "the same bytes"), (by_uri, "the same address")):
        for same in group.values():
            if len(same) < 2:
                continue
            uris = tuple(dict.fromkeys(p.uri for p in same))
            labels = sorted({p.label for p in same})
            sites = sorted({p.site for p in same})
            if len(labels) > 1:
                text = (
                    f"{len(same)} pages with {what} are labelled {' and '.join(labels)}: {uris[0]}"
                )
                problems.append(Problem("conflict", f"{text}; keep one label", uris, fatal=True))
            elif what == "the same bytes" and len(sites) > 1:
                text = f"a page stands on {len(sites)} sites and could be on both sides of a split"
                problems.append(Problem("duplicate", f"{text}: {uris[0]}; keep one", uris))
            else:
                problems.append(
                    Problem(
                        "duplicate", f"{len(same)} pages with {what}: {uris[0]}; keep one", uris
                    )
                )
    counts = Counter(p.label for p in pages)
    for label in LABELS:
        if counts[label] < few:
            text = f"{counts[label]} {label} pages; at least {few} are needed"
            problems.append(
                Problem("few", f"{text}: label more, or train with --base", fatal=not counts[label])
            )
    for page in pages:
        for category in page.categories:
            if category not in CATEGORIES:
                text = (
                    f"unknown category {category!r} of {page.uri}: one of {', '.join(CATEGORIES)}"
                )
                problems.append(Problem("unknown-category", text, (page.uri,)))
    without = tuple(p.uri for p in pages if not p.site)
    if without:
        text = f"{len(without)} pages name no site; each counts as a site of its own"
        problems.append(Problem("no-site", text, without[:20]))
    return sorted(problems, key=lambda p: not p.fatal)

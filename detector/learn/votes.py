"""One label for a page that several people judged: the majority's.

A line of a decisions file names who decided (`who` or `reviewer`) and may say when (`at`).
Only the last word of each person counts. Pages on which as many say one thing as another
are dropped and counted: a coin's throw teaches nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from detector.learn.checks import Problem
from detector.learn.datasets import LabelledPage

PEOPLE = ("who", "reviewer")


def voter(page: LabelledPage) -> str:
    """Who gave the label; "" where the line does not say."""
    extra = page.extra or {}
    return next((str(extra[key]) for key in PEOPLE if extra.get(key)), "")


def settle(pages: Sequence[LabelledPage]) -> tuple[list[LabelledPage], list[Problem]]:
    """Pages with one label each where people voted, the others as they are; in order.

    Problems of the kinds `vote` (people disagreed, the majority holds) and `tie` (dropped).
    """
    votes: dict[bytes, list[LabelledPage]] = defaultdict(list)
    for page in pages:
        if voter(page):
            votes[_identity(page)].append(page)
    kept: list[LabelledPage] = []
    outvoted: list[str] = []
    tied: list[str] = []
    done: set[bytes] = set()
    for page in pages:
        if not voter(page):
            kept.append(page)
            continue
        identity = _identity(page)
        if identity in done:
            continue
        done.add(identity)
        last = _last_words(votes[identity])
        counts = Counter(v.label for v in last).most_common(2)
        if len(counts) > 1:
            (outvoted if counts[0][1] > counts[1][1] else tied).append(page.uri)
            if counts[0][1] == counts[1][1]:
                continue
        kept.append(_merged([v for v in last if v.label == counts[0][0]]))
    return kept, _problems(outvoted, tied)


def _identity(page: LabelledPage) -> bytes:
    """Its address and bytes: the same page at another time is another page."""
    return hashlib.sha256(page.uri.encode() + b"\0" + page.data).digest()


def _last_words(votes: Sequence[LabelledPage]) -> list[LabelledPage]:
    """The newest vote of each person, by `at` and then by the order of the lines."""
    latest: dict[str, LabelledPage] = {}
    for vote in sorted(votes, key=_time):
        latest[voter(vote)] = vote
    return [v for v in votes if latest[voter(v)] is v]


def _time(page: LabelledPage) -> float:
    at = (page.extra or {}).get("at")
    return float(at) if isinstance(at, int | float) else 0.0


def _merged(agreeing: Sequence[LabelledPage]) -> LabelledPage:
    """The first of the pages, with what any of the agreeing people marked."""

    def union(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(v for page in agreeing for v in getattr(page, name)))

    return replace(
        agreeing[0], categories=union("categories"), techniques=union("techniques"),
        spans=union("spans"),
    )  # fmt: skip


def _problems(outvoted: Sequence[str], tied: Sequence[str]) -> list[Problem]:
    found = []
    if tied:
        text = f"{len(tied)} pages have as many votes for one label as for another and are left out"
        found.append(Problem("tie", f"{text}: {tied[0]}; let one more person decide", tuple(tied)))
    if outvoted:
        text = f"people disagree on {len(outvoted)} pages; the majority holds: {outvoted[0]}"
        found.append(Problem("vote", text, tuple(outvoted)))
    return found

"""Fits the two-covariance models of `agreement` on groups of texts of honest pages.

A group is a run of neighbouring anchors of one page, or the title and sentences of one
article. How a group's texts differ from their own mean is the variance within an origin,
the rest is that between origins. Sites and languages count alike, however many pages
they have.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from detector.agreement import Floats

RUN: Final = 8  # anchors of a group
RUNS: Final = 5  # groups of one page
PAGES: Final = 12  # of one site
SENTENCES: Final = 12  # of an article, its title not counted
FEWEST: Final = 5  # texts of an article
ARTICLES: Final = 25  # of one site
SMALLEST_SPREAD: Final = 0.05  # added to that of counts: rare marks would weigh most
LANGUAGE_PRIOR: Final = 100  # anchors that a language's mean must outweigh


@dataclass(frozen=True, slots=True)
class Group:
    """Texts of one origin: neighbouring anchors of a page, or title and sentences."""

    site: str
    language: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A model's name, its number of axes, and what is added to the variance within, as a share
    of its mean: groups are few beside the axes."""

    name: str
    axes: int
    shrinking: float


TOPIC: Final = Kind("topic", 48, 0.3)
MANNER: Final = Kind("manner", 24, 1.0)
ABOUT: Final = Kind("about", 48, 0.5)


def groups(pages: Sequence[tuple[str, str, Sequence[str]]]) -> list[Group]:
    """Groups of pages given as (site, language, anchors in their order)."""
    seen: Counter[str] = Counter()
    found: list[Group] = []
    for site, language, anchors in pages:
        seen[site] += 1
        if seen[site] > PAGES:
            continue
        for at in range(0, RUN * RUNS, RUN):
            run = tuple(anchors[at : at + RUN])
            if len(run) * 2 >= RUN:
                found.append(Group(site, language, run))
    return found


def articles(pages: Sequence[tuple[str, str, str, Sequence[str]]]) -> list[Group]:
    """Groups of pages given as (site, language, title, sentences in their order)."""
    seen: Counter[str] = Counter()
    found: list[Group] = []
    for site, language, title, sentences in pages:
        texts = (*((title,) if title else ()), *sentences[:SENTENCES])
        seen[site] += 1
        if len(texts) >= FEWEST and seen[site] <= ARTICLES:
            found.append(Group(site, language, texts))
    return found


def fit(
    found: Sequence[Group], vectors: Floats, languages: Sequence[str], kind: Kind
) -> dict[str, npt.NDArray[Any]]:
    """The arrays `{name}_…` from the groups' texts as vectors (texts, d), in order."""
    from scipy.linalg import eigh

    dimensions = vectors.shape[1]
    spread = vectors.std(axis=0) + np.float32(SMALLEST_SPREAD) if kind is MANNER else np.ones(1)
    vectors = (vectors / spread).astype(np.float32)
    mean = vectors.mean(axis=0)
    ends = np.cumsum([len(g.texts) for g in found])
    parts = np.split(vectors - mean, ends[:-1])
    spoken: dict[str, list[Floats]] = defaultdict(list)
    for group, part in zip(found, parts, strict=True):
        spoken[group.language].append(part)
    means = np.zeros((len(languages), dimensions), np.float32)
    for i, language in enumerate(languages):
        if language in spoken:
            own = np.concatenate(spoken[language])
            means[i] = own.mean(axis=0) * len(own) / (len(own) + LANGUAGE_PRIOR)
    within, total = np.zeros((2, dimensions, dimensions))
    of_site = Counter(group.site for group in found)
    for group, part in zip(found, parts, strict=True):
        if group.language in languages:
            part = part - means[list(languages).index(group.language)]
        own = part - part.mean(axis=0)
        within += own.T @ own / ((len(part) - 1) * of_site[group.site])
        total += part.T @ part / (len(part) * of_site[group.site])
    within, total = within / len(of_site), total / len(of_site)
    ridge = kind.shrinking * np.trace(within) / dimensions * np.eye(dimensions)
    values, axes = eigh(total - within, within + ridge)
    chosen = np.argsort(values)[::-1][: kind.axes]
    return {
        f"{kind.name}_mean": (mean * spread).astype(np.float32),
        f"{kind.name}_axes": (axes[:, chosen] / spread[:, None]).astype(np.float32),
        f"{kind.name}_between": np.maximum(values[chosen], 1e-3).astype(np.float32),
        f"{kind.name}_means": (means * spread).astype(np.float32),
    }

"""Fits the two-covariance model of `agreement` on groups of anchors.

A group is a run of neighbouring anchors of one page. How groups differ from their own
mean is the variance within a site, the rest is that between sites. Sites and languages
count alike, however many pages they have.
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
AXES: Final = 48
# Added to the variance within, as a share of its mean: groups are few beside the axes.
SHRINKING: Final = 0.3
LANGUAGE_PRIOR: Final = 100  # anchors that a language's mean must outweigh


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring anchors of one page."""

    site: str
    language: str
    anchors: tuple[str, ...]


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


def fit(
    found: Sequence[Group], vectors: Floats, languages: Sequence[str]
) -> dict[str, npt.NDArray[Any]]:
    """The arrays `topic_…` from the groups' anchors as vectors (anchors, d), in order."""
    from scipy.linalg import eigh

    dimensions = vectors.shape[1]
    mean = vectors.mean(axis=0)
    ends = np.cumsum([len(g.anchors) for g in found])
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
    ridge = SHRINKING * np.trace(within) / dimensions * np.eye(dimensions)
    values, axes = eigh(total - within, within + ridge)
    chosen = np.argsort(values)[::-1][:AXES]
    return {
        "topic_mean": mean.astype(np.float32),
        "topic_axes": axes[:, chosen].astype(np.float32),
        "topic_between": np.maximum(values[chosen], 1e-3).astype(np.float32),
        "topic_means": means.astype(np.float32),
    }

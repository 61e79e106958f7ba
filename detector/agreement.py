"""Whether texts come from one place: a list's titles from one site, a title from an article.

Titles under one article come from one site, which has its subjects; a kit's come from
anywhere. A small model says by how much one origin explains a list better than many: it
takes the vector of a title for the sum of its site's share and its own, each normal, and
compares the likelihoods (the two-covariance model: Ioffe, Probabilistic Linear
Discriminant Analysis, ECCV 2006). `learn/agreement.py` fits three on honest pages: on what
the anchors of a site speak of, on how they are written, and on the sentences of an article.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Agreement:
    """A two-covariance model in the space where titles of one site vary by 1 in each axis.

    mean (d); axes (d, k); between (k): variance of the sites on each axis; language means
    (languages, d), added to the mean, of `languages`, ascending.
    """

    mean: Floats
    axes: Floats
    between: Floats
    languages: tuple[str, ...]
    means: Floats

    @classmethod
    def load(cls, arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> Agreement:
        """From the arrays `{name}_…`. Raises ValueError where their shapes do not fit."""
        mean, axes, between, means = (
            arrays[f"{name}_{part}"].astype(np.float32)
            for part in ("mean", "axes", "between", "means")
        )
        languages = tuple(str(x) for x in arrays["languages"])
        if axes.shape != (*mean.shape, *between.shape) or means.shape != (
            len(languages), *mean.shape
        ):  # fmt: skip
            raise ValueError(f"vectors.npz: the arrays {name}_… do not fit each other")
        return cls(mean, axes, between, languages, means)

    def place(self, vectors: Floats, language: str) -> Floats:
        """Vectors (n, d) on the axes (n, k); a vector of zeros, of which nothing is known, at 0."""
        mean = self.mean
        if language in self.languages:
            mean = mean + self.means[self.languages.index(language)]
        placed: Floats = ((vectors - mean) @ self.axes).astype(np.float32, copy=False)
        placed[~vectors.any(axis=1)] = 0
        return placed

    def ratio(self, count: npt.NDArray[np.int64] | int, sums: Floats, squares: Floats) -> Floats:
        """Log-likelihood of one site against many, of sets of `count` titles.

        `sums` and `squares` (…, k) are of the titles' places. Shape (…).
        """
        b, n = self.between, np.asarray(count)[..., None]
        one = np.log1p(n * b) - b / (1 + n * b) * sums * sums
        many = n * np.log1p(b) - b / (1 + b) * squares
        found: Floats = 0.5 * (many - one).sum(axis=-1)
        return found

    def compare(self, title: Floats, links: Floats) -> tuple[Floats, Floats, Floats]:
        """How much each link adds to the list, and how well it goes with the title, both (n,);
        and of the list (2,): agreement a link, and how much the title adds. Places as given."""
        n = len(links)
        own: Floats = links * links
        sums, squares, theirs = links.sum(axis=0), own.sum(axis=0), title * title
        # The whole list, the list with the title, without each link, each link with the title.
        count = np.array([n, n + 1, *[n - 1] * n, *[2] * n])
        ratios = self.ratio(
            count,
            np.vstack([sums, sums + title, sums - links, links + title]),
            np.vstack([squares, squares + theirs, squares - own, own + theirs]),
        )
        whole, joined = ratios[:2]
        adds, pairs = whole - ratios[2 : n + 2], ratios[n + 2 :]
        return adds, pairs, np.array([whole / n, joined - whole], np.float32)

    def joins(self, article: Floats, links: Floats) -> tuple[Floats, Floats]:
        """How well each link goes with an article's sentences, (n,), and of the list (3,): all
        links with the article, among themselves, and their difference, a link. Places as given;
        sentences of which nothing is known are left out."""
        known = article[article.any(axis=1)]
        m, n = len(known), len(links)
        own: Floats = links * links
        sums, squares = known.sum(axis=0), (known * known).sum(axis=0)
        all_sums, all_squares = links.sum(axis=0), own.sum(axis=0)
        ratios = self.ratio(
            np.array([m, m + n, n, *[m + 1] * n]),
            np.vstack([sums, sums + all_sums, all_sums, sums + links]),
            np.vstack([squares, squares + all_squares, all_squares, squares + own]),
        )
        alone, joined, among = ratios[:3]
        joined = joined - alone
        whole = np.array([joined, among, joined - among], np.float32) / np.float32(max(n, 1))
        gain: Floats = ratios[3:] - alone
        return gain, whole

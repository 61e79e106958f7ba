"""How likely each block is main content: two small networks, scored with numpy.

The first looks at a block by itself and its containers, the second also at what
the first thinks of the surroundings. `data/block_model.npz` holds numbers only;
`learn/block_roles.py` makes it. No words of any page are in it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

from detector.block_features import context_features, features
from detector.block_layout import Layout

WEIGHTS = "block_model.npz"
# Multiplications up to which OpenBLAS stays in the calling thread. Waking others costs
# more than a page's product, and milliseconds where scans run beside each other.
ONE_THREAD = 65536 * 4
PASSES = ("first", "second")


class Network:
    """One hidden layer with rectified units, a logistic output; inputs scaled in `w1`."""

    __slots__ = ("b1", "b2", "w1", "w2")

    def __init__(
        self,
        w1: NDArray[np.float32],
        b1: NDArray[np.float32],
        w2: NDArray[np.float32],
        b2: NDArray[np.float32],
    ) -> None:
        self.w1, self.b1, self.w2, self.b2 = w1, b1, w2, b2

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, f) inputs to (n,) probabilities."""
        logit = np.empty(len(inputs), dtype=np.float32)
        step = max(ONE_THREAD // self.w1.size, 1)
        for start in range(0, len(inputs), step):
            inner = inputs[start : start + step] @ self.w1
            inner += self.b1
            logit[start : start + step] = np.maximum(inner, 0, out=inner) @ self.w2
        logit = np.clip(logit + self.b2, -30, 30)
        return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float32)


@cache
def networks() -> tuple[Network, Network]:
    """The weights, read once."""
    with (
        as_file(files("detector") / "data" / WEIGHTS) as path,
        np.load(path, allow_pickle=False) as stored,
    ):
        first, second = (
            Network(*(np.asarray(stored[f"{name}.{part}"], dtype=np.float32)
                      for part in ("w1", "b1", "w2", "b2")))
            for name in PASSES
        )  # fmt: skip
    return first, second


def content_probability(
    page: Layout, trained: tuple[Network, Network] | None = None
) -> NDArray[np.float32]:
    """(n,) for each seen block, how likely it is main content."""
    if not len(page.lengths):
        return np.zeros(0, dtype=np.float32)
    first, second = trained or networks()
    own = features(page)
    return second(np.concatenate([own, context_features(page, first(own))], axis=1))

"""Boosted regression trees (Friedman 2001) as arrays: one evaluator for all models.

Nodes of all trees stand one after another; a leaf points to itself, so that a fixed
number of steps reaches every leaf. A row goes left where its feature is at most the
threshold. How leaves are summed is the caller's business.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Trees:
    """The nodes of trees: `feature`, `left`, `right` int, `threshold`, `value` float.

    Arrays have shape (nodes,), or (trees, nodes) with children counted in their tree.
    `left` of a leaf is negative or itself. `roots` is (trees,), not needed in the second
    form. Raises ValueError where a child is no node.
    """

    __slots__ = ("depth", "feature", "left", "right", "roots", "threshold", "value")

    def __init__(
        self,
        feature: NDArray[Any],
        threshold: NDArray[Any],
        left: NDArray[Any],
        right: NDArray[Any],
        value: NDArray[Any],
        roots: NDArray[Any] | None = None,
    ) -> None:
        offset: Ints | int = 0
        if feature.ndim == 2:
            trees, nodes = feature.shape
            roots = np.arange(trees) * nodes
            offset = np.repeat(roots, nodes)
        assert roots is not None
        own = np.arange(feature.size)
        leaf = left.ravel() < 0
        self.feature: Ints = np.where(leaf, 0, feature.ravel()).astype(np.int64)
        self.threshold = threshold.ravel()
        self.left: Ints = np.where(leaf, own, left.ravel() + offset)
        self.right: Ints = np.where(leaf, own, right.ravel() + offset)
        self.value = value.ravel()
        self.roots: Ints = roots.astype(np.int64)
        if feature.size and max(self.left.max(), self.right.max()) >= feature.size:
            raise ValueError("a tree has a child that is no node")
        self.depth = self._depth()

    def _depth(self) -> int:
        """Steps from the roots to the deepest leaf. Raises ValueError on a cycle."""
        at = self.roots
        for depth in range(len(self.left) + 1):
            at = at[self.left[at] != at]
            if not len(at):
                return depth
            at = np.concatenate([self.left[at], self.right[at]])
            if len(at) > len(self.left):
                break  # trees have each node once
        raise ValueError("a tree is a circle")

    def path(self, row: NDArray[np.float64]) -> Ints:
        """The nodes that a row (features,) passes, shape (depth + 1, trees); leaves last."""
        following = np.where(row[self.feature] <= self.threshold, self.left, self.right)
        levels = np.empty((self.depth + 1, len(self.roots)), dtype=np.int64)
        levels[0] = self.roots
        for depth in range(self.depth):
            np.take(following, levels[depth], out=levels[depth + 1])
        return levels

    def leaves(self, rows: NDArray[Any]) -> Ints:
        """The leaf of each tree for rows (n, features), shape (n, trees)."""
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        each = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            goes_left = rows[each, self.feature[at]] <= self.threshold[at]
            at = np.where(goes_left, self.left[at], self.right[at])
        return at

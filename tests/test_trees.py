"""A hand-made forest: which leaf a row reaches, one by one and many at once."""

from __future__ import annotations

import numpy as np
import pytest

from detector.trees import Trees

# One split on feature 1 at 0.5, then on feature 0 at 2; and a tree that is one leaf.
FEATURE = np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 0]])
THRESHOLD = np.array([[0.5, 0, 2.0, 0, 0], [0.0, 0, 0, 0, 0]])
LEFT = np.array([[1, -1, 3, -1, -1], [-1, -1, -1, -1, -1]])
RIGHT = np.array([[2, -1, 4, -1, -1], [-1, -1, -1, -1, -1]])
VALUE = np.arange(10.0).reshape(2, 5)
ROWS = np.array([[9.0, 0.5], [2.0, 0.6], [2.1, 0.6]])


def test_rows_reach_the_same_leaves_alone_and_together() -> None:
    trees = Trees(FEATURE, THRESHOLD, LEFT, RIGHT, VALUE)
    assert trees.depth == 2
    assert trees.leaves(ROWS).tolist() == [[1, 5], [3, 5], [4, 5]]
    for row, leaves in zip(ROWS, trees.leaves(ROWS), strict=True):
        assert trees.path(row)[-1].tolist() == leaves.tolist()
    assert trees.path(ROWS[1])[:, 0].tolist() == [0, 2, 3]


def test_a_flat_forest_may_mark_its_leaves_by_themselves() -> None:
    left, right = LEFT[0].copy(), RIGHT[0].copy()
    left[left < 0] = right[right < 0] = [1, 3, 4]
    roots = np.array([0])
    trees = Trees(FEATURE[0], THRESHOLD[0], left, right, VALUE[0], roots)
    assert trees.value[trees.leaves(ROWS)].tolist() == [[1.0], [3.0], [4.0]]


@pytest.mark.parametrize(("child", "why"), [(9, "no node"), (0, "circle")])
def test_damaged_trees_are_refused(child: int, why: str) -> None:
    right = RIGHT[0].copy()
    right[0] = child
    with pytest.raises(ValueError, match=why):
        Trees(FEATURE[0], THRESHOLD[0], LEFT[0], right, VALUE[0], np.array([0]))

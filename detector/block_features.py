"""What the block model looks at: each block in its container, page and neighbourhood.

Sources: Kohlschütter et al., *Boilerplate detection using shallow text
features*, WSDM 2010 (text and link density, neighbours); Vogels et al.,
*Web2Text*, ECIR 2018 (containers).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.block_layout import ANCESTORS, EVEN, TAG, TAGS, Floats, Ints, Layout, best_container
from detector.block_names import LONGEST_LABEL, names

SENTENCE_ENDS = '.!?。！？…"”」』’)）'


def _sums(values: Floats) -> Floats:
    out = np.zeros((len(values) + 1, values.shape[1]), dtype=np.float32)
    np.cumsum(values, axis=0, out=out[1:])
    return out


class _Columns:
    """Features written side by side into one array: a page has few blocks and many features,
    and an array for each would cost more than its numbers."""

    def __init__(self, rows: int, width: int) -> None:
        self._table = np.zeros((rows, width), dtype=np.float32)
        self._used = 0

    def put(self, *columns: Any) -> None:
        """Features of shape (n,), or one value for all blocks."""
        for column in columns:
            self._table[:, self._used] = column
            self._used += 1

    def room(self, count: int) -> Floats:
        """(n, count) zeros for the next features, to be written in place."""
        start = self._used
        self._used += count
        return self._table[:, start : self._used]

    def shifted(self, values: Floats, by: int) -> None:
        """The features of each row's neighbour `by` rows on; zeros outside the page."""
        into = self.room(values.shape[1])
        if by > 0:
            into[:-by] = values[by:]
        else:
            into[-by:] = values[:by]

    def table(self) -> Floats:
        """(n, f), all that was put."""
        assert self._used == self._table.shape[1]
        return self._table


_BASIC, _AROUND, _NEAR_TAGS = (
    13,
    11,
    5,
)  # features of a block, of each container, tags of neighbours


@cache
def _first_width() -> int:
    """The number of features of the first pass."""
    known = names()
    groups, labels = len(known.groups), len(known.label_groups)
    own = _BASIC + len(TAGS) + 1 + 2 * groups + 2 * labels
    return own + ANCESTORS * _AROUND + 4 * (6 + _NEAR_TAGS) + 14 + 2 * labels + 5 + 6 + ANCESTORS


def features(page: Layout) -> Floats:
    """(n, f) features of the first pass, scaled to about one."""
    n = len(page.lengths)
    known = names()
    length = np.maximum(page.lengths, 1)
    kinds = page.kinds
    words = np.minimum(kinds[:, 8] + 1, length) + kinds[:, 4] / 1.7
    density = np.minimum(page.link_chars / length, 1)
    stops, commas = kinds[:, 5], kinds[:, 6]
    linked_page = page.link_chars.sum() / max(page.lengths.sum(), 1)
    out = _Columns(n, _first_width())
    basic = out.room(_BASIC)
    for at, column in enumerate((
        np.log1p(words) / 4, density, np.minimum(stops, 8) / 4, np.minimum(commas, 8) / 4,
        stops / words, kinds[:, 3] / length, kinds[:, 2] / length, kinds[:, 4] / length,
        kinds[:, 7] / length, np.minimum(kinds[:, 10], 1), kinds[:, 9] / words,
        stops + commas > 0, page.in_title,
    )):  # fmt: skip
        basic[:, at] = column
    tag = out.room(len(TAGS) + 1)
    index = np.arange(n)
    tag[index, page.tags] = 1
    groups = np.arange(len(known.groups))
    own, inherited = out.room(len(groups)), out.room(len(groups))
    own[:] = (page.own[:, None] >> groups) & 1
    inherited[:] = (page.inherited[:, None] >> groups) & 1
    count = len(known.label_groups)
    labels, before = out.room(count), out.room(count)
    said = (page.labels[:, None] >> np.arange(count)) & 1
    labels[:] = said
    # labels say something of what follows them
    for back in (1, 2, 3):
        np.maximum(before[back:], labels[:-back], out=before[back:])
    prose = page.lengths * (density < 0.4) * (stops > 0)
    amounts = np.empty((n, 8), dtype=np.float32)
    for at, column in enumerate((
        page.lengths, page.link_chars, 1, stops, prose, tag[:, 0] * page.lengths, words,
        tag[:, TAG["h2"]] + tag[:, TAG["h3"]] + tag[:, TAG["h4"]],
    )):  # fmt: skip
        amounts[:, at] = column
    summed = _sums(amounts)
    total = np.maximum(summed[-1], 1)
    # All containers at once: (ANCESTORS, n) each.
    low, high = page.low[page.up], page.high[page.up]
    inside = np.moveaxis(summed[high] - summed[low], 2, 0)
    holds = inside[2]
    chars = np.maximum(inside[0], 1)
    around = np.empty((n, ANCESTORS, _AROUND), dtype=np.float32)
    for at, column in enumerate((
        np.log1p(inside[6]) / 6, inside[1] / chars, np.log1p(holds) / 4,
        np.log1p(inside[6] / holds) / 4, inside[3] / np.maximum(inside[6], 1),
        inside[0] / total[0], inside[4] / total[4], inside[5] / chars,
        (index - low) / holds, (high - 1 - index) / holds, inside[7] / holds,
    )):  # fmt: skip
        around[:, :, at] = column.T
    out.room(ANCESTORS * _AROUND)[:] = around.reshape(n, -1)
    near = np.concatenate([basic[:, :6], tag[:, :_NEAR_TAGS]], axis=1)
    for by in (-2, -1, 1, 2):
        out.shifted(near, by)
    title = page.title
    away = (index - title) if title >= 0 else np.zeros(n)
    out.put(
        index / max(n, 1), summed[:-1, 0] / total[0], float(title >= 0),
        (away > 0) * (title >= 0), (away == 0) * (title >= 0), np.tanh(away / 20),
        np.tanh(away / 4), np.log1p(n) / 6, linked_page,
        np.log1p(total[4]) / 9, total[4] / total[0],
        own[:, 0].any(), inherited[:, 0].any(), page.depth / 20,
    )  # fmt: skip
    out.room(2 * count)[:] = _memory(said == 1, page.lengths)
    out.room(5)[:] = _alike(page, density, stops)
    window = summed[np.minimum(index + 6, n)] - summed[np.maximum(index - 5, 0)]
    ends = [text[-1] if text else "" for text in page.texts]
    out.put(
        window[:, 4] / np.maximum(window[:, 0], 1), np.log1p(window[:, 4]) / 8,
        np.log1p(summed[:-1, 4]) / 9, np.log1p(total[4] - summed[1:, 4]) / 9,
        [end in SENTENCE_ENDS for end in ends], [end in ":：,，" for end in ends],
    )  # fmt: skip
    out.room(ANCESTORS)[:] = ((low <= title) & (title < high)).T
    return out.table()


def _memory(said: NDArray[np.bool_], lengths: Floats) -> Floats:
    """(n, 2·labels) how near the last and the next short block with each label is, 1 to 0.

    `said` is (n, labels).
    """
    n = len(said)
    index = np.arange(n)
    said = said & (lengths < LONGEST_LABEL)[:, None]
    far = 10 * n + 1000
    last = np.maximum.accumulate(np.where(said, index[:, None], -far), axis=0)
    following = np.minimum.accumulate(np.where(said, index[:, None], far)[::-1], axis=0)[::-1]
    return np.concatenate(
        [np.exp((last - index[:, None]) / 8), np.exp((index[:, None] - following) / 8)], axis=1
    ).astype(np.float32)


def kin(page: Layout) -> tuple[Ints, int]:
    """Blocks made alike (tag, names, depth) have one number: items of a list, comments, text."""
    keys = (page.own * 64 + page.depth) * 32 + page.tags
    found, number = np.unique(keys, return_inverse=True)
    return number.astype(np.int64), len(found)


def _alike(page: Layout, density: Floats, stops: Floats) -> Floats:
    """(n, 5) what the blocks made alike are like together."""
    number, groups = kin(page)
    many = np.bincount(number, minlength=groups)
    chars = np.bincount(number, page.lengths, groups)
    linked = np.bincount(number, page.link_chars, groups)
    ended = np.bincount(number, stops > 0, groups)
    found = np.stack(
        [
            np.log1p(many) / 4, chars / max(float(chars.sum()), 1.0),
            linked / np.maximum(chars, 1), ended / many, np.log1p(chars / many) / 6,
        ],
        axis=1,
    )  # fmt: skip
    return found[number].astype(np.float32)


_SURROUNDINGS = 2 + ANCESTORS * 3 + 8 * 2 + 13  # features of the second pass


def context_features(page: Layout, first: Floats) -> Floats:
    """(n, g) features of the second pass: what the first pass thinks of the surroundings."""
    n = len(first)
    words = np.log1p(page.lengths)
    weight = np.empty((n, 4), dtype=np.float32)
    weight[:, 0] = first * page.lengths
    weight[:, 1] = page.lengths
    weight[:, 2] = first
    weight[:, 3] = 1
    summed = _sums(weight)
    out = _Columns(n, _SURROUNDINGS)
    out.put(first, np.log(first + 0.01) - np.log(1.01 - first))
    total = max(float(summed[-1, 0]), 1.0)
    inside = np.moveaxis(summed[page.high[page.up]] - summed[page.low[page.up]], 2, 0)
    around = np.empty((n, ANCESTORS, 3), dtype=np.float32)
    around[:, :, 0] = (inside[0] / np.maximum(inside[1], 1)).T
    around[:, :, 1] = (inside[2] / inside[3]).T
    around[:, :, 2] = (inside[0] / total).T
    out.room(ANCESTORS * 3)[:] = around.reshape(n, -1)
    both = np.stack([first, first * words / 6], axis=1).astype(np.float32)
    for by in (-4, -3, -2, -1, 1, 2, 3, 4):
        out.shifted(both, by)
    index = np.arange(n)
    gain = (first - EVEN) * page.lengths
    running = np.concatenate([[0.0], np.cumsum(gain)])
    # the run of blocks, and the container, with the most content and least else
    lowest = np.minimum.accumulate(running[:-1])
    end = int(np.argmax(running[1:] - lowest)) if n else 0
    start = int(np.argmin(running[: end + 1]))
    low, high = best_container(page, first)
    number, groups = kin(page)
    likes = np.bincount(number, summed[1:, 0] - summed[:-1, 0], groups)
    shares = likes / np.maximum(np.bincount(number, page.lengths, groups), 1)
    sure = (first > 0.5) & (page.lengths > 80)
    last = np.maximum.accumulate(np.where(sure, index, -1000 - n))
    following = np.minimum.accumulate(np.where(sure, index, 1000 + 2 * n)[::-1])[::-1]
    out.put(
        shares[number], np.exp((last - index) / 4), np.exp((index - following) / 4),
        (index >= start) & (index <= end), (index >= low) & (index < high),
        np.tanh((start - index) / 5), np.tanh((index - end) / 5),
        np.tanh((low - index) / 5), np.tanh((index - high + 1) / 5),
        summed[:-1, 0] / total, 1 - summed[1:, 0] / total,
        summed[-1, 0] / max(summed[-1, 1], 1), np.log1p(summed[-1, 0]) / 9,
    )  # fmt: skip
    return out.table()

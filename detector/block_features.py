"""What the block model looks at: each block in its container, page and neighbourhood.

Sources: Kohlschütter et al., *Boilerplate detection using shallow text
features*, WSDM 2010 (text and link density, neighbours); Vogels et al.,
*Web2Text*, ECIR 2018 (containers).
"""

from __future__ import annotations

import numpy as np

from detector.block_layout import ANCESTORS, EVEN, TAG, TAGS, Floats, Ints, Layout, best_container
from detector.block_names import LONGEST_LABEL, names

SENTENCE_ENDS = '.!?。！？…"”」』’)）'


def _bits(values: Ints, count: int) -> Floats:
    return ((values[:, None] >> np.arange(count)) & 1).astype(np.float32)


def _sums(values: Floats) -> Floats:
    out = np.zeros((len(values) + 1, values.shape[1]), dtype=np.float32)
    np.cumsum(values, axis=0, out=out[1:])
    return out


def shifted(values: Floats, by: int) -> Floats:
    """Each row's neighbour `by` rows on; zeros outside the page."""
    out = np.zeros_like(values)
    if by > 0:
        out[:-by] = values[by:]
    else:
        out[-by:] = values[:by]
    return out


def features(page: Layout) -> Floats:
    """(n, f) features of the first pass, scaled to about one."""
    n = len(page.lengths)
    known = names()
    length = np.maximum(page.lengths, 1)
    kinds = page.kinds
    words = np.minimum(kinds[:, 8] + 1, length) + kinds[:, 4] / 1.7
    size = np.log1p(words) / 4
    density = np.minimum(page.link_chars / length, 1)
    stops, commas = kinds[:, 5], kinds[:, 6]
    linked_page = page.link_chars.sum() / max(page.lengths.sum(), 1)
    tag = np.eye(len(TAGS) + 1, dtype=np.float32)[page.tags]
    basic = np.stack(
        [
            size, density, np.minimum(stops, 8) / 4, np.minimum(commas, 8) / 4,
            stops / words, kinds[:, 3] / length, kinds[:, 2] / length, kinds[:, 4] / length,
            kinds[:, 7] / length, np.minimum(kinds[:, 10], 1), kinds[:, 9] / words,
            (stops + commas > 0).astype(np.float32), page.in_title,
        ],
        axis=1,
    ).astype(np.float32)  # fmt: skip
    own = _bits(page.own, len(known.groups))
    inherited = _bits(page.inherited, len(known.groups))
    labels = _bits(page.labels, len(known.label_groups))
    # labels say something of what follows them
    before = np.maximum.reduce([shifted(labels, -k) for k in (1, 2, 3)])
    prose = page.lengths * (density < 0.4) * (stops > 0)
    heading = tag[:, TAG["h2"]] + tag[:, TAG["h3"]] + tag[:, TAG["h4"]]
    summed = _sums(
        np.stack(
            [page.lengths, page.link_chars, np.ones(n), stops, prose, tag[:, 0] * page.lengths,
             words, heading],
            axis=1,
        ).astype(np.float32)
    )  # fmt: skip
    total = np.maximum(summed[-1], 1)
    parts = [basic, tag, own, inherited, labels, before]
    index = np.arange(n)
    for level in range(ANCESTORS):
        low, high = page.low[page.up[level]], page.high[page.up[level]]
        inside = summed[high] - summed[low]
        count = inside[:, 2]
        chars = np.maximum(inside[:, 0], 1)
        parts.append(
            np.stack(
                [
                    np.log1p(inside[:, 6]) / 6, inside[:, 1] / chars, np.log1p(count) / 4,
                    np.log1p(inside[:, 6] / count) / 4, inside[:, 3] / np.maximum(inside[:, 6], 1),
                    inside[:, 0] / total[0], inside[:, 4] / total[4], inside[:, 5] / chars,
                    (index - low) / count, (high - 1 - index) / count, inside[:, 7] / count,
                ],
                axis=1,
            ).astype(np.float32)
        )  # fmt: skip
    near = np.concatenate([basic[:, :6], tag[:, :5]], axis=1)
    parts += [shifted(near, k) for k in (-2, -1, 1, 2)]
    title = page.title
    away = (index - title) if title >= 0 else np.zeros(n)
    place = np.stack(
        [
            index / max(n, 1), summed[:-1, 0] / total[0], np.full(n, float(title >= 0)),
            (away > 0) * (title >= 0), (away == 0) * (title >= 0), np.tanh(away / 20),
            np.tanh(away / 4), np.full(n, np.log1p(n) / 6), np.full(n, linked_page),
            np.full(n, np.log1p(total[4]) / 9), np.full(n, total[4] / total[0]),
            np.full(n, own[:, 0].any()), np.full(n, inherited[:, 0].any()), page.depth / 20,
        ],
        axis=1,
    ).astype(np.float32)  # fmt: skip
    parts.append(place)
    parts.append(_memory(page.labels, len(known.label_groups), page.lengths))
    parts.append(_alike(page, density, stops))
    reach = np.arange(n)
    window = summed[np.minimum(reach + 6, n)] - summed[np.maximum(reach - 5, 0)]
    ends = [text[-1] if text else "" for text in page.texts]
    parts.append(
        np.stack(
            [
                window[:, 4] / np.maximum(window[:, 0], 1), np.log1p(window[:, 4]) / 8,
                np.log1p(summed[:-1, 4]) / 9, np.log1p(total[4] - summed[1:, 4]) / 9,
                [end in SENTENCE_ENDS for end in ends], [end in ":：,，" for end in ends],
                *((page.low[up] <= title) & (title < page.high[up]) for up in page.up),
            ],
            axis=1,
        ).astype(np.float32)
    )  # fmt: skip
    return np.concatenate(parts, axis=1)


def _memory(labels: Ints, count: int, lengths: Floats) -> Floats:
    """(n, 2·count) how near the last and the next short block with each label is, 1 to 0."""
    n = len(labels)
    index = np.arange(n)
    said = (((labels[:, None] >> np.arange(count)) & 1) == 1) & (lengths < LONGEST_LABEL)[:, None]
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


def context_features(page: Layout, first: Floats) -> Floats:
    """(n, g) features of the second pass: what the first pass thinks of the surroundings."""
    n = len(first)
    words = np.log1p(page.lengths)
    weight = np.stack([first * page.lengths, page.lengths, first, np.ones(n)], axis=1)
    summed = _sums(weight.astype(np.float32))
    parts = [first[:, None], np.log(first[:, None] + 0.01) - np.log(1.01 - first[:, None])]
    total = max(float(summed[-1, 0]), 1.0)
    for level in range(ANCESTORS):
        low, high = page.low[page.up[level]], page.high[page.up[level]]
        inside = summed[high] - summed[low]
        parts.append(
            np.stack(
                [inside[:, 0] / np.maximum(inside[:, 1], 1), inside[:, 2] / inside[:, 3],
                 inside[:, 0] / total],
                axis=1,
            )
        )  # fmt: skip
    both = np.stack([first, first * words / 6], axis=1).astype(np.float32)
    parts += [shifted(both, k) for k in (-4, -3, -2, -1, 1, 2, 3, 4)]
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
    parts.append(
        np.stack(
            [
                shares[number], np.exp((last - index) / 4), np.exp((index - following) / 4),
                (index >= start) & (index <= end), (index >= low) & (index < high),
                np.tanh((start - index) / 5), np.tanh((index - end) / 5),
                np.tanh((low - index) / 5), np.tanh((index - high + 1) / 5),
                summed[:-1, 0] / total, 1 - summed[1:, 0] / total,
                np.full(n, summed[-1, 0] / max(summed[-1, 1], 1)),
                np.full(n, np.log1p(summed[-1, 0]) / 9),
            ],
            axis=1,
        )
    )  # fmt: skip
    return np.concatenate(parts, axis=1, dtype=np.float32)

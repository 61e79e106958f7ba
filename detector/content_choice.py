"""Which blocks are the main content: the model's opinion, made whole.

A model judges blocks one by one; readers see an article as one piece. What stands
plainly within the article's own element belongs to it at a lower probability, and
what is named a comment, or is the picture's caption above the text, needs more.
The values were chosen on cross-validated pages that people had marked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.block_layout import Floats, Layout, best_container
from detector.block_names import names

CONTENT = 0.5
FILLED = 0.2  # a plain block amid the article, in its container
FILLED_LINK = 0.25  # the same, mostly link
COMMENT = 0.9  # a block that is named a comment, below other content
TOP_CAPTION = 0.85  # a caption above the first paragraph
NAMED = 0.95  # all links above the title, or a copyright line: a menu, a footer
FEWEST_BEFORE = 300  # characters of other content that make comments an addition
SHORTEST_PARAGRAPH = 80  # characters
# Names of blocks that are no plain part of an article.
APART = ("comment", "share", "meta", "related", "form", "advertisement", "navigation")


STRAY = 0.5  # expected share of content in a part apart from the article's own
COLUMN = 8  # blocks that make such a part


def choose(page: Layout, probability: Floats) -> NDArray[np.bool_]:
    """(n,) which blocks are content; the title is not, it has its own field."""
    known = names()
    bit, label = known.bit, known.label_bit
    lengths = page.lengths
    chosen: NDArray[np.bool_] = probability >= CONTENT
    comment = (page.inherited & bit["comment"]) != 0
    if lengths[chosen & ~comment].sum() >= FEWEST_BEFORE:  # else the posts are the page
        chosen &= ~comment | (probability >= COMMENT)
    menu = (page.link_chars > 0.8 * lengths) & (np.arange(len(lengths)) < page.title)
    footer = ((page.labels & label["footer"]) != 0) & (lengths < 2 * SHORTEST_PARAGRAPH)
    chosen &= ~(menu | footer) | (probability >= NAMED)
    where = np.flatnonzero(chosen)
    if len(where):
        caption = (page.own & bit["caption"]) != 0
        prose = chosen & (lengths >= SHORTEST_PARAGRAPH) & ~caption
        first = int(np.argmax(prose)) if prose.any() else int(where[0])
        low, high = best_container(page, probability)
        chosen &= ~_strays(page, probability, low, high)
        low, high = max(low, first), min(high, int(where[-1]) + 1)
        if low < high:
            apart = sum(bit[name] for name in APART)
            plain = ((page.own & apart) == 0) & (page.labels == 0)
            linked = page.link_chars > 0.5 * lengths
            plain &= probability >= np.where(linked, FILLED_LINK, FILLED)
            chosen[low:high] |= plain[low:high]
        top = np.arange(len(lengths)) < first
        chosen &= ~(top & caption & (probability < TOP_CAPTION))
        if not prose.any():
            top = np.arange(len(lengths)) < where[np.argmax(lengths[where])]
        chosen &= ~(top & ((page.labels & label["byline"]) != 0))
    if page.title >= 0:
        chosen[page.title] = False
    return chosen


def _strays(page: Layout, probability: Floats, low: int, high: int) -> NDArray[np.bool_]:
    """(n,) blocks outside the best container, in a part of the page that is mostly no content.

    A single block may read like prose in a column of headlines: its surroundings tell.
    """
    n = len(probability)
    weight = np.concatenate([[0.0], np.cumsum(page.lengths * probability)])
    size = np.concatenate([[0.0], np.cumsum(page.lengths)])
    share = np.ones(n)
    for level in page.up:  # the widest container apart from the best one decides
        first, last = page.low[level], page.high[level]
        apart = ((last <= low) | (first >= high)) & (last - first >= COLUMN)
        expected = (weight[last] - weight[first]) / np.maximum(size[last] - size[first], 1)
        share = np.where(apart, expected, share)
    return share < STRAY

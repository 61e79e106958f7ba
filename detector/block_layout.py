"""A page's seen blocks as arrays, and the containers that hold them.

Shapes: n blocks that a reader sees, in document order. Containers are intervals
of these blocks, since an element's blocks stand side by side; sums over them are
differences of running sums, so that the cost is linear in blocks and elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detector.block_names import Names, names

if TYPE_CHECKING:
    from detector.blocks import Draft, Frame

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

TAGS = (
    "p li h1 h2 h3 h4 td th div blockquote pre dt dd figcaption button label form section a "
    "article main header caption address span"
).split()
TAG = {name: number for number, name in enumerate(TAGS)}
TAG["h5"] = TAG["h6"] = TAG["h4"]
ANCESTORS = 4  # containers of growing size that are looked at
EVEN = 0.4  # a probability at which a block neither adds to a container nor takes away


@dataclass(slots=True)
class Layout:
    """A page's blocks as arrays; `n` is the number of blocks that are seen."""

    texts: list[str]
    lengths: Floats  # (n,) characters
    link_chars: Floats  # (n,)
    kinds: Floats  # (n, 11) characters of each class of `_classes`
    tags: Ints  # (n,) index into TAGS, len(TAGS) for any other
    own: Ints  # (n,) bits of the name groups of the block's element and its parent
    inherited: Ints  # (n,) of all its elements
    labels: Ints  # (n,) bits of the label groups that the words name
    up: Ints  # (ANCESTORS, n) container numbers
    low: Ints  # (containers,) first block
    high: Ints  # (containers,) one past the last block
    depth: Ints  # (n,)
    title: int  # index of the title block, -1 without one
    in_title: Floats  # (n,) share of the head's title that the block repeats


@cache
def _classes() -> NDArray[np.uint8]:
    """A class for each code point below 65536; see the slices for their meaning."""
    table = np.zeros(65536, dtype=np.uint8)
    table[128:] = 1
    table[0x2000:0x2E80] = 0
    for start, end in ((97, 123), (0xDF, 0x250)):
        table[start:end] = 1  # letters without case or in lower case
    table[65:91] = 2
    table[48:58] = 3
    for start, end in ((0x3040, 0x3100), (0x3400, 0xA000), (0xAC00, 0xD7B0), (0xF900, 0xFB00)):
        table[start:end] = 4  # written without spaces, or nearly so
    for number, marks in (
        (5, ".!?。！？…；;"), (6, ",:，、：،"), (7, "|»>›<«/·•→-–—_"), (8, " \u00a0\u3000"),
        (9, "\"'“”‘’「」『』《》()（）"), (10, "©®"),
    ):  # fmt: skip
        for mark in marks:
            table[ord(mark)] = number
    return table


def layout(drafts: Sequence[Draft], title: str) -> Layout:
    """The arrays of a page's seen blocks; every draft's frames get a number in `tokens`."""
    known = names()
    parents: list[int] = []
    own: list[int] = []
    inherited: list[int] = []
    depths: list[int] = []
    members: list[int] = []
    frame_bits = known.of_frame
    for draft in drafts:
        frame: Frame | None = draft.frame
        chain: list[Frame] = []
        while frame is not None and frame.tokens is None:
            chain.append(frame)
            frame = frame.parent
        number = -1 if frame is None else int(frame.tokens)
        while chain:
            frame = chain.pop()
            bits = frame_bits(frame)
            own.append(bits)
            inherited.append(bits | (inherited[number] if number >= 0 else 0))
            depths.append(frame.depth)
            parents.append(number)
            frame.tokens = number = len(parents) - 1
        members.append(number)
    low, high, wider = _intervals(members, parents)
    n = len(drafts)
    up = np.empty((ANCESTORS, n), dtype=np.int64)
    position = np.array(members, dtype=np.int64)
    # The first container holds more than the block alone, each next one more.
    step = np.where(high[position] - low[position] > 1, position, wider[position])
    for level in range(ANCESTORS):
        up[level] = step
        step = wider[step]
    texts = [draft.text for draft in drafts]
    sizes = [len(text) for text in texts]
    lengths = np.array([draft.length for draft in drafts], dtype=np.float32)
    own_bits = np.array(own, dtype=np.int64)
    parent_of = np.maximum(np.array(parents, dtype=np.int64), 0)
    in_title = _in_title(texts, title)
    found = Layout(
        texts, lengths,
        np.array([draft.link_chars for draft in drafts], dtype=np.float32),
        _kinds(texts, sizes),
        np.array([TAG.get(draft.frame.tag, len(TAGS)) for draft in drafts], dtype=np.int64),
        own_bits[position] | own_bits[parent_of[position]],
        np.array(inherited, dtype=np.int64)[position],
        np.array([known.of_label(t) if len(t) <= 240 else 0 for t in texts], dtype=np.int64),
        up, low, high, np.array(depths, dtype=np.int64)[position], -1, in_title,
    )  # fmt: skip
    found.title = _title_block(found, known)
    return found


def _intervals(members: Sequence[int], parents: Sequence[int]) -> tuple[Ints, Ints, Ints]:
    """First block, one past the last block, and the next wider container of each element."""
    size = len(parents)
    low = [-1] * size
    high = [-1] * size
    for index, number in enumerate(members):
        while number >= 0 and low[number] < 0:
            low[number] = index
            number = parents[number]
    for index in range(len(members) - 1, -1, -1):
        number = members[index]
        while number >= 0 and high[number] < 0:
            high[number] = index + 1
            number = parents[number]
    wider = list(range(size))
    for number, parent in enumerate(parents):  # parents come first
        if parent >= 0:
            same = low[parent] == low[number] and high[parent] == high[number]
            wider[number] = wider[parent] if same else parent
    return (
        np.array(low, dtype=np.int64),
        np.array(high, dtype=np.int64),
        np.array(wider, dtype=np.int64),
    )


def _kinds(texts: Sequence[str], lengths: Sequence[int]) -> Floats:
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32)
    kinds = _classes()[np.minimum(codes, 65535)]
    rows = np.repeat(np.arange(0, 16 * len(texts), 16), lengths)
    rows += kinds
    counts = np.bincount(rows, minlength=16 * len(texts)).reshape(-1, 16)
    return counts[:, :11].astype(np.float32)


def _in_title(texts: Sequence[str], title: str) -> Floats:
    out = np.zeros(len(texts), dtype=np.float32)
    size = len(title)
    if size >= 4:
        for index, text in enumerate(texts):
            length = len(text)
            if 4 <= length <= size:
                if text in title:
                    out[index] = length / size
            elif size < length <= 2 * size and title in text:
                out[index] = size / length
    return out


def _title_block(page: Layout, known: Names) -> int:
    """The heading of the page: an h1, the block that repeats the head's title, or both."""
    tag = page.tags
    bits = known.bit
    score = 2.0 * page.in_title
    for heading, weight in (("h1", 1.1), ("h2", 0.4), ("h3", 0.1)):
        score += weight * (tag == TAG[heading])
    score += 0.5 * ((page.own & bits["title"]) != 0)
    apart = bits["navigation"] | bits["footer"] | bits["sidebar"] | bits["comment"]
    score -= 0.8 * ((page.own & apart) != 0) + 0.3 * ((page.inherited & apart) != 0)
    score -= 0.5 * ((page.inherited & bits["related"]) != 0)
    linked = page.link_chars > 0.8 * page.lengths
    score -= 0.7 * (linked & (page.in_title < 0.5))
    score -= 2.0 * ((page.lengths > 300) | (page.lengths < 2))
    # Of equal ones the first, and hardly one from the end of the page.
    score -= 0.4 * np.arange(len(score)) / max(len(score), 1)
    best = int(np.argmax(score)) if len(score) else -1
    return best if best >= 0 and score[best] >= 0.55 else -1


def best_container(page: Layout, probability: Floats) -> tuple[int, int]:
    """First and one past the last block of the element with most content and least else."""
    running = np.concatenate([[0.0], np.cumsum((probability - EVEN) * page.lengths)])
    best = int(np.argmax(running[page.high] - running[page.low]))
    return int(page.low[best]), int(page.high[best])

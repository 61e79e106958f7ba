"""What the block model looks at: each block in its container, page and neighbourhood.

Shapes: n blocks that a reader sees, in document order. Containers are intervals
of these blocks, since an element's blocks stand side by side; sums over them are
differences of running sums, so that the cost is linear in blocks and elements.

Sources: Kohlschütter et al., *Boilerplate detection using shallow text
features*, WSDM 2010 (text and link density, neighbours); Vogels et al.,
*Web2Text*, ECIR 2018 (containers); `trafilatura`, `readability` (class names).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detector.settings import data_table

if TYPE_CHECKING:
    from detector.blocks import Draft, Frame

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

TAGS = (
    "p li h1 h2 h3 h4 td th div blockquote pre dt dd figcaption button label form section a "
    "article main header caption address span"
).split()
_TAG = {name: number for number, name in enumerate(TAGS)}
_TAG["h5"] = _TAG["h6"] = _TAG["h4"]
_TAG_GROUP = {
    "nav": "navigation", "aside": "sidebar", "footer": "footer", "header": "header",
    "article": "article", "main": "content", "figcaption": "caption", "figure": "caption",
    "form": "form", "button": "form", "address": "meta", "menu": "navigation", "time": "meta",
    "dialog": "form", "label": "form", "search": "form",
}  # fmt: skip
_ROLE_GROUP = {
    "navigation": "navigation", "banner": "header", "contentinfo": "footer", "main": "content",
    "complementary": "sidebar", "search": "form", "article": "article", "dialog": "form",
}  # fmt: skip
ANCESTORS = 4  # containers of growing size that are looked at
SHORTEST_SUBSTRING = 5  # a shorter cue must be a whole word of the name
LONGEST_LABEL = 60  # characters: a longer block heads nothing
_WORDS = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_EDGES = " :：…»«›>|【】[]()（）-–—•·*#▼▲■◆●→.。!！"


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


class Names:
    """Bits of the groups that class, id, tag and label words name."""

    def __init__(self) -> None:
        table = data_table("roles")
        self.groups: tuple[str, ...] = tuple(table["names"])
        self.bit = {name: 1 << number for number, name in enumerate(self.groups)}
        self.words: dict[str, int] = {}
        long: dict[str, int] = {}
        for name, words in table["names"].items():
            for word in words:
                self.words[word] = self.words.get(word, 0) | self.bit[name]
                if len(word) >= SHORTEST_SUBSTRING:
                    long[word] = long.get(word, 0) | self.bit[name]
        self.long = re.compile("|".join(sorted(map(re.escape, long), key=len, reverse=True)))
        self.tags = {tag: self.bit[group] for tag, group in _TAG_GROUP.items()}
        self.aria = {role: self.bit[group] for role, group in _ROLE_GROUP.items()}
        self.label_groups: tuple[str, ...] = tuple(table["labels"])
        self.label_bit = {name: 1 << number for number, name in enumerate(self.label_groups)}
        self.label_words: dict[str, int] = {}
        for name, words in table["labels"].items():
            for word in words:
                self.label_words[word] = self.label_words.get(word, 0) | self.label_bit[name]
        self.seen: dict[str, int] = {}

    def of_name(self, name: str) -> int:
        """Bits of one class or id, remembered: sites repeat them."""
        bits = self.seen.get(name)
        if bits is None:
            bits = 0
            for word in _WORDS.findall(name[:80]):
                word = word.lower()
                found = self.words.get(word)
                if found is not None:
                    bits |= found
                elif len(word) > SHORTEST_SUBSTRING:
                    for part in self.long.findall(word):
                        bits |= self.words[part]
            if len(self.seen) > 50_000:  # names are an attacker's too
                self.seen.clear()
            self.seen[name] = bits
        return bits

    def of_frame(self, frame: Frame) -> int:
        """Bits of an element's tag, id, classes and ARIA role."""
        tag = frame.tag
        if tag in ("body", "html"):  # theme switches, not parts
            return 0
        bits = self.tags.get(tag, 0)
        if frame.id:
            bits |= self.of_name(frame.id)
        for name in frame.classes:
            bits |= self.of_name(name)
        if frame.attributes:
            role = frame.attributes.get("role")
            if role:
                bits |= self.aria.get(role if isinstance(role, str) else role[0], 0)
            item = frame.attributes.get("itemprop")
            if item:
                bits |= self.of_name(item if isinstance(item, str) else item[0])
        return bits

    def of_label(self, text: str) -> int:
        """Bits of the part that these words head or belong to."""
        if len(text) > LONGEST_LABEL * 4:
            return 0
        lowered = text.lower().strip(_EDGES)
        words = self.label_words
        bits = words.get(lowered, 0)
        if not bits:
            head, colon, _ = lowered[:LONGEST_LABEL].replace("：", ":").partition(":")
            if colon:
                bits = words.get(head.strip(_EDGES), 0)
            if not bits:
                bits = words.get(lowered.partition(" ")[0], 0) & self.opening
                if not bits and lowered[:1] > "\u2e80":
                    for size in (4, 2, 3, 5):
                        bits = words.get(lowered[:size], 0) & self.opening
                        if bits:
                            break
        return bits

    @property
    def opening(self) -> int:
        """Groups whose word may open a longer line: "By A. Writer", "Copyright 2020"."""
        return self.label_bit["byline"] | self.label_bit["footer"]


@cache
def names() -> Names:
    """The words of `data/roles.toml`, read once."""
    return Names()


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
    lengths = np.array([draft.length for draft in drafts], dtype=np.float32)
    own_bits = np.array(own, dtype=np.int64)
    parent_of = np.maximum(np.array(parents, dtype=np.int64), 0)
    in_title = _in_title(texts, title)
    found = Layout(
        texts, lengths,
        np.array([draft.link_chars for draft in drafts], dtype=np.float32),
        _kinds(texts),
        np.array([_TAG.get(draft.frame.tag, len(TAGS)) for draft in drafts], dtype=np.int64),
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


def _kinds(texts: Sequence[str]) -> Floats:
    joined = "\n".join(texts) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32)
    kinds = _classes()[np.minimum(codes, 65535)]
    starts = np.zeros(len(texts), dtype=np.int64)
    np.cumsum([len(text) + 1 for text in texts[:-1]], out=starts[1:])
    out = np.empty((len(texts), 11), dtype=np.float32)
    for kind in range(11):
        out[:, kind] = np.add.reduceat(kinds == kind, starts, dtype=np.int32)
    return out


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
        score += weight * (tag == _TAG[heading])
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
    heading = tag[:, _TAG["h2"]] + tag[:, _TAG["h3"]] + tag[:, _TAG["h4"]]
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
    return np.concatenate(parts, axis=1)


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
    gain = (first - 0.4) * page.lengths
    running = np.concatenate([[0.0], np.cumsum(gain)])
    # the run of blocks, and the container, with the most content and least else
    lowest = np.minimum.accumulate(running[:-1])
    end = int(np.argmax(running[1:] - lowest)) if n else 0
    start = int(np.argmin(running[: end + 1]))
    gains = running[page.high] - running[page.low]
    chosen = int(np.argmax(gains))
    low, high = int(page.low[chosen]), int(page.high[chosen])
    parts.append(
        np.stack(
            [
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

"""What authors call the parts of a page: bits of the groups in `data/roles.toml`.

Sources: the names that `trafilatura`, `readability` and `boilerpipe` look for, and
reading; the words of labels in the languages that pages are in.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from detector.patterns import pattern
from detector.settings import data_table

if TYPE_CHECKING:
    from detector.blocks import Frame

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
SHORTEST_SUBSTRING = 5  # a shorter cue must be a whole word of the name
LONGEST_LABEL = 60  # characters: a longer block heads nothing
_WORDS = pattern(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_EDGES = " :：…»«›>|【】[]()（）-–—•·*#▼▲■◆●→.。!！"


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
        for word in table["plain"]:
            self.words.setdefault(word, 0)
        self.long = pattern("|".join(sorted(map(re.escape, long), key=len, reverse=True)))
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
            start = lowered[:LONGEST_LABEL]
            if ":" in start or "：" in start:
                head = start.replace("：", ":").partition(":")[0]
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

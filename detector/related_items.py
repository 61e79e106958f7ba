"""Entries of a list of links: which links of a block are titles, and how blocks lie to each other.

Shapes are tags and classes of the elements around a block: siblings of one list share them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from detector.patterns import pattern
from detector.related_headings import weight
from detector.types import Block, Link, RelatedItem

SHORTEST_TITLE: Final = 12  # letters, East Asian ones weighted; less is a menu entry or a tag
SHORTEST_SIBLING: Final = 5  # the same of a link in the shape of the titles before it
_LONGEST_TAG: Final = 18  # mean weight of a run of tags; titles are longer
_LONGEST_SENTENCE_TITLE: Final = 60  # characters of a title that ends in a full stop
_BYLINE: Final = 0.6  # mean weight of what is no title, as a share of the titles'
_PICTURED: Final = 0.5  # share of links with a picture from which a run is no run of tags

BULLET: Final = pattern(r"\s{0,8}(?:[•·●○◦▪■□◆►▶»›*\-–—]|\d{1,2}\s?[.、)．])\s{0,4}(?=\S)")
DATE: Final = pattern(
    r"\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    r"|\d{1,2}[-月/]\d{1,2}日?|\d{1,2}:\d{2}|\b(?:19|20)\d{2}\b"
)
_SCHEME: Final = pattern(r"(?:javascript|mailto|tel|data):", re.I)

Title = tuple[str, str | None, int]  # text, href, link index


@dataclass(slots=True)
class Open:
    """An item being collected."""

    text: str
    href: str | None
    link: int
    blocks: list[int] = field(default_factory=list)
    teaser: list[str] = field(default_factory=list)

    def close(self) -> RelatedItem:
        return RelatedItem(
            self.text, self.href, tuple(self.blocks), self.link, " ".join(self.teaser)
        )


class Collected:
    """The entries of a list as they are met; thumbnail, title and teaser of one card are one."""

    def __init__(self) -> None:
        self.items: list[RelatedItem] = []
        self.current: Open | None = None

    def add(self, block: int, titles: Sequence[Title]) -> None:
        """A block that holds titles."""
        for title, href, link in titles:
            if self.current is not None and _same_card(self.current, title, href):
                if weight(title) > weight(self.current.text):
                    self.current.teaser.append(self.current.text)
                    self.current.text = title
                else:
                    self.current.teaser.append(title)
                continue
            self._close()
            self.current = Open(title, href, link, [block])
        if self.current is not None and block not in self.current.blocks:
            self.current.blocks.append(block)

    def tell(self, block: Block) -> None:
        """A block of the last entry that holds no title."""
        if self.current is not None:
            self.current.teaser.append(block.text)
            self.current.blocks.append(block.index)

    def done(self) -> list[RelatedItem]:
        """All entries."""
        self._close()
        return self.items

    def _close(self) -> None:
        if self.current is not None:
            self.items.append(self.current.close())
            self.current = None


def _same_card(current: Open, title: str, href: str | None) -> bool:
    """Thumbnail, title and teaser of a card link to one address."""
    return href is not None and (href == current.href or title == current.text)


def titles_in(
    block: Block,
    links: Sequence[Link],
    extracted: bool,
    bulleted: bool,
    shortest: float = SHORTEST_TITLE,
) -> list[Title]:
    """Titles that the block holds as items: (text, href, link index)."""
    if block.links:
        little = block.link_chars * 2 < len(block.text) and len(block.links) < 3
        if little and len(block.text) > 120:
            return []  # a sentence with a link in it, not a title with author or date
        found: list[Title] = []
        for index in block.links:
            link = links[index]
            text = link.text.strip() or link.title.strip()
            if weight(text) >= shortest and is_address(link.href):
                found.append((text, link.href, index))
        return found
    if not extracted:
        return []
    match = BULLET.match(block.text)
    if bulleted:
        if match is None:
            return []
        text = block.text[match.end() :].strip()
        return [(text, None, -1)] if text else []
    text = block.text.strip()
    prose = text[-1] in "。；;,，:：" or (text[-1] == "." and len(text) > _LONGEST_SENTENCE_TITLE)
    if is_small(text) or prose or len(text) > 90 or weight(text) < SHORTEST_TITLE:
        return []
    return [(text, None, -1)]


def are_tags(items: Sequence[RelatedItem], links: Sequence[Link]) -> bool:
    """Whether the items are topics in one line and not titles, nor thumbnails with theirs."""
    together = len({item.blocks[0] for item in items}) == 1 and len(items) > 2
    if not together or sum(weight(item.text) for item in items) >= _LONGEST_TAG * len(items):
        return False
    pictured = sum(item.link >= 0 and _has_picture(links[item.link]) for item in items)
    return pictured < _PICTURED * len(items)


def _has_picture(link: Link) -> bool:
    children = getattr(getattr(link.place, "node", None), "children", ())
    return any(getattr(child, "tag", "") == "img" for child in children)


def without_bylines(items: Sequence[RelatedItem], blocks: Sequence[Block]) -> list[RelatedItem]:
    """The items less those that name the author or section of the title before them.

    In a run of cards they have a shape of their own, come once a card at most, and are
    shorter than the titles.
    """
    shapes = [shape_of(blocks[item.blocks[0]]) for item in items]
    if len(set(shapes)) < 2:
        return list(items)
    sizes: dict[tuple[str, ...], list[float]] = {}
    for shape, item in zip(shapes, items, strict=True):
        sizes.setdefault(shape, []).append(weight(item.text))
    titles = max(sizes, key=lambda s: sum(sizes[s]))
    usual = sum(sizes[titles]) / len(sizes[titles])
    found: list[RelatedItem] = []
    for shape, item in zip(shapes, items, strict=True):
        led = bool(found) and shape != titles and len(sizes[titles]) >= 2
        if (
            led
            and len(sizes[shape]) <= len(sizes[titles])
            and sum(sizes[shape]) / len(sizes[shape]) < _BYLINE * usual
            and shape_of(blocks[found[-1].blocks[0]]) == titles
        ):
            last = found[-1]
            teaser = f"{last.teaser} {item.text}".strip()
            found[-1] = replace(last, blocks=(*last.blocks, *item.blocks), teaser=teaser)
        else:
            found.append(item)
    return found


def is_address(href: str) -> bool:
    """Whether the link leads to another page: not `#top`, a script or a mail."""
    return bool(href) and not href.startswith("#") and not _SCHEME.match(href)


def is_small(text: str) -> bool:
    """A date, a count or an author's line beside a title."""
    return len(text) <= 40 and (weight(text) < 8 or DATE.search(text) is not None)


def ancestors(block: Block) -> tuple[Any, ...]:
    """The block's element and those around it, outermost first; empty in extracted text."""
    node = getattr(block.place, "node", None)
    found: list[Any] = []
    while node is not None:
        found.append(node)
        node = getattr(node, "parent", None)
    return tuple(reversed(found))


def shape_of(block: Block) -> tuple[str, ...]:
    """Tag and class of the block's element and five around it: the same for siblings."""
    steps: list[str] = []
    for node in ancestors(block)[:-7:-1]:
        attributes = getattr(node, "attrs", None)
        classes = attributes.get("class") if attributes else None
        steps.append(f"{getattr(node, 'tag', '')}.{classes[0] if classes else ''}")
    return tuple(steps)


def shared(a: tuple[Any, ...], b: tuple[Any, ...]) -> int:
    """How many outer elements two blocks share."""
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return n

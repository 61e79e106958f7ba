"""Finds the blocks of 'related articles' and their neighbours of other kinds.

Shape first, words second: a short heading, then a run of items that are links or,
in extracted text, bullet lines, with teasers and dates between them. The words of
the heading (`data/related_headings.toml`, by kind and language) say what the list
promises; without a heading, a run of sibling cards with dates after the article
counts as `unheaded`. Menus, tag clouds and comments end a list and are none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final, cast

from detector.patterns import pattern
from detector.settings import data_table
from detector.types import Block, Link, RelatedBlock, RelatedItem, RelatedKind

LONGEST_HEADING: Final = 40  # characters of a heading block
ADDED_TO_HEADING: Final = 12  # characters that may follow the words: 相关文章 »更多
LONGEST_TEASER: Final = 240  # characters of a block between two items
BETWEEN: Final = 3  # blocks without an item that a list bears: teaser, date, author
MOST_ITEMS: Final = 40
FEWEST_UNHEADED: Final = 4
_EAST_ASIAN_WEIGHT: Final = 2.5  # a Han character tells about as much as so many letters
_BEGINNING: Final = 3  # characters that headings are looked up by
_SHORTEST_BEGINNING: Final = 8  # `links`, `news` alone begin many sentences
_SHORTEST_TITLE: Final = 12  # letters, East Asian ones weighted; less is a menu entry or a tag
_SHORTEST_SIBLING: Final = 5  # the same of a link in the shape of the titles before it

_LABEL: Final = 12  # characters of a label above the first title: its section, `more`
_FARTHEST: Final = 3  # elements around the heading that its list may lie outside of
_APART: Final = frozenset(("footer", "nav"))  # elements that a list does not reach into
_LONGEST_TAG: Final = 18  # mean weight of a run of tags; titles are longer
_LONGEST_SENTENCE_TITLE: Final = 60  # characters of a title that ends in a full stop

_BULLET: Final = pattern(r"\s{0,8}(?:[•·●○◦▪■□◆►▶»›*\-–—]|\d{1,2}\s?[.、)．])\s{0,4}(?=\S)")
_DATE: Final = pattern(
    r"\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    r"|\d{1,2}[-月/]\d{1,2}日?|\d{1,2}:\d{2}|\b(?:19|20)\d{2}\b"
)
_DECORATION: Final = " \t\u3000:：|/>»›<«‹·•.…-–—=*#&+~【】[]()（）《》「」『』〖〗◆■▪★☆▼▽↓→"


@dataclass(slots=True)
class _Open:
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


def heading_kind(text: str) -> str:
    """What a heading promises: a RelatedKind, `end`, or "" where it is no such heading."""
    if not text or len(text) > LONGEST_HEADING:
        return ""
    folded = " ".join(text.lower().split()).strip(_DECORATION)
    exact, beginnings = _headings()
    kind = exact.get(folded)
    if kind is not None:
        return kind
    for phrase, promised in beginnings.get(folded[:_BEGINNING], ()):
        if folded.startswith(phrase) and len(folded) <= len(phrase) + ADDED_TO_HEADING:
            following = folded[len(phrase)]
            if not following.isalpha() or _is_east_asian(following):
                return promised
    return ""


@cache
def _headings() -> tuple[dict[str, str], dict[str, list[tuple[str, str]]]]:
    """Exact headings, and those long enough to be known by their beginning."""
    exact: dict[str, str] = {}
    for kind, languages in data_table("related_headings").items():
        if kind == "continuation":
            continue
        for words in cast("dict[str, list[str]]", languages).values():
            for phrase in words:
                plain = " ".join(phrase.lower().split())
                exact.setdefault(plain, kind)
                exact.setdefault(_unaccented(plain), kind)
    beginnings: dict[str, list[tuple[str, str]]] = {}
    for phrase in sorted(exact, key=len, reverse=True):
        if _weight(phrase) >= _SHORTEST_BEGINNING:
            beginnings.setdefault(phrase[:_BEGINNING], []).append((phrase, exact[phrase]))
    return exact, beginnings


def _unaccented(text: str) -> str:
    """Latin letters without their accents: many sites write headings so."""
    if not any("\u00c0" <= c <= "\u024f" for c in text):
        return text
    parts = unicodedata.normalize("NFD", text)
    return "".join(c for c in parts if unicodedata.category(c) != "Mn")


def find_related_blocks(
    blocks: Sequence[Block], links: Sequence[Link], *, article_end: int = -1
) -> list[RelatedBlock]:
    """All such lists of a page, in document order.

    `blocks` and `links` are those of the page, each block's index its position.
    `article_end` is the index of the main content's last block: an unheaded list
    is looked for after it alone, and not at all where it is -1.
    """
    found: list[RelatedBlock] = []
    at = 0
    while at < len(blocks):
        block = blocks[at]
        if block.hidden is not None:
            at += 1
            continue
        inline = _inline(block, links)
        if inline is not None:
            inline = _continued(inline, blocks, links)
            found.append(inline)
            at = inline.last_block + 1
            continue
        kind = heading_kind(block.text) if len(block.text) <= LONGEST_HEADING else ""
        if kind and kind != "end" and not _goes_on(block, links):
            listed = _headed(blocks, links, at, cast("RelatedKind", kind))
            if listed is not None:
                found.append(listed)
                at = listed.last_block + 1
                continue
        at += 1
    if article_end >= 0:
        taken = {i for r in found for i in range(r.first_block, r.last_block + 1)}
        found += _unheaded(blocks, links, article_end + 1, taken)
        found.sort(key=lambda r: r.first_block)
    return found


def _headed(
    blocks: Sequence[Block], links: Sequence[Link], at: int, kind: RelatedKind
) -> RelatedBlock | None:
    """The items under a heading block, or None where there are fewer than two."""
    extracted = blocks[at].tag == "line"
    bulleted = extracted and any(_BULLET.match(b.text) for b in blocks[at + 1 : at + 1 + BETWEEN])
    heading = _ancestors(blocks[at])
    depth = -1  # of the container that heading and first item share
    items: list[RelatedItem] = []
    shapes: set[tuple[str, ...]] = set()
    current: _Open | None = None
    idle = 0
    last = at
    for i in range(at + 1, len(blocks)):
        block = blocks[i]
        if block.hidden is not None and blocks[at].hidden is None:
            continue
        if len(items) >= MOST_ITEMS:
            break
        titles = _titles(block, links, extracted, bulleted)
        if (
            heading_kind(block.text)
            and not (bulleted and _BULLET.match(block.text))
            and not _is_label(block, titles)
        ):
            break
        if heading and block.tag != "line":
            shared = _shared(heading, _ancestors(block))
            if (
                depth >= 0
                and shared < depth
                and not (titles and _shape(block) in shapes and _is_cell(block, shared))
            ):
                break
        if not titles and not items and _DATE.search(block.text) and _repeats(blocks, i):
            titles = _titles(block, links, extracted, bulleted, _SHORTEST_SIBLING)
        if not titles and len(block.links) == 1 and len(items) > 1 and _shape(block) in shapes:
            titles = _titles(block, links, extracted, bulleted, _SHORTEST_SIBLING)
        if titles:
            shapes.add(_shape(block))
            if heading and depth < 0:
                depth = _shared(heading, _ancestors(block))
                same = len(blocks[at].links) > 0 and _shape(block) == _shape(blocks[at])
                apart = any(n.tag in _APART for n in _ancestors(block)[depth:])
                if same or apart or len(heading) - depth > _FARTHEST:
                    return None  # an entry of a menu; a list that stayed empty
            for title, href, link in titles:
                if current is not None and _same_card(current, title, href):
                    if _weight(title) > _weight(current.text):
                        current.teaser.append(current.text)
                        current.text = title
                    else:
                        current.teaser.append(title)
                    continue
                if current is not None:
                    items.append(current.close())
                current = _Open(title, href, link, [i])
            if current is not None and i not in current.blocks:
                current.blocks.append(i)
            idle, last = 0, i
            continue
        if current is None and len(block.text) <= _LABEL and i - at <= BETWEEN:
            continue
        idle += 1
        # A teaser may be long under its title; before the first title it is text.
        if idle > BETWEEN or len(block.text) > LONGEST_TEASER or (not current and idle > 1):
            break
        if current is not None:
            if not bulleted and extracted and not _is_small(block.text):
                break
            current.teaser.append(block.text)
            current.blocks.append(i)
            last = i
    if current is not None:
        items.append(current.close())
    fewest = 1 if kind == "adjacent" else 2
    if len(items) < fewest or _are_tags(items):
        return None
    return RelatedBlock(kind, blocks[at].text, at, tuple(items), at, last)


def _goes_on(block: Block, links: Sequence[Link]) -> bool:
    """Whether it is the link of a teaser to its own text: `[Read more…]`."""
    words = " ".join(block.text.lower().split()).strip(_DECORATION)
    return (
        words in _continuations()
        and len(block.links) == 1
        and _is_address(links[block.links[0]].href)
    )


@cache
def _continuations() -> frozenset[str]:
    words = data_table("related_headings")["continuation"]
    return frozenset(phrase for phrases in words.values() for phrase in phrases)


def _is_label(block: Block, titles: Sequence[tuple[str, str | None, int]]) -> bool:
    """Whether the block is only the beginning of a card that is one link: its section."""
    return len(titles) == 1 and len(titles[0][0]) > len(block.text)


def _is_cell(block: Block, shared: int) -> bool:
    """Whether it stands in the next cell or row of what it shares with the heading: lists set
    as tables have a title a cell."""
    around = _ancestors(block)
    return getattr(around[shared], "tag", "") in ("td", "tr") if shared < len(around) else False


def _repeats(blocks: Sequence[Block], at: int) -> bool:
    """Whether two blocks like this one follow, each with one link."""
    shape = _shape(blocks[at])
    return all(len(b.links) == 1 and _shape(b) == shape for b in blocks[at + 1 : at + 3])


def _are_tags(items: Sequence[RelatedItem]) -> bool:
    """Whether the items are topics in one line and not titles."""
    together = len({item.blocks[0] for item in items}) == 1 and len(items) > 2
    return together and sum(_weight(item.text) for item in items) < _LONGEST_TAG * len(items)


def _continued(
    inline: RelatedBlock, blocks: Sequence[Block], links: Sequence[Link]
) -> RelatedBlock:
    """The list with the blocks of the same shape after it that are links and nothing else."""
    items, last = list(inline.items), inline.last_block
    shape = _shape(blocks[last])
    for block in blocks[last + 1 : last + MOST_ITEMS]:
        titles = _titles(block, links, extracted=False, bulleted=False)
        if (
            not shape
            or len(titles) != 1
            or _shape(block) != shape
            or block.link_chars < len(block.text)
        ):
            break
        items.append(RelatedItem(*titles[0][:2], (block.index,), titles[0][2]))
        last = block.index
    return replace(inline, items=tuple(items), last_block=last)


def _titles(
    block: Block,
    links: Sequence[Link],
    extracted: bool,
    bulleted: bool,
    shortest: float = _SHORTEST_TITLE,
) -> list[tuple[str, str | None, int]]:
    """Titles that the block holds as items: (text, href, link index)."""
    if block.links:
        little = block.link_chars * 2 < len(block.text) and len(block.links) < 3
        if little and len(block.text) > 120:
            return []  # a sentence with a link in it, not a title with author or date
        found: list[tuple[str, str | None, int]] = []
        for index in block.links:
            link = links[index]
            text = link.text.strip() or link.title.strip()
            if _weight(text) >= shortest and _is_address(link.href):
                found.append((text, link.href, index))
        return found
    if not extracted:
        return []
    match = _BULLET.match(block.text)
    if bulleted:
        if match is None:
            return []
        text = block.text[match.end() :].strip()
        return [(text, None, -1)] if text else []
    text = block.text.strip()
    prose = text[-1] in "。；;,，:：" or (text[-1] == "." and len(text) > _LONGEST_SENTENCE_TITLE)
    if _is_small(text) or prose or len(text) > 90 or _weight(text) < _SHORTEST_TITLE:
        return []
    return [(text, None, -1)]


def _inline(block: Block, links: Sequence[Link]) -> RelatedBlock | None:
    """`上一篇：title`, `Read more: title`: heading and links in one block."""
    if not block.links or len(block.text) > 600:
        return None
    first = links[block.links[0]]
    lead = block.text[: first.start] if first.start > 0 else ""
    kind = heading_kind(lead) if lead.strip() else ""
    if not kind or kind == "end":
        return None
    items = tuple(
        RelatedItem(links[i].text, links[i].href, (block.index,), i)
        for i in block.links
        if _weight(links[i].text) >= _SHORTEST_TITLE and _is_address(links[i].href)
    )
    if not items or block.link_chars * 2 < len(block.text) - len(lead):
        return None
    return RelatedBlock(
        cast("RelatedKind", kind), lead.strip(), block.index, items, block.index, block.index
    )


def _unheaded(
    blocks: Sequence[Block], links: Sequence[Link], start: int, taken: set[int]
) -> list[RelatedBlock]:
    """Runs of cards of one shape, most of them dated, after the article."""
    found: list[RelatedBlock] = []
    run: list[_Open] = []
    dated: set[int] = set()
    shape: tuple[str, ...] = ()
    idle = 0

    def close() -> None:
        if len(run) >= FEWEST_UNHEADED and len(dated) * 2 >= len(run):
            items = tuple(item.close() for item in run)
            first, last = items[0].blocks[0], items[-1].blocks[-1]
            found.append(RelatedBlock("unheaded", "", -1, items, first, last))
        run.clear()
        dated.clear()

    for i in range(start, len(blocks)):
        block = blocks[i]
        if i in taken or block.hidden is not None or heading_kind(block.text):
            close()
            continue
        titles = _titles(block, links, extracted=False, bulleted=False)
        if len(titles) == 1:
            own = _shape(block)
            if not run or own != shape:
                close()
                shape = own
            title, href, link = titles[0]
            run.append(_Open(title, href, link, [i]))
            idle = 0
        elif run and not titles and len(block.text) <= LONGEST_TEASER and idle < BETWEEN:
            idle += 1
            run[-1].teaser.append(block.text)
            run[-1].blocks.append(i)
        else:
            close()
            continue
        if _DATE.search(block.text):
            dated.add(len(run))
    close()
    return found


def _same_card(current: _Open, title: str, href: str | None) -> bool:
    """Thumbnail, title and teaser of a card link to one address."""
    return href is not None and (href == current.href or title == current.text)


def _is_address(href: str) -> bool:
    """Whether the link leads to another page: not `#top`, a script or a mail."""
    return bool(href) and not href.startswith("#") and not _SCHEME.match(href)


_SCHEME: Final = pattern(r"(?:javascript|mailto|tel|data):", re.I)


def _is_small(text: str) -> bool:
    """A date, a count or an author's line beside a title."""
    return len(text) <= 40 and (_weight(text) < 8 or _DATE.search(text) is not None)


def _is_east_asian(character: str) -> bool:
    return "\u3041" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3"


def _weight(text: str) -> float:
    """Letters of a text, Han, kana and hangul counted for more."""
    wide = sum(1 for c in text if _is_east_asian(c))
    return wide * _EAST_ASIAN_WEIGHT + sum(1 for c in text if c.isalpha()) - wide


def _ancestors(block: Block) -> tuple[Any, ...]:
    """The block's element and those around it, outermost first; empty in extracted text."""
    node = getattr(block.place, "node", None)
    found: list[Any] = []
    while node is not None:
        found.append(node)
        node = getattr(node, "parent", None)
    return tuple(reversed(found))


def _shape(block: Block) -> tuple[str, ...]:
    """Tag and class of the block's element and five around it: the same for siblings."""
    steps: list[str] = []
    for node in _ancestors(block)[:-7:-1]:
        attributes = getattr(node, "attrs", None)
        classes = attributes.get("class") if attributes else None
        steps.append(f"{getattr(node, 'tag', '')}.{classes[0] if classes else ''}")
    return tuple(steps)


def _shared(a: tuple[Any, ...], b: tuple[Any, ...]) -> int:
    """How many outer elements two blocks share."""
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return n

"""Finds the blocks of 'related articles' and their neighbours of other kinds.

Shape first, words second: a short heading, then a run of items that are links or,
in extracted text, bullet lines, with teasers and dates between them. The words of
the heading (`data/related_headings.toml`, by kind and language) say what the list
promises; without a heading, a run of sibling cards with dates after the article
counts as `unheaded`. Headings side by side are tabs, each with its own panel. Menus,
tag clouds and comments end a list and are none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from detector.related_headings import LONGEST_HEADING, goes_on, heading_kind, weight
from detector.related_items import (
    BULLET,
    DATE,
    SHORTEST_SIBLING,
    SHORTEST_TITLE,
    Collected,
    Open,
    Title,
    ancestors,
    are_tags,
    is_address,
    is_small,
    shape_of,
    shared,
    titles_in,
    without_bylines,
)
from detector.types import Block, Link, RelatedBlock, RelatedItem, RelatedKind

LONGEST_TEASER: Final = 240  # characters of a block between two items
BETWEEN: Final = 3  # blocks without an item that a list bears: teaser, date, author
CARD: Final = 14  # the same of a card that is followed by one of its shape
PANELS_DEPTH: Final = 4  # elements around the panels of tabs beside those around their labels
MOST_ITEMS: Final = 40
FEWEST_UNHEADED: Final = 4
MOST_ADJACENT: Final = 4  # more under `Next` are a page of posts

_LABEL: Final = 12  # characters of a label above the first title: its section, `more`
_FARTHEST: Final = 3  # elements around the heading that its list may lie outside of
_ROWS: Final = frozenset(("tbody", "thead", "tr"))  # elements that say nothing of distance
_APART: Final = frozenset(("footer", "nav"))  # elements that a list does not reach into


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
        kind = _promise(block, links)
        if kind and kind != "end" and not _goes_on(block, links):
            panels = _tabs(blocks, links, at)
            if panels:
                found += panels
                at = panels[-1].last_block + 1
                continue
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


def _promise(block: Block, links: Sequence[Link]) -> str:
    """What a block promises as a heading: all of it, or what stands before its links,
    which are topics or lead to more."""
    kind = heading_kind(block.text)
    if kind or not block.links:
        return kind
    return heading_kind(_lead(block, links))


def _lead(block: Block, links: Sequence[Link]) -> str:
    """What a block says before its first link, "" without one."""
    return block.text[: max(links[block.links[0]].start, 0)].strip() if block.links else ""


def _headed(
    blocks: Sequence[Block], links: Sequence[Link], at: int, kind: RelatedKind
) -> RelatedBlock | None:
    """The items under a heading block, or None where there are fewer than two."""
    extracted = blocks[at].tag == "line"
    bulleted = extracted and any(BULLET.match(b.text) for b in blocks[at + 1 : at + 1 + BETWEEN])
    heading = ancestors(blocks[at])
    depth = -1  # of the container that heading and first item share
    collected = Collected()
    shapes: set[tuple[str, ...]] = set()
    idle = 0
    last = at
    for i in range(at + 1, len(blocks)):
        block = blocks[i]
        if block.hidden is not None and blocks[at].hidden is None:
            continue
        if len(collected.items) >= MOST_ITEMS:
            break
        titles = titles_in(block, links, extracted, bulleted)
        if (
            heading_kind(block.text)
            and not (bulleted and BULLET.match(block.text))
            and not _is_label(block, titles)
        ):
            break
        if depth >= 0 and block.tag != "line":
            common = shared(heading, ancestors(block))
            if common < depth and not (
                titles and shape_of(block) in shapes and _is_cell(block, common)
            ):
                break
        if not titles:
            titles = _short_titles(blocks, links, i, shapes if collected.items else set())
        if titles:
            shape = shape_of(block)
            shapes.add(shape)
            if heading and depth < 0:
                depth = shared(heading, ancestors(block))
                if _stayed_empty(blocks, at, i, depth):
                    return None
            collected.add(i, titles)
            idle, last = 0, i
            continue
        if collected.current is None and len(block.text) <= _LABEL and i - at <= BETWEEN:
            continue
        idle += 1
        # A teaser may be long under its title; before the first title it is text.
        long = idle > BETWEEN or len(block.text) > LONGEST_TEASER
        if collected.current is None:
            if long or idle > 1:
                break
            continue
        if long and not (
            kind != "adjacent"
            and _card_goes_on(blocks, links, i, collected.current.blocks[0], heading[:depth])
        ):
            break
        if not bulleted and extracted and not is_small(block.text):
            break
        collected.tell(block)
        last = i
    items = without_bylines(collected.done(), blocks)
    fewest = 1 if kind == "adjacent" else 2
    listing = kind == "adjacent" and len(items) > MOST_ADJACENT
    if len(items) < fewest or listing or are_tags(items, links):
        return None
    lead = _lead(blocks[at], links)
    name = lead if heading_kind(lead) else blocks[at].text
    return RelatedBlock(kind, name, at, tuple(items), at, last)


def _short_titles(
    blocks: Sequence[Block], links: Sequence[Link], at: int, shapes: Collection[tuple[str, ...]]
) -> list[Title]:
    """A title too short to be one, which the shape of those before, or a date, makes one."""
    block = blocks[at]
    sibling = len(block.links) == 1 and bool(shapes) and shape_of(block) in shapes
    if sibling or (not shapes and DATE.search(block.text) and _repeats(blocks, at)):
        return titles_in(block, links, False, False, SHORTEST_SIBLING)
    return []


def _stayed_empty(blocks: Sequence[Block], at: int, first: int, depth: int) -> bool:
    """Whether what follows a heading is no list of its own: an entry of a menu, or far from it."""
    heading, around = ancestors(blocks[at]), ancestors(blocks[first])
    if blocks[at].links and shape_of(blocks[first]) == shape_of(blocks[at]):
        return True
    away = sum(node.tag not in _ROWS for node in heading[depth:])
    return away > _FARTHEST or any(node.tag in _APART for node in around[depth:])


def _card_goes_on(
    blocks: Sequence[Block],
    links: Sequence[Link],
    at: int,
    title: int,
    container: tuple[Any, ...],
) -> bool:
    """Whether a block is of the card that a title begins: a card may say much of a thing for sale.

    The next card, in the same container and with a title of the same shape, shows what is of one.
    """
    around = ancestors(blocks[title])
    for block in blocks[at + 1 : at + CARD]:
        own = ancestors(block)
        if not container or shared(container, own) < len(container) or heading_kind(block.text):
            return False
        if shape_of(block) == shape_of(blocks[title]) and titles_in(block, links, False, False):
            return shared(around, ancestors(blocks[at])) > shared(around, own)
    return False


def _tabs(blocks: Sequence[Block], links: Sequence[Link], at: int) -> list[RelatedBlock]:
    """The lists of a row of headings, one of which is at `at`, with as many panels after it."""
    label = ancestors(blocks[at])
    if len(label) < 3:
        return []

    def beside(i: int) -> bool:
        block = blocks[i]
        if (
            len(block.text) > LONGEST_HEADING
            or block.hidden is not None
            or block.tag != blocks[at].tag
            or (block.link_chars and not block.links)
            or any(is_address(links[link].href) for link in block.links)
        ):
            return False  # text, or an entry of a menu
        around = ancestors(block)
        return len(around) == len(label) and around[-2] == label[-2]

    first = last = at
    while first > 0 and beside(first - 1):
        first -= 1
    while last + 1 < len(blocks) and beside(last + 1):
        last += 1
    count = last - first + 1
    if count < 2 or last + 1 >= len(blocks):
        return []
    panels = _panels(blocks, last + 1, label, count)
    found = []
    for i, (start, stop) in enumerate(panels, first):
        kind = heading_kind(blocks[i].text)
        if kind in ("", "end"):
            continue
        collected = Collected()
        for block in blocks[start:stop]:
            titles = titles_in(block, links, False, False)
            if titles:
                collected.add(block.index, titles)
            else:
                collected.tell(block)
        items = tuple(without_bylines(collected.done(), blocks))[:MOST_ITEMS]
        if len(items) >= 2 and not are_tags(items, links):
            promised = cast("RelatedKind", kind)
            found.append(RelatedBlock(promised, blocks[i].text, i, items, start, stop - 1))
    return found


def _panels(
    blocks: Sequence[Block], start: int, label: tuple[Any, ...], count: int
) -> list[tuple[int, int]]:
    """Runs of blocks from `start` on, each in one of `count` sibling elements of one tag:
    (first, beyond); none where there are more or fewer."""
    around = ancestors(blocks[start])
    depth = shared(label, around)
    for level in range(depth, min(depth + PANELS_DEPTH, len(around))):
        runs: list[tuple[int, int]] = []
        current = None
        for i in range(start, len(blocks)):
            own = ancestors(blocks[i])
            if len(own) <= level or own[level - 1] != around[level - 1]:
                break
            if own[level] != current:
                current = own[level]
                if current.tag != around[level].tag or len(runs) == count + 1:
                    break
                runs.append((i, i + 1))
            else:
                runs[-1] = (runs[-1][0], i + 1)
        if len(runs) == count:
            return runs
    return []


def _goes_on(block: Block, links: Sequence[Link]) -> bool:
    """Whether it is the link of a teaser to its own text: `[Read more…]`."""
    return len(block.links) == 1 and goes_on(block.text) and is_address(links[block.links[0]].href)


def _is_label(block: Block, titles: Sequence[Title]) -> bool:
    """Whether the block is only the beginning of a card that is one link: its section."""
    return len(titles) == 1 and len(titles[0][0]) > len(block.text)


def _is_cell(block: Block, shared: int) -> bool:
    """Whether it stands in the next cell or row of what it shares with the heading: lists set
    as tables have a title a cell."""
    around = ancestors(block)
    return getattr(around[shared], "tag", "") in ("td", "tr") if shared < len(around) else False


def _repeats(blocks: Sequence[Block], at: int) -> bool:
    """Whether two blocks like this one follow, each with one link."""
    shape = shape_of(blocks[at])
    return all(len(b.links) == 1 and shape_of(b) == shape for b in blocks[at + 1 : at + 3])


def _continued(
    inline: RelatedBlock, blocks: Sequence[Block], links: Sequence[Link]
) -> RelatedBlock:
    """The list with the blocks of the same shape after it that are links and nothing else."""
    items, last = list(inline.items), inline.last_block
    shape = shape_of(blocks[last])
    for block in blocks[last + 1 : last + MOST_ITEMS]:
        titles = titles_in(block, links, extracted=False, bulleted=False)
        if (
            not shape
            or len(titles) != 1
            or shape_of(block) != shape
            or block.link_chars < len(block.text)
        ):
            break
        items.append(RelatedItem(*titles[0][:2], (block.index,), titles[0][2]))
        last = block.index
    return replace(inline, items=tuple(items), last_block=last)


def _inline(block: Block, links: Sequence[Link]) -> RelatedBlock | None:
    """`上一篇：title`, `Read more: title`: heading and links in one block."""
    if not block.links or len(block.text) > 600:
        return None
    lead = _lead(block, links)
    kind = heading_kind(lead)
    if not kind or kind == "end":
        return None
    items = tuple(
        RelatedItem(links[i].text, links[i].href, (block.index,), i)
        for i in block.links
        if weight(links[i].text) >= SHORTEST_TITLE and is_address(links[i].href)
    )
    if not items or block.link_chars * 2 < len(block.text) - len(lead):
        return None
    return RelatedBlock(
        cast("RelatedKind", kind), lead, block.index, items, block.index, block.index
    )


def _unheaded(
    blocks: Sequence[Block], links: Sequence[Link], start: int, taken: set[int]
) -> list[RelatedBlock]:
    """Runs of cards of one shape, most of them dated, after the article."""
    found: list[RelatedBlock] = []
    run: list[Open] = []
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
        titles = titles_in(block, links, extracted=False, bulleted=False)
        if len(titles) == 1:
            own = shape_of(block)
            if not run or own != shape:
                close()
                shape = own
            title, href, link = titles[0]
            run.append(Open(title, href, link, [i]))
            idle = 0
        elif run and not titles and len(block.text) <= LONGEST_TEASER and idle < BETWEEN:
            idle += 1
            run[-1].teaser.append(block.text)
            run[-1].blocks.append(i)
        else:
            close()
            continue
        if DATE.search(block.text):
            dated.add(len(run))
    close()
    return found

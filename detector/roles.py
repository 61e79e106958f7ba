"""What each block of a page is for, and which blocks are its main content.

A trained block model says how likely a block is content (`block_model`); names
and labels (`data/roles.toml`) say what the rest is. Foreign words that stand in
the article keep the role "article": what is shown as content is content, and
techniques take it out later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detector.block_layout import Layout, layout
from detector.block_model import Network, content_probability
from detector.block_names import names
from detector.content_choice import choose
from detector.line_roles import assign_lines
from detector.types import Block, Link, RelatedBlock, Role

if TYPE_CHECKING:
    from detector.blocks import Draft

LONGEST_BYLINE = 160  # characters
RELATED_KINDS = frozenset(("related", "latest", "popular", "adjacent", "unheaded"))
SHOWN_LATER = 4.0  # hidden prose must outweigh the visible text by that to be the page
# Blocks of code, which is not prose: manuals show slots and repeat their subject in it.
CODE_TAGS = frozenset({"pre", "code", "samp", "kbd", "textarea", "xmp"})
# never shown by a script that reveals an article
NEVER_SHOWN = frozenset(("noscript", "template", "marquee", "offscreen", "colour", "tiny"))

__all__ = ["assign", "assign_lines", "content", "content_of", "mark_related", "trim_ending"]


def assign(
    drafts: Sequence[Draft], title: str, trained: tuple[Network, Network] | None = None
) -> list[Role]:
    """The role of each block of an HTML page; `title` is the head's.

    Hidden blocks get the role of the place where they stand. `trained` stands for
    the shipped block model where another is measured.
    """
    if not drafts:
        return []
    late = _shown_later(
        [(d.length, d.link_chars, d.hidden.reason if d.hidden else "") for d in drafts]
    )
    seen = [d for d in drafts if d.hidden is None or (late and d.hidden.reason not in NEVER_SHOWN)]
    if not seen:
        return ["other"] * len(drafts)
    page = layout(seen, title)
    probability = content_probability(page, trained)
    roles = _roles(page, probability)
    if len(seen) == len(drafts):
        return roles
    out: list[Role] = []
    number = 0
    for draft in drafts:
        if number < len(seen) and seen[number] is draft:
            out.append(roles[number])
            number += 1
        else:
            out.append(_hidden_role(draft, roles, number))
    return out


def content(blocks: Sequence[Block]) -> tuple[int, ...]:
    """Indices of the blocks that make the main content, in order.

    Hidden blocks are not content, save on a page that hides nearly all of itself
    until a script shows it.
    """
    return _content(
        [(len(b.text), b.link_chars, b.hidden.reason if b.hidden else "") for b in blocks],
        [b.role for b in blocks],
    )


def content_of(drafts: Sequence[Draft], roles: Sequence[Role]) -> tuple[int, ...]:
    """The same before blocks are made of drafts."""
    return _content(
        [(d.length, d.link_chars, d.hidden.reason if d.hidden else "") for d in drafts], roles
    )


def _content(blocks: Sequence[tuple[int, int, str]], roles: Sequence[Role]) -> tuple[int, ...]:
    late = _shown_later(blocks)
    return tuple(
        index
        for index, ((_, _, reason), role) in enumerate(zip(blocks, roles, strict=True))
        if role == "article" and (not reason or (late and reason not in NEVER_SHOWN))
    )


def _shown_later(blocks: Sequence[tuple[int, int, str]]) -> bool:
    """Whether a page hides its own text until a script runs: (length, link chars, reason)."""
    visible = hidden = linked = 0
    for length, link_chars, reason in blocks:
        if not reason:
            visible += length
        elif reason not in NEVER_SHOWN:
            hidden += length
            linked += link_chars
    return hidden > SHOWN_LATER * visible and linked < 0.5 * hidden


def _roles(page: Layout, probability: NDArray[np.float32]) -> list[Role]:
    known = names()
    bit, label = known.bit, known.label_bit
    chosen = choose(page, probability)
    roles: list[Role] = []
    part: Role = "other"
    last = len(page.lengths) - int(np.argmax(chosen[::-1])) if chosen.any() else -1
    started = False
    owns, alls, labels = page.own.tolist(), page.inherited.tolist(), page.labels.tolist()
    for index, is_content in enumerate(chosen.tolist()):
        if index == page.title:
            roles.append("title")
            started = True
            continue
        if is_content:
            roles.append("article")
            started = True
            part = "other"
            continue
        own, every, said = owns[index], alls[index], labels[index]
        length = page.lengths[index]
        linked = page.link_chars[index] > 0.6 * length
        role: Role = "other"
        if every & bit["comment"] or said & label["comment"]:
            role = "comment"
        elif every & bit["advertisement"] or said & label["advertisement"]:
            role = "advertisement"
        elif every & bit["footer"] or said & label["footer"]:
            role = "footer"
        elif said & label["related"]:
            role = "related"
        elif every & bit["navigation"]:
            role = "navigation"
        elif (
            length <= LONGEST_BYLINE
            and (own & bit["meta"] or said & label["byline"])
            and abs(index - page.title) <= 12
        ):
            role = "byline"
        elif every & bit["related"] and (linked or started):
            role = "related"
        elif not started and (linked or every & bit["header"]):
            role = "navigation"
        if said & (label["related"] | label["comment"]):
            part = role
        elif role == "other" and part != "other" and (linked or part == "comment"):
            role = part
        elif role == "other" and linked:
            role = "navigation"
        if index > last and role == "other" and page.kinds[index, 10]:
            role = "footer"
        roles.append(role)
    return roles


def _hidden_role(draft: Draft, roles: Sequence[Role], number: int) -> Role:
    """Of the blocks around it; inside the article only between two blocks of it."""
    before: Role = roles[number - 1] if number else "other"
    after: Role = roles[number] if number < len(roles) else "other"
    if before == after or after == "other":
        return before
    if before in ("article", "title") and after == "article":
        return "article"
    return "other"


LONGEST_BULLET = 4  # characters before a title: a bullet, a number
FEWEST_LED = 3  # titles that make a list of what else looks like paragraphs


def mark_related(
    blocks: Sequence[Block], lists: Sequence[RelatedBlock], links: Sequence[Link]
) -> tuple[Block, ...]:
    """The blocks with the role "related" where a list under such a heading stands.

    Links amid the words of sentences (a summary of further reading in an article)
    leave their blocks' roles as they are, if they are the article's.
    """
    out = list(blocks)
    for found in lists:
        if found.kind not in RELATED_KINDS:
            continue
        span = range(found.first_block, found.last_block + 1)
        linked = sum(blocks[i].link_chars for i in span)
        listed = 2 * linked >= sum(len(blocks[i].text) for i in span) or _led(found, links)
        for index in span:
            block = out[index]
            if block.role in ("title", "comment"):
                continue
            if block.role != "article" or (listed and len(span) > 2):
                out[index] = replace(block, role="related")
    return tuple(out)


def trim_ending(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks, without the role "article" of the line of tags or buttons that ends it."""
    known = names()
    ending = known.label_bit["tags"] | known.label_bit["share"]
    out = list(blocks)
    for index in range(len(out) - 1, -1, -1):
        block = out[index]
        if block.role != "article" or block.hidden is not None:
            continue
        if len(block.text) > LONGEST_BYLINE or not known.of_label(block.text) & ending:
            break
        out[index] = replace(block, role="other")
    return tuple(out)


def _led(found: RelatedBlock, links: Sequence[Link]) -> bool:
    """Whether a headed list's links each open a block: titles, with teasers behind them."""
    starts = [links[item.link].start for item in found.items if item.link >= 0]
    opening = sum(start <= LONGEST_BULLET for start in starts)
    return bool(found.heading) and len(starts) >= FEWEST_LED and opening >= 0.8 * len(starts)

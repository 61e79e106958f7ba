"""Promotion in a comment, a review or a profile.

What attackers do: Programs post advertisements with links or accounts wherever a form
accepts them.

How it is seen: A block of the comment section that promotes, with a link to a foreign site
or an account to contact.

What must not fire: Comments that talk about the trade, signatures with an own homepage.

Source: Mishne, Carmel, Lempel, Blocking blog spam with language model disagreement, 2005.

Example: Great post! visit <a href="https://pills.example/">cheap viagra online</a>
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detector.block_names import names
from detector.dom import ElementPlace
from detector.patterns import pattern
from detector.techniques import Context, technique
from detector.types import Block, Finding, Page, Place, Span

SURE = 0.5
# Elements that hold one comment, levels between its words and it, and characters of name, date
# and buttons beside the words.
ENTRIES = frozenset(("li", "article", "div", "dd", "tr", "section", "blockquote"))
MOST_LEVELS = 5
LONGEST_ABOUT = 90
NEAR = 4  # blocks before and behind the words that belong to them

# Extracted text keeps a comment as its writer's name and the words behind a colon.
NAMED = pattern(r"[^:：.,。，]{2,24}[:：] ?")


@technique("comment-spam", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge the blocks of the comment section."""
    knobs = context.settings
    for index in context.suspects:
        block = page.blocks[index]
        start = 0
        entry = entry_of(block.place)
        if block.role != "comment" and entry is None:
            name = NAMED.match(block.text) if page.kind == "text" and index > 1 else None
            if name is None:
                continue
            start = name.end()
        score = context.judge_among(index)
        if score < knobs["silent_below"]:
            continue
        found = context.promotion(index)
        category = found.category or "other"
        href = next((page.links[i].href for i in block.links if page.links[i].host), None)
        if start and score >= SURE:
            start = 0  # the writer's name goes with what he wrote
        yield Finding(
            "comment-spam", score, block.text[start:],
            f"A comment promotes: {found.about}.",
            block.place.location(), category, href,
            Span("block", start, len(block.text), block.index), "", entry or block.place,
        )  # fmt: skip
        for line in _around(page, block, entry) if entry is not None and score >= SURE else ():
            yield Finding(
                "comment-spam", score, line.text,
                "It belongs to a comment that promotes.", line.place.location(), category,
                span=Span("block", 0, len(line.text), line.index), replacement="", cut=entry,
            )  # fmt: skip


def entry_of(place: Place) -> ElementPlace | None:
    """The element of a whole comment: its words, its writer, its date; None where none is told.

    It is an item of a list, or an element whose own names say comment, and holds no other
    comment's words: hardly more than the block itself.
    """
    node: Any = getattr(place, "node", None)
    if node is None:
        return None
    own = len(node.text.strip())
    known = names()
    for _ in range(MOST_LEVELS):
        if node is None or getattr(node, "tag", "html") in ("html", "body", "main", "ol", "ul"):
            return None
        if len(" ".join(node.text.split())) > own + LONGEST_ABOUT:
            return None
        words = (node.attrs.get("id") or "", *(node.attrs.get("class") or ()))
        said = any(known.of_name(word) & known.bit["comment"] for word in words if word)
        if (node.tag == "li" and said) or (node.tag in ENTRIES and said and _one_of(node)):
            return ElementPlace(node)
        node = node.parent
    return None


def _one_of(node: Any) -> bool:
    """Whether an element is an entry rather than the section: no list is inside of it."""
    return not any(getattr(inner, "tag", "") in ("ol", "ul", "li") for inner in node.descendants)


def _around(page: Page, block: Block, entry: ElementPlace) -> Iterator[Block]:
    """The other lines of a comment."""
    for near in range(max(block.index - NEAR, 0), min(block.index + NEAR + 1, len(page.blocks))):
        other = page.blocks[near]
        node: Any = getattr(other.place, "node", None)
        if near != block.index and other.text and node is not None and (
            node == entry.node or any(above == entry.node for above in node.ancestors)
        ):  # fmt: skip
            yield other

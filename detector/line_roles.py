"""Roles of the lines of extracted text, which has no markup to go by.

Extractors keep an order: title, a line of author and date, the article, then tags,
related articles and comments, each under its label. Rules on labels and line shape
read that; everything else is article, spam lines too.
"""

from __future__ import annotations

from collections.abc import Sequence

from detector.block_names import names
from detector.types import Role

LONGEST_TITLE = 200  # characters
LONGEST_BYLINE = 160
LONGEST_HEAD = 30  # of a label that opens a part
TOP = 8  # lines in which title and byline stand
_BULLETS = "•·*-–▪●○◦‣#> "


def assign_lines(lines: Sequence[str]) -> list[Role]:
    """The role of each line that is not blank, in order.

    A part under a label ("相关文章", "Related articles", "最新评论") lasts until the next
    label; the label must stand alone on its line and after the middle of the article's start,
    so that a heading within the article does not end it.
    """
    known = names()
    label = known.label_bit
    roles: list[Role] = []
    part: Role = "article"
    titled = False
    for index, line in enumerate(lines):
        words = line.strip(_BULLETS)
        said = known.of_label(words) if len(words) <= LONGEST_BYLINE else 0
        alone = len(words) <= LONGEST_HEAD and bool(
            known.label_words.get(words.lower().strip(" :：…»【】[]#"), 0)
        )
        if not titled and index < TOP and part == "article" and not said:
            titled = True
            if _is_title(line, lines[index + 1 : index + 4]):
                roles.append("title")
                continue
        if alone and index:
            if said & label["related"]:
                part = "related"
            elif said & label["comment"]:
                part = "comment"
            elif said & label["footer"]:
                part = "footer"
        role = part
        if part == "article":
            if said & label["byline"] and len(words) <= LONGEST_BYLINE and _is_byline(words, index):
                role = "byline"
            elif (said & label["tags"] and line[:1] != words[:1]) or (
                alone and said & (label["share"] | label["tags"])
            ):
                role = "other"
            elif alone and said & label["advertisement"]:
                role = "advertisement"
            elif said & label["footer"] and index > len(lines) // 2:
                role = "footer"
        roles.append(role)
    return roles


def _is_title(line: str, following: Sequence[str]) -> bool:
    """A short first line that is no sentence of a paragraph, with text below it."""
    if len(line) > LONGEST_TITLE or not following:
        return False
    return line[-1] not in "。，,；;：:" and line.count("。") == 0


def _is_byline(words: str, index: int) -> bool:
    """A labelled author, source or date: near the top, or short and ending the article."""
    digits = sum(character.isdigit() for character in words)
    marks = words.count(":") + words.count("：")
    if index < TOP:
        return digits >= 4 or marks > 0
    return marks > 0 and len(words) <= 40

"""What a page generator should have filled in or turned into markup is printed as text.

What attackers do: kits fill templates with keywords, cities, sentences and random characters.
Where a list ran out or a tag was misspelt, the slot itself is printed: {关键词}, {{keyword}},
[city], %title%; spinners print their alternatives, {cheap|best|top}; broken inserters print
their tags.

How it is seen: slots whose names are a generator's, in visible running text; alternatives in
braces inside of a sentence; paragraph tags as text.

What must not fire: pages that teach templates or code (pre, code and the like, or a page full
of other code); bindings of client-side frameworks, {{ item.title }}, alone in their block;
usage lines such as {start|stop}; short codes that name an honest plugin.

Source: seen on keyword doorways, among them slots of public site-group kits.

Example: 欢迎来到{城市名}，我们提供{关键词}服务，{随机句子}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from detector.patterns import pattern
from detector.roles import CODE_TAGS
from detector.settings import data_table
from detector.techniques import Context, technique
from detector.types import Block, Finding, Page, Span

_NAME = "template-leftover"
_GATE = pattern(r"[{}%$<\[【#]|&(?:lt|nbsp);")


@dataclass(frozen=True, slots=True)
class Leftover:
    """A slot, spun alternatives or a tag at `text[start:end]`."""

    start: int
    end: int
    kind: str  # slot | spintax | tag


@technique(_NAME, group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """One finding for each leftover."""
    knobs = data_table("template")
    title = page.title
    for leftover in leftovers(title) if _GATE.search(title) else ():
        if leftover.kind == "slot":
            yield Finding(
                technique=_NAME,
                score=knobs["slot"],
                quote=title[leftover.start : leftover.end],
                message="The title shows a slot of a page generator that was not filled in.",
                location=page.head.all("title")[0].place.location()
                if page.head.all("title")
                else page.blocks[0].place.location(),
                span=Span("title", leftover.start, leftover.end),
            )
    if _teaches(page):
        return
    found = [
        (block, leftover)
        for block in page.blocks
        if block.hidden is None and block.tag not in CODE_TAGS and _GATE.search(block.text)
        for leftover in leftovers(block.text)
    ]
    # Feeds escape spaces twice, hundreds of them; tags they seldom do.
    tags = sum(
        leftover.kind == "tag" and not block.text.startswith("&nbsp;", leftover.start)
        for block, leftover in found
    )
    for block, leftover in found:
        tag = leftover.kind == "tag"
        if leftover.kind == "slot" and _advertises(block, leftover, context):
            leftover = Leftover(0, len(block.text), "slot")
        yield Finding(
            technique=_NAME,
            score=_tag_score(tags, knobs) if tag else knobs[leftover.kind],
            quote=block.text[leftover.start : leftover.end],
            message=_MESSAGES[leftover.kind],
            location=block.place.location(),
            span=Span("block", leftover.start, leftover.end, block=block.index),
            replacement=None if leftover.kind == "spintax" else "",
        )


def _tag_score(tags: int, knobs: Mapping[str, Any]) -> float:
    """How sure it is that so many printed tags on a page are an inserter's."""
    if tags >= knobs["strewn_tags"]:
        return float(knobs["strewn"])
    return float(knobs["tags" if tags >= knobs["many_tags"] else "tag"])


SHORT = 40  # characters beside a slot that are the rest of its line


def _advertises(block: Block, leftover: Leftover, context: Context) -> bool:
    """Whether the rest of a slot's line is a word or two of a trade."""
    rest = block.text[: leftover.start] + block.text[leftover.end :]
    outside = any(
        hit.end <= leftover.start or hit.start >= leftover.end for hit in context.hits(block.index)
    )
    return 0 < len(rest) <= SHORT and outside


_MESSAGES = {
    "slot": "A slot of a page generator was not filled in.",
    "spintax": "A spinner's alternatives are printed as they were written.",
    "tag": "A markup tag is printed as text.",
}


def leftovers(text: str) -> list[Leftover]:
    """The leftovers of one block's text, in order, apart."""
    patterns = _patterns()
    found = [
        Leftover(*match.span(), "slot")
        for match in patterns.slot.finditer(text)
        if not _binding_alone(text, match)
    ]
    pairs = list(patterns.paired.finditer(text))
    leading = any(patterns.leading.fullmatch(match.group()) for match in pairs)
    if found or (leading and len(pairs) > 1):  # each vouches for the others
        found += [Leftover(*match.span(), "slot") for match in pairs]
    if "|" in text and "{" in text:
        spun = [m for m in _SPINTAX.finditer(text) if found or _is_spun(m.group(), text)]
        found += [Leftover(*match.span(), "spintax") for match in spun]
    if "<" in text or "&lt;" in text or "&nbsp;" in text:
        tags = list(_TAG.finditer(text))
        if tags and not _looks_like_code(text):
            found += [Leftover(*match.span(), "tag") for match in tags]
    found.sort(key=lambda item: (item.start, -item.end))
    apart: list[Leftover] = []
    for item in found:
        if not apart or item.start >= apart[-1].end:
            apart.append(_commented(text, item))
    joined: list[Leftover] = []
    for item in apart:
        last = joined[-1] if joined else None
        if last and _one_phrase(text[last.end : item.start]) and "slot" in (last.kind, item.kind):
            # Slots in a row are one phrase; alternatives beside a slot go with it.
            joined[-1] = Leftover(last.start, item.end, "slot")
        else:
            joined.append(item)
    return joined


CONNECTIVE = 4  # letters between two slots: "in", "and"


def _one_phrase(between: str) -> bool:
    return len(between.strip()) <= CONNECTIVE and not any(c in ".!?。！？" for c in between)


def _commented(text: str, item: Leftover) -> Leftover:
    """A slot with the printed comment that holds nothing else."""
    before, after = text[: item.start].rstrip(), text[item.end :]
    closing = len(after) - len(after.lstrip())
    for left, right in (("<!--", "-->"), ("&lt;!--", "--&gt;")):
        if item.kind == "slot" and before.endswith(left) and after.lstrip().startswith(right):
            return Leftover(len(before) - len(left), item.end + closing + len(right), item.kind)
    return item


# {a|b|c}: no nesting, no signs of code, words between the bars.
_SPINTAX = pattern(r"\{[^{}|\n=;<>()\[\]]{1,60}(?:\|[^{}|\n=;<>()\[\]]{0,60}){1,30}\}")
_TAG = pattern(
    r"(?:<|&lt;)/?(?:p|br|div|span|strong|h[1-6]|center|font|b|i|em|ul|li)\s*/?(?:>|&gt;)"
    r"|&nbsp;"
)
_PROSE = 30  # characters outside of the braces: less is a usage line or a choice in a form


def _is_spun(found: str, text: str) -> bool:
    options = [option.strip() for option in found[1:-1].split("|")]
    if any(o.startswith(("-", "/")) for o in options) or all(
        o.isascii() and o.isupper() for o in options if any(map(str.isalpha, o))
    ):
        return False  # a command's usage: { -o | --output }, { FILE | FOLDER }
    wordy = sum(any(character.isalpha() for character in option) for option in options)
    if wordy < len(options) - 1 or "$" in found or "\\" in found:
        return False
    several = text.count("|}") + len(_SPINTAX.findall(text)) >= 2
    phrase = any(" " in option for option in options)
    return len(text) - len(found) >= _PROSE and (several or phrase or not found.isascii())


def _looks_like_code(text: str) -> bool:
    return any(sign in text for sign in ("</html", "<body", "<!--", "class=", "();", "){", '="'))


def _binding_alone(text: str, match: re.Match[str]) -> bool:
    """A framework's {{ binding }} with hardly anything else in its block."""
    return match.group().startswith("{{") and len(text) - len(match.group()) < 4


@dataclass(frozen=True, slots=True)
class _Patterns:
    slot: re.Pattern[str]
    paired: re.Pattern[str]
    leading: re.Pattern[str]
    teaching: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    table = data_table("template")
    chinese = "|".join(map(re.escape, sorted(table["chinese_slots"], key=len, reverse=True)))
    latin = "|".join(map(re.escape, sorted(table["latin_slots"], key=len, reverse=True)))
    double = "|".join(map(re.escape, sorted(table["double_slots"], key=len, reverse=True)))
    number = r"[ _-]?[0-9]{0,3}"
    slot = (
        rf"\{{\{{? ?(?:{chinese}){number} ?\}}?\}}"
        rf"|\[(?:{chinese}){number}\]|【(?:{chinese}){number}】"
        rf"|[#%](?:{chinese}){number}[#%]"
        rf"|(?<![$\\\w{{])\{{(?:{latin}){number}\}}(?!\}})|\[(?:{latin}){number}\](?!\()"
        rf"|(?<![\w%])%(?:{latin})%|(?<![\w#])#(?:{latin})#"
        rf"|\{{\{{ ?(?:{double}){number} ?\}}\}}"
        # Whatever is drawn at random is a generator's.
        r"|\{(?:random|rand|随机|隨機|случайн\w{1,3}|aleatori[oa]|zufalls?|acak|rastgele"
        r"|랜덤|무작위|ランダム|สุ่ม|ngẫu ?nhiên|aléatoire)"
        r"[ _-]?\w{1,16}\}"
    )
    leading, both = (
        "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        for names in (table["leading_slots"], table["leading_slots"] + table["paired_slots"])
    )
    teaching = "|".join(map(re.escape, table["teaching"]))
    return _Patterns(
        pattern(slot, re.IGNORECASE),
        pattern(_marked(both, number), re.IGNORECASE),
        pattern(_marked(leading, number), re.IGNORECASE),
        pattern(teaching, re.IGNORECASE),
    )


def _marked(names: str, number: str) -> str:
    """Such names in the marks of slots."""
    return (
        rf"\{{\{{? ?(?:{names}){number} ?\}}?\}}"
        rf"|\[(?:{names}){number}\](?!\()|【(?:{names}){number}】"
        rf"|(?<![\w$])\$(?:{names}){number}\$|(?<![\w%])%(?:{names}){number}%"
        rf"|(?<![\w#])#(?:{names}){number}#"
    )


def _teaches(page: Page) -> bool:
    """Whether the page is about templates or code: its words say so, or it shows code."""
    if _patterns().teaching.search(page.title):
        return True
    return any(block.tag in ("pre", "code", "samp") for block in page.blocks)

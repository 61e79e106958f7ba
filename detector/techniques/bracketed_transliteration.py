"""A Chinese article turned to traditional characters with pinyin in brackets after its words.

What attackers do: a kit converts a stolen simplified article to traditional characters and
writes the pinyin of words behind them, 學習(xué xí), so that no sentence equals its source.

How it is seen: many glosses whose syllables match the number of hanzi, inside of running text
in several paragraphs, after everyday words.

What must not fire: one term with its pinyin; a name with its reading; dictionaries, vocabulary
lists and lessons (the gloss is most of the line, or each term is glossed once beside its
meaning); honest pages in traditional characters.

Source: seen on pages of Chinese site-group kits; inverted with OpenCC.

Example: 他每天學習(xué xí)很久，晚上在圖書館(tú shū guǎn)看書，週末(zhōu mò)才休息(xiū xi)。
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from detector.patterns import pattern
from detector.restore.simplified import to_simplified, to_traditional
from detector.settings import data_table
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span

_NAME = "bracketed-transliteration"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüḿńňǹ"
_OPEN = "(（[【"
_BRACKET = pattern(f"[(（\\[【]([a-z{_TONED}' ’·,，-]{{1,60}})[)）\\]】]", re.IGNORECASE)
# What a toneless syllable may be; ü is written v, u or ü.
_INITIALS = {
    "": "a ai an ang ao e ei en er ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve ü üe ue",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan un uo v ve ü üe ue",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
}
_SYLLABLES = frozenset(a + b for a, finals in _INITIALS.items() for b in finals.split())
_LONGEST = 6
_SENTENCE = pattern("[，。；！？,;]")


@dataclass(frozen=True, slots=True)
class Gloss:
    """`text[start:bracket]` are hanzi, `text[bracket:end]` their pinyin in brackets."""

    start: int
    bracket: int
    end: int


@technique(_NAME, group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """One finding for each glossed word, and for each stretch that was only converted."""
    knobs = data_table("transliteration")
    blocks = [page.blocks[index] for index in context.content]
    texts = [block.text for block in blocks]
    glossed = systematic_glosses(texts, knobs)
    if not glossed:
        return
    outside = page.title + "".join(b.text for b in page.blocks if b.role == "related")
    simplified = _simplified(outside) or page.language == "zh"
    own = {blocks[number].index: glosses for number, glosses in glossed.items()}
    for block in page.blocks:
        if block.hidden is not None:
            continue
        # A kit glosses captions and footers too, once it does.
        glosses = own.get(block.index) or list(glosses_of(block.text))
        if not glosses:
            continue
        at = 0
        for gloss in (*glosses, None):
            start = gloss.start if gloss else len(block.text)
            if simplified:
                yield from _converted(block.text, at, start, block.index, block.place.location())
            if gloss is None:
                break
            term = block.text[gloss.start : gloss.bracket]
            yield Finding(
                technique=_NAME,
                score=0.95,
                quote=block.text[gloss.start : gloss.end],
                message="Pinyin in brackets stands after an everyday word, all over the text.",
                location=block.place.location(),
                span=Span("block", gloss.start, gloss.end, block=block.index),
                replacement=to_simplified(term) if simplified else term,
            )
            at = gloss.end


def _converted(text: str, start: int, end: int, block: int, location: Any) -> Iterator[Finding]:
    """The stretch `start:end`, narrowed to what a conversion to simplified changes."""
    old = text[start:end]
    new = to_simplified(old)
    if new == old or len(new) != len(old):
        return
    changed = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    first, last = changed[0], changed[-1] + 1
    yield Finding(
        technique=_NAME,
        score=0.8,
        quote=old[first:last],
        message="The text was converted to traditional characters together with its glosses.",
        location=location,
        span=Span("block", start + first, start + last, block=block),
        replacement=new[first:last],
    )


def systematic_glosses(texts: Sequence[str], knobs: Any) -> dict[int, list[Gloss]]:
    """Glosses by number of the text, or nothing where they do not run through the article."""
    found: dict[int, list[Gloss]] = {}
    for number, text in enumerate(texts):
        if not any(mark in text for mark in _OPEN):
            continue
        glosses = list(glosses_of(text))
        if glosses:
            found[number] = glosses
    total = sum(map(len, found.values()))
    if total < knobs["least"]:
        return {}
    running = 0
    for number, glosses in found.items():
        text = texts[number]
        hanzi = sum(map(_is_han, text))
        share = sum(gloss.bracket - gloss.start for gloss in glosses) / max(hanzi, 1)
        sentence = _SENTENCE.search(text) is not None or (
            hanzi >= knobs["heading"] and share < knobs["heading_share"]
        )
        if share < knobs["running_share"] and sentence:
            running += len(glosses)
    letters = sum(sum(map(_is_han, text)) for text in texts)
    if running < knobs["running"] * total or total * 1000 < knobs["per_thousand"] * letters:
        return {}
    long = [text for text in texts if len(text) >= knobs["paragraph"]]
    with_gloss = sum(1 for number in found if len(texts[number]) >= knobs["paragraph"])
    if with_gloss < knobs["paragraph_share"] * len(long):
        return {}
    # A lesson explains a term once and puts its meaning beside it.
    explained = sum(
        1
        for number, glosses in found.items()
        for gloss in glosses
        if _EXPLANATION.match(texts[number], gloss.end)
    )
    return {} if explained > knobs["explained"] * total else found


_EXPLANATION = pattern(r" ?(?:[:：=—–-]|means\b|意思|是指|指的是|[A-Za-z\"“])")


def glosses_of(text: str) -> Iterator[Gloss]:
    """Hanzi followed by brackets that hold exactly their number of syllables."""
    for match in _BRACKET.finditer(text):
        start = match.start()
        while start > 0 and _is_han(text[start - 1]) and match.start() - start < MOST_SYLLABLES:
            start -= 1
        counts = syllables(match.group(1))
        size = max((n for n in counts if 0 < n <= match.start() - start), default=0)
        if size:
            yield Gloss(match.start() - size, match.start(), match.end())


def syllables(reading: str) -> set[int]:
    """How many syllables a reading in brackets may have; empty where it is none."""
    counts = {0}
    for word in re.split(r"[' ’·,，-]+", reading.strip()):
        plain = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if c not in _TONES)
        plain = unicodedata.normalize("NFC", plain)
        ways: list[set[int]] = [{0}, *(set() for _ in plain)]
        for end in range(1, len(plain) + 1):
            for start in range(max(0, end - _LONGEST), end):
                # Within a word, only an apostrophe lets a syllable begin with a vowel.
                inside = start > 0 and plain[start] in "aeo"
                if ways[start] and not inside and plain[start:end] in _SYLLABLES:
                    ways[end] |= {n + 1 for n in ways[start]}
        counts = {a + b for a in counts for b in ways[-1]}
    return counts


_TONES = frozenset("\u0300\u0301\u0304\u030c")
MOST_SYLLABLES = 12


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf"


def _simplified(text: str) -> bool:
    """Whether a text is written in simplified characters (some of them have another form)."""
    return bool(text) and to_simplified(text) == text and to_traditional(text) != text

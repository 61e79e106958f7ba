"""Characters without a meaning are strewn into the text.

What attackers do: to make a copied article unique and to break the words that filters look for,
kits put zero-width characters or heaps of combining marks into words, signs (丶 ★ ·), stray
punctuation or emoji between the characters of a word, or two random rare hanzi before each
punctuation mark.

How it is seen: invisible characters inside of words of a script that needs none; one sign that
again and again splits words which are whole without it; rare hanzi before most of the marks.

What must not fire: joiners of Persian, Hindi and emoji; soft hyphens; direction marks; names with
a dot (约翰·史密斯); lists divided by signs; rare hanzi of names and classical texts; "zalgo" in a
single comment is reported, but weakly.

Source: obfuscation of Chinese site-group kits; UTS #39 and UAX #44 for the characters.

Example: 今★天我们一★起去公★园散★步。
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from detector.normalise import Edit, apply, exact_edits, has_invisible
from detector.settings import data_table
from detector.techniques import Context, technique
from detector.types import Block, Finding, Page, Span

_NAME = "noise-characters"


@dataclass(frozen=True, slots=True)
class Noise:
    """`text[start:end]` is noise, or a word with noise in it that `replacement` restores."""

    start: int
    end: int
    replacement: str
    kind: str  # invisible | marks | separator | rare


@technique(_NAME, group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """One finding for each word or place with noise."""
    knobs = data_table("noise")
    blocks = [block for block in page.blocks if block.hidden is None and block.text]
    words = (
        [(block, noise) for block in blocks for noise in invisible_noise(block.text)]
        if has_invisible("\n".join(block.text for block in blocks))
        else []
    )
    sure = len(words) >= knobs["invisible_words"]
    for block, noise in words:
        what = "Invisible characters" if noise.kind == "invisible" else "Combining marks"
        yield _finding(
            block, noise, 0.9 if sure else 0.3, f"{what} are hidden inside of the word.", sure
        )
    own = [page.blocks[index] for index in context.content]
    texts = [block.text for block in own]
    chinese = page.language[:2] in ("zh", "")  # other languages have no word list here
    for number, noise in splitting_noise(texts) if chinese else ():
        yield _finding(own[number], noise, 0.9, "A sign splits words again and again.", True)
    for number, noise in rare_noise(texts) if chinese else ():
        message = "Two rare characters without a meaning stand before the mark."
        yield _finding(own[number], noise, 0.95, message, True)


def _finding(block: Block, noise: Noise, score: float, message: str, cut: bool) -> Finding:
    return Finding(
        technique=_NAME,
        score=score,
        quote=block.text[noise.start : noise.end],
        message=message,
        location=block.place.location(),
        span=Span("block", noise.start, noise.end, block=block.index),
        replacement=noise.replacement if cut else None,
    )


# ---------------------------------------------------------------- invisible characters, marks

_WORD = re.compile(r"\S+")


def invisible_noise(text: str) -> list[Noise]:
    """Words with invisible characters or heaps of marks in them, and the words without."""
    if text.isascii():
        return []
    edits = [edit for edit in exact_edits(text) if edit.kind in ("invisible", "marks")]
    groups: list[list[Edit]] = []
    for edit in edits:
        # One finding a word; in text without spaces, neighbours within a few characters.
        if groups and edit.start - groups[-1][-1].end <= 2:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    found: list[Noise] = []
    for group in groups:
        start, end = max(group[0].start - 1, 0), min(group[-1].end + 1, len(text))
        inner = [Edit(edit.start - start, edit.end - start, "", edit.kind) for edit in group]
        if found and found[-1].end > start:
            start = found[-1].end
            inner = [Edit(edit.start - start, edit.end - start, "", edit.kind) for edit in group]
        found.append(Noise(start, end, apply(text[start:end], inner), group[0].kind))
    return found


# ---------------------------------------------------------------- signs inside of words

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_EMOJI = "\u2600-\u2712\u2715-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d"


@cache
def _sign() -> re.Pattern[str]:
    signs = re.escape(data_table("noise")["signs"])
    return re.compile(
        f"(?:[{signs}]|[{_EMOJI}]+)(?<=[{_HAN}].)(?=[{_HAN}])|[{_EMOJI}]+(?=[{_HAN}])"
    )


@cache
def _gate() -> re.Pattern[str]:
    signs = re.escape(data_table("noise")["signs"])
    return re.compile(f"[{signs}{_EMOJI}](?<=[{_HAN}].)")


_MARK = re.compile(f"[,.;:!?，。；：！？、](?<=[{_HAN}].)(?=[{_HAN}])")


def splitting_noise(texts: Sequence[str]) -> list[tuple[int, Noise]]:
    """Signs, emoji and stray marks that split words, as (number of the text, noise)."""
    knobs = data_table("noise")
    joined = "\n".join(texts)
    if joined.isascii():
        return []
    places: dict[str, list[tuple[int, int, int, bool]]] = defaultdict(list)
    if _gate().search(joined):
        _collect(texts, _sign(), places)
    if len(joined) > knobs["mark_least"]:
        marks = sum(1 for _ in _MARK.finditer(joined))
        if marks > len(joined) * knobs["mark_density"]:
            _collect(texts, _MARK, places)
    found: list[tuple[int, Noise]] = []
    for group, members in places.items():
        split = sum(member[3] for member in members)
        honest = group in "，。；：！？、,.;:!?"
        share = knobs["mark_split_share"] if honest else knobs["sign_split_share"]
        if split < knobs["split_least"] or split < share * len(members):
            continue
        # A sign is noise wherever it stands between hanzi; a mark only where it splits a word.
        found += [
            (number, Noise(start, end, "", "separator"))
            for number, start, end, splits in members
            if splits or not honest
        ]
    return sorted(found, key=lambda item: (item[0], item[1].start))


def _collect(
    texts: Sequence[str],
    pattern: re.Pattern[str],
    places: dict[str, list[tuple[int, int, int, bool]]],
) -> None:
    for number, text in enumerate(texts):
        for match in pattern.finditer(text):
            start, end = match.span()
            group = match.group() if len(match.group()) == 1 else "emoji"
            if group > "\u25ff" and re.match(f"[{_EMOJI}]", group):
                group = "emoji"
            places[group].append((number, start, end, _splits_word(text, start, end)))


def _splits_word(text: str, start: int, end: int) -> bool:
    """Whether the hanzi on both sides belong to one word of the dictionary."""
    left = start
    while left > max(0, start - 4) and _is_han(text[left - 1]):
        left -= 1
    right = end
    while right < min(len(text), end + 4) and _is_han(text[right]):
        right += 1
    at = left
    for word in _cut(text[left:start] + text[end:right]):
        at += len(word)
        if at == start:
            return False
        if at > start:
            return True
    return False


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf"


def _cut(text: str) -> list[str]:
    import rjieba

    return rjieba.cut(text, False)


# ---------------------------------------------------------------- rare hanzi before marks

_BEFORE_MARK = re.compile(f"[{_HAN}][{_HAN}](?=[，。！？；])")


def rare_noise(texts: Sequence[str]) -> list[tuple[int, Noise]]:
    """Pairs of rare hanzi before the marks, where most of the marks have one."""
    knobs = data_table("noise")
    pairs = [
        (number, match.start(), match.group())
        for number, text in enumerate(texts)
        for match in _BEFORE_MARK.finditer(text)
    ]
    if len(pairs) < knobs["rare_least"]:
        return []
    rare = [_rare(pair[0]) + _rare(pair[1]) for _, _, pair in pairs]
    both = sum(count == 2 for count in rare)
    if both < knobs["rare_share"] * len(pairs):
        return []
    every = both >= knobs["rare_every"] * len(pairs)
    return [
        (number, Noise(start, start + 2, "", "rare"))
        for (number, start, _), count in zip(pairs, rare, strict=True)
        if count == 2 or every
    ]


def _rare(character: str) -> bool:
    """Common neither in simplified nor in traditional writing.

    Common are the 3,755 characters of level 1 of GB 2312 (lead bytes B0 to D7) and the 5,401 of
    level 1 of Big5 (A4 to C6).
    """
    for encoding, last in (("gb2312", 0xD7), ("big5", 0xC6)):
        try:
            if character.encode(encoding)[0] <= last:
                return False
        except UnicodeEncodeError:
            continue
    return True

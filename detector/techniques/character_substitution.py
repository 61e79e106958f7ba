"""Characters are exchanged for others that read alike, so that filters do not see the words.

What attackers do: contact and trade words are written with homophones and look-alikes (薇芯 for
微信, 茄薇 for 加微), with signs (➕V), with mathematical or look-alike letters (сasino with a
Cyrillic с), with digits for letters (p0ker), with dots between the letters, with 叁 for 3 in
numbers; some kits write all Latin letters as rare hanzi (濒辞驳辞 is logo).

How it is seen: the normaliser folds such writing; what it folded is the finding. Where the
change can be undone exactly the finding carries the restored word.

What must not fire: Russian and Greek words, full-width Latin of Japanese and Chinese pages,
chemical and mathematical letters, product codes with digits, honest words that a homophone
coincides with (威信, 企鹅) away from a contact.

Source: public descriptions of Chinese black-market jargon; UTS #39; the GBK rule is in
`data/hanzi_latin.txt`.

Example: 有需要的加薇芯 abc叁123，手机打开奥颈贵颈就行
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from detector.normalise import Edit, Folded, exact_edits
from detector.patterns import pattern
from detector.settings import data_table
from detector.techniques import Context, technique
from detector.types import Block, Finding, Page, Span

_NAME = "character-substitution"
_MESSAGES = {
    "hanzi-latin": "Latin letters are written as rare hanzi",
    "homoglyph": "A Latin word is written with look-alike letters of another script",
    "homophone": "A contact or trade word is written with homophones",
    "numeral": "A number is written with other numerals",
    "fancy": "A word is written with letters in fancy dress",
    "separator": "A trade word is split into its characters",
    "leet": "A trade word is written with digits for letters",
}


@technique(_NAME, group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """One finding for each word that was written otherwise."""
    knobs = data_table("substitution")
    blocks = [block for block in page.blocks if block.hidden is None and block.text]
    found: list[tuple[Block, Edit, float]] = []
    digits = _LEET_GATE.search("\n".join(block.text for block in blocks)) is not None
    for block in blocks:
        folded = context.folded.get(block.index)
        if folded is not None:
            found += [(block, edit, score) for edit, score in _folded(folded, context, block)]
        if digits and _LEET_GATE.search(block.text):
            found += [(block, edit, knobs["leet"]) for edit in leet(block.text, context)]
    alike = len({edit.replacement for _, edit, _ in found if edit.kind == "homoglyph"})
    for block, edit, score in found:
        if edit.kind == "homoglyph" and alike >= knobs["homoglyph_words"]:
            score = max(score, knobs["homoglyph_many"])
        quote = block.text[edit.start : edit.end]
        yield Finding(
            technique=_NAME,
            score=score,
            quote=quote,
            message=f"{_MESSAGES[edit.kind]}: {edit.replacement}.",
            location=block.place.location(),
            span=Span("block", edit.start, edit.end, block=block.index),
            replacement=edit.replacement if score >= knobs["sure"] else None,
        )


def _folded(folded: Folded, context: Context, block: Block) -> Iterator[tuple[Edit, float]]:
    """The words of a text that were folded, each once, with how sure that is."""
    knobs = data_table("substitution")
    exact = exact_edits(folded.source)
    for edit in exact:
        if edit.kind == "hanzi-latin":
            yield edit, knobs["hanzi_latin"]
        elif edit.kind == "homoglyph":
            trade = context.hits_in(edit.replacement)
            yield edit, knobs["homoglyph_trade" if trade else "homoglyph"]
    behind = [found.edit for found in context.disguised(block.index)]
    for edit in behind:
        # Invisible characters and marks are noise, which has a technique of its own.
        if edit.kind in _MESSAGES and not _touches(edit, exact):
            yield edit, knobs["word"]
    for edit in folded.changes():
        if edit.kind == "homophone" and not _touches(edit, behind):
            yield edit, knobs["homophone"]


def _touches(edit: Edit, others: Sequence[Edit]) -> bool:
    return any(edit.start < other.end and other.start < edit.end for other in others)


# ---------------------------------------------------------------- digits for letters

_LEET_GATE = pattern(r"[013457@$](?<=[A-Za-z].)[A-Za-z]")
_LEET_WORD = pattern(r"(?<![\w@$.])[A-Za-z0-9@$]{4,20}(?![\w@$])")


@cache
def _leet_table() -> dict[int, str]:
    table: dict[str, str] = data_table("substitution")["leet_letters"]
    return {ord(sign): letter for sign, letter in table.items()}


def leet(text: str, context: Context) -> Iterator[Edit]:
    """Words with digits inside that are trade words when the digits are read as letters."""
    for match in _LEET_WORD.finditer(text):
        word = match.group()
        if not _LEET_GATE.search(word) or sum(c.isalpha() for c in word) * 2 <= len(word):
            continue
        plain = word.translate(_leet_table())
        hits = context.hits_in(plain)
        if any(hit.end - hit.start >= 4 for hit in hits) and not context.hits_in(word):
            yield Edit(match.start(), match.end(), plain, "leet")

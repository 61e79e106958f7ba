"""Pieces of the title are dropped into the article, one after the other.

What attackers do: a kit takes a stolen article, cuts its title without punctuation into pieces
of two characters (other kits: three and more, or words, or a keyword in place of the title) and
puts one piece after the other behind punctuation, behind words and at line ends, round and
round. Every copy of the article becomes "unique", and search engines see the title everywhere.

How it is seen: by order and rarity together. The pieces stand in the text in the cyclic order of
the title, at places where they cut words that the text does not complete; the alignment in
`detector.restore.interleaving` finds the sequence and returns exactly what was put in.

What must not fire: articles that repeat their title or its words; lists of the title's words;
headlines quoted in part. A real word that
coincides with a piece stays (运动 in 运动员).

Source: seen on doorway pages of Chinese site-group kits; inverted nowhere else as far as known.

Example: title 社区运动会开幕
  雨停了，社区孩子们跑进操场。运动老师们的会开笑声传得很远，幕……
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.restore.interleaving import find_interleaving
from detector.roles import CODE_TAGS
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span

# Alignment scores (near log odds) between which the certainty rises to its most.
_SURE = 30.0
_LEAST = 0.85


@technique("title-fragment-interleaving", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """One finding for every piece that was put in."""
    lines = _lines(page)
    content = (page.blocks[index] for index in context.content)
    blocks = [block for block in content if block.role != "title" and block.tag not in CODE_TAGS]
    texts = [block.text for block in blocks]
    if not lines or not texts:
        return
    found = find_interleaving(lines, texts)
    if found is None:
        return
    score = 0.99 if found.score >= _SURE else _LEAST
    total = len(found.insertions)
    for insertion in found.insertions:
        block = blocks[insertion.text]
        start, end = insertion.start, insertion.end
        if found.words and start and block.text[start - 1] == " " == block.text[end - 1]:
            start, end = start - 1, end - 1  # the space before a word came with it
        yield Finding(
            technique="title-fragment-interleaving",
            score=score,
            quote=block.text[start:end],
            message=(
                f"Piece {insertion.order + 1} of {total} of the title "
                f"that were put into the text in turn."
            ),
            location=block.place.location(),
            span=Span("block", start, end, block=block.index),
            replacement="",
        )


def _lines(page: Page) -> list[str]:
    """What may have been cut: the title, the headings, the first keyword."""
    lines = [page.head.first("title")]
    lines += [block.text for block in page.blocks if block.role == "title"]
    lines.append(page.head.first("keywords").replace("，", ",").partition(",")[0])
    return list(dict.fromkeys(line for line in lines if line))[:4]

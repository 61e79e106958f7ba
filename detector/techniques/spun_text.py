"""Words were exchanged for synonyms by machine, so that a copied text looks new.

What attackers do: spinners replace words by a table, without regard to their sense: 观众 becomes
不雅众, 服务 becomes 办事, "credit card details" become "visa subtleties".

How it is seen: several different outputs of such tables that hardly any writer would choose.
Single words of a table are honest words as well, so each has a weight, and only several distinct
ones together are a finding.

What must not fire: one odd word; texts of Taiwan or of another century; articles about spinning
that quote a few outputs (they are found, weakly: their number is small).

Source: public synonym tables of Chinese spinners; "tortured phrases" (Cabanac, Labbé,
Magazinov 2021).

Example: 售后办事热线为不雅众供给办事，本次勾当的事情职员具有丰硕的经历。
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from detector.settings import data_table
from detector.techniques import Context, technique
from detector.types import Block, Finding, Page, Span


@technique("spun-text", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """One finding for each output of a spinner's table, where there are several."""
    article = context.article
    if not article:
        return
    terms, _ = _table()
    names = {index for index, _, _ in matches(article)}
    knobs = data_table("spun")
    weight = sum(terms[index][2] for index in names)
    if len(names) < knobs["distinct"] or weight < knobs["weight"]:
        return
    sure = min(0.5 + 0.1 * weight, 0.95)
    for number in context.content:
        block: Block = page.blocks[number]
        for index, start, end in matches(block.text):
            _, meant, share = terms[index]
            yield Finding(
                technique="spun-text",
                score=round(sure * min(1.0, 0.5 + share / 2), 3),
                quote=block.text[start:end],
                message=f"A spinner's output stands here for: {meant}.",
                location=block.place.location(),
                span=Span("block", start, end, block=block.index),
            )


def matches(text: str) -> list[tuple[int, int, int]]:
    """Outputs in the text as (index of the term, start, end), leftmost longest."""
    terms, machine = _table()
    found: list[tuple[int, int, int]] = []
    for index, start, end in machine.find_matches_as_indexes(text.lower()):
        if end > len(text):  # lower case of a Turkish letter is longer; such texts are not spun
            break
        if terms[index][0].isascii() and (
            text[start - 1 : start].isalpha() or text[end : end + 1].isalpha()
        ):
            continue
        found.append((index, start, end))
    return found


@cache
def _table() -> tuple[list[tuple[str, str, float]], Any]:
    """The terms as (output, meant, weight) and an automaton over the outputs."""
    from ahocorasick_rs import AhoCorasick, MatchKind

    data = data_table("spun")
    terms = [
        (output, meant, float(weight))
        for language in ("zh", "en")
        for output, (meant, weight) in data[language].items()
    ]
    machine = AhoCorasick([term[0] for term in terms], matchkind=MatchKind.LeftmostLongest)
    return terms, machine

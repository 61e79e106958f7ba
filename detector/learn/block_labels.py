"""Which blocks of a page are main content, from gold texts and from extractors.

Teachers, strongest first: the main text that annotators gave, strings that must
or must not be in it, and the share of three public extractors that keep a block.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

GRAM = 8  # letters and digits: one or two words, enough to tell a place in a text
SHORT = 24  # a shorter block is found by its neighbours' ends too
UNIQUE = 14  # letters that are hardly in a text by chance


@dataclass(slots=True)
class Example:
    """A page of the corpus with what its teachers say."""

    uri: str
    site: str
    source: str
    language: str
    html: str
    gold: str | None = None  # the main text, whole
    opening: str | None = None  # the main text, its first words only
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    peers: tuple[str, ...] = field(default=())  # what extractors kept

    @property
    def has_gold(self) -> bool:
        """Whether people said something of its content."""
        return bool(self.gold or self.opening or self.wanted or self.unwanted)


# Sources whose gold is the first words alone, for tests that compare beginnings.
OPENINGS = frozenset(("goose3", "python-goose"))


def read_corpus(folder: Path, *, gold_only: bool = False) -> Iterator[Example]:
    """Pages of `clean.warc.gz` with the fields of `clean.jsonl` beside it."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    from detector.decode import decode

    with (folder / "clean.jsonl").open(encoding="utf-8") as lines:
        fields = {record["uri"]: record for record in map(json.loads, lines)}
    with (folder / "clean.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            found: dict[str, Any] | None = fields.get(record.headers["WARC-Target-URI"])
            if found is None or (gold_only and not found.get("gold")):
                continue
            gold = found.get("gold") or {}
            text = gold.get("text")
            opening = found["source"] in OPENINGS
            yield Example(
                found["uri"], found["site"], found["source"], found["lang"],
                decode(record.reader.read()).text,
                None if opening else text, text if opening else None,
                tuple(gold.get("with", ())), tuple(gold.get("without", ())),
            )  # fmt: skip


def letters(text: str) -> str:
    """Letters and digits alone, lower case: extractors differ in all else."""
    return "".join(character for character in text.lower() if character.isalnum())


def kept(blocks: Sequence[str], text: str) -> NDArray[np.float32]:
    """(n,) the share of each block that stands in the text; nan for one without letters.

    A short block counts where it stands next to its neighbours' words, so that a
    menu's "News" is not found in an article that has the word.
    """
    whole = letters(text)
    known = {whole[i : i + GRAM] for i in range(len(whole) - GRAM + 1)}
    bare = [letters(block) for block in blocks]
    heads: list[str] = []
    after = ""
    for block in reversed(bare):
        heads.append(after)
        after = (block[:GRAM] + after)[:GRAM]
    heads.reverse()
    out = np.full(len(bare), np.nan, dtype=np.float32)
    before = ""
    for index, block in enumerate(bare):
        if len(block) >= SHORT:
            count = len(block) - GRAM + 1
            out[index] = sum(block[i : i + GRAM] in known for i in range(count)) / count
        elif block:
            head = heads[index]
            out[index] = float(
                (len(block) >= UNIQUE and block in whole)
                or (len(before) == GRAM and before + block in whole)
                or (len(head) == GRAM and block + head in whole)
            )
        before = (before + block)[-GRAM:]
    return out


def named(blocks: Sequence[str], example: Example) -> NDArray[np.float32]:
    """(n,) 1 for a block with a wanted string, 0 with an unwanted one, nan for others."""
    out = np.full(len(blocks), np.nan, dtype=np.float32)
    bare = [letters(block) for block in blocks]
    for value, strings in ((1.0, example.wanted), (0.0, example.unwanted)):
        for string in map(letters, strings):
            for index, block in enumerate(bare):
                if string and string in block:
                    out[index] = value
    return out

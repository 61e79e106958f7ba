"""Lists beside labelled pages: trade words for composed attacks, and honest lines.

A data folder may hold `text/`, with files named `<language>_<category>_keywords.txt`
(words), `…_titles.txt`, `…_descriptions.txt`, `…_articles.txt` (lines, `{{BRAND_NAME}}` a
slot), and honest lines: `<language>_news_titles.txt`, `_sentences.txt`, `_site_names.txt`
and `_topic_titles.tsv` (topic, title). Only weights learned from them leave training.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from detector.learn.generate import Material
from detector.types import CATEGORIES

HONEST = ("news_titles", "sentences", "site_names", "topic_titles")
# Which pattern of the recipes a list of lines stands for.
KEYS = {"titles": "title", "descriptions": "sentence", "articles": "sentence"}
LONGEST = 400  # characters of a line


@dataclass(frozen=True, slots=True)
class Lists:
    """Material for the composer, and texts that teach the text scorers alone."""

    material: Material
    honest: tuple[tuple[str, str], ...] = ()  # (language, text)
    promoting: tuple[tuple[str, str, str], ...] = ()  # (language, category, text)


def read_lists(folders: Iterable[Path]) -> Lists:
    """The lists of all data folders that have them; in file order."""
    words: dict[str, list[str]] = {}
    lines: dict[str, list[str]] = {}
    honest: list[tuple[str, str]] = []
    promoting: list[tuple[str, str, str]] = []
    for folder in folders:
        place = folder / "text"
        for path in sorted(place.glob("*_*.t*")) if place.is_dir() else ():
            language, _, name = path.stem.partition("_")
            texts = _texts(path)
            if name in HONEST:
                honest += [(language, text) for text in texts]
                continue
            category, _, kind = name.partition("_")
            if category not in CATEGORIES:
                continue
            if kind == "keywords":
                words.setdefault(f"{category}/{language}", []).extend(texts)
                promoting += [(language, category, text) for text in texts]
            elif kind in KEYS:
                made = [_pattern(text) for text in texts]
                lines.setdefault(f"{category}/{language}/{KEYS[kind]}", []).extend(
                    line for line in made if line
                )
                promoting += [(language, category, _plain(text)) for text in texts]
    return Lists(Material(words, lines), tuple(honest), tuple(promoting))


def _texts(path: Path) -> list[str]:
    found = []
    for line in path.read_text("utf-8").splitlines():
        text = line.rpartition("\t")[2] if path.suffix == ".tsv" else line
        if text.strip():
            found.append(text.strip())
    return list(dict.fromkeys(found))


def _plain(text: str) -> str:
    return re.sub(r"<[^<>]{0,200}>|\{\{[A-Z_]{1,30}\}\}", " ", text).strip()[:LONGEST]


def _pattern(text: str) -> str:
    """A line in the recipes' own slots; "" where other braces would break it."""
    slotted = re.sub(r"<[^<>]{0,200}>", "", text).replace("{{BRAND_NAME}}", "\0")[:LONGEST]
    if "{" in slotted or "}" in slotted:
        return ""
    return slotted.replace("\0", "{b}").strip()

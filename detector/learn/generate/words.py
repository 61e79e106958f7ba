"""The trade words and patterns of the recipes, in two pools that share nothing.

`train` and `held-out` are disjoint: evaluation then uses words that neither technique nor
model was tuned on. `all` is both. Lists are read once; `zh-hant` is made from `zh`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

Pool = Literal["train", "held-out", "all"]
POOLS: tuple[Pool, ...] = ("train", "held-out", "all")
RECIPES = Path(__file__).resolve().parents[3] / "datasets" / "recipes"
LANGUAGES = (
    "zh",
    "zh-hant",
    "en",
    "id",
    "ja",
    "ko",
    "vi",
    "th",
    "tr",
    "ru",
    "es",
    "pt",
    "de",
    "fr",
)
SPACED = frozenset({"en", "id", "ko", "vi", "tr", "ru", "es", "pt", "de", "fr"})

T = TypeVar("T")


def half(items: Sequence[T], pool: Pool) -> list[T]:
    """The part of an ordered list that belongs to a pool: even places train, odd ones held out."""
    if pool == "all" or len(items) < 2:
        return list(items)
    return list(items[0::2] if pool == "train" else items[1::2])


@cache
def _read(root: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    """(category, language) → terms, in file order."""
    if not (root / "words").is_dir():
        raise FileNotFoundError(
            f"no recipes in {root}: give the folder that holds words/ and phrases/"
        )
    table: dict[tuple[str, str], tuple[str, ...]] = {}
    for path in sorted((root / "words").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            lang, colon, rest = line.partition(":")
            if colon and not line.startswith("#"):
                terms = tuple(dict.fromkeys(t.strip() for t in rest.split(";") if t.strip()))
                table[path.stem, lang.strip()] = terms
    return table


@cache
def traditional(text: str) -> str:
    """Simplified to traditional characters."""
    return str(_converter().convert(text))


@cache
def _converter():  # type: ignore[no-untyped-def]
    import opencc

    return opencc.OpenCC("s2t")


@cache
def split(root: Path = RECIPES) -> dict[str, Pool]:
    """Each term's pool. A term of two lists keeps the pool it got first."""
    pools: dict[str, Pool] = {}
    for terms in _read(root).values():
        counts = {"train": 0, "held-out": 0}
        for term in terms:
            if term in pools:
                counts[pools[term]] += 1
        for term in terms:
            if term not in pools:
                pool: Pool = "train" if counts["train"] <= counts["held-out"] else "held-out"
                pools[term] = pool
                counts[pool] += 1
    return pools


@cache
def terms(category: str, lang: str, pool: Pool, root: Path = RECIPES) -> tuple[str, ...]:
    """Terms of one category, language and pool; English where the language has none."""
    base = "zh" if lang == "zh-hant" else lang
    found = _read(root).get((category, base)) or _read(root)[category, "en"]
    chosen = [t for t in found if pool == "all" or split(root)[t] == pool]
    if lang == "zh-hant":
        chosen = [traditional(t) for t in chosen]
    return tuple(chosen)


@cache
def categories(root: Path = RECIPES) -> tuple[str, ...]:
    """Categories that have a word list."""
    return tuple(sorted({category for category, _ in _read(root)}))


@cache
def all_terms(pool: Pool, root: Path = RECIPES) -> frozenset[str]:
    """Every term of a pool, traditional forms included."""
    chosen = {t for t, p in split(root).items() if pool in ("all", p)}
    chinese = {t for (_, lang), found in _read(root).items() if lang == "zh" for t in found}
    return frozenset(chosen | {traditional(t) for t in chosen & chinese})


@cache
def phrases(lang: str, key: str, pool: Pool, root: Path = RECIPES) -> tuple[str, ...]:
    """Patterns of one language under one key; English for a language without a file."""
    base = "zh" if lang == "zh-hant" else lang
    path = root / "phrases" / f"{base}.toml"
    table = _toml(path if path.is_file() else root / "phrases" / "en.toml")
    chosen = half([str(v) for v in table[key]], pool)
    return tuple(traditional(v) for v in chosen) if lang == "zh-hant" else tuple(chosen)


@cache
def _toml(path: Path) -> dict[str, list[str]]:
    with path.open("rb") as file:
        return tomllib.load(file)


@cache
def spins(lang: str, root: Path = RECIPES) -> dict[str, str]:
    """Honest word → what a text spinner puts; {} for a language without a table."""
    table: dict[str, dict[str, str]] = shapes("spin", root)
    if lang == "zh-hant":
        return {traditional(a): traditional(b) for a, b in table["zh"].items()}
    return table.get(lang, {})


@dataclass(frozen=True, slots=True)
class Article:
    """What an honest site publishes about a trade that spammers push."""

    number: int  # in its language's file
    title: str
    paragraphs: tuple[str, ...]


@cache
def articles(lang: str, root: Path = RECIPES) -> tuple[Article, ...]:
    """The honest articles of a language, `honest/<lang>.toml`; () where it has none."""
    path = root / "honest" / f"{lang}.toml"
    if not path.is_file():
        return ()
    with path.open("rb") as file:
        table = tomllib.load(file)["article"]
    return tuple(Article(i, a["title"], tuple(a["paragraphs"])) for i, a in enumerate(table))


@cache
def substitution(root: Path = RECIPES) -> dict[str, dict[str, str]]:
    """The tables of letter swaps and noise."""
    return shapes("substitution", root)


@cache
def readings(root: Path = RECIPES) -> dict[str, str]:
    """Han character → its usual reading, for frequent characters."""
    table: dict[str, str] = {}
    for line in (root / "pinyin.txt").read_text(encoding="utf-8").splitlines():
        reading, _, characters = line.partition(" ")
        if not line.startswith("#"):
            table.update(dict.fromkeys(characters, reading))
    return table


@cache
def shapes(name: str, root: Path = RECIPES) -> dict[str, Any]:
    """A data file of the recipes by its stem: hiding, scripts, layouts, decoys."""
    with (root / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)

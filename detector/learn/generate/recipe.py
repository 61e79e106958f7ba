"""What to compose, and how much of it: a TOML file of `datasets/recipes`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detector.learn.generate.words import LANGUAGES, POOLS, RECIPES, Pool


@dataclass(frozen=True, slots=True)
class Recipe:
    """Shares are per clean page: `injected = 1.0` gives one attacked page for each.

    `families` weighs techniques (absent: 1); `kits` is the share of attacks of several
    parts; `campaign` the share that follows one of `campaigns` fixed templates.
    """

    name: str = "train"
    pool: Pool = "train"
    clean: float = 1.0
    injected: float = 1.0
    spam: float = 0.4
    honest: float = 0.4
    grown: float = (
        0.2  # attacked pages of the grammar: languages of which no clean pages are at hand
    )
    kits: float = 0.25
    cloaking: float = 0.02
    reskin: float = 0.5  # of spam pages and honest pages: in a real page's markup
    quoting: float = 0.35  # of honest pages: reports that name trade terms
    articles: float = 0.5  # of honest pages: our articles on the trades that spammers push
    decoys: float = 0.3  # of clean and of attacked pages alike
    text: float = 0.15  # as extracted text
    encode: float = 0.1  # in a legacy encoding, half of them under a wrong name
    mask_hosts: float = 0.7  # foreign hosts of clean and attacked pages end in .example
    own_language: float = 0.65  # of attacks: in the language of the page
    campaign: float = 0.3
    campaigns: int = 40
    window: int = 50  # pages held back to mix clean with attacked
    families: Mapping[str, float] = field(default_factory=dict)
    languages: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(LANGUAGES, 1.0))
    categories: Mapping[str, float] = field(default_factory=dict)
    amounts: tuple[tuple[int, float], ...] = (
        (1, 2.0),
        (3, 3.0),
        (6, 2.0),
        (15, 1.5),
        (40, 1.0),
        (100, 0.5),
    )
    root: Path = RECIPES


def load_recipe(path: str | Path) -> Recipe:
    """Read a recipe; a bare name is looked up in `datasets/recipes`.

    Raises FileNotFoundError, or ValueError for a key or value that no recipe has.
    """
    file = Path(path)
    if not file.suffix and not file.exists():
        file = RECIPES / f"{path}.toml"
    with file.open("rb") as handle:
        table: dict[str, Any] = tomllib.load(handle)
    known = set(Recipe.__dataclass_fields__)
    unknown = sorted(set(table) - known)
    if unknown:
        raise ValueError(f"{file}: unknown keys {', '.join(unknown)}")
    if table.get("pool", "train") not in POOLS:
        raise ValueError(f"{file}: pool must be one of {', '.join(POOLS)}")
    if "amounts" in table:
        table["amounts"] = tuple((int(a), float(w)) for a, w in table["amounts"])
    if "root" in table:
        table["root"] = (file.parent / table["root"]).resolve()
    return Recipe(**table)

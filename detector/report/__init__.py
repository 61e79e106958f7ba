"""Results for people and programs: one renderer a module, found by its name.

A renderer is a module of this package with a class `Renderer`; adding a format
is adding a file. Renderers take the JSON line of a result (what `to_json`
gives), never the result itself: what one format shows all can show, results
cross processes as lines, and a finished JSONL file can be shown again.
Renderers decide nothing: labels, order and thresholds came with the result.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from detector.sites import SiteFinding

# Modules of this package that are no format.
_PARTS = frozenset(("evidence", "printable", "sentences", "tables", "translation"))


@dataclass(slots=True)
class Summary:
    """What a scan did, for the end of a report."""

    pages: int = 0
    # label, "error", "suppressed" or "known" (nothing new against a baseline) to pages
    labels: dict[str, int] = field(default_factory=dict)
    skipped: str = ""  # in words, "" where nothing was
    sites: list[SiteFinding] = field(default_factory=list)  # what pages of a site say together
    site_labels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    seconds: float = 0.0
    interrupted: bool = False

    def count(self, label: str) -> None:
        """Note one more page of that label (or "error")."""
        self.pages += 1
        self.labels[label] = self.labels.get(label, 0) + 1


class Renderer(Protocol):
    """Writes one report to `out`; `start` and `finish` are called once each.

    `finish` is also called after an interruption and leaves a valid report.
    A class with `SOURCE = "always"` (or "verbose": where asked) gets records
    with a further key `source`, what `detector.marks` tells of the page. One with
    `SITES = True` finds `Summary.sites` filled at the end.
    """

    def __init__(
        self,
        out: BinaryIO,
        *,
        colour: bool = False,
        width: int = 0,
        verbose: bool = False,
        lang: str = "en",
    ) -> None:
        """`width` in columns, 0 where the output is no terminal; `lang` of a report's words."""

    def start(self) -> None:
        """Before the first page."""

    def page(self, line: bytes) -> None:
        """One page: its JSON line, with its line end."""

    def finish(self, summary: Summary) -> None:
        """After the last page."""


def formats() -> list[str]:
    """The names of all formats; imports none of them."""
    stems = (os.path.splitext(name) for name in os.listdir(os.path.dirname(__file__)))
    names = (stem for stem, ending in stems if ending == ".py" and not stem.startswith("_"))
    return sorted(name for name in names if name not in _PARTS)


def renderer(name: str) -> type[Renderer]:
    """The renderer of a format; raises `KeyError` for an unknown one."""
    if name not in formats():
        raise KeyError(name)
    found: type[Renderer] = import_module(f"{__name__}.{name}").Renderer
    return found


def wants_source(name: str, verbose: bool = False) -> bool:
    """Whether a format's records need the key `source`."""
    wanted = getattr(renderer(name), "SOURCE", "")
    return wanted == "always" or (verbose and wanted == "verbose")


def wants_sites(name: str) -> bool:
    """Whether a format shows what pages of one site say together."""
    return bool(getattr(renderer(name), "SITES", False))

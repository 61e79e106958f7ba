"""The card of a model: `CARD.md` and two pictures, written by the training itself.

Figures are out of fold: every page was judged by a classifier that had not seen its site.
Rates come with Wilson's 95 % interval. Nothing of a page's text enters, only addresses.
"""

from __future__ import annotations

import resource
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.learn.metrics import GROUPS, Judged, measure, split
from detector.learn.pictures import precision_recall, reliability
from detector.types import LABELS

FILE = "CARD.md"
PICTURES = ("reliability.png", "precision-recall.png")
WORST = 15  # mistakes of a kind that are named
SIDES = tuple((real, label) for real in (True, False) for label in LABELS)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a training run took: seconds by the clock, memory of its largest process in MB."""

    seconds: float
    processes: int

    @property
    def megabytes(self) -> float:
        """The largest resident set of this process and of any that it waited for."""
        unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, KiB elsewhere
        whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        return max(resource.getrusage(who).ru_maxrss for who in whose) * unit / 2**20


def write_card(folder: Path, card: Mapping[str, Any], judged: Sequence[Judged], cost: Cost) -> None:
    """Write `CARD.md` and its pictures beside the model that `card` (its model.json) is of."""
    (folder / FILE).write_text(text_of(card, judged, cost, _size(folder)), "utf-8")
    for name, draw in zip(PICTURES, (reliability, precision_recall), strict=True):
        (folder / name).write_bytes(draw(judged))


def text_of(card: Mapping[str, Any], judged: Sequence[Judged], cost: Cost, size: int) -> str:
    """The card as Markdown; `size` is the folder's, in bytes."""
    figures = measure(judged)
    parts = [
        *_what(card, size),
        *_trained(card, cost),
        *_counts(judged),
        *_rates(figures),
        *_mistakes(judged),
        *_limits(card),
    ]
    return "\n".join(parts) + "\n"


def _size(folder: Path) -> int:
    made = {FILE, *PICTURES}
    return sum(p.stat().st_size for p in folder.iterdir() if p.is_file() and p.name not in made)


def _what(card: Mapping[str, Any], size: int) -> Iterator[str]:
    yield f"# Model card: {card['name']}\n"
    yield "Written by `detector train`; another training writes it anew.\n"
    yield (
        "Judges web pages and extracted text: clean, injected (honest content with foreign "
        "matter in it) or spam (the page itself). It is meant for crawls, corpora and "
        "moderation, where a person or a policy looks at what it flags.\n"
    )
    yield from _table(
        ("what", "value"),
        [
            ("version", card["version"]),
            ("digest of the model", f"`{card['sha256']}`"),
            ("schema", card["schema"]),
            ("features", len(card["features"])),
            ("categories", ", ".join(card["categories"])),
            ("called not clean from", f"{card['thresholds']['flag']:.3f}"),
            ("the same without a supporting finding", f"{card['thresholds']['unsupported']:.3f}"),
            ("size", f"{size / 1e6:.1f} MB"),
        ],
    )


def _trained(card: Mapping[str, Any], cost: Cost) -> Iterator[str]:
    data = card["data"]
    yield "## How it was trained\n"
    if "base" in data:
        yield (
            f"New labels were added to the feature rows kept of the model `{data['base']}`; "
            "text scorers and threshold are that model's. The figures below are of the new "
            "pages alone.\n"
        )
    else:
        yield (
            "Linear text scorers over hashed character n-grams, then boosted forests over named "
            "features: foreign matter or none, spam page or honest page (both with a logistic "
            "regression beside them), spam page or injected one; calibrated together. "
            "Text scores, calibration and threshold come from five folds by site.\n"
        )
    probe = data["language_probe"]
    yield from _table(
        ("what", "value"),
        [
            ("digest of the labelled data", f"`{data['digest']}`"),
            ("pages learned from", f"{data['pages']:,}"),
            ("labelled clean, set aside because they carry spam", data["set_aside"]),
            ("recipe of the composed attacks", data["recipe"] or "none"),
            ("seed", data["seed"]),
            ("label guessed from the language alone (AUC, chance is 0.5)", f"{probe:.3f}"),
            ("versions", ", ".join(f"{k} {v}" for k, v in data["versions"].items())),
            ("time", f"{cost.seconds:.0f} s on {cost.processes} processes"),
            ("memory of the largest process", f"{cost.megabytes:.0f} MB"),
        ],
    )
    yield "The time is short where the cache already knew the pages.\n"


def _counts(judged: Sequence[Judged]) -> Iterator[str]:
    yield "## What it learned from\n"
    yield "Real pages, and pages composed by the recipe.\n"
    titles = [f"{'real' if real else 'composed'} {label}" for real, label in SIDES]
    for name in ("language", "category", "technique", "source"):
        yield f"### By {name}\n"
        rows = [
            (key, *(_sides(group)[side] or "" for side in SIDES))
            for key, group in split(judged, GROUPS[name]).items()
        ]
        yield from _table((name, *titles), rows)


def _sides(pages: Iterable[Judged]) -> Counter[tuple[bool, str]]:
    return Counter((p.real, p.truth) for p in pages)


def _rates(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "## How good it is\n"
    rows = [(name, _rate(rate)) for name, rate in figures["overall"].items()]
    rows.append(("category among the first two", _rate(figures["category_top_two"])))
    rows.append(("calibration error (15 bins)", f"{figures['calibration_error']:.4f}"))
    yield from _table(("figure", "share (count, 95 % interval)"), rows)
    yield f"![Stated probability against what was true]({PICTURES[0]})\n"
    yield f"![Precision and recall over all thresholds]({PICTURES[1]})\n"
    for name in GROUPS:
        if not figures[name]:
            continue
        yield f"### By {name}\n"
        yield from _table(
            (name, "found", "called not clean though clean"),
            [
                (key, _rate(sides["found"]), _rate(sides["false_alarms"]))
                for key, sides in figures[name].items()
            ],
        )


def _mistakes(judged: Sequence[Judged]) -> Iterator[str]:
    yield "## Worst mistakes\n"
    alarms = sorted((p for p in judged if p.flagged and p.truth == "clean"), key=_surest)
    misses = sorted((p for p in judged if not p.flagged and p.truth != "clean"), key=_least)
    for title, pages in (("Called not clean though clean", alarms), ("Missed", misses)):
        yield f"### {title}: {len(pages):,}\n"
        if pages:
            yield from _table(
                ("page", "language", "probability of not being clean"),
                [(f"`{p.uri}`", p.language, f"{p.foreign:.3f}") for p in pages[:WORST]],
            )


def _surest(page: Judged) -> tuple[float, str]:
    return -page.foreign, page.uri


def _least(page: Judged) -> tuple[float, str]:
    return page.foreign, page.uri


def _limits(card: Mapping[str, Any]) -> Iterator[str]:
    yield "## Limits\n"
    yield (
        "- A probability holds for pages like those above; where spam is rarer or of another "
        "kind, it promises too much. Look at the interval: few pages prove little.\n"
        "- Languages and sources not named above are judged by evidence that does not depend "
        "on language, and less surely.\n"
        "- Composed attacks are easier to make than to meet: figures of real pages count more.\n"
        "- Scripts are read, not run; pictures are not looked at.\n"
        "- Made to help people decide. It is no proof against a site's owner, who is often the "
        "one harmed."
    )


def _rate(rate: Mapping[str, Any]) -> str:
    if not rate["count"]:
        return "–"
    share = f"{100 * rate['rate']:.2f} %"
    return f"{share} ({rate['hits']}/{rate['count']}, {rate['low']:.1%}–{rate['high']:.1%})"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A Markdown table; nothing in a cell can end it."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(_cell(value) for value in row) + " |"
    yield ""


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "%7C").split())

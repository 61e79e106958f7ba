"""Labelled pages in, a model folder out.

    outcome = train(["my-labels/"], Path("models/mine"), name="mine")

The same data, seed and code give the same model, on any number of processes.
"""

from __future__ import annotations

import io
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector import __version__
from detector.learn.base import FILE as ANCHORS
from detector.learn.base import anchors, extend
from detector.learn.card import Cost, write_card
from detector.learn.data import Data, labelled
from detector.learn.datasets import LabelledPage
from detector.learn.evaluate import out_of_fold
from detector.learn.examples import Example, analyse
from detector.learn.fit import Fitted, fit, weights_of
from detector.learn.generate import Recipe
from detector.learn.metrics import figures, measure
from detector.learn.probe import language_probe
from detector.learn.write import packed, repacked, write_model
from detector.model import Model, default_folder
from detector.reference import FILE as REFERENCE
from detector.reference import references

Say = Callable[[str], None]
# Related-link arrays are carried over; the second is fitted again where so many pages say of
# their links which are off-topic (`related`).
CARRIED = ("vectors.npz", "relevance.npz")
FEWEST_LABELLED = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """A written model, with what its card is made of."""

    folder: Path
    digest: str
    fitted: Fitted
    examples: tuple[Example, ...]


def train(
    data: Data,
    output: Path,
    *,
    name: str = "",
    seed: int = 0,
    recipe: Recipe | None = None,
    jobs: int = 2,
    cache: Path | None = None,
    base: Model | None = None,
    say: Say = lambda _: None,
    tell: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Compose, analyse, fit and write. `data` comes from `detector.learn.data.read`."""
    started = time.monotonic()
    say("reading pages and composing attacks")
    pages = labelled(data.pages, recipe, seed, data.lists, tell)
    examples = tuple(analyse(pages, jobs, cache))
    if base is not None:
        say(f"adding {len(examples):,} pages to what {base.card['name']} knows")
        fitted = extend(base, examples, seed, jobs)
        further = {ANCHORS: (base.folder / ANCHORS).read_bytes()}
    else:
        fitted = fit(examples, seed, say, jobs, data.lists)
        further = {ANCHORS: packed(anchors(fitted, examples, weights_of(examples), seed))}
    judged = out_of_fold(examples, fitted)
    about = facts(data, examples, seed, recipe) | {"figures": figures(measure(judged))}
    if base is not None:
        about["base"] = base.card["sha256"]
    extra = carried(output) | further
    labels = sum(bool(page.related) for page in data.pages)
    if labels >= FEWEST_LABELLED and "vectors.npz" in extra:
        say("relevance of related links")
        extra["relevance.npz"] = packed(relevance(extra["vectors.npz"], data.pages, seed))
    digest = write_model(fitted, output, name or output.name, __version__, about, extra)
    model = Model.load(output)
    (output / REFERENCE).write_text(references(model), "utf-8")
    say("card")
    cost = Cost(time.monotonic() - started, jobs)
    write_card(output, model.card, judged, cost)
    return Outcome(output, digest, fitted, examples)


def facts(
    data: Data, examples: Sequence[Example], seed: int, recipe: Recipe | None
) -> dict[str, Any]:
    """What the model says of its training."""
    counts = Counter(("real" if e.real else "composed") + " " + e.label for e in examples)
    return {
        "digest": data.digest,
        "pages": len(examples),
        "counts": dict(sorted(counts.items())),
        "set_aside": data.hacked,
        "language_probe": round(language_probe(examples, weights_of(examples)), 3),
        "seed": seed,
        "recipe": recipe.name if recipe else "",
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """The versions that decide the numbers."""
    import scipy
    import sklearn
    import turbohtml

    python = ".".join(map(str, sys.version_info[:2]))
    return {
        "python": python, "numpy": np.__version__, "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "turbohtml": str(getattr(turbohtml, "__version__", "")),
    }  # fmt: skip


def relevance(vectors: bytes, pages: Sequence[LabelledPage], seed: int) -> dict[str, NDArray[Any]]:
    """The arrays that judge related links, from the pages' `related` labels and own lists."""
    from detector.learn import relevance as related
    from detector.learn.related_lists import articles_of
    from detector.static_vectors import StaticVectors

    with np.load(io.BytesIO(vectors), allow_pickle=False) as archive:
        table = StaticVectors({name: archive[name] for name in archive.files})
    return related.train(table, articles_of(pages), seed)


def carried(output: Path) -> dict[str, bytes]:
    """Related-link arrays of the folder itself, else of the shipped model."""
    for folder in (output, default_folder()):
        found = {n: (folder / n).read_bytes() for n in CARRIED if (folder / n).is_file()}
        if len(found) == len(CARRIED):
            return found | {CARRIED[0]: repacked(found[CARRIED[0]])}  # read by many starts
    return {}

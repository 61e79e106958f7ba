"""Two pictures of a model's judgements, as PNG bytes that depend on the judgements alone."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from detector.learn.metrics import BINS, Judged, split

DPI = 80
LANGUAGES = 6  # drawn one by one: those with most foreign pages
FEWEST = 30


def reliability(pages: Sequence[Judged]) -> bytes:
    """Stated probability of not being clean against the share that was not; 15 bins.

    Bars under the curve show how many pages each bin holds, on a logarithmic scale.
    """
    figure, (above, below) = _figure(2)
    edges = np.linspace(0.0, 1.0, BINS + 1)
    above.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for name, chosen in _kinds(pages):
        stated, true = _arrays(chosen)
        bins = np.minimum((stated * BINS).astype(int), BINS - 1)
        counts = np.bincount(bins, minlength=BINS)
        there = counts > 0
        mean = np.bincount(bins, stated, BINS)[there] / counts[there]
        share = np.bincount(bins, true, BINS)[there] / counts[there]
        above.plot(mean, share, marker="o", markersize=4, label=f"{name} ({len(chosen):,})")
        below.stairs(np.maximum(counts, 0.5), edges, label=name)
    above.set(xlim=(0, 1), ylim=(0, 1), ylabel="share not clean")
    below.set(xlim=(0, 1), yscale="log", ylabel="pages", xlabel="stated probability")
    _legend(above, "upper left")
    return _png(figure)


def precision_recall(pages: Sequence[Judged]) -> bytes:
    """Precision over recall of foreign matter: real and composed pages, and by language."""
    figure, axes = _figure(1)
    for name, chosen in (*_kinds(pages), *_languages(pages)):
        stated, true = _arrays(chosen)
        if not 0 < true.sum() < len(true):
            continue
        order = np.argsort(-stated, kind="stable")
        hits = np.cumsum(true[order])
        # Pages of one score stand or fall together.
        last = np.append(np.diff(stated[order]) != 0, True)
        precision = (hits / np.arange(1, len(hits) + 1))[last]
        recall = (hits / hits[-1])[last]
        axes[0].plot(recall, precision, linewidth=1.2, label=f"{name} ({int(true.sum()):,})")
    axes[0].set(xlim=(0.5, 1.005), ylim=(0.5, 1.005), xlabel="recall", ylabel="precision")
    _legend(axes[0], "lower left")
    return _png(figure)


def _figure(rows: int) -> tuple[Figure, Any]:
    figure = Figure(figsize=(6, 3.2 * rows), dpi=DPI, layout="constrained")
    return figure, figure.subplots(rows, 1, squeeze=False)[:, 0]


def _legend(axes: Any, place: str) -> None:
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc=place, fontsize=8)


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _kinds(pages: Sequence[Judged]) -> list[tuple[str, list[Judged]]]:
    """Real and composed pages, where there are any."""
    sides = (("real", True), ("composed", False))
    found = [(name, [p for p in pages if p.real == real]) for name, real in sides]
    return [(name, chosen) for name, chosen in found if chosen]


def _languages(pages: Sequence[Judged]) -> list[tuple[str, list[Judged]]]:
    groups = split(pages, lambda p: (p.language,))
    foreign = {name: sum(p.truth != "clean" for p in group) for name, group in groups.items()}
    most = sorted(groups, key=lambda name: (-foreign[name], name))[:LANGUAGES]
    return [(name, groups[name]) for name in most if foreign[name] >= FEWEST]


def _arrays(pages: Sequence[Judged]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Stated probabilities and truths, shape (pages,) each."""
    stated = np.array([p.foreign for p in pages])
    return stated, np.array([float(p.truth != "clean") for p in pages])

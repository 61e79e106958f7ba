"""Fits the weights of `data/promotion.toml`: which evidence says foreign promotion.

Pages go through the techniques' own code; what they ask to have weighed is kept with its
truth: foreign where the text stands in the page's injected spans, honest on a clean page.
One logistic regression a table, its bias moved so that hardly any honest text passes 0.5.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector import roles
from detector.promotion import PRODUCTS, TEXT_EVIDENCE
from detector.techniques import Context, techniques
from detector.types import Page

WEIGHING = (
    "comment-spam", "contact-solicitation", "entity-encoded-head", "keyword-salad",
    "keyword-stuffing", "meta-hijack", "spam-block", "spam-header", "structured-data-spam",
    "title-hijack",
)  # fmt: skip
# Share of a text's characters that must be injected before it counts as foreign.
FOREIGN = 0.6
# Evidence of which more can only make a text more suspect.
RISING = frozenset(
    "words dense terms offers offers_many offers_dense stems stems_dense handle contact account "
    "domain new_domain brand shape ornament price repeat strange script language encoded".split()
)
FALLING = frozenset(("report",))
PARAMETERS: dict[str, Any] = {
    "max_iter": 80, "max_leaf_nodes": 12, "learning_rate": 0.15, "l2_regularization": 5.0,
    "early_stopping": False, "random_state": 0,
}  # fmt: skip
STRENGTH = 3.0  # of the fit: inverse of the regularisation


@dataclass(frozen=True, slots=True)
class Weighed:
    """One text that a technique asked about."""

    kind: str
    text: str
    evidence: dict[str, float]


class Recording(Context):
    """A context that remembers what was weighed."""

    def __init__(self, page: Page, content: Sequence[int]) -> None:
        super().__init__(page, content)
        self.weighed: list[Weighed] = []
        self.settled = 0.001  # the last fit's would hide honest texts from this one

    def weigh(self, kind: str, gathered: Mapping[str, float], text: str) -> float:
        """Keep it, and say nothing: techniques then ask about every candidate."""
        self.weighed.append(Weighed(kind, text, dict(gathered)))
        return 0.0


@dataclass(slots=True)
class Gathered:
    """Evidence with its truth, by table."""

    rows: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    truth: dict[str, list[bool]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, evidence: dict[str, float], foreign: bool, text: str) -> None:
        """One text."""
        self.rows.setdefault(kind, []).append(evidence)
        self.truth.setdefault(kind, []).append(foreign)
        self.texts.setdefault(kind, []).append(text)


def gather(pages: Iterable[tuple[Page, Sequence[str]]]) -> Gathered:
    """Evidence of pages with their injected spans; none means that the page is clean."""
    found = Gathered()
    for page, spans in pages:
        context = Recording(page, roles.content(page.blocks))
        for name in WEIGHING:
            context.name = name
            list(techniques()[name].find(page, context))
        injected = ["".join(span.split()).lower() for span in spans]
        for entry in context.weighed:
            share = _share("".join(entry.text.split()).lower(), injected)
            if spans and share < FOREIGN:
                continue
            found.add(entry.kind, entry.evidence, bool(spans), entry.text)
            words = {n: entry.evidence[n] for n in TEXT_EVIDENCE if n in entry.evidence}
            found.add("text", words, bool(spans), entry.text)
    return found


def _share(text: str, spans: Sequence[str]) -> float:
    if not text:
        return 0.0
    covered = 0
    for span in spans:
        if text in span:
            return 1.0
        if len(span) > 3 and span in text:
            covered += len(span)
    return min(covered / len(text), 1.0)


def names_of(rows: Sequence[Mapping[str, float]]) -> list[str]:
    """Evidence and products of it that occur."""
    single = sorted({name for row in rows for name in row})
    return single + [f"{a}*{b}" for a, b in PRODUCTS if a in single and b in single]


def matrix(rows: Sequence[Mapping[str, float]], names: Sequence[str]) -> NDArray[np.float64]:
    """Shape (rows, names)."""
    table = np.zeros((len(rows), len(names)))
    for column, name in enumerate(names):
        left, _, right = name.partition("*")
        for line, row in enumerate(rows):
            value = row.get(left, 0.0)
            table[line, column] = value * row.get(right, 0.0) if right else value
    return table


def fit(found: Gathered, passing: Mapping[str, int]) -> dict[str, tuple[float, dict[str, float]]]:
    """Bias and weights by table. `passing`: how many honest texts may reach 0.5."""
    from sklearn.linear_model import LogisticRegression

    tables = {}
    for kind, rows in found.rows.items():
        names = names_of(rows)
        table, truth = matrix(rows, names), np.array(found.truth[kind])
        model = LogisticRegression(C=STRENGTH, max_iter=2000, class_weight="balanced")
        model.fit(table, truth)
        scores = table @ model.coef_[0]
        honest = np.sort(scores[~truth])[::-1]
        bias = -float(honest[min(passing[kind], len(honest) - 1)]) - 1e-3
        weights = dict(zip(names, model.coef_[0].round(3).tolist(), strict=True))
        tables[kind] = (round(bias, 3), {n: w for n, w in weights.items() if abs(w) >= 0.05})
    return tables


def fit_trees(found: Gathered, kind: str, passing: int) -> dict[str, NDArray[Any]]:
    """The arrays of `promotion._Forest` for one table; evidence may only speak against a text."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows = found.rows[kind]
    names = sorted({name for row in rows for name in row})
    table, truth = matrix(rows, names), np.array(found.truth[kind])
    model = HistGradientBoostingClassifier(
        monotonic_cst=[_direction(name) for name in names], **PARAMETERS
    ).fit(table, truth)
    honest = np.sort(_out_of_fold(table, truth, found.texts[kind], names)[~truth])[::-1]
    parts: dict[str, list[NDArray[Any]]] = {
        n: [] for n in ("feature", "threshold", "left", "right", "value")
    }
    roots, offset, depth = [], 0, 0
    for (tree,) in model._predictors:
        nodes = tree.nodes
        leaf = nodes["is_leaf"].astype(bool)
        own = np.arange(len(nodes))
        roots.append(offset)
        depth = max(depth, int(nodes["depth"].max()))
        parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]))
        parts["threshold"].append(np.where(leaf, 0.0, nodes["num_threshold"]))
        parts["left"].append(np.where(leaf, own, nodes["left"]) + offset)
        parts["right"].append(np.where(leaf, own, nodes["right"]) + offset)
        parts["value"].append(np.where(leaf, nodes["value"], 0.0))
        offset += len(nodes)
    arrays: dict[str, NDArray[Any]] = {name: np.concatenate(p) for name, p in parts.items()}
    for name in ("feature", "left", "right"):
        arrays[name] = arrays[name].astype(np.int32)
    base = float(np.asarray(model._baseline_prediction).reshape(-1)[0])
    bias = base - float(honest[min(passing, len(honest) - 1)]) - 1e-3
    return arrays | {
        "names": np.array(names), "roots": np.array(roots, dtype=np.int32),
        "depth": np.array(depth), "bias": np.array(bias),
    }  # fmt: skip


def _direction(name: str) -> int:
    """1 where more evidence may only speak against a text, -1 where only for it."""
    return int(name in RISING) - int(name in FALLING)


def _out_of_fold(
    table: NDArray[np.float64], truth: NDArray[np.bool_], texts: Sequence[str],
    names: Sequence[str],
) -> NDArray[np.float64]:  # fmt: skip
    """Scores by models that did not see the text, nor one that begins alike."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    folds = np.array([zlib.crc32(text[:20].encode()) % 3 for text in texts])
    scores = np.zeros(len(truth))
    rising = [_direction(name) for name in names]
    for fold in range(3):
        model = HistGradientBoostingClassifier(monotonic_cst=rising, **PARAMETERS)
        model.fit(table[folds != fold], truth[folds != fold])
        scores[folds == fold] = model.decision_function(table[folds == fold])
    return scores


def write(
    tables: Mapping[str, tuple[float, Mapping[str, float]]], path: Path,
    unsettled: Mapping[str, float], settled: float,
) -> None:  # fmt: skip
    """The TOML file that the scan reads."""
    lines = [
        "# How much each kind of evidence says that a text is foreign promotion (log-odds).",
        "# Made by detector/learn/promotion_weights.py; a name with * is the product of two.",
    ]
    for kind, (bias, weights) in sorted(tables.items()):
        lines += ["", f"[{kind}]", f"bias = {bias}"]
        lines += [f"unsettled = {unsettled[kind]}"] if kind in unsettled else []
        lines += [f"settled = {settled}"] if kind == "text" else []
        lines += ["", f"[{kind}.weights]"]
        lines += [f'"{name}" = {weight}' for name, weight in sorted(weights.items())]
    path.write_text("\n".join(lines) + "\n", "utf-8")

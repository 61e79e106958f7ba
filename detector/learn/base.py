"""A user's labels added to what a shipped model knows, without its training pages.

A model folder holds `anchors.npz`: feature rows of training pages (numbers alone, no text,
no address), with labels and weights. New pages, scored by the model's own text scorers, join
them; both forests and the calibration are fitted on the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from detector.learn.examples import Example
from detector.learn.fit import CALIBRATING, FOLDS, FieldTexts, Fitted, base_rows
from detector.learn.forest import calibrate, raw_scores, train_forest
from detector.model import Model, ModelError, calibrated
from detector.model_folder import SCORES
from detector.types import LABELS

FILE = "anchors.npz"
ANCHORS = 6000  # rows kept; about a megabyte
# All new pages together weigh at most this share of the anchors, each at most `HEAVIEST`.
SHARE, HEAVIEST = 0.5, 8.0


def anchors(
    fitted: Fitted, examples: Sequence[Example], weights: NDArray[np.float64], seed: int
) -> dict[str, NDArray[Any]]:
    """The arrays of `anchors.npz`: a sample of rows, shape (anchors, features), float32."""
    order = np.random.default_rng(seed).permutation(len(examples))[:ANCHORS]
    sites = {site: i for i, site in enumerate(sorted({e.site for e in examples}))}
    return {
        "rows": fitted.rows[order].astype(np.float32),
        "labels": np.array([LABELS.index(examples[i].label) for i in order], dtype=np.int8),
        "weights": weights[order].astype(np.float32),
        "sites": np.array([sites[examples[i].site] for i in order], dtype=np.int32),
        "real": np.array([examples[i].real for i in order], dtype=bool),
    }


def read_anchors(folder: Path) -> dict[str, NDArray[Any]]:
    """The anchors of a model, verified with it. Raises ModelError where it has none."""
    path = folder / FILE
    if not path.is_file():
        raise ModelError(f"{folder}: no {FILE}; this model cannot be a base, train without --base")
    with np.load(path, allow_pickle=False) as archive:
        known = {name: archive[name] for name in archive.files}
    known.setdefault("real", np.zeros(len(known["labels"]), dtype=bool))  # models before 0.2
    return known


def extend(base: Model, examples: Sequence[Example], seed: int, jobs: int = 1) -> Fitted:
    """Fit again on the base's anchors and new examples. The base's threshold stays."""
    known = read_anchors(base.folder)
    names = base.features
    new = base_rows(examples, names)
    FieldTexts(examples, names).put(new, [base.text], [np.arange(len(examples))], jobs)
    rows = np.concatenate([known["rows"].astype(np.float64), new])
    labels = [LABELS[i] for i in known["labels"]] + [e.label for e in examples]
    total = float(known["weights"].sum())
    each = min(HEAVIEST, SHARE * total / max(len(examples), 1))
    weights = np.concatenate([known["weights"].astype(np.float64), np.full(len(new), each)])
    sites = {e.site: -1 - i for i, e in enumerate(examples)}
    groups = np.concatenate([known["sites"], [sites[e.site] for e in examples]])
    folds = list(GroupKFold(FOLDS).split(rows, groups=groups))
    everyone = np.arange(len(rows))
    forests = Parallel(n_jobs=jobs)(
        delayed(train_forest)(rows[t], names, [labels[i] for i in t], weights[t], seed)
        for t in (*(train for train, _ in folds), everyone)
    )
    raw = np.zeros((len(rows), SCORES))
    for forest, (_, test) in zip(forests[:-1], folds, strict=True):
        raw[test] = raw_scores(forest, rows[test])
    real = np.concatenate([known["real"], [e.real for e in examples]])
    scale, shift = calibrate(raw, labels, np.where(real, CALIBRATING, 1.0))
    found = calibrated(raw, scale, shift)[-len(examples) :]
    return Fitted(
        names, base.text, forests[-1], scale, shift, base.flag, found, new, base.unsupported
    )

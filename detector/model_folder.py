"""Reads a model folder and checks it before anything of it is used.

A damaged folder (a digest differs), an older one (another schema), a foreign one (another
program's, or with arrays that do not fit each other) and one that knows what this version
has lost are each refused with a `ModelError` that says what to do. Nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SCHEMA = "detector.model/4"
CARD = "model.json"
WEIGHTS = "weights.npz"
FOREST = "feature threshold left right value roots classes baseline linear odds odds_at".split()
SCORES = 3  # that the forests give a page
NODES = ("threshold", "left", "right", "value")  # one entry a node, as `feature`
KEYS = {
    "name": str,
    "version": str,
    "sha256": str,
    "features": list,
    "categories": list,
    "text_bits": int,
    "thresholds": dict,
    "files": dict,
    "data": dict,
}

Arrays = Mapping[str, NDArray[Any]]


class ModelError(Exception):
    """A model folder that cannot be used; the message says why and what to do."""


def read_folder(folder: Path) -> tuple[dict[str, Any], Arrays]:
    """The card, and the arrays of the weights. Raises ModelError, also for what is read later."""
    card = _card(folder)
    for name, digest in card["files"].items():
        if name.endswith(".npz"):
            _verified(folder / name, digest)
    if digest_of(card) != card["sha256"]:
        raise ModelError(f"{folder}/{CARD} was changed after training; get it again")
    if WEIGHTS not in card["files"]:
        raise ModelError(f"{folder}: no {WEIGHTS} belongs to this model; get it again")
    weights = read_arrays(folder, card, WEIGHTS)
    wrong = _misfit(card, weights)
    if wrong:
        raise ModelError(f"{folder}: {wrong}; get it again, or train it with `detector train`")
    return card, weights


def read_arrays(folder: Path, card: Mapping[str, Any], name: str) -> Arrays:
    """The arrays of one `.npz` file that the card names. Raises ModelError."""
    path = folder / name
    data = _verified(path, card["files"][name])
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} cannot be read: {error}; get it again") from error


def digest_of(card: Mapping[str, Any]) -> str:
    """The model's identity: SHA-256 of its card without the digest itself."""
    plain = {key: value for key, value in card.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _card(folder: Path) -> dict[str, Any]:
    """`model.json`, of this schema and with all that a model states."""
    try:
        card: Any = json.loads((folder / CARD).read_text("utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"{folder}: no model here; `detector models list` shows what there is"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{folder}/{CARD} cannot be read: {error}; get it again") from error
    schema = card.get("schema") if isinstance(card, dict) else None
    if not isinstance(schema, str) or not schema.startswith("detector.model/"):
        raise ModelError(f"{folder}/{CARD} is of another program, no model of detector's")
    if schema != SCHEMA:
        raise ModelError(
            f"{folder}: made for another version ({schema}, this one reads {SCHEMA}); "
            "train it again with `detector train`"
        )
    found: dict[str, Any] = card
    for key, kind in KEYS.items():
        if not isinstance(card.get(key), kind):
            raise ModelError(f"{folder}/{CARD}: {key} is missing or wrong; get it again")
    for name, digest in card["files"].items():
        if Path(name).name != name or name in ("", ".", "..") or not isinstance(digest, str):
            raise ModelError(f"{folder}/{CARD} names {name!r}, no file of the folder")
    return found


def _verified(path: Path, digest: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error}; get the model again") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelError(f"{path} is damaged (its digest differs from {CARD}); get it again")
    return data


def _misfit(card: Mapping[str, Any], arrays: Arrays) -> str:
    """What of the weights does not fit the card or this version; "" where all does."""
    wanted = [f"forest.{name}" for name in FOREST]
    wanted += ["text.weights", "text.intercepts", "calibration.weights", "calibration.intercepts"]
    lacking = [name for name in wanted if name not in arrays]
    if lacking:
        return f"{WEIGHTS} lacks {lacking[0]}"
    text = (
        (2 ** card["text_bits"], 1 + len(card["categories"])) if 0 <= card["text_bits"] < 28 else ()
    )
    if arrays["text.weights"].shape != text or arrays["text.intercepts"].shape != text[1:]:
        return "the text scorers' weights have another shape than the card says"
    if any(arrays[f"calibration.{n}"].shape != (SCORES,) for n in ("weights", "intercepts")):
        return f"the calibration is not of {SCORES} scores"
    if not isinstance(card["thresholds"].get("flag"), int | float):
        return "the threshold `flag` is missing"
    wrong = _forest_misfit({n: arrays[f"forest.{n}"] for n in FOREST}, len(card["features"]))
    return f"the trees do not fit: {wrong}" if wrong else _lost(card["features"])


def _forest_misfit(forest: Arrays, features: int) -> str:
    """Trees that would read outside their arrays, or never end."""
    nodes = forest["feature"].shape
    if len(nodes) != 1 or any(forest[name].shape != nodes for name in NODES):
        return "a node lacks a part"
    if forest["linear"].shape != (features, SCORES) or forest["odds"].shape != (features,):
        return "another number of features"
    if forest["odds_at"].shape != (2,) or forest["baseline"].shape != (SCORES,):
        return f"not {SCORES} scores"
    if forest["roots"].shape != forest["classes"].shape or forest["roots"].ndim != 1:
        return "a tree without a score"
    at = np.arange(nodes[0])
    inner = forest["left"] >= 0
    for side in ("left", "right"):
        to = forest[side][inner]
        if (to <= at[inner]).any() or (to >= nodes[0]).any():
            return "a branch leads nowhere"
    for name, limit in (("feature", features), ("odds_at", features), ("roots", nodes[0]),
                        ("classes", SCORES)):  # fmt: skip
        if (forest[name] < 0).any() or (forest[name] >= limit).any():
            return f"{name} out of range"
    return ""


def _lost(features: list[Any]) -> str:
    """A technique that the model weighs and this version no longer has."""
    from detector.techniques import techniques

    known = techniques()
    named = [str(name).removesuffix(".count") for name in features if str(name).endswith(".count")]
    lost = [name for name in named if name not in known]
    return f"it knows the technique {lost[0]}, which this version lacks" if lost else ""

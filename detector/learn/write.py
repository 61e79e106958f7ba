"""Writes a model folder: `weights.npz`, `model.json` with digests."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from detector.learn.fit import Fitted, metadata
from detector.model_folder import CARD, FOREST, SCHEMA, WEIGHTS, digest_of

# Archive entries carry a date; a fixed one makes equal arrays equal bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)


def packed(arrays: Mapping[str, Any], *, plain: bool = False) -> bytes:
    """Arrays as `.npz` bytes that depend on the arrays alone.

    `plain`: not compressed, for what every start of the program reads.
    """
    out = io.BytesIO()
    method = zipfile.ZIP_STORED if plain else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w", method, compresslevel=6) as archive:
        for name in sorted(arrays):
            entry = io.BytesIO()
            np.lib.format.write_array(entry, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), entry.getvalue(),
                             method, 6)  # fmt: skip
    return out.getvalue()


def repacked(stored: bytes) -> bytes:
    """The `.npz` bytes of the same arrays, not compressed."""
    with np.load(io.BytesIO(stored), allow_pickle=False) as archive:
        return packed({name: archive[name] for name in archive.files}, plain=True)


def write_model(
    fitted: Fitted, folder: Path, name: str, version: str, data: Mapping[str, Any],
    extra: Mapping[str, bytes] | None = None,
) -> str:  # fmt: skip
    """Write the folder and return the model's digest. `extra` are further files, as bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        "text.weights": fitted.text.weights.astype(np.float16),
        "text.intercepts": fitted.text.intercepts,
        "calibration.weights": fitted.scale,
        "calibration.intercepts": fitted.shift,
    }
    for part in FOREST:
        arrays[f"forest.{part}"] = getattr(fitted.forest, part)
    files = {WEIGHTS: packed(arrays, plain=True), **(extra or {})}
    card = {"schema": SCHEMA, **metadata(fitted, name, version, data)}
    card["files"] = {n: hashlib.sha256(content).hexdigest() for n, content in files.items()}
    card["sha256"] = digest_of(card)
    for file_name, content in files.items():
        (folder / file_name).write_bytes(content)
    text = json.dumps(card, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / CARD).write_text(text + "\n", "utf-8")
    return str(card["sha256"])


def replace_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files into a model folder; where it has a card, their digests and its own are renewed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    path = folder / "model.json"
    if path.is_file():
        card = json.loads(path.read_text("utf-8"))
        card["files"] |= {n: hashlib.sha256(content).hexdigest() for n, content in files.items()}
        card["sha256"] = digest_of(card)
        text = json.dumps(card, indent=1, ensure_ascii=False, sort_keys=True)
        path.write_text(text + "\n", "utf-8")

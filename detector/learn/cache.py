"""Remembers analysed pages, so that a change of the learning code alone trains fast.

The key is what the page is and the code and data that read it: an entry of another
state of the package is never used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

# Parts of the package that no analysed page depends on.
APART = ("learn", "cli", "report", "sources", "service", "integrations", "__pycache__", "_models")
# A batch ends at about every 32nd page, told from the page itself: a page more or less
# then changes one batch, not all that follow.
MEAN_BATCH = 32
LARGEST_BATCH = 80

T = TypeVar("T")


def remembered(folder: Path, key: str, make: Callable[[], T]) -> T:
    """What is kept under a key, a hexadecimal digest; else made and kept.

    Several runs may share a folder: an entry is written aside and renamed, so that it is
    there whole or not at all, and one that cannot be read is made again. Entries are
    pickles: the folder must be the user's own.
    """
    import joblib

    file = folder / key[:2] / f"{key}.pkl"
    if file.is_file():
        try:
            found: T = joblib.load(file)
            return found
        except (
            Exception
        ):  # cut short, or of classes that have changed: whatever it is, make it anew
            pass
    made = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    staged = file.with_name(f".{key}.{uuid4().hex}")
    joblib.dump(made, staged, compress=3)
    staged.replace(file)
    return made


@cache
def code_version(further: tuple[Path, ...] = ()) -> str:
    """SHA-256 over the sources and data of the scan's path, and of further files."""
    root = Path(str(files("detector")))
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".toml", ".txt", ".npz")):
        name = path.relative_to(root)
        if name.parts[0] not in APART:
            digest.update(str(name).encode() + b"\0" + path.read_bytes())
    # The example's own making lies in the learning part.
    digest.update((root / "learn" / "examples.py").read_bytes())
    for path in further:
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def batches(items: Iterable[tuple[bytes, T]]) -> Iterator[list[T]]:
    """Cut a stream of (digest, item) where the digests say so."""
    batch: list[T] = []
    for digest, item in items:
        batch.append(item)
        if digest[0] % MEAN_BATCH == 0 or len(batch) == LARGEST_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch

"""Labelled pages from a running service or its store, for training."""

from __future__ import annotations

import os
from pathlib import Path

from detector.service.database import Database, StoreError
from detector.service.export import every

KEY = "DETECTOR_API_KEY"
TIMEOUT = 60.0


class FetchError(RuntimeError):
    """The labels cannot be had; the message says why and what to do."""


def fetch(place: str, file: Path) -> int:
    """Write the labelled pages of a service's address or a store into a JSONL; how many.

    A service asks for a key with the scope `export`, in the environment's
    DETECTOR_API_KEY. Raises FetchError.
    """
    if place.startswith(("http://", "https://")):
        return _download(place.rstrip("/") + "/v1/export", file)
    if "://" not in place and not Path(place).is_file():
        raise FetchError(f"{place}: no such store; give its file, its URL or a service's address")
    try:
        database = Database(place)
    except StoreError as error:
        raise FetchError(f"{place}: {error}") from error
    try:
        with file.open("wb") as out:
            count = 0
            for line in every(database):
                out.write(line)
                count += 1
            return count
    finally:
        database.close()


def _download(url: str, file: Path) -> int:
    import httpx

    key = os.environ.get(KEY, "")
    headers = {"authorization": f"Bearer {key}"} if key else {}
    count = 0
    try:
        with httpx.stream("GET", url, headers=headers, timeout=TIMEOUT) as answer:
            if answer.status_code in (401, 403):
                raise FetchError(
                    f"{url}: a key with the scope export is needed; make one with `detector "
                    f"service key add training --scope export` and put it into {KEY}"
                )
            answer.raise_for_status()
            with file.open("wb") as out:
                for part in answer.iter_bytes():
                    out.write(part)
                    count += part.count(b"\n")
    except httpx.HTTPError as error:
        raise FetchError(f"{url}: {error}") from error
    return count

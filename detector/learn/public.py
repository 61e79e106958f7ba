"""Fetches the public collections of `datasets/SOURCES.toml`, checked and in the trainer's form.

An archive is downloaded beside its place, resumed where a run before was cut off, and used
only if its SHA-256 is the stated one. Of it, pages alone are taken, as plain files with a
`labels.jsonl`; nothing of an archive decides where on the disk it goes.
"""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import json
import shutil
import tarfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from detector.learn.generate.words import RECIPES
from detector.types import LABELS

FILE = RECIPES.parent / "SOURCES.toml"
TIMEOUT = 30.0  # seconds without a byte
REDIRECTS = 5
LARGEST = 2_000_000_000  # bytes of an archive
LARGEST_PAGE = 20_000_000  # bytes of a page; the scan reads no more either
PAGES = 200_000  # of one archive

Tell = Callable[[int, int], None]  # bytes there, bytes in all (0: not known)


class SourceError(RuntimeError):
    """A collection that cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """One table of the file; its keys are these fields."""

    name: str
    url: str
    licence: str
    label: str
    about: str = ""
    sha256: str = ""
    pages: tuple[str, ...] = ("*.html",)


def read_sources(path: Path = FILE) -> dict[str, Source]:
    """The collections by name. Raises SourceError that names the table and key."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(f"{path}: {error}") from error
    return {name: _source(name, table, path) for name, table in tables.items()}


def _source(name: str, table: Any, path: Path) -> Source:
    known = set(Source.__dataclass_fields__) - {"name"}
    if not isinstance(table, Mapping) or set(table) - known:
        raise SourceError(f"{path}: [{name}] may hold {', '.join(sorted(known))}")
    lacking = [key for key in ("url", "licence", "label") if not table.get(key)]
    if lacking:
        raise SourceError(f"{path}: [{name}] lacks {lacking[0]}")
    if table["label"] not in LABELS:
        raise SourceError(f"{path}: [{name}] label is none of {', '.join(LABELS)}")
    if not str(table["url"]).startswith(("https://", "http://")):
        raise SourceError(f"{path}: [{name}] url is no web address")
    pages = tuple(map(str, table.get("pages", ("*.html",))))
    return Source(**{**table, "name": name, "pages": pages})


def fetch(
    source: Source, folder: Path, unpinned: bool = False, tell: Tell = lambda *_: None
) -> tuple[Path, int, str]:
    """Download, check and unpack one collection into `folder/<name>`.

    Gives that folder, its number of pages and the archive's SHA-256. What is there already
    under this digest is not fetched again. Raises SourceError.
    """
    if not source.sha256 and not unpinned:
        raise SourceError(
            f"{source.name}: no digest is stated, so its content cannot be checked; "
            "--unpinned fetches it all the same and says the digest to write down"
        )
    place = folder / source.name
    done = _done(place)
    if done and done["archive"] == (source.sha256 or done["archive"]) and done["url"] == source.url:
        return place, int(done["pages"]), str(done["archive"])
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f".{source.name}.part"
    _download(source, archive, tell)
    digest = _digest(archive)
    if source.sha256 and digest != source.sha256:
        archive.unlink()
        raise SourceError(
            f"{source.name}: {source.url} gave other bytes (SHA-256 {digest}) than SOURCES.toml "
            f"states ({source.sha256}); they were deleted. Fetch again, or look what has changed"
        )
    try:
        count = _unpack(source, archive, place, digest)
    except (tarfile.TarError, EOFError, OSError) as error:
        archive.unlink(missing_ok=True)
        raise SourceError(f"{source.name}: the archive cannot be read ({error})") from error
    archive.unlink()
    return place, count, digest


def _done(place: Path) -> dict[str, Any] | None:
    """What a finished run left, None where there was none."""
    try:
        found: dict[str, Any] = json.loads((place / "fetched.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _download(source: Source, part: Path, tell: Tell) -> None:
    """The archive into `part`, going on behind what is there."""
    import httpx

    there = part.stat().st_size if part.is_file() else 0
    headers = {"range": f"bytes={there}-"} if there else {}
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=TIMEOUT, max_redirects=REDIRECTS) as client,
            client.stream("GET", source.url, headers=headers) as answer,
        ):
            if answer.status_code == 416:  # nothing is left to fetch
                return
            answer.raise_for_status()
            goes_on = answer.status_code == 206 and answer.headers.get(
                "content-range", ""
            ).startswith(f"bytes {there}-")
            if not goes_on:
                there = 0
            size = there + int(answer.headers.get("content-length") or 0)
            with part.open("ab" if goes_on else "wb") as out:
                # The bytes as they are on the wire: the digest is of the file, not of a decoding.
                for chunk in answer.iter_raw():
                    there += len(chunk)
                    if max(there, size) > LARGEST:
                        raise SourceError(f"{source.name}: larger than {LARGEST:,} bytes")
                    out.write(chunk)
                    tell(there, size)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise SourceError(
            f"{source.name}: {source.url}: {error or type(error).__name__}; "
            "run the command again, it goes on where it was cut off"
        ) from error


def _unpack(source: Source, archive: Path, place: Path, digest: str) -> int:
    """The chosen pages as `pages/<number>.html` with their labels; the whole folder or none."""
    staged = place.with_name(f".{place.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    (staged / "pages").mkdir(parents=True)
    count = 0
    with (staged / "labels.jsonl").open("w", encoding="utf-8") as labels:
        for name, data in _members(source, archive):
            file = f"pages/{count:06}.html"
            (staged / file).write_bytes(data)
            # Pages of one site never part in a split.
            row = {
                "path": file, "uri": f"https://{source.name}.invalid/{name}",
                "label": source.label, "site": f"{source.name}/{_site(name)}",
                "source": source.name,
            }  # fmt: skip
            labels.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    if not count:
        shutil.rmtree(staged)
        raise SourceError(f"{source.name}: no file of the archive is like {source.pages}")
    state = {"url": source.url, "archive": digest, "pages": count, "licence": source.licence}
    (staged / "fetched.json").write_text(json.dumps(state, indent=1) + "\n", "utf-8")
    shutil.rmtree(place, ignore_errors=True)
    staged.rename(place)
    return count


def _members(source: Source, archive: Path) -> Iterator[tuple[str, bytes]]:
    """Chosen regular files with their path below the archive's top folder."""
    found = 0
    with tarfile.open(archive, "r|*") as tar:
        for member in tar:
            chosen = any(fnmatch.fnmatchcase(member.name, pattern) for pattern in source.pages)
            if not member.isreg() or not chosen or member.size > LARGEST_PAGE:
                continue
            file = tar.extractfile(member)
            data = _plain(file, member.name) if file else b""
            if data:
                found += 1
                if found > PAGES:
                    raise SourceError(f"{source.name}: more than {PAGES:,} pages")
                yield "/".join(PurePosixPath(member.name).parts[1:]) or member.name, data


def _plain(file: IO[bytes], name: str) -> bytes:
    """A page's bytes, gunzipped where it is; b"" for a damaged or too large one."""
    if not name.endswith(".gz"):
        return file.read()
    try:
        data = gzip.GzipFile(fileobj=file).read(LARGEST_PAGE + 1)
    except (OSError, EOFError):
        return b""
    return data if len(data) <= LARGEST_PAGE else b""


def _site(name: str) -> str:
    """The site of a saved page: what its name begins with, as `host.topic.html` does."""
    stem = PurePosixPath(name).name.removesuffix(".gz").removesuffix(".html")
    generic = stem in ("source", "index")
    return PurePosixPath(name).parent.name if generic else stem.rstrip("0123456789")

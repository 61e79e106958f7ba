"""The pages that git says have changed since a revision."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from detector.sources import Counts, Options, open_sources
from detector.sources.text import PAGE_SUFFIXES, looks_html, suffix
from detector.types import Document

_HEAD = 4096  # bytes of a file without an extension that tell whether it is HTML


class GitError(ValueError):
    """git could not tell what has changed; the message says why."""


def changed_files(base: str, paths: Sequence[str]) -> list[str]:
    """Files under the paths that differ from `base` or are new and not ignored, sorted.

    Deleted files are none. Raises GitError.
    """
    if base.startswith("-"):
        raise GitError(f"{base} is no revision")
    at = ["--", *(paths or ["."])]
    names = _git("diff", "--name-only", "--relative", "-z", "--diff-filter=d", base, *at)
    names += _git("ls-files", "--others", "--exclude-standard", "-z", *at)
    return sorted({name for name in names if os.path.isfile(name) and not os.path.islink(name)})


def changed_documents(
    base: str, paths: Sequence[str], options: Options, counts: Counts
) -> Iterator[Document]:
    """The changed files that are pages, by the names that folders are searched for."""
    files = changed_files(base, paths)  # now, so that its errors come before any output
    pages = [name for name in files if _is_page(name)]
    counts.other += len(files) - len(pages)
    return open_sources(pages, options, counts)


def _is_page(name: str) -> bool:
    ending = suffix(name)
    if ending:
        return ending in PAGE_SUFFIXES
    with open(name, "rb") as stream:
        return looks_html(stream.read(_HEAD))


def _git(*arguments: str) -> list[str]:
    try:
        import subprocess

        run = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}") from error
    if run.returncode:
        words = run.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(f"git: {words[0] if words else 'failed'}")
    return [os.fsdecode(name) for name in run.stdout.split(b"\0") if name]

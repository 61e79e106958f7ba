"""Bytes with a name, streamed: files, folders, archives, tables, places in the net.

    counts = Counts()
    for document in open_sources(["site/", "crawl.warc.gz", "-"], Options(), counts):
        ...

Memory does not grow with the length of the input: one page, one line, one
record at a time. What cannot be read becomes a `Document` with a `failure`
(one bad page never stops a scan) or, where it is no page at all, a count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from detector.limits import DEFAULT, Limits
from detector.site_files import SiteFiles
from detector.sources.columns import GUESS, Columns
from detector.types import Document


@dataclass(frozen=True, slots=True)
class Options:
    """How to read. `follow_symlinks` goes into linked folders, once each."""

    limits: Limits = DEFAULT
    follow_symlinks: bool = False
    columns: Columns = GUESS


@dataclass(slots=True)
class Counts:
    """What was read and what was passed over; filled while the sources run.

    `pages` documents were given, `failures` of them with a failure. The others
    are no pages and gave no document: files of another type or extension
    (`other`), files that are binary though named as pages (`binary`), symbolic
    links, pipes and devices in folders (`special`), archive records that hold
    no page (`records`), zip and tar archives met in folders (`packages`).
    `salvaged` counts jumps over damage in archives.
    """

    pages: int = 0
    failures: int = 0
    binary: int = 0
    packages: int = 0
    other: int = 0
    special: int = 0
    records: int = 0
    salvaged: int = 0
    bytes: int = 0
    """Of the input that were read, as it lies on the disk: how far a scan is."""
    missing: list[str] = field(default_factory=list)
    """Paths that were named and do not exist."""
    empty: list[str] = field(default_factory=list)
    """Folders that were named and hold no page."""
    lacking: list[str] = field(default_factory=list)
    """What to install to read what was named, each once."""
    site_files: SiteFiles = field(default_factory=SiteFiles)
    """`robots.txt` and sitemaps that were met: no pages, read for what they list."""
    roots: tuple[str, ...] = ()
    """Folders that were named, each a site."""

    @property
    def skipped(self) -> int:
        """Things seen that are no pages."""
        return self.binary + self.other + self.special + self.records + self.packages

    def describe(self) -> str:
        """What was skipped, in words; "" where nothing was."""
        parts = (
            (self.binary, "binary"),
            (self.other, "of other types"),
            (self.special, "links or special files"),
            (self.records, "archive records without a page"),
            (self.packages, "zip or tar archives (name them to read them)"),
        )
        return ", ".join(f"{n} {words}" for n, words in parts if n)


def open_sources(
    paths: Iterable[str], options: Options | None = None, counts: Counts | None = None
) -> Iterator[Document]:
    """The documents of all paths, in the order of the paths; folders sorted by name.

    `-` is standard input. Missing paths are noted in `counts.missing`, folders
    without a page in `counts.empty`; neither raises.
    """
    from detector.sources.files import read_path

    options = options or Options()
    counts = counts if counts is not None else Counts()
    paths = tuple(paths)
    counts.roots = counts.roots or paths
    for path in paths:
        for document in read_path(path, options, counts):
            counts.pages += 1
            counts.failures += document.failure is not None
            yield document

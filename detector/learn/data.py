"""What training learns from: checked labelled pages, and attacks composed on the clean ones."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.decode import decode
from detector.learn.checks import Problem, check
from detector.learn.datasets import LabelledPage, digest_of, read_labelled, unique
from detector.learn.examples import Labelled
from detector.learn.generate import CleanPage, Recipe, generate
from detector.learn.generate.words import RECIPES
from detector.learn.material import Lists, read_lists
from detector.learn.votes import settle

HACKED = RECIPES.parent / "hacked.tsv"
# Pages of two sites that have this share of their longer pieces in common are copies.
SHARED = 0.8
LONG = 40  # bytes
FEWEST_PIECES = 5
# Bands of two hashes: of two pages with 0.7 of all pieces in common 1 - (1 - 0.49)^12 meet.
BANDS = 12
MULTIPLIERS = np.random.default_rng(0).integers(1, 2**63, 2 * BANDS, dtype=np.uint64) | np.uint64(1)
LARGE = 30  # pages that are compared each with each


@dataclass(frozen=True, slots=True)
class Data:
    """Checked pages, with what was found wrong and what was set aside."""

    pages: tuple[LabelledPage, ...]
    lists: Lists
    problems: tuple[Problem, ...]
    hacked: int  # clean pages set aside because they carry spam
    digest: str


def hacked_pages(path: Path = HACKED) -> dict[str, str]:
    """Addresses of pages that honest collections hold by mistake, each with the reason."""
    if not path.is_file():
        return {}
    rows = (line.partition("\t") for line in path.read_text("utf-8").splitlines())
    return {uri: reason for uri, _, reason in rows if uri and not uri.startswith("#")}


def read(paths: Sequence[str | Path], few: int | None = None) -> Data:
    """Read and check sources. Raises DatasetError, FileNotFoundError; keeps fatal problems."""
    pages = read_labelled(paths)
    hacked = hacked_pages()
    settled, votes = settle(pages)
    kept = [p for p in settled if not (p.label == "clean" and p.uri in hacked)]
    problems = (check(kept) if few is None else check(kept, few)) + votes
    kept = unique(kept)
    problems += near_copies(kept)
    lists = read_lists(Path(p) for p in paths)
    return Data(tuple(kept), lists, tuple(problems), len(pages) - len(kept), digest_of(kept))


def near_copies(pages: Sequence[LabelledPage]) -> list[Problem]:
    """Pages of different sites that say nearly the same: a split by site does not part them.

    Candidates by MinHash (Broder 1997) over pieces of the source between tags and line ends,
    in bands; each is then compared piece by piece. Time is linear in the pages.
    """
    pieces = [_pieces(page.data) for page in pages]
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for number, found in enumerate(pieces):
        if len(found) >= FEWEST_PIECES:
            mixed = (found[:, None] * MULTIPLIERS) >> np.uint64(32)
            lowest = mixed.min(axis=0).reshape(BANDS, -1)
            for band, part in enumerate(lowest):
                buckets[band, part.tobytes()].append(number)
    pairs: dict[tuple[int, int], None] = {}
    for numbers in buckets.values():
        # In a large bucket each is compared with the first alone: copies of one page suffice.
        for at, a in enumerate(numbers[:LARGE]):
            for b in numbers[at + 1 :] if len(numbers) <= LARGE or at == 0 else ():
                if pages[a].site != pages[b].site:
                    pairs[a, b] = None
    problems = []
    for a, b in sorted(pairs):
        shared = len(np.intersect1d(pieces[a], pieces[b], assume_unique=True))
        if shared < SHARED * min(len(pieces[a]), len(pieces[b])):
            continue
        uris = (pages[a].uri, pages[b].uri)
        text = f"nearly the same page on two sites: {uris[0]} and {uris[1]}; name one site"
        if pages[a].label != pages[b].label:
            text += f", and one label (they are {pages[a].label} and {pages[b].label})"
        problems.append(Problem("near-duplicate", text, uris))
    return problems


def _pieces(data: bytes) -> NDArray[np.uint64]:
    """Hashes of the longer pieces of a page, sorted, each once."""
    found = {
        hash_line(piece)
        for line in data.splitlines()
        for piece in line.replace(b">", b"<").split(b"<")
        if len(piece.strip()) >= LONG
    }
    return np.array(sorted(found), dtype=np.uint64)


def hash_line(line: bytes) -> int:
    """A stable number of a line, white space at its ends apart."""
    return int.from_bytes(hashlib.blake2b(line.strip(), digest_size=8).digest(), "big")


def side_of(site: str, seed: int, share: float) -> bool:
    """Whether a site is held out; the same for the same seed, whatever else there is."""
    digest = hashlib.sha256(f"{seed}:{site}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < share


def clean_pages(pages: Iterable[LabelledPage]) -> list[CleanPage]:
    """The clean pages as the composer takes them."""
    return [
        CleanPage(p.uri, p.site or p.uri, p.lang, decode(p.data).text, p.kind or "html")
        for p in pages
        if p.label == "clean"
    ]


def labelled(
    pages: Sequence[LabelledPage], recipe: Recipe | None, seed: int, lists: Lists,
    tell: Callable[[int], None] = lambda _: None,
) -> Iterator[Labelled]:  # fmt: skip
    """The pages themselves, then what the recipe composes on the clean ones."""
    number = 0
    for page in pages:
        yield Labelled.of_page(page)
        tell(number := number + 1)
    if recipe is not None:
        for sample in generate(clean_pages(pages), recipe, seed, lists.material):
            yield Labelled.of_sample(sample)
            tell(number := number + 1)

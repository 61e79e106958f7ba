"""What training learns from: checked labelled pages, and attacks composed on the clean ones."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.decode import decode
from detector.learn.datasets import LabelledPage, Problem, check, digest_of, read_labelled, unique
from detector.learn.examples import Labelled
from detector.learn.generate import CleanPage, Recipe, generate
from detector.learn.generate.words import RECIPES
from detector.learn.material import Lists, read_lists

HACKED = RECIPES.parent / "hacked.tsv"
# Pages of two sites that share this share of their longer lines are copies of each other.
SHARED_LINES = 0.8
LONG_LINE = 40
FEWEST_LINES = 5


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
    kept = [p for p in pages if not (p.label == "clean" and p.uri in hacked)]
    problems = check(kept) if few is None else check(kept, few)
    kept = unique(kept)
    problems += near_copies(kept)
    lists = read_lists(Path(p) for p in paths)
    return Data(tuple(kept), lists, tuple(problems), len(pages) - len(kept), digest_of(kept))


def near_copies(pages: Sequence[LabelledPage]) -> list[Problem]:
    """Pages of different sites that say nearly the same: a split by site does not part them."""
    by_line: dict[int, list[int]] = defaultdict(list)
    lines: list[set[int]] = []
    for number, page in enumerate(pages):
        found = {hash_line(t) for t in page.data.splitlines() if len(t.strip()) >= LONG_LINE}
        lines.append(found)
        for line in found:
            by_line[line].append(number)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for numbers in by_line.values():
        if 1 < len(numbers) <= 8:  # a line of more pages is a template's
            for i, a in enumerate(numbers):
                for b in numbers[i + 1 :]:
                    if pages[a].site != pages[b].site:
                        shared[a, b] += 1
    problems = []
    for (a, b), count in sorted(shared.items()):
        fewest = min(len(lines[a]), len(lines[b]))
        if fewest >= FEWEST_LINES and count >= SHARED_LINES * fewest:
            uris = (pages[a].uri, pages[b].uri)
            text = f"nearly the same page on two sites: {uris[0]} and {uris[1]}; name one site"
            if pages[a].label != pages[b].label:
                text += f" (labelled {pages[a].label} and {pages[b].label})"
            problems.append(Problem("near-duplicate", text, uris))
    return problems


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

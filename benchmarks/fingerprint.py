"""Whether the scan still gives the same results: one digest over a fixed sample.

    python benchmarks/fingerprint.py CORPUS [--every 8] [--output FILE]
    python benchmarks/fingerprint.py CORPUS --every 8 --against FILE

The sample is every n-th page of the corpus's archives, attacks generated on clean pages of it,
and the project's own cases. A line a page: its name, the result as JSON without the time, and
the features rounded to nine digits. What is meant to be faster only must not change a byte.
Exit code 1 where `--against` differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from detector.report.jsonl import to_json
from detector.scan import Scanner
from detector.sources import Counts, Options, open_sources
from detector.types import Document

ROOT = Path(__file__).parents[1]


def attacks(corpus: Path, every: int) -> Iterator[Document]:
    """Each technique on some clean pages, in the generator's default recipe."""
    from detector.decode import decode
    from detector.learn.datasets import read_source
    from detector.learn.generate import CleanPage, each_technique, load_recipe

    pages = [
        CleanPage(page.uri, page.site, page.lang, decode(page.data).text)
        for page in islice(read_source(corpus / "clean.jsonl"), 0, None, 400)
    ]
    recipe = load_recipe("train")
    for sample in islice(each_technique(pages, recipe, 7), 0, None, max(every // 4, 1)):
        yield Document(sample.uri, sample.data, sample.kind)


def sample(corpus: Path, every: int) -> Iterator[Document]:
    """The fixed sample, in a fixed order."""
    for name in ("clean", "spam"):
        archive = str(corpus / f"{name}.warc.gz")
        documents = open_sources([archive], Options(), Counts())
        yield from islice(documents, 0, None, every if name == "clean" else max(every // 2, 1))
    for path in sorted((ROOT / "tests" / "cases").glob("*/*/input.*"))[:: max(every // 4, 1)]:
        yield Document(
            str(path.relative_to(ROOT)),
            path.read_bytes(),
            "text" if path.suffix == ".txt" else "html",
        )
    yield from attacks(corpus, every)


def line(scanner: Scanner, document: Document) -> str:
    """What must stay the same of one page."""
    if document.failure is not None or not document.data.strip():
        return json.dumps([document.uri, "failure"])
    page = scanner.page(
        document.data, uri=document.uri, kind=document.kind, charset=document.charset
    )
    analysis = scanner.analyse(page)
    record = to_json(scanner.judge(analysis))
    del record["elapsed_ms"]
    features = {name: float(f"{value:.9g}") for name, value in sorted(analysis.features.items())}
    roles = "".join(block.role[0] for block in page.blocks)
    return json.dumps([document.uri, record, roles, features], ensure_ascii=False)


def main() -> int:
    """Print the digest; compare where asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--every", type=int, default=8)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--against", type=Path)
    wanted = parser.parse_args()
    scanner = Scanner()
    lines = [line(scanner, document) for document in sample(wanted.corpus, wanted.every)]
    text = "\n".join(lines) + "\n"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    print(f"{len(lines)} pages {digest}")
    if wanted.output:
        wanted.output.write_text(text, "utf-8", "surrogatepass")
    if wanted.against:
        before = wanted.against.read_text("utf-8", "surrogatepass").split("\n")
        known = {json.loads(found)[0]: found for found in before if found}
        named = [(json.loads(found)[0], found) for found in lines]
        differing = [name for name, found in named if known.get(name, found) != found]
        for name in differing[:10]:
            print("differs:", name, file=sys.stderr)
        print(f"{len(differing)} pages differ")
        return int(bool(differing))
    return 0


if __name__ == "__main__":
    sys.exit(main())

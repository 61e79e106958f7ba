"""How well lists under a heading that promises relevance are found.

    python benchmarks/related_blocks.py CORPUS [--labels datasets/related_blocks.jsonl]

CORPUS holds `clean.warc.gz`. The labels name pages by uri and each such list by the place of its
first and last link (line and column of the source) and the number of its links; 200 pages were
chosen by the hash of their uri, at most two of a site, and read. A list is found where more than
half of its links, and of those that were found, are the same. Lists of latest, popular, adjacent
and sponsored links are no such lists, and neither are topics in a line.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from fastwarc.warc import ArchiveIterator, WarcRecordType

from detector.page import read_page
from detector.types import Page


def places(page: Page) -> list[list[tuple[int, int]]]:
    """Line and column of the links of each list that the page is found to have."""
    found = []
    for listed in page.lists:
        if listed.kind == "related":
            at = [page.blocks[item.blocks[0]].place.location() for item in listed.items]
            found.append([(place.line or 0, place.column or 0) for place in at])
    return found


def same(found: list[tuple[int, int]], label: dict[str, Any]) -> bool:
    """Whether the two are one list."""
    inside = sum(tuple(label["first"]) <= place <= tuple(label["last"]) for place in found)
    return inside * 2 > max(len(found), label["links"])


def main() -> None:
    """Print precision and recall, and the pages that differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--labels", type=Path, default=Path("datasets/related_blocks.jsonl"))
    options = parser.parse_args()
    lines = options.labels.read_text("utf-8").splitlines()
    labels = {row["uri"]: row["related"] for row in map(json.loads, lines)}
    right = claimed = present = pages = 0
    with (options.corpus / "clean.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            uri = record.headers["WARC-Target-URI"]
            if uri not in labels:
                continue
            found = places(read_page(record.reader.read(), uri=uri, kind="html"))
            hits = sum(any(same(f, label) for f in found) for label in labels[uri])
            pages, right = pages + 1, right + hits
            claimed, present = claimed + len(found), present + len(labels[uri])
            if not hits == len(found) == len(labels[uri]):
                print(f"{uri}: {hits} right of {len(found)} found, {len(labels[uri])} there")
    print(f"{pages} pages, {present} lists: precision {right / max(claimed, 1):.3f}, "
          f"recall {right / max(present, 1):.3f}")  # fmt: skip


if __name__ == "__main__":
    main()

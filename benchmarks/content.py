"""Main content beside public extractors, on pages whose content people marked.

    python benchmarks/content.py CORPUS [--folds 5] [--shipped]

Each page is read by a block model that was trained without its site (`--folds`);
`--shipped` measures the shipped weights instead, which saw these pages: a check
that they work, no figure to quote.

Measures, one row a source:
- whole gold text: mean F1 of 4-token shingles (letters of scripts without spaces
  count as tokens);
- gold that gives the first words alone: the same F1 against as many of the
  extracted tokens, so that what stands before the article counts;
- strings that must and must not be in the content: share of them that is right.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from detector.block_model import Network
from detector.blocks import Walk
from detector.learn.block_labels import Example, read_corpus
from detector.learn.block_roles import cross_train, lessons_of
from detector.learn.extractors import PEERS, with_peers
from detector.limits import DEFAULT
from detector.roles import assign, content_of

SHINGLE = 4
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
    r"|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)
OURS = "detector"


def tokens(text: str) -> list[str]:
    """Words, and single letters of scripts written without spaces."""
    return _TOKEN.findall(text.lower())


def shingles(words: Sequence[str]) -> Counter[tuple[str, ...]]:
    """Every run of four tokens, counted; a shorter text is one run."""
    if len(words) < SHINGLE:
        return Counter([tuple(words)] if words else [])
    return Counter(zip(*(words[i:] for i in range(SHINGLE)), strict=False))


def f1(found: Sequence[str], gold: Sequence[str]) -> float:
    """Of shingles, counted with repetition; 1.0 where both are empty."""
    ours, theirs = shingles(found), shingles(gold)
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 1.0


def right_strings(text: str, example: Example) -> tuple[int, int]:
    """(right, all) of the strings that must and must not be in the text, white space apart."""
    bare = "".join(text.split())
    wanted = sum("".join(s.split()) in bare for s in example.wanted)
    unwanted = sum("".join(s.split()) not in bare for s in example.unwanted)
    return wanted + unwanted, len(example.wanted) + len(example.unwanted)


def ours(html: str, networks: tuple[Network, Network] | None) -> str:
    """`content.text` of this project."""
    walked = Walk(html, DEFAULT).run()
    title = next((e.value for e in walked.entries if e.name == "title"), "")
    drafts = walked.drafts
    roles = assign(drafts, title, networks)
    return "\n".join(drafts[i].text for i in content_of(drafts, roles))


def rows(
    examples: Sequence[Example], read: Callable[[Example], str]
) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """Mean measure by source and extractor, and pages by source."""
    sums: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    totals: dict[str, int] = Counter(e.source for e in examples)
    right: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for example in examples:
        texts = dict(zip(PEERS, example.peers, strict=True))
        texts[OURS] = read(example)
        for name, text in texts.items():
            if example.gold:
                value = f1(tokens(text), tokens(example.gold))
            elif example.opening:
                gold = tokens(example.opening)
                value = f1(tokens(text)[: len(gold)], gold)
            else:
                good, all_ = right_strings(text, example)
                right[example.source][name][0] += good
                right[example.source][name][1] += all_
                continue
            sums[example.source][name].append(value)
    means = {s: {n: sum(v) / len(v) for n, v in by.items()} for s, by in sums.items()}
    for source, by in right.items():
        means[source] = {name: good / all_ for name, (good, all_) in by.items()}
    return means, totals


def show(means: dict[str, dict[str, float]], totals: dict[str, int]) -> bool:
    """Print the table; whether ours is at or above the best peer everywhere."""
    names = [OURS, *PEERS]
    print(f"{'source':28}{'pages':>6}" + "".join(f"{name:>18}" for name in names))
    reached = True
    for source, by in sorted(means.items(), key=lambda item: -totals[item[0]]):
        cells = "".join(f"{by[name]:>18.4f}" for name in names)
        best = max(by[name] for name in PEERS)
        mark = "" if by[OURS] >= best else f"  below by {best - by[OURS]:.4f}"
        reached = reached and not mark
        print(f"{source:28}{totals[source]:>6}{cells}{mark}")
    return reached


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; 1 where a peer is better on a source."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--shipped", action="store_true")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    examples = list(with_peers(read_corpus(options.corpus, gold_only=options.shipped)))
    models = None if options.shipped else cross_train(lessons_of(examples), options.folds)
    judged = [e for e in examples if e.has_gold]
    means, totals = rows(judged, lambda e: ours(e.html, models(e.site) if models else None))
    how = "shipped weights" if models is None else f"{options.folds} folds by site"
    print(f"main content, {len(judged)} pages, {how}", flush=True)
    reached = show(means, totals)
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())

"""Trains the block model of `block_model.py` and writes its weights.

    python -m detector.learn.block_roles CORPUS --output detector/data/block_model.npz

Deterministic: fixed seeds, one thread. `--folds` reports what sites that were not
in training say. Needs the `bench` extra, since public extractors are teachers of
the pages that nobody annotated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.block_features import context_features, features
from detector.block_layout import Layout, layout
from detector.block_model import PASSES, Network
from detector.blocks import Walk
from detector.learn.block_labels import Example, kept, named
from detector.limits import DEFAULT

Floats = NDArray[np.float32]

MEMBERS = 3  # networks whose logits are averaged: one wide network, with less left to chance
HIDDEN_UNITS = 32  # of each
EPOCHS = 10
RATE = 3e-3
DECAY = 1e-3
BATCH = 2048
SMALLEST_DEVIATION = 0.05  # a feature that hardly varies must not be blown up
# How much a page of each teacher counts; chosen by cross-validation.
GOLD_WEIGHT, STRINGS_WEIGHT, PEERS_WEIGHT = 8.0, 0.9, 0.6
TRUST = (2.0, 1.0, 1.5)  # in the extractors, in the order of `extractors.PEERS`
STRING_WEIGHT = 2.5  # of a page's named blocks together


@dataclass(slots=True)
class Lesson:
    """A page ready for training: n seen blocks."""

    site: str
    page: Layout
    inputs: Floats  # (n, f)
    target: Floats  # (n,) 0 to 1
    weight: Floats  # (n,)


def lesson(example: Example) -> Lesson | None:
    """Walk a page and ask its teachers; None where it shows nothing."""
    walked = Walk(example.html, DEFAULT).run()
    seen = [draft for draft in walked.drafts if draft.hidden is None]
    if not seen:
        return None
    title = next((e.value for e in walked.entries if e.name == "title"), "")
    page = layout(seen, title)
    weight = (page.lengths + 30) ** 0.7
    weight = weight / weight.sum()
    if example.gold:
        target = kept(page.texts, example.gold)
        weight = weight * GOLD_WEIGHT
    else:
        opinions = np.stack([kept(page.texts, text) for text in example.peers])
        target = np.average(opinions, axis=0, weights=TRUST)
        weight = weight * PEERS_WEIGHT
    known = np.isfinite(target)
    weight = weight * known
    if example.wanted or example.unwanted:
        said = named(page.texts, example)
        told = np.isfinite(said)
        target = np.where(told, said, target)
        weight = weight * (STRINGS_WEIGHT / PEERS_WEIGHT)
        weight = weight + told * STRING_WEIGHT / max(int(told.sum()), 1)
    target = np.nan_to_num(target)
    return Lesson(
        example.site, page, features(page), target.astype(np.float32), weight.astype(np.float32)
    )


def fit_network(inputs: Floats, target: Floats, weight: Floats, seed: int) -> Network:
    """The mean of several networks, as one whose hidden layer is all of theirs."""
    members = [fit_member(inputs, target, weight, 100 * seed + n) for n in range(MEMBERS)]
    return Network(
        np.concatenate([m.w1 for m in members], axis=1),
        np.concatenate([m.b1 for m in members]),
        (np.concatenate([m.w2 for m in members]) / MEMBERS).astype(np.float32),
        np.asarray(np.mean([m.b2 for m in members], axis=0), dtype=np.float32),
    )


def fit_member(inputs: Floats, target: Floats, weight: Floats, seed: int) -> Network:
    """Minimise weighted cross-entropy with Adam (Kingma & Ba, 2015)."""
    random = np.random.default_rng(seed)
    count, width = inputs.shape
    mean = inputs.mean(axis=0)
    deviation = inputs.std(axis=0) + SMALLEST_DEVIATION
    scaled = (inputs - mean) / deviation
    parameters: list[Floats] = [
        random.normal(size=(width, HIDDEN_UNITS)).astype(np.float32) / np.float32(width**0.5),
        np.zeros(HIDDEN_UNITS, np.float32),
        random.normal(size=HIDDEN_UNITS).astype(np.float32) / np.float32(HIDDEN_UNITS**0.5),
        np.zeros(1, np.float32),
    ]
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    weight = weight / weight.mean()
    steps = EPOCHS * -(-count // BATCH)
    step = 0
    for _ in range(EPOCHS):
        order = random.permutation(count)
        for start in range(0, count, BATCH):
            chosen = order[start : start + BATCH]
            rows = scaled[chosen]
            w1, b1, w2, b2 = parameters
            raw = rows @ w1 + b1
            inner = np.maximum(raw, 0)
            guess = 1 / (1 + np.exp(-np.clip(inner @ w2 + b2, -30, 30)))
            error = (weight[chosen] * (guess - target[chosen]) / len(chosen)).astype(np.float32)
            back = np.outer(error, w2) * (raw > 0)
            gradients = (
                rows.T @ back + DECAY * w1, back.sum(axis=0), inner.T @ error + DECAY * w2,
                error.sum(keepdims=True),
            )  # fmt: skip
            step += 1
            rate = RATE * (1 - step / (steps + 1))
            for number, gradient in enumerate(gradients):
                first[number] = 0.9 * first[number] + 0.1 * gradient
                second[number] = 0.999 * second[number] + 0.001 * gradient**2
                unbiased = first[number] / (1 - 0.9**step)
                spread = np.sqrt(second[number] / (1 - 0.999**step)) + 1e-8
                parameters[number] = (parameters[number] - rate * unbiased / spread).astype(
                    np.float32
                )
    w1, b1, w2, b2 = parameters
    folded = (w1 / deviation[:, None]).astype(np.float32)
    return Network(folded, (b1 - mean @ folded).astype(np.float32), w2, b2)


def fold_of(site: str, folds: int) -> int:
    """Pages of one site fall in one fold."""
    return int.from_bytes(hashlib.sha256(site.encode()).digest()[:8], "big") % folds


def train(lessons: Sequence[Lesson], seed: int = 0) -> tuple[Network, Network]:
    """Both passes. The second learns from guesses about sites that the guesser did not see."""
    first = fit_network(*_stack(lessons, [x.inputs for x in lessons]), seed)
    guesses: list[Floats] = [np.zeros(0, np.float32)] * len(lessons)
    for half in (0, 1):
        there = [fold_of(x.site + "/", 2) == half for x in lessons]
        others = [x for x, inside in zip(lessons, there, strict=True) if not inside]
        if not others:
            others = list(lessons)
        guesser = fit_network(*_stack(others, [x.inputs for x in others]), seed + 1)
        for index, inside in enumerate(there):
            if inside:
                guesses[index] = guesser(lessons[index].inputs)
    both = [
        np.concatenate([x.inputs, context_features(x.page, guess)], axis=1)
        for x, guess in zip(lessons, guesses, strict=True)
    ]
    return first, fit_network(*_stack(lessons, both), seed + 2)


def _stack(lessons: Sequence[Lesson], inputs: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    rows = np.concatenate(list(inputs))
    target = np.concatenate([x.target for x in lessons])
    weight = np.concatenate([x.weight for x in lessons])
    used = weight > 0
    return rows[used], target[used], weight[used]


def cross_train(lessons: Sequence[Lesson], folds: int) -> Callable[[str], tuple[Network, Network]]:
    """A function that gives, for a site, networks that never saw it."""
    trained = [
        train([x for x in lessons if fold_of(x.site, folds) != fold]) for fold in range(folds)
    ]
    return lambda site: trained[fold_of(site, folds)]


def save(path: Path, networks: tuple[Network, Network]) -> str:
    """Write the weights; gives the file's SHA-256."""
    arrays = {
        f"{name}.{part}": getattr(network, part).astype(np.float32)
        for name, network in zip(PASSES, networks, strict=True)
        for part in ("w1", "b1", "w2", "b2")
    }
    np.savez(path, **arrays)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lessons_of(examples: Iterable[Example]) -> list[Lesson]:
    """A lesson for each page that has a teacher and shows something."""
    found = (lesson(x) for x in examples if x.gold or x.peers)
    return [x for x in found if x is not None]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    import argparse
    import sys

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    from detector.learn.block_labels import read_corpus
    from detector.learn.extractors import with_peers

    lessons = lessons_of(with_peers(read_corpus(options.corpus)))
    digest = save(options.output, train(lessons))
    blocks = sum(len(x.target) for x in lessons)
    print(f"{len(lessons)} pages, {blocks} blocks; sha256 {digest}", file=sys.stderr)


if __name__ == "__main__":
    main()

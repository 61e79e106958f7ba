"""Learn what an inserted piece looks like: the weights in `data/interleaving.toml`.

`python -m detector.learn.interleaving_weights LABELLED … [--half 0|1] [--output FILE]` attacks
honest articles in the manner of the kits, describes every place where a piece of the title
stands and fits a logistic regression that tells the inserted places from the honest ones.
`--half` as in `fluency_counts`. `--measure` instead attacks the other pages and prints how many
attacks are found and undone exactly, by language, and how many honest pages are accused.
"""

from __future__ import annotations

import argparse
import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.learn.fluency_counts import Article, articles, half_of
from detector.restore.cutting import Plan, describe, plans, segment
from detector.restore.fluency import Fluency, default_fluency
from detector.restore.interleaving import find_interleaving, remove
from detector.restore.placing import describe_place, occurrences

OUTPUT = Path(__file__).parent.parent / "data" / "interleaving.toml"
FEWEST = 6  # insertions of an attack
LEAST_CYCLE = 2 / 3  # of the pieces: less is no order
SHORTEST = 300  # characters of an article
MARKS = frozenset("，。、；：！？”,.;:!?")
UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
BINDING = frozenset("的了是在和与")
# Chance of an insertion behind a mark, at a word's end, at a line's end, behind a binding word.
HABITS = (
    (0.9, 0.0, 0.2, 0.4),
    (0.9, 0.01, 0.2, 0.6),
    (0.9, 0.04, 0.2, 0.1),
    (0.6, 0.1, 0.3, 0.1),
    (1.0, 0.0, 0.0, 0.0),
    (0.8, 0.1, 0.1, 0.1),
)


@dataclass(frozen=True, slots=True)
class Attack:
    """`lines` with `count` insertions at `spans` of the lines joined by line ends."""

    title: str
    lines: tuple[str, ...]
    plan: Plan
    spans: frozenset[tuple[int, int]]
    original: tuple[str, ...]

    @property
    def count(self) -> int:
        """Insertions."""
        return len(self.spans)


def attack(page: Article, rng: random.Random, seedlike: bool = False) -> Attack | None:
    """One attack in a kit's manner, or None where the title or the text is too short for it."""
    title = re.split(r"[_|｜]|\s[-–—]\s|--|-(?=[\u4e00-\u9fff])", page.title)[0].strip()
    lines = [line for line in page.lines if line and line != page.title]
    if not SHORTEST <= sum(map(len, lines)) <= 15_000:
        return None
    words = not UNSPACED.search(title)
    size = rng.choice((1, 1, 2, 3) if words else (2,) if seedlike else (2, 2, 2, 2, 3, 4))
    ways = [p for p in plans(title) if p.size == size and p.words == words]
    if not ways or len(ways[0].pieces) < 3:
        return None
    plan = ways[0]
    cycles = 3 if seedlike else rng.choice((1, 1.5, 2, 3, 3, 5))
    density = 1.0 if seedlike else rng.choice((1.0, 0.6, 0.4))
    mark, word, end, binding = HABITS[0] if seedlike else rng.choice(HABITS)
    wanted = int(len(plan.pieces) * cycles)
    made: list[str] = []
    spans: set[tuple[int, int]] = set()
    done = at = 0
    for line in lines:
        parts = []
        last = 0
        for place, kind in slots(line, words):
            chance = {"mark": mark, "word": word, "end": end, "binding": binding}[kind]
            if done >= wanted or rng.random() >= chance * density:
                continue
            piece = plan.pieces[done % len(plan.pieces)]
            before = line[last:place]
            parts.append(before)
            at += len(before)
            lead = " " if words and kind == "end" else ""
            spans.add((at + len(lead), at + len(lead) + len(piece)))
            shown = lead + piece + (" " if words and kind != "end" else "")
            parts.append(shown)
            at += len(shown)
            last, done = place, done + 1
        parts.append(line[last:])
        at += len(line) - last + 1
        made.append("".join(parts))
    if done < max(FEWEST, LEAST_CYCLE * len(plan.pieces)):
        return None
    return Attack(title, tuple(made), plan, frozenset(spans), tuple(lines))


def slots(line: str, words: bool) -> Iterator[tuple[int, str]]:
    """Places where kits insert, each with its kind."""
    if words:
        for match in re.finditer(r"(?<=[\w,.;:!?]) ", line):
            yield match.end(), "mark" if line[match.start() - 1] in MARKS else "word"
    else:
        at = 0
        for token in segment(line):
            at += len(token)
            if at >= len(line):
                break
            if token[-1] in MARKS:
                yield at, "mark"
            elif token.isalnum() and line[at].isalnum():
                yield at, "binding" if token[-1] in BINDING else "word"
    yield len(line), "end"


def fit(
    attacks: Sequence[Attack], fluency: Fluency, words: bool
) -> tuple[dict[str, float], float, int]:
    """Weights by name, the share of right answers, the number of places."""
    import numpy as np
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    rows, labels = [], []
    for made in attacks:
        if made.plan.words != words:
            continue
        cut, text = describe(made.plan), "\n".join(made.lines)
        for start, end, index in occurrences(cut, text):
            rows.append(describe_place(cut, text, index, start, end, fluency))
            labels.append((start, end) in made.spans)
    vectorizer = DictVectorizer(sparse=False)
    design = vectorizer.fit_transform(rows)
    # Equal classes make the sum of weights a ratio of likelihoods: the order brings the rest.
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=2000)
    truth = np.array(labels)
    model.fit(design, truth)
    weights = dict(zip(vectorizer.get_feature_names_out(), map(float, model.coef_[0]), strict=True))
    weights["bias"] = float(model.intercept_[0])
    return weights, float((model.predict(design) == truth).mean()), len(labels)


def restored(made: Attack, fluency: Fluency) -> tuple[bool, bool]:
    """Whether the attack is found, and whether it is undone exactly."""
    found = find_interleaving([made.title], made.lines, fluency)
    if found is None:
        return False, False
    lines = [
        remove(line, [(i.start, i.end) for i in found.insertions if i.text == number])
        for number, line in enumerate(made.lines)
    ]
    return True, _plain(lines) == _plain(made.original)


def _plain(lines: Sequence[str]) -> str:
    return unicodedata.normalize("NFC", " ".join(" ".join(lines).split()))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    pages = [p for p in articles(options.sources) if options.half in (None, half_of(p.site))]
    attacks = [made for page in pages if (made := attack(page, rng)) is not None]
    if options.measure:
        report(pages, attacks)
        return
    lines = ["# Made by detector.learn.interleaving_weights; logarithms of odds."]
    for name in ("characters", "words"):
        weights, right, number = fit(attacks, default_fluency(), name == "words")
        print(f"{name}: {number} places, {right:.3f} right")
        lines += ["", f"[{name}]"]
        lines += [f"{feature} = {weight:.3f}" for feature, weight in sorted(weights.items())]
    old = options.output.read_text("utf-8") if options.output.exists() else ""
    accept = re.search(r"\[accept\][^\[]*", old)
    if accept:
        lines += ["", accept.group().strip()]
    options.output.write_text("\n".join(lines) + "\n", "utf-8")


def report(pages: Sequence[Article], attacks: Sequence[Attack]) -> None:
    """Print what is found, undone exactly and falsely accused."""

    counts: dict[str, Counter[str]] = defaultdict(Counter)
    langs = {page.title: page.lang for page in pages}
    for made in attacks:
        lang = next((lang for title, lang in langs.items() if title.startswith(made.title)), "")
        found, exact = restored(made, default_fluency())
        counts[lang].update(attacks=1, found=found, exact=exact)
    for lang, count in sorted(counts.items(), key=lambda item: -item[1]["attacks"]):
        total = count["attacks"]
        print(
            f"{lang}: {total} found {count['found'] / total:.3f} exact {count['exact'] / total:.3f}"
        )
    accused = sum(find_interleaving([page.title], page.lines) is not None for page in pages)
    print(f"{accused} of {len(pages)} honest pages accused")


if __name__ == "__main__":
    main()

"""Labels beside simpler ways, on sites and words that training never saw.

    python benchmarks/quality.py CORPUS [--every 3] [--json FILE]

CORPUS is labelled data as `detector train` reads it. Real pages are judged in five folds by
site, each by a model that was fitted anew on the other sites and on attacks composed there;
composed pages are judged by the fold that lacks their site, and use words, patterns and
hiding templates of the recipes' held-out pool. Then kinds are left out of training one by
one: techniques (each alone on pages of held-out sites), languages (all pages of the language),
and in folds by source, so that every collection of pages is judged by a model that saw none
of it. Pages are analysed once and remembered (`--cache`); only the fit is repeated.
`--every N` composes attacks on every Nth clean page alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from rivals import LinearText, bag, keyword_list, two_signals

from detector.language import detect
from detector.learn.cache import code_version, remembered
from detector.learn.data import Data, clean_pages, hash_line, read, side_of
from detector.learn.examples import Example, Labelled, analyse
from detector.learn.fit import Fitted, weights_of
from detector.learn.generate import (
    ATTACKS,
    CleanPage,
    each_technique,
    generate,
    load_recipe,
)
from detector.learn.generate.guise import mask_hosts
from detector.learn.metrics import Judged, Rate, calibration_error, rate, split, top_two
from detector.learn.probe import language_probe
from detector.learn.unseen import Leaving, cross_validate, leave_out
from detector.policy import BLOCK

FEW = 30  # pages of a language, for its own bar
FEW_LEFT_OUT = 20
SINGLE = 36  # clean pages that carry each technique alone

Judge = Callable[[Judged], bool]


@dataclass(frozen=True, slots=True)
class Pages:
    """What is learned from and judged (`base`), only judged (`fresh`), and attacks one by one."""

    base: list[Example]
    fresh: list[Example]
    single: list[Example]
    keyword: dict[str, bool]  # address → flagged by the list of words


def some(pages: Sequence[CleanPage], every: int, offset: int = 0) -> list[CleanPage]:
    """Every nth page, told from its address."""
    return [p for p in pages if hash_line(p.uri.encode()) % every == offset % every]


def prepare(data: Data, every: int, seed: int, jobs: int, cache: Path, say: Any) -> Pages:
    """Compose and analyse everything once."""
    clean = clean_pages(data.pages)
    real = [Labelled.of_page(p) for p in data.pages]

    def base() -> Iterator[Labelled]:
        yield from real
        made = generate(some(clean, every), load_recipe("train"), seed, data.lists.material)
        yield from map(Labelled.of_sample, made)

    say("pages, and attacks composed to learn from")
    learned = list(analyse(base(), jobs, cache))
    say("attacks in held-out words")
    held = load_recipe("held-out")
    fresh = [Labelled.of_sample(s) for s in generate(some(clean, 2 * every, 1), held, seed + 1)]
    there = [p for p in clean if side_of(p.site, seed, 0.2) and p.kind == "html"]
    chosen = sorted(there, key=lambda p: hash_line(p.uri.encode()))[:SINGLE]
    alone = each_technique(map(mask_hosts, chosen), held, seed + 2)
    single = list(analyse(map(Labelled.of_sample, alone), jobs, cache))
    say("the list of words")
    judged = [*real, *fresh]
    key = sha256(repr([(p.uri, len(p.data)) for p in judged]).encode() + code_version().encode())
    flagged = remembered(
        cache, key.hexdigest(),
        lambda: Parallel(n_jobs=jobs, batch_size=40)(delayed(keyword_list)(p) for p in judged),
    )  # fmt: skip
    return Pages(
        learned, list(analyse(fresh, jobs, cache)), single,
        {p.uri: bool(f) for p, f in zip(judged, flagged, strict=True)},
    )  # fmt: skip


def site_of(example: Example) -> str:
    """The group that never stands on both sides: the site, or the collection's template."""
    return example.site


def against_rivals(
    pages: Pages, data: Data, seed: int, jobs: int, say: Any
) -> tuple[dict[str, list[Judged]], Fitted]:
    """Every contestant's judgements of the same unseen pages, and one fold's fit."""
    others = [(e, site_of(e)) for e in pages.fresh]
    found: dict[str, list[Judged]] = defaultdict(list)
    groups = [site_of(e) for e in pages.base]
    rows = {e.uri: i for i, e in enumerate((*pages.base, *pages.fresh))}
    words = bag((*pages.base, *pages.fresh))
    fitted: Fitted | None = None
    for fit, tested, said in cross_validate(
        pages.base, groups, seed=seed, jobs=jobs, lists=data.lists, others=others, say=say
    ):
        fitted = fitted or fit
        out = {e.uri for e in tested}
        learned = [e for e in pages.base if e.uri not in out]
        linear = LinearText(learned, words[[rows[e.uri] for e in learned]], seed)
        scores = linear.scores(words[[rows[e.uri] for e in tested]])
        for example, judged, score in zip(tested, said, scores, strict=True):
            if not (example.real or example.uri in pages.keyword):
                continue  # composed in training's own words
            found["detector"].append(judged)
            found["two signals"].append(_said(judged, two_signals(example)))
            found["list of words"].append(_said(judged, pages.keyword[example.uri]))
            found["linear on text"].append(_said(judged, bool(score >= linear.flag), float(score)))
    assert fitted is not None
    return found, fitted


def _said(judged: Judged, flagged: bool, foreign: float | None = None) -> Judged:
    """The same page under a rival's opinion."""
    stated = float(flagged) if foreign is None else foreign
    return replace(judged, said="spam" if flagged else "clean", foreign=stated, categories=())


def techniques_left_out(pages: Pages, seed: int) -> tuple[list[Example], list[Leaving]]:
    """Each technique out of training, judged alone on sites that are out as well."""
    sites = {e.site for e in pages.single}
    learned = [e for e in pages.base if e.site not in sites]
    everything = [*learned, *pages.single]
    plans = []
    for name in sorted({t for e in pages.single for t in e.techniques} & set(ATTACKS)):
        learn = [i for i, e in enumerate(learned) if name not in e.techniques]
        judge = [
            i for i, e in enumerate(everything[len(learned) :], len(learned))
            if e.techniques[:1] == (name,)
        ]  # fmt: skip
        if judge:
            plans.append(Leaving(name, np.array(learn), np.array(judge)))
    return everything, plans


def languages_left_out(pages: Pages) -> tuple[list[Example], list[Leaving]]:
    """Each language out of training; its real spam and attacks in held-out words are judged."""
    everything = [*pages.base, *pages.fresh, *pages.single]
    count = len(pages.base)
    fresh = {e.uri for e in pages.fresh} | {e.uri for e in pages.single}
    spoken = [detect(" ".join(e.spans)) if e.spans else e.language for e in pages.base]
    plans = []
    by: dict[str, list[int]] = defaultdict(list)
    for i, e in enumerate(everything):
        if e.label != "clean" and (e.real or e.uri in fresh):
            by[e.language].append(i)
    for name, judge in sorted(by.items()):
        if len(judge) >= FEW_LEFT_OUT and name not in ("", "other"):
            learn = [i for i in range(count) if name not in (everything[i].language, spoken[i])]
            clean = [
                i for i in range(count)
                if everything[i].language == name and everything[i].label == "clean"
                and everything[i].real
            ]  # fmt: skip
            plans.append(Leaving(name, np.array(learn), np.array([*judge, *clean]), name))
    return everything, plans


def by_source(pages: Pages, data: Data, seed: int, jobs: int, say: Any) -> list[Judged]:
    """Real pages, judged by models that saw nothing of their collection."""
    groups = [e.source if e.real else source_of(e, pages) for e in pages.base]
    found = []
    for _, _, said in cross_validate(
        pages.base, groups, seed=seed, jobs=jobs, lists=data.lists, say=say
    ):
        found += [j for j in said if j.real]
    return found


def source_of(example: Example, pages: Pages) -> str:
    """The collection of the page that another was composed on."""
    table = _SOURCES.setdefault(id(pages), {e.uri: e.source for e in pages.base if e.real})
    return table.get(example.origin, "composed")


_SOURCES: dict[int, dict[str, str]] = {}


def foreign(judged: Sequence[Judged], label: str = "") -> list[Judged]:
    """Pages that are not clean, or of one label."""
    return [j for j in judged if j.truth != "clean" and label in ("", j.truth)]


def honest(judged: Sequence[Judged]) -> list[Judged]:
    """Real clean pages."""
    return [j for j in judged if j.truth == "clean" and j.real]


def flagged(judged: Judged) -> bool:
    """Called not clean."""
    return judged.flagged


def bars(
    ours: Sequence[Judged], out: Mapping[str, Mapping[str, Rate]], probe: float
) -> list[tuple[str, str, str, bool]]:
    """The figures that have a bar: name, value, bar, met."""
    real = [j for j in ours if j.real]
    rows = []

    def least(name: str, found: Rate, bar: float) -> None:
        rows.append((name, str(found), f"≥ {bar:g}", found.count > 0 and found.value >= bar))

    def most(name: str, found: Rate, bar: float) -> None:
        rows.append((name, str(found), f"≤ {bar:g}", found.value <= bar))

    most("real clean pages called not clean", rate(honest(ours), flagged), 0.003)
    blocked = rate(honest(ours), lambda j: j.flagged and j.foreign >= BLOCK)
    most(f"real clean pages over the block threshold ({BLOCK})", blocked, 0.0005)
    least("real spam found", rate(foreign(real, "spam"), flagged), 0.97)
    least("injected found, real and in held-out words", rate(foreign(ours, "injected"), flagged),
          0.97)  # fmt: skip
    worst, name = _worst_language(ours)
    least(f"worst language of {FEW} pages: {name}", worst, 0.9)
    for title, chosen in (("all", ours), ("real", real)):
        error = calibration_error(chosen)
        rows.append((f"calibration error, {title} pages", f"{error:.4f}", "≤ 0.02", error <= 0.02))
    least("category among the first two", top_two(ours), 0.95)
    rows.append(
        ("label guessed from the language alone (AUC)", f"{probe:.3f}", "0.48 to 0.52",
         abs(probe - 0.5) <= 0.02)
    )  # fmt: skip
    for kind, bar in (("technique", 0.8), ("language", 0.85)):
        values = [r.value for r in out.get(kind, {}).values()]
        if values:
            mean = sum(values) / len(values)
            rows.append((f"mean recall, {kind} left out", f"{mean:.3f}", f"≥ {bar}", mean >= bar))
    return rows


def _worst_language(judged: Sequence[Judged]) -> tuple[Rate, str]:
    groups = split(foreign(judged), lambda j: (j.language,))
    rates = [(rate(g, flagged), name) for name, g in groups.items() if len(g) >= FEW]
    return min(rates, key=lambda pair: pair[0].value, default=(Rate(0, 0), "none"))


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on standard output."""
    cells = [[str(c) for c in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    print(f"\n{title}")
    for row in cells:
        print("  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())


def show(found: Mapping[str, list[Judged]], out: Mapping[str, Mapping[str, Rate]],
         alarms: Mapping[str, Rate], sources: Sequence[Judged], probe: float) -> None:  # fmt: skip
    """All tables."""
    ours = found["detector"]
    kinds: list[tuple[str, Callable[[Sequence[Judged]], list[Judged]]]] = [
        ("clean called not clean", honest),
        ("composed clean", lambda js: [j for j in js if j.truth == "clean" and not j.real]),
        ("real spam found", lambda js: [j for j in foreign(js, "spam") if j.real]),
        ("spam in held-out words", lambda js: [j for j in foreign(js, "spam") if not j.real]),
        ("injected found", lambda js: foreign(js, "injected")),
    ]
    table("Sites and words that training never saw", ("", *found), [
        (name, *(rate(pick(js), flagged) for js in found.values())) for name, pick in kinds
    ])  # fmt: skip
    table("By language (ours)", ("", "spam and injected", "spam", "injected", "clean flagged"), [
        (name, rate(foreign(g), flagged), rate(foreign(g, "spam"), flagged),
         rate(foreign(g, "injected"), flagged), rate(honest(g), flagged))
        for name, g in split(ours, lambda j: (j.language,)).items()
    ])  # fmt: skip
    for kind, rates in out.items():
        rows = [(n, r, *((alarms[n],) if kind == "language" else ())) for n, r in rates.items()]
        head = ("", "found") + (("clean flagged",) if kind == "language" else ())
        table(f"Left out of training: {kind}", head, rows)
    if sources:
        table("Left out of training: source (real pages)", ("", "found", "clean flagged"), [
            (name, rate(foreign(g), flagged), rate(honest(g), flagged))
            for name, g in split(sources, lambda j: (j.source,)).items()
            if any(j.truth != "clean" for j in g) or any(j.flagged for j in g)
        ])  # fmt: skip
        table("All sources together", ("", ""), [
            ("spam found", rate(foreign(sources, "spam"), flagged)),
            ("clean called not clean", rate(honest(sources), flagged)),
        ])  # fmt: skip
    table("Bars", ("", "measured", "bar", "met"), [
        (*row, "yes" if met else "NO") for *row, met in bars(ours, out, probe)
    ])  # fmt: skip


def record(found: Mapping[str, list[Judged]], out: Mapping[str, Mapping[str, Rate]],
           sources: Sequence[Judged], probe: float, digest: str) -> dict[str, Any]:  # fmt: skip
    """The same as JSON."""
    return {
        "data": digest,
        "bars": [
            {"name": n, "measured": v, "bar": b, "met": m}
            for n, v, b, m in bars(found["detector"], out, probe)
        ],
        "left_out": {k: {n: r.record() for n, r in rates.items()} for k, rates in out.items()},
        "mistakes": [
            {"uri": j.uri, "truth": j.truth, "said": j.said, "foreign": round(j.foreign, 4),
             "techniques": j.techniques, "language": j.language, "category": j.category}
            for j in found["detector"] if not j.right
        ],
        "sources": {
            n: {"found": rate(foreign(g), flagged).record(),
                "clean_flagged": rate(honest(g), flagged).record()}
            for n, g in split(sources, lambda j: (j.source,)).items()
        },
    }  # fmt: skip


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", nargs="?", default="../shared/corpus")
    parser.add_argument("--every", type=int, default=3, help="compose on every Nth clean page")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=Path(".cache/quality"))
    parser.add_argument("--quick", action="store_true", help="leave no kind out")
    parser.add_argument("--json", type=Path, help="write all figures there")
    given = parser.parse_args()
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - started:4.0f} s] {text}", file=sys.stderr, flush=True)

    data = read([given.corpus])
    pages = prepare(data, given.every, given.seed, given.jobs, given.cache, say)
    counts = Counter(("real " if e.real else "composed ") + e.label for e in pages.base)
    say(f"learned from: {dict(counts)}; only judged: {len(pages.fresh)} and {len(pages.single)}")
    probe = language_probe(pages.base, weights_of(pages.base))
    found, fitted = against_rivals(pages, data, given.seed, given.jobs, say)
    out: dict[str, dict[str, Rate]] = {}
    alarms: dict[str, Rate] = {}
    sources: list[Judged] = []
    if not given.quick:
        for kind, (everything, plans) in (
            ("technique", techniques_left_out(pages, given.seed)),
            ("language", languages_left_out(pages)),
        ):
            out[kind] = {}
            for name, judged in leave_out(
                everything, plans, fitted, seed=given.seed, jobs=given.jobs, lists=data.lists,
                say=say,
            ):  # fmt: skip
                out[kind][name] = rate(foreign(judged), flagged)
                alarms[name] = rate(honest(judged), flagged)
        sources = by_source(pages, data, given.seed, given.jobs, say)
    show(found, out, alarms, sources, probe)
    say("done")
    if given.json:
        text = json.dumps(record(found, out, sources, probe, data.digest), ensure_ascii=False)
        given.json.write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

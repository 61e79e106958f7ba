"""Each technique of the generator on clean pages: is it found, where, and is it undone exactly?

    python benchmarks/techniques.py [CORPUS] [--samples 40] [--technique NAME|GROUP ...]
    python benchmarks/techniques.py ../shared/corpus -t "visible text" --languages --show 5
    python benchmarks/techniques.py ../shared/corpus -t head --clean 0 --json head.json

CORPUS is a folder of labelled pages, or none: then the grammar's own pages in 14 languages are
the base. Attacks use the recipes' held-out words and templates. With `--holdout 0.2` pages come
from the sites alone that `detector train CORPUS --holdout 0.2` leaves out (give its `--model`).

found    a finding of the technique, or of a twin that says the same, overlaps what was put in
own      a finding of the technique itself does
flagged  the label is not clean
inside   of the injected characters, those inside of findings of at least 0.5
pure     of the characters in such findings, those injected
text     `clean_text` equals the text of the page before the attack
repair   the repaired source equals the page before the attack, byte for byte
lost     the attack overwrote what no reader can know (a title, a heading, an address): such pages
         are not in `repair`, nor in `text` where the main content held it
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from detector.learn.generate import ATTACKS
from detector.learn.recall import (
    SURE,
    Honest,
    Measured,
    bases,
    chosen,
    honest,
    measure,
    samples,
)


def share(part: float, whole: float) -> float | None:
    """A share, None of nothing."""
    return round(part / whole, 4) if whole else None


def row(measured: Sequence[Measured]) -> dict[str, Any]:
    """The figures of some samples."""
    n = len(measured)
    texts = [m.text for m in measured if m.text is not None]
    repairs = [m.repair for m in measured if m.repair is not None]
    return {
        "n": n,
        "found": share(sum(m.found for m in measured), n),
        "own": share(sum(m.own for m in measured), n),
        "flagged": share(sum(m.flagged for m in measured), n),
        "inside": share(sum(m.inside for m in measured), sum(m.injected for m in measured)),
        "pure": share(sum(m.pure for m in measured), sum(m.marked for m in measured)),
        "text": share(sum(texts), len(texts)),
        "repair": share(sum(repairs), len(repairs)),
        "lost": share(sum(m.lost for m in measured), n),
    }


def line(name: str, figures: dict[str, Any]) -> str:
    """One line of the table."""
    shares = [v for k, v in figures.items() if k != "n"]
    return f"{name:34}{figures['n']:5}" + "".join(
        f"{'-':>9}" if v is None else f"{v:9.3f}" for v in shares
    )


def show(measured: Sequence[Measured], languages: bool) -> dict[str, Any]:
    """Print a line a technique, and a language; the same as JSON."""
    table: dict[str, Any] = {}
    groups = {name: [m for m in measured if m.technique == name] for name in ATTACKS}
    head = ("found", "own", "flagged", "inside", "pure", "text", "repair", "lost")
    print(f"{'technique':34}{'n':>5}" + "".join(f"{h:>9}" for h in head))
    for name, some in groups.items():
        if some:
            table[name] = row(some) | {"languages": {}}
            print(line(name, row(some)))
            for lang in sorted({m.lang for m in some}):
                figures = row([m for m in some if m.lang == lang])
                table[name]["languages"][lang] = figures
                if languages:
                    print(line(f"    {lang}", figures))
    if len(table) > 1:
        table["all"] = row(measured)
        print(line("all", table["all"]))
    return table


def show_honest(pages: Sequence[Honest], shown: int) -> dict[str, Any]:
    """Print what clean pages show; the same as JSON."""
    sure = [p for p in pages if p.sure]
    flagged = [p for p in pages if p.label != "clean"]
    by = Counter(name for p in sure for name in {s[0] for s in p.sure})
    changed = sum(p.changed for p in pages)
    rates = f"{len(sure) / len(pages):.2%}", f"{len(flagged) / len(pages):.2%}"
    print(f"clean pages {len(pages)}: with a finding of {SURE} {len(sure)} ({rates[0]}),")
    print(f"    not clean {len(flagged)} ({rates[1]}), changed by clean {changed}")
    print("    " + ", ".join(f"{name} {n}" for name, n in by.most_common()))
    for page in sorted(pages, key=lambda p: p.label == "clean")[: shown * 4]:
        if page.sure or page.label != "clean":
            print(f"  {page.label} {page.lang} {page.uri}")
            for name, score, quote in page.sure[:4]:
                print(f"    {name} {score:.2f} {quote!r}")
    return {"pages": len(pages), "sure": len(sure), "flagged": len(flagged),
            "changed": changed, "techniques": dict(by)}  # fmt: skip


def main() -> None:
    """Compose, scan, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", nargs="?", type=Path)
    parser.add_argument("-t", "--technique", action="append", default=[], metavar="NAME|GROUP")
    parser.add_argument("-n", "--samples", type=int, default=40, help="attacked pages a technique")
    parser.add_argument("--clean", type=int, default=200, help="clean pages scanned as they are")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--holdout", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--model")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--decoys", action="store_true", help="honest look-alikes beside attacks")
    parser.add_argument("--languages", action="store_true", help="a line a language too")
    parser.add_argument("--show", type=int, default=0, help="misses told, for a technique")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    names = chosen(options.technique)
    pages, clean = bases(options.corpus, options.seed, options.holdout)
    with Parallel(n_jobs=options.jobs, return_as="generator", batch_size=1) as pool:
        made = samples(pages, names, options.samples, options.seed, options.decoys)
        measured = [
            m for b in pool(delayed(measure)(batch, options.model) for batch in made) for m in b
        ]
        some = clean[: options.clean]
        parts = [some[at : at + 10] for at in range(0, len(some), 10)]
        plain = [p for b in pool(delayed(honest)(c, options.model) for c in parts) for p in b]
    told = [m for m in measured if not (m.found and m.flagged and m.text is not False)]
    for name in names:
        for m in [m for m in told if m.technique == name][: options.show]:
            print(f"{name}: {'' if m.found else 'MISSED '}{m.told}\n")
    figures: dict[str, Any] = {"seed": options.seed, "samples": options.samples}
    figures["techniques"] = show(measured, options.languages) if measured else {}
    figures["clean"] = show_honest(plain, options.show) if plain else {}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()

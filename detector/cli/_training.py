"""The run of `detector train`: messages, a progress line, exit codes."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import click

from detector.cli._evaluating import show
from detector.cli._steps import Steps
from detector.model import Model, ModelError, find_folder

SHOWN = 8  # problems of one kind that are told


def run_train(
    data: tuple[str, ...],
    *,
    output: Path,
    name: str | None,
    seed: int,
    recipe: str,
    no_compose: bool,
    base: str | None,
    jobs: int | None,
    holdout: float,
    cache: Path,
    no_cache: bool,
) -> int:
    """Train and write; the exit code."""
    try:
        from detector.learn.base import read_anchors
        from detector.learn.data import read, side_of
        from detector.learn.datasets import DatasetError
        from detector.learn.evaluate import judge
        from detector.learn.examples import Labelled
        from detector.learn.generate import load_recipe
        from detector.learn.metrics import measure
        from detector.learn.train import train
    except ImportError as error:
        say(f"training needs {error.name}: pip install 'seo-injection-detector[train]'")
        return 2
    started = time.monotonic()
    try:
        chosen = None if no_compose else load_recipe(recipe)
        found = read(data)
    except (DatasetError, OSError, ValueError) as error:
        say(str(error))
        return 2
    fatal = tell_problems(found.problems)
    try:
        known = Model.load(find_folder(base)) if base else None
        if known is not None:
            read_anchors(known.folder)
    except ModelError as error:
        say(str(error))
        return 2
    if not found.pages or (fatal and known is None):
        say("nothing was trained; mend the data, or add it to a model with --base")
        return 2
    if known is not None:
        chosen = None  # a base knows attacks already; labels alone are added
    held: list[Labelled] = []
    if holdout:
        sides = [side_of(p.site or p.uri, seed, holdout) for p in found.pages]
        held = [Labelled.of_page(p) for p, out in zip(found.pages, sides, strict=True) if out]
        kept = tuple(p for p, out in zip(found.pages, sides, strict=True) if not out)
        found = replace(found, pages=kept)
    jobs = jobs or os.cpu_count() or 1
    with Steps() as steps:
        outcome = train(
            found, output, name=name or "", seed=seed, recipe=chosen, jobs=jobs,
            cache=None if no_cache else cache, base=known, say=steps.say, tell=steps.tell,
        )  # fmt: skip
        if held:
            steps.say("pages of the sites held out", len(held))
            judged = []
            for page in judge(held, output, jobs):
                judged.append(page)
                steps.tell(len(judged))
    say(f"{len(outcome.examples):,} pages, {time.monotonic() - started:.0f} s")
    if held:
        show({"model": {"name": name or output.name}} | measure(judged))
    click.echo(f"{outcome.folder}: {outcome.digest}")
    return 0


def say(text: str) -> None:
    """A line on standard error."""
    click.echo(text, err=True)


def tell_problems(problems: object) -> bool:
    """Show what is wrong with the data; whether it stops training."""
    from detector.learn.checks import Problem

    shown: dict[str, int] = {}
    fatal = False
    for problem in problems if isinstance(problems, tuple) else ():
        assert isinstance(problem, Problem)
        fatal = fatal or problem.fatal
        shown[problem.kind] = shown.get(problem.kind, 0) + 1
        if shown[problem.kind] <= SHOWN:
            say(f"{'error' if problem.fatal else 'note'}: {problem.message}")
    for kind, count in shown.items():
        if count > SHOWN:
            say(f"note: {count - SHOWN} more of the kind {kind}")
    return fatal

"""The run of `detector evaluate`: a table, JSON, exit codes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detector.cli._steps import Steps

if TYPE_CHECKING:
    from detector.learn.metrics import Difference, Judged

NAMED = 20  # pages that changed sides, by name
GROUPS = ("language", "technique", "category", "source")


def say(text: str) -> None:
    """A line on standard error."""
    click.echo(text, err=True)


def judged_by(data: Sequence[str], models: Sequence[Path], jobs: int) -> list[list[Judged]]:
    """The pages as each of the models judges them. Raises ModelError, DatasetError, OSError."""
    from detector.learn.data import hacked_pages
    from detector.learn.datasets import read_labelled
    from detector.learn.evaluate import judge
    from detector.learn.examples import Labelled

    hacked = hacked_pages()
    pages = [
        Labelled.of_page(page)
        for page in read_labelled(data)
        if not (page.label == "clean" and page.uri in hacked)
    ]
    found: list[list[Judged]] = []
    with Steps() as steps:
        for model in models:
            steps.say(f"pages judged by {model.name}", len(pages))
            found.append([])
            for page in judge(pages, model, jobs):
                found[-1].append(page)
                steps.tell(len(found[-1]))
    return found


def run_evaluate(
    data: tuple[str, ...],
    *,
    model: str | None,
    against: str | None,
    json_file: Path | None,
    jobs: int | None,
) -> int:
    """Measure and show; the exit code."""
    try:
        from detector.learn.datasets import DatasetError
        from detector.learn.metrics import compare, measure
    except ImportError as error:
        say(f"evaluation needs {error.name}: pip install 'seo-injection-detector[train]'")
        return 2
    from detector.model import Model, ModelError, find_folder

    folders = [find_folder(name) for name in (model, against) if name or name is model]
    try:
        cards = [Model.load(folder).card for folder in folders]
        judged = judged_by(data, folders, jobs or os.cpu_count() or 1)
    except (DatasetError, ModelError, OSError) as error:
        say(str(error))
        return 2
    figures: dict[str, Any] = {"schema": "detector.evaluation/1", "model": _identity(cards[0])}
    figures |= measure(judged[0])
    show(figures)
    if against:
        difference = compare(*judged)
        figures["against"] = _identity(cards[1]) | {
            "better": list(difference.gained),
            "worse": list(difference.lost),
            "p_value": difference.p_value,
        }
        show_difference(difference, cards[1]["name"])
    if json_file:
        text = json.dumps(figures, indent=1, ensure_ascii=False)
        json_file.write_text(text + "\n", "utf-8")
    return 0


def _identity(card: Mapping[str, Any]) -> dict[str, Any]:
    return {key: card[key] for key in ("name", "version", "sha256")}


def words(rate: Mapping[str, Any]) -> str:
    """A rate with its counts and interval."""
    if not rate["count"]:
        return "-"
    share = f"{rate['rate']:7.2%} {rate['hits']:>5}/{rate['count']:<5}"
    return f"{share} [{rate['low']:.2%}, {rate['high']:.2%}]"


def show(figures: Mapping[str, Any]) -> None:
    """The table, on standard output."""
    click.echo(f"{figures['pages']:,} pages, model {figures['model']['name']}")
    for name, rate in figures["overall"].items():
        if rate["count"]:
            click.echo(f"  {name:34} {words(rate)}")
    click.echo(f"  {'category among the first two':34} {words(figures['category_top_two'])}")
    click.echo(f"  {'calibration error (15 bins)':34} {figures['calibration_error']:.4f}")
    for group in GROUPS:
        if not figures[group]:
            continue
        click.echo(f"\n{group:26} {'found':42} called not clean though clean")
        for key, sides in figures[group].items():
            click.echo(f"  {key:24} {words(sides['found']):42} {words(sides['false_alarms'])}")


def show_difference(difference: Difference, name: str) -> None:
    """What changed against another model, on standard output."""
    gained, lost = difference.gained, difference.lost
    click.echo(
        f"\nagainst {name}: better on {len(gained)}, worse on {len(lost)} pages "
        f"(McNemar p = {difference.p_value:.3g})"
    )
    for sign, uris in (("+", gained), ("-", lost)):
        for uri in uris[:NAMED]:
            click.echo(f"  {sign} {uri}")
        if len(uris) > NAMED:
            click.echo(f"  {sign} {len(uris) - NAMED} more; --json has all")

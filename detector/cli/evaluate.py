"""`detector evaluate`: what a model is worth on labelled pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click


@click.command("evaluate", short_help="Measure a model on labelled pages.")
@click.argument("data", metavar="DATA...", nargs=-1, required=True)
@click.option("--model", metavar="NAME|DIR", help="The model; by default the shipped one.")
@click.option("--against", metavar="NAME|DIR", help="Another model, on the same pages.")
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write all figures there, as JSON.",
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes; by default one a core.")
def command(data: tuple[str, ...], **options: Any) -> None:
    """Measure a model: false alarms, what it finds, how honest its probabilities are.

    Every rate comes with its counts and a 95 % interval, over all pages and by
    language, technique, category and source. --against adds the pages that only
    one of two models judges right, and McNemar's test of the difference.

    \b
    Examples:
      detector evaluate labels/
      detector evaluate labels/ --model models/mine --against default
      detector evaluate labels/ --json figures.json

    Exit codes: 0 measured; 2 wrong usage, or data or a model that cannot be read.
    """
    from detector.cli._evaluating import run_evaluate

    sys.exit(run_evaluate(data, **options))

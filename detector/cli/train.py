"""`detector train`: labelled pages in, a model folder out."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import click


@click.command("train", short_help="Train a model on labelled pages.")
@click.argument("data", metavar="DATA...", nargs=-1)
@click.option(
    "--feedback", metavar="URL|STORE", multiple=True,
    help="Also what people decided in a moderation service: its address, or its store.",
)  # fmt: skip
@click.option(
    "-o", "--output", metavar="DIR", required=True,
    type=click.Path(file_okay=False, path_type=Path), help="The model folder to write.",
)  # fmt: skip
@click.option("--name", help="The model's name; by default the folder's.")
@click.option("--seed", default=0, show_default=True, help="Of the folds and the composed attacks.")
@click.option(
    "--recipe", default="train", show_default=True, metavar="NAME|FILE",
    help="Attacks composed on the clean pages.",
)  # fmt: skip
@click.option("--no-compose", is_flag=True, help="Compose none: learn from the labels alone.")
@click.option(
    "--base", metavar="NAME|DIR",
    help="Add these labels to what that model knows; a hundred already help.",
)  # fmt: skip
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes; by default one a core.")
@click.option(
    "--holdout", type=click.FloatRange(0, 0.9), default=0.0, show_default=True,
    help="Share of the sites that is kept out of training and measured.",
)  # fmt: skip
@click.option(
    "--cache", metavar="DIR", default=".cache/train", show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Remembers analysed pages, so that training again is fast.",
)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Remember nothing.")
def command(data: tuple[str, ...], feedback: tuple[str, ...], **options: Any) -> None:
    """Train a model on labelled pages, calibrate it and write its folder.

    DATA is a folder, a WARC with a JSONL of the same stem beside it, or a JSONL
    whose lines hold the page (`html` or `text`) with its `label`: clean,
    injected or spam; and where known `category`, `technique`, `site`, `lang`,
    `spans`. The service's export is such a file; --feedback gets it. Pages whose
    reviewers disagree are not in it, nor those whose text was not kept.

    \b
    Examples:
      detector train labels/ --output models/mine
      detector train feedback.jsonl --base default --output models/mine
      detector train --feedback http://127.0.0.1:8600 --base default --output models/next
      detector train labels/ --holdout 0.2 --output models/mine

    Exit codes: 0 written; 2 wrong usage or data that cannot be trained on.
    """
    from detector.cli._training import run_train

    if not data and not feedback:
        raise click.UsageError("Missing argument 'DATA...'.")
    if not feedback:
        sys.exit(run_train(data, **options))
    from detector.service.fetch import FetchError, fetch

    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, place in enumerate(feedback):
            file = Path(folder) / f"feedback{number}.jsonl"
            try:
                count = fetch(place, file)
            except FetchError as error:
                click.echo(f"detector: {error}", err=True)
                sys.exit(2)
            click.echo(f"{place}: {count:,} labelled pages", err=True)
            files += [str(file)] if count else []
        sys.exit(run_train((*data, *files), **options))

"""`detector models`: what models there are, whether they are whole, and which one is used."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click


@click.group("models", short_help="List, verify and promote models.")
def command() -> None:
    """List, verify and promote models.

    \b
    Examples:
      detector models list
      detector models verify models/mine
      detector models promote models/mine --on labels/
      detector models floors
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_models(as_json: bool) -> None:
    """Show the models beside the shipped one."""
    from detector.model import Model, ModelError, available

    rows = []
    for folder in available():
        try:
            card = Model.load(folder).card
        except ModelError as error:
            rows.append({"name": folder.name, "error": str(error)})
            continue
        row = {"name": folder.name, "version": card["version"], "sha256": card["sha256"]}
        rows.append(row | {"pages": card["data"].get("pages", 0), "folder": str(folder)})
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    for row in rows:
        if "error" in row:
            click.echo(f"{row['name']:16} unusable: {row['error']}")
        else:
            click.echo(
                f"{row['name']:16} {row['version']:8} {str(row['sha256'])[:12]} "
                f"{row['pages']:>7,} pages"
            )


@command.command("verify")
@click.argument("names", metavar="[NAME|DIR]...", nargs=-1)
def verify(names: tuple[str, ...]) -> None:
    """Check digests, arrays and the reference scores of models; all by default.

    Exit codes: 0 all are whole; 1 one is not.
    """
    from detector.model import Model, ModelError, available, find_folder
    from detector.reference import mismatches

    folders = [find_folder(name) for name in names] or list(available())
    bad = not folders
    for folder in folders:
        try:
            wrong = mismatches(Model.load(folder))
        except ModelError as error:
            wrong = [str(error)]
        bad = bad or bool(wrong)
        click.echo(f"{folder.name}: {'; '.join(wrong) if wrong else 'whole'}")
    if not folders:
        click.echo("no model is there", err=True)
    sys.exit(int(bad))


FLOORS = click.option(
    "--floors",
    metavar="FILE",
    default="tests/quality.json",
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Figures that a model must reach.",
)


@command.command("promote")
@click.argument("name", metavar="NAME|DIR")
@click.option(
    "--on", "data", metavar="DATA", multiple=True, help="Labelled pages to measure both on."
)
@FLOORS
@click.option("--allow-regression", is_flag=True, help="Promote it although it is worse.")
def promote_model(name: str, data: tuple[str, ...], floors: Path, allow_regression: bool) -> None:
    """Put a model in the place of the shipped one, unless it is worse.

    It is compared with the model in place on the same pages, those given with --on or
    else those that the floors' file names, and both with the floors: what the shipped
    model reached on these pages, and what training measured on sites it had left out.
    A model that takes the place raises the floors; none falls without --allow-regression.

    \b
    Examples:
      detector models promote models/mine
      detector models promote models/mine --on labels/

    Exit codes: 0 promoted; 1 refused, it is worse; 2 it cannot be measured.
    """
    from detector.cli._promoting import run_promote

    sys.exit(run_promote(name, data, floors, allow_regression))


@command.command("floors")
@FLOORS
@click.option("--raise", "write", is_flag=True, help="Write what the shipped model reaches.")
@click.option("--allow-regression", is_flag=True, help="With --raise: let floors fall too.")
def show_floors(floors: Path, write: bool, allow_regression: bool) -> None:
    """Measure the shipped model on the floors' pages, and compare.

    \b
    Examples:
      detector models floors
      detector models floors --raise

    Exit codes: 0 it reaches all floors; 1 it misses one; 2 it cannot be measured.
    """
    from detector.cli._promoting import run_floors

    sys.exit(run_floors(floors, write, allow_regression))

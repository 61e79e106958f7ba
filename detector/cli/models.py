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


@command.command("promote")
@click.argument("name", metavar="NAME|DIR")
@click.option(
    "--on", "data", metavar="DATA", multiple=True, help="Labelled pages to measure both on."
)
@click.option(
    "--floors",
    metavar="FILE",
    default="tests/quality.json",
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Figures that a model must reach.",
)
@click.option("--allow-regression", is_flag=True, help="Promote it although it is worse.")
def promote_model(name: str, data: tuple[str, ...], floors: Path, allow_regression: bool) -> None:
    """Put a model in the place of the shipped one, unless it is worse.

    Without --on it is measured on the pages that the floors' file names.

    Exit codes: 0 promoted; 1 refused, it is worse; 2 it cannot be measured.
    """
    from detector.cli._evaluating import judged_by, say
    from detector.learn.gate import decide, floor_data, promote, read_floors
    from detector.model import Model, ModelError, default_folder, find_folder

    source, target = find_folder(name), default_folder()
    sources = data or floor_data(floors)
    try:
        Model.load(source)
        if not sources and not allow_regression:
            say("nothing to measure on: give labelled pages with --on, or --allow-regression")
            sys.exit(2)
        places = [source] + ([target] if (target / "model.json").is_file() else [])
        judged = judged_by(sources, places, 1) if sources else []
    except (ModelError, OSError, ValueError) as error:
        say(str(error))
        sys.exit(2)
    if judged:
        decision = decide(judged[0], judged[1] if len(judged) > 1 else None, read_floors(floors))
        for reason in decision.reasons:
            say(f"worse: {reason}")
        if not decision.allowed and not allow_regression:
            say("not promoted; --allow-regression does it all the same")
            sys.exit(1)
    promote(source, target)
    click.echo(f"{source} is now {target}")

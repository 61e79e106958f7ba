"""`detector watch`: the pages of a folder scanned as they change."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from detector.cli._options import judging, reporting, wanted


@click.command("watch", short_help="Scan the pages of a folder as they change.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option(
    "--state",
    type=click.Path(dir_okay=False),
    help="Remember there what was scanned, so that a restart scans only what changed since.",
)
@click.option(
    "--sweep",
    type=click.FloatRange(min=1),
    default=3600.0,
    show_default=True,
    help="Seconds after which the whole folder is compared again, events or not.",
)
@click.option("--once", is_flag=True, help="Scan what changed since the state, and end.")
@click.option(
    "--on-found",
    metavar="COMMAND",
    help="Run it after a batch in which something was found, with the found pages' JSON lines on "
    "its standard input: to mail or post them.",
)
@reporting
@judging
def command(folder: str, **options: Any) -> None:
    """Scan all pages of a folder, then each again when it changes.

    For web roots. Events of a burst are one batch; a file that changes while it is
    scanned is scanned again; an event that the system loses is made up for by the
    next sweep. Results are appended to --output (jsonl), or shown as a table a
    batch. Keep --state and --output outside of FOLDER.
    Needs: pip install "seo-injection-detector[web]"

    \b
    Examples:
      detector watch /var/www
      detector watch /var/www -o found.jsonl --state /var/lib/detector/www.db
      detector watch /var/www --on-found "mail -s 'Injected pages' webmaster@example.com"
      detector watch /var/www --state www.db --once -o found.jsonl --fail-on injected

    Exit codes: with --once those of `detector scan`, and 0 where nothing changed;
    else 130 when it is interrupted, 2 for wrong usage.
    """
    from detector.cli._judging import Judging
    from detector.cli._watching import watch_folder

    form, judging = wanted(options, append=True), Judging.taken(options)
    if form.form not in ("table", "jsonl") or form.extra:
        raise click.UsageError("watch writes a table or JSON lines: use --format jsonl")
    for given in (form.output, options["state"]):
        if given and os.path.realpath(given).startswith(os.path.realpath(folder) + os.sep):
            raise click.UsageError(f"{given} is in {folder}: it would be scanned for ever")
    sys.exit(watch_folder(folder, form, judging, **options))

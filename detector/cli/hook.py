"""`detector hook`: pages as JSON lines in, a decision a line out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from detector.limits import DEFAULT


@click.command("hook", short_help="JSON lines on standard input, a decision a line out.")
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML with thresholds for review and block, allowed hosts and terms.",
)
@click.option("--model", metavar="NAME|DIR", help="Another model than the shipped one.")
@click.option(
    "-j", "--workers", type=click.IntRange(min=1), help="Processes; by default one a core."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT.timeout,
    show_default=True,
    help="Seconds for one page; a longer one goes to review with an error.",
)
@click.option("--full", is_flag=True, help="Put the whole result into each line, as `result`.")
def command(policy: Path | None, model: str | None, workers: int | None, **options: object) -> None:
    """Decide about pages before they are published: allow, review or block.

    Each line of standard input is a JSON object with `html` or `text`, and where
    known `url` and `source` (as the policy names it). Each line of standard output
    is that object without the page, in the same order, with `action`, `reasons`,
    `label`, `probabilities`, `categories`, `techniques` and `error`. A line is
    answered as soon as it is decided; no more is read than is worked on. A line
    that cannot be used gives a line with `error` and no action.

    \b
    Examples:
      detector hook < posts.jsonl > decisions.jsonl
      tail -f queue.jsonl | detector hook --policy policy.toml | publish
      echo '{"id": 7, "text": "hello"}' | detector hook

    Exit codes: 0 every line is answered; 2 wrong usage, or nothing can be scanned;
    130 interrupted.
    """
    from detector.cli._hooking import run

    sys.exit(run(model, policy, workers or 0, **options))  # type: ignore[arg-type]

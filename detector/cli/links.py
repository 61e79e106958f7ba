"""`detector links`: the related links of pages, each with its relevance and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from detector.limits import DEFAULT

FORMATS = ("table", "jsonl", "csv")


@click.command("links", short_help="Related links: relevance and reason of each.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="By default as the extension of --output says, else a table.",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write it there.")
@click.option("--off-topic-only", is_flag=True, help="Only the links that are off-topic.")
@click.option("-j", "--workers", type=click.IntRange(min=1), help="By default one a core.")
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML; its `off_topic` is the relevance under which a link is off-topic.",
)
@click.option("--model", metavar="NAME|DIR", help="Another model than the shipped one.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT.timeout,
    show_default=True,
    help="Seconds for one page; longer is an error of that page.",
)
def command(paths: tuple[str, ...], **options: Any) -> None:
    """Show which related links of pages have to do with the article, and which do not.

    PATH is what `detector scan` reads. Lists under a heading that promises
    relevance (相关文章, Related articles, Читайте также) are judged, link by
    link, with the words that a link shares with the article and those that the
    article lacks. Latest, popular and sponsored links promise nothing and are
    only named. At the end: which sites have off-topic lists, on which pages.

    \b
    Examples:
      detector links page.html
      detector links site/ --off-topic-only
      detector links crawl.warc.gz -o links.csv      a row a link
      detector links site/ --format jsonl | jq .lists

    Exit codes: 0 done; 2 wrong usage, a missing path, or nothing could be read.
    """
    from detector.cli._linking import run_links

    form = options.pop("form")
    ending = (options["output"] or "").rpartition(".")[2].lower()
    sys.exit(run_links(paths, form=form or (ending if ending in FORMATS else "table"), **options))

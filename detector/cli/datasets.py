"""`detector datasets`: public collections of pages to train on, and what labelled ones say."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

SOURCES = click.option(
    "--sources", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Another list than datasets/SOURCES.toml.",
)  # fmt: skip


@click.group("datasets", short_help="List and fetch public collections to train on.")
def command() -> None:
    """List and fetch public collections of pages to train on.

    \b
    Examples:
      detector datasets list
      detector datasets fetch trafilatura-sdist --to data/
      detector datasets fetch --all --unpinned --to data/
      detector datasets terms my-labels/
      detector train data/ my-labels/ --output models/mine
    """


@command.command("list")
@SOURCES
def list_sources(sources: Path | None) -> None:
    """Show the collections with their licences."""
    from detector.learn.public import FILE, SourceError, read_sources

    try:
        found = read_sources(sources or FILE)
    except SourceError as error:
        _fail(str(error))
    for source in found.values():
        pinned = source.sha256[:12] or "no digest"
        click.echo(
            f"{source.name:30} {source.label:8} {source.licence:12} {pinned:12} {source.about}"
        )


@command.command("fetch")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All collections of the list.")
@click.option(
    "--to", "folder", metavar="DIR", default="data", show_default=True,
    type=click.Path(file_okay=False, path_type=Path), help="Where they go, a folder each.",
)  # fmt: skip
@click.option("--unpinned", is_flag=True, help="Also those whose digest is not stated.")
@SOURCES
def fetch_sources(
    names: tuple[str, ...], everything: bool, folder: Path, unpinned: bool, sources: Path | None
) -> None:
    """Download collections, check their digests, and lay them out for `detector train`.

    A download that was cut off goes on where it ended.

    Exit codes: 0 all are there; 2 wrong usage, or one could not be had.
    """
    from detector.cli._steps import Steps
    from detector.learn.public import FILE, SourceError, fetch, read_sources

    try:
        known = read_sources(sources or FILE)
    except SourceError as error:
        _fail(str(error))
    chosen = tuple(known) if everything else names
    if not chosen:
        _fail(f"name a collection, or --all; there are {', '.join(known)}")
    for name in chosen:
        if name not in known:
            _fail(f"no collection is called {name}; there are {', '.join(known)}")
    failed = False
    for name in chosen:
        with Steps() as steps:
            steps.say(f"{name}: {known[name].url}")
            try:
                place, pages, digest = fetch(known[name], folder, unpinned, steps.tell_bytes)
            except (SourceError, OSError) as error:
                click.echo(f"detector: {error}", err=True)
                failed = True
                continue
        pin = "" if known[name].sha256 else f', sha256 = "{digest}"'
        click.echo(f"{place}: {pages:,} pages{pin}")
    sys.exit(2 if failed else 0)


@command.command("terms")
@click.argument("data", metavar="DATA...", nargs=-1, required=True)
@click.option("--most", type=click.IntRange(min=1), default=50, show_default=True, help="How many.")
def show_terms(data: tuple[str, ...], most: int) -> None:
    """Show the words of labelled spam that no lexicon has yet, surest first.

    They are what a new campaign calls its goods. Each line is a term, its language and category,
    and on how many spam and clean sites it stands, with tabs between. Read them before you add
    one to a lexicon: names of honest firms are among them.

    \b
    Example:
      detector datasets terms my-labels/ feedback.jsonl --most 100

    Exit codes: 0 shown; 2 wrong usage, or data that cannot be read.
    """
    from detector.learn.datasets import DatasetError, read_labelled
    from detector.learn.new_terms import new_terms

    try:
        found = new_terms(read_labelled(data), most=most)
    except (DatasetError, OSError) as error:
        _fail(str(error))
    for term in found:
        click.echo(
            f"{term.term}\t{term.language}\t{term.category}\t{term.spam_sites}\t{term.clean_sites}"
        )


def _fail(text: str) -> NoReturn:
    click.echo(f"detector: {text}", err=True)
    sys.exit(2)

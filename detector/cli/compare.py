"""`detector compare`: what people get beside what crawlers get."""

from __future__ import annotations

import sys
from typing import Any

import click

from detector.cli._options import judging, reporting, wanted


@click.command("compare", short_help="Two saved views of a page: what one alone has.")
@click.argument("visitor", metavar="VISITOR")
@click.argument("crawler", metavar="CRAWLER")
@reporting
@judging
def command(visitor: str, crawler: str, **options: Any) -> None:
    """Compare what people get of an address with what crawlers get.

    VISITOR and CRAWLER are saved responses: two files, or two archives, JSON lines
    or folders whose pages are matched by address (in folders by path). Shown is
    what one view has and the other lacks, where it looks foreign: text, links,
    titles, redirects. Clocks, advertisements, sessions, languages, layouts,
    dialogs and paywalls differ honestly and are no finding. Each finding says in
    `view` who gets it; label and probabilities are of the difference alone.

    \b
    Examples:
      detector compare visitor.html crawler.html
      detector compare visitor.html crawler.html --format json
      detector compare visitor.warc.gz crawler.warc.gz -o differences.jsonl
      detector compare saved-as-chrome/ saved-as-baiduspider/

    Exit codes: 0 nothing at or above --fail-on; 1 something; 2 wrong usage, a
    missing path, or nothing could be compared; 130 interrupted.
    """
    from detector.cli._comparing import compare_paths
    from detector.cli._judging import Judging

    sys.exit(compare_paths(visitor, crawler, wanted(options), Judging.taken(options)))

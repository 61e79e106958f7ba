"""`detector crawl`: a whole site fetched politely and scanned."""

from __future__ import annotations

import sys
from typing import Any

import click

from detector.cli._options import judging, reporting, wanted


@click.command("crawl", short_help="Fetch a site politely and scan its pages.")
@click.argument("url", metavar="SITEMAP|URL")
@click.option("--max-pages", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option(
    "--depth", type=click.IntRange(min=0), default=20, show_default=True, help="Links from URL."
)
@click.option(
    "--delay",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Seconds between two requests; more where the server is slow.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1, max=16),
    default=2,
    show_default=True,
    help="Requests at a time.",
)
@click.option(
    "--two-views", is_flag=True, help="Fetch each page as a browser and as Baiduspider; compare."
)
@click.option(
    "--state",
    type=click.Path(file_okay=False),
    help="Keep pages and queue there: the same command goes on after an interruption.",
)
@click.option("--allow-private", is_flag=True, help="Also private and loopback addresses.")
@reporting
@judging
def command(url: str, **options: Any) -> None:
    """Fetch the pages of a site, following its links or its sitemap, and scan them.

    Polite: robots.txt is obeyed (it may name seo-injection-detector), requests are
    slow and few at a time, pages and sizes limited. Links to other hosts are not
    followed. With --state an interrupted crawl goes on where it stopped, and the
    report is about all pages. Needs: pip install "seo-injection-detector[web]"

    \b
    Examples:
      detector crawl https://example.com/ --html-output report.html
      detector crawl https://example.com/sitemap.xml --state crawl/ -o site.jsonl
      detector crawl https://example.com/ --two-views --max-pages 200
      detector crawl http://localhost:8000/ --allow-private --delay 0

    Exit codes: 0 nothing at or above --fail-on; 1 something; 2 wrong usage, or
    nothing could be fetched; 130 interrupted.
    """
    from detector.cli._crawling import crawl_site
    from detector.cli._judging import Judging

    sys.exit(crawl_site(url, wanted(options), Judging.taken(options), **options))

"""`detector probe`: one address asked as browser, crawler, telephone, searcher."""

from __future__ import annotations

import sys
from typing import Any

import click

from detector.cli._options import judging, reporting, wanted


@click.command("probe", short_help="Ask an address as several visitors and compare.")
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option(
    "--as",
    "names",
    metavar="NAME",
    multiple=True,
    help="A visitor, several times; by default browser, baiduspider, googlebot, phone, search, "
    "phone-search. The first is compared with the others.",
)
@click.option(
    "--allow-private", is_flag=True, help="Also ask private and loopback addresses: your own."
)
@click.option(
    "--fetch-seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=20.0,
    show_default=True,
    help="For one visitor, redirects included.",
)
@reporting
@judging
def command(urls: tuple[str, ...], **options: Any) -> None:
    """Fetch a page as different visitors and show what only some of them get.

    A hacked server often shows its owner an honest page, crawlers a page of spam,
    and sends those who come from a search engine away. Every URL is asked as each
    visitor, with that visitor's user agent and referrer, cookies apart; redirects
    are followed and told. Servers that look at the address of the crawler are not
    fooled. Names are resolved once; private and loopback addresses are refused,
    after redirects too. The result is that of `detector compare`; `views` has one
    entry a visitor. Needs: pip install "seo-injection-detector[web]"

    \b
    Examples:
      detector probe https://example.com/
      detector probe https://example.com/ --as browser --as baiduspider
      detector probe https://example.com/ https://example.com/news --format jsonl
      detector probe http://localhost:8000/ --allow-private

    Exit codes: 0 nothing at or above --fail-on; 1 something; 2 wrong usage, or
    nothing could be fetched; 130 interrupted.
    """
    from detector.cli._judging import Judging
    from detector.cli._probing import probe_urls

    sys.exit(probe_urls(urls, wanted(options), Judging.taken(options), **options))

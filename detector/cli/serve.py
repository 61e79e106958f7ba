"""`detector serve`: the moderation service."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from detector.cli._options import size
from detector.limits import DEFAULT


@click.command("serve", short_help="Run the moderation service and its review pages.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8600, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--database",
    metavar="FILE|URL",
    default="detector.db",
    show_default=True,
    envvar="DETECTOR_DATABASE",
    help="A SQLite file, or postgresql://user@host/name. [env: DETECTOR_DATABASE]",
)
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML with thresholds, allowed hosts and terms, what text is kept and how long.",
)
@click.option("--model", metavar="NAME|DIR", help="Another model than the shipped one.")
@click.option(
    "-j", "--workers", type=click.IntRange(min=1), help="Processes that scan; one a core."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT.timeout,
    show_default=True,
    help="Seconds for one page; a longer one gets a result with an error.",
)
@click.option(
    "--max-bytes",
    type=size,
    metavar="SIZE",
    default=DEFAULT.max_bytes,
    show_default="20MB",
    help="Of one request; larger ones are refused.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default="no limit",
    help="Requests a second of one key, or of one address where no keys are.",
)
@click.option(
    "--https", is_flag=True, help="Browsers reach it by https only: cookies are never sent else."
)
def command(
    host: str,
    port: int,
    database: str,
    policy: Path | None,
    model: str | None,
    workers: int | None,
    timeout: float,
    max_bytes: int,
    rate: float,
    https: bool,
) -> None:
    """Run the moderation service: an HTTP API and review pages for people.

    It listens on this machine alone unless --host says otherwise, and then only
    with API keys (`detector service key add`). Reviewers log in at /review/
    (`detector service user add`). The API's description is at /openapi.json, its
    figures at /metrics. It loads no address of any page. A promoted model is
    taken up while it runs, and on SIGHUP the policy too.

    \b
    Examples:
      detector serve
      detector serve --policy policy.toml --database /var/lib/detector/store.db
      detector serve --database postgresql://detector@db.example/detector
      curl -s --data-binary @page.html -H 'content-type: text/html' \\
           'http://127.0.0.1:8600/v1/scan?url=https://example.com/'

    Exit codes: 0 ended by a signal, all accepted work done; 2 it cannot start.
    """
    try:
        from detector.service import server
        from detector.service.database import StoreError
        from detector.service.settings import Settings
    except ImportError as error:
        click.echo(
            f"detector: the service needs {error.name}: "
            "pip install 'seo-injection-detector[serve]'",
            err=True,
        )
        sys.exit(2)
    from detector.policy import PolicyError
    from detector.service.workers import StartError

    settings = Settings(
        database=database, host=host, port=port, policy=policy, model=model,
        workers=workers or 0, limits=replace(DEFAULT, timeout=timeout, max_bytes=max_bytes),
        max_body=max_bytes, max_line=max_bytes, rate=rate, secure=https,
    )  # fmt: skip
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"detector: review pages at http://{shown}:{port}/review/", err=True)
    try:
        server.run(settings)
    except (StoreError, PolicyError, StartError, server.ConfigError) as error:
        click.echo(f"detector: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        pass

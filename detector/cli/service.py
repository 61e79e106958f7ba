"""`detector service`: users, keys and webhooks of the moderation service."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from detector.service.database import Database

Made = TypeVar("Made")
DATABASE = click.option(
    "--database",
    metavar="FILE|URL",
    default="detector.db",
    show_default=True,
    envvar="DETECTOR_DATABASE",
    help="The store that `detector serve` uses. [env: DETECTOR_DATABASE]",
)


@click.group("service", short_help="Users, API keys and webhooks of the moderation service.")
def command() -> None:
    """Manage users, API keys and webhooks of the moderation service.

    The store may be in use meanwhile.

    \b
    Examples:
      detector service user add li --role reviewer
      detector service key add blog --scope scan --scope feedback
      detector service webhook add https://cms.example/hooks/detector
      detector service export > labelled.jsonl
    """


@command.group("user")
def user() -> None:
    """People who log in to the review pages."""


@user.command("add")
@click.argument("name")
@click.option(
    "--role", type=click.Choice(["reviewer", "admin"]), default="reviewer", show_default=True,
    help="An admin's decision is the last word, and sees the model page's export.",
)  # fmt: skip
@DATABASE
def add_user(name: str, role: str, database: str) -> None:
    """Add a user, or give one another password and role.

    The password is asked for; without a terminal it is a line of standard input.
    """
    from detector.service import accounts

    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    _run(database, lambda c: accounts.add_user(c, name, role, password, _who()))
    click.echo(f"{name} may log in as {role}", err=True)


@user.command("disable")
@click.argument("name")
@DATABASE
def disable_user(name: str, database: str) -> None:
    """Let a user log in no more."""
    from detector.service import accounts

    _found(_run(database, lambda c: accounts.disable_user(c, name, _who())), f"no user {name}")


@user.command("list")
@DATABASE
def list_users(database: str) -> None:
    """Show all users."""
    from sqlalchemy import select

    from detector.service.schema import users

    for row in _run(database, lambda c: c.execute(select(users)).all()):
        click.echo(f"{row.name}\t{row.role}{chr(9) + 'disabled' if row.disabled else ''}")


@command.group("key")
def key() -> None:
    """API keys of programs."""


@key.command("add")
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, default=("scan", "feedback", "results"),
    show_default=True,
    type=click.Choice(["scan", "feedback", "results", "export", "metrics"]),
    help="What it may do; may be given several times.",
)  # fmt: skip
@DATABASE
def add_key(name: str, scopes: tuple[str, ...], database: str) -> None:
    """Make a key. It is printed this once; the store has a hash of it."""
    from detector.service import accounts

    made = _run(database, lambda c: accounts.add_key(c, name, frozenset(scopes), _who()))
    click.echo(made)


@key.command("revoke")
@click.argument("id")
@DATABASE
def revoke_key(id: str, database: str) -> None:
    """Take a key back; ID is its second part, as `list` shows it."""
    from detector.service import accounts

    _found(_run(database, lambda c: accounts.revoke_key(c, id, _who())), f"no key {id}")


@key.command("list")
@DATABASE
def list_keys(database: str) -> None:
    """Show all keys, without their secrets."""
    from sqlalchemy import select

    from detector.service.schema import keys

    for row in _run(database, lambda c: c.execute(select(keys)).all()):
        revoked = "\trevoked" if row.revoked else ""
        click.echo(f"{row.id}\t{row.name}\t{row.scopes}{revoked}")


@command.group("webhook")
def webhook() -> None:
    """Addresses that are told of pages to review and of blocked ones."""


@webhook.command("add")
@click.argument("url")
@click.option(
    "--on", "actions", multiple=True, default=("review", "block"), show_default=True,
    type=click.Choice(["review", "block"]), help="Of which decisions it is told.",
)  # fmt: skip
@DATABASE
def add_webhook(url: str, actions: tuple[str, ...], database: str) -> None:
    """Add an address; its id and secret are printed this once."""
    from detector.service import webhooks

    made = _run(database, lambda c: webhooks.add_webhook(c, url, frozenset(actions), _who()))
    click.echo(made)


@webhook.command("rotate")
@click.argument("id")
@DATABASE
def rotate_webhook(id: str, database: str) -> None:
    """Print a new secret; the former one signs too for a day."""
    from detector.service import webhooks

    secret = _run(database, lambda c: webhooks.rotate(c, id, _who()))
    _found(secret, f"no webhook {id}")
    click.echo(secret)


@webhook.command("disable")
@click.argument("id")
@DATABASE
def disable_webhook(id: str, database: str) -> None:
    """Send nothing more there."""
    from detector.service import webhooks

    done = _run(database, lambda c: webhooks.disable(c, id, "disabled by an admin", _who()))
    _found(done, f"no webhook {id}")


@webhook.command("list")
@DATABASE
def list_webhooks(database: str) -> None:
    """Show all addresses."""
    from sqlalchemy import select

    from detector.service.schema import webhooks

    for row in _run(database, lambda c: c.execute(select(webhooks)).all()):
        click.echo(f"{row.id}\t{row.url}\t{row.actions}\t{row.disabled or 'on'}")


@command.command("export")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only pages from that day on.")
@DATABASE
def export(since: Any, database: str) -> None:
    """Print labelled pages as JSON lines, as `detector train` reads them.

    Pages that people agree on and whose text is kept (`[retention]` in the policy).
    """
    from detector.service.export import every

    start = since.timestamp() if since else 0.0
    _opened(database, lambda opened: sys.stdout.buffer.writelines(every(opened, start)))


def _run(database: str, work: Callable[[Any], Made]) -> Made:
    """Do it in one transaction of the store, or say why not and end."""
    return _opened(database, lambda opened: opened.write(work))


def _opened(database: str, use: Callable[[Database], Made]) -> Made:
    """Use the store, or say why not and end."""
    try:
        from detector.service.accounts import AccountError
        from detector.service.database import Database, StoreError
    except ImportError as error:
        name = f"the service needs {error.name}: pip install 'seo-injection-detector[serve]'"
        click.echo(f"detector: {name}", err=True)
        sys.exit(2)
    try:
        opened = Database(database)
        try:
            return use(opened)
        finally:
            opened.close()
    except (StoreError, AccountError) as error:
        click.echo(f"detector: {error}", err=True)
        sys.exit(2)


def _found(done: object, words: str) -> None:
    if not done:
        click.echo(f"detector: {words}", err=True)
        sys.exit(2)


def _who() -> str:
    try:
        return f"{getpass.getuser()} (command)"
    except (KeyError, OSError):
        return f"user {os.getuid()} (command)"

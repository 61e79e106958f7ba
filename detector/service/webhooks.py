"""Messages to other systems, signed, from a durable outbox.

Source: Standard Webhooks 1.0.0 (standardwebhooks.com): HMAC-SHA256 of
`id.timestamp.body` with the endpoint's secret, in the header `webhook-signature`
as `v1,<base64>`; while a secret is rotated both sign. The schedule of tries is
the one it proposes, each with some chance added.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import random
import secrets
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from detector.policy import ACTIONS
from detector.service import schema
from detector.service.accounts import AccountError, new_id, note
from detector.service.database import Database

if TYPE_CHECKING:
    import httpx

TRIES = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)  # seconds until the next
JITTER = 0.2  # share of it that chance adds
LEASE = 60.0  # seconds for which one server has a message to itself
ROTATION = 86_400.0  # seconds for which a former secret still signs
TIMEOUT = 15.0  # seconds for one delivery
TOGETHER = 20  # deliveries at a time
IDLE = 1.0  # seconds between looks into the outbox
TOLERANCE = 300.0  # seconds that a receiver lets pass; the specification's
GONE = 410
_PREFIX = "whsec_"


def sign(secret: str, name: str, stamp: int, body: bytes) -> str:
    """The signature of a message with one secret."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    made = hmac.new(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(made).decode()


def headers(hook: Row[Any], name: str, body: bytes, now: float) -> dict[str, str]:
    """What goes with a message: its id, the time, a signature by every valid secret."""
    stamp = int(now)
    valid = [hook.secret] + ([hook.former] if hook.former and hook.former_until > now else [])
    return {
        "content-type": "application/json",
        "user-agent": "detector-webhooks/1",
        "webhook-id": name,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(sign(secret, name, stamp, body) for secret in valid),
    }


def new_secret() -> str:
    """32 random bytes in the specification's form."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def add_webhook(connection: Connection, url: str, actions: frozenset[str], who: str) -> str:
    """A new endpoint; its id and secret as `id secret`. Raises AccountError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AccountError(f"{url!r} is no http(s) address")
    if not actions or not actions <= set(ACTIONS[1:]):
        raise AccountError(f"actions are of {', '.join(ACTIONS[1:])}")
    name, secret = new_id("wh"), new_secret()
    connection.execute(
        insert(schema.webhooks).values(
            id=name, url=url, secret=secret, former="", former_until=0.0,
            actions=" ".join(sorted(actions)), at=time.time(), disabled="",
        )
    )  # fmt: skip
    note(connection, who, "webhook added", f"{name} {url}")
    return f"{name} {secret}"


def rotate(connection: Connection, name: str, who: str) -> str | None:
    """A new secret; the former one signs beside it for a day. None: no such endpoint."""
    hooks = schema.webhooks
    row = connection.execute(select(hooks).where(hooks.c.id == name)).first()
    if row is None:
        return None
    secret = new_secret()
    connection.execute(
        update(hooks)
        .where(hooks.c.id == name)
        .values(secret=secret, former=row.secret, former_until=time.time() + ROTATION, disabled="")
    )
    note(connection, who, "webhook rotated", name)
    return secret


def disable(connection: Connection, name: str, why: str, who: str) -> bool:
    """Send nothing more to an endpoint; whether there was one."""
    hooks, outbox = schema.webhooks, schema.outbox
    done = connection.execute(update(hooks).where(hooks.c.id == name).values(disabled=why[:200]))
    connection.execute(
        update(outbox)
        .where(outbox.c.webhook == name, outbox.c.due.is_not(None))
        .values(due=None, error=why)
    )
    note(connection, who, "webhook disabled", f"{name} {why}")
    return done.rowcount > 0


class Dispatcher:
    """Delivers what is due until it is cancelled."""

    def __init__(self, database: Database, client: httpx.AsyncClient | None = None) -> None:
        import httpx

        self._database = database
        self._client = client or httpx.AsyncClient(
            timeout=TIMEOUT, follow_redirects=False, trust_env=False
        )
        self.delivered = self.failed = 0

    async def run(self) -> None:
        """Look again and again."""
        try:
            while True:
                if not await self.round():
                    await asyncio.sleep(IDLE)
        finally:
            await self._client.aclose()

    async def round(self) -> int:
        """Deliver what is due now; how many were tried."""
        due = await self._database.awrite(_claim) if await self._database.aread(_any_due) else []
        await asyncio.gather(*(self._deliver(row) for row in due))
        return len(due)

    async def _deliver(self, row: Row[Any]) -> None:
        import httpx

        body = row.body.encode("utf-8")
        status, error, after = 0, "", 0.0
        try:
            answer = await self._client.post(
                row.url, content=body, headers=headers(row, row.id, body, time.time())
            )
            status = answer.status_code
            error = "" if answer.is_success else f"status {status}"
            given = answer.headers.get("retry-after", "")
            after = float(given) if given.isdecimal() else 0.0
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            error = f"{type(problem).__name__}: {problem}"[:500]
        if error:
            self.failed += 1
        else:
            self.delivered += 1
        await self._database.awrite(lambda c: _note(c, row, status, error, min(after, TRIES[-1])))


def _due(now: float) -> Any:
    return and_(schema.outbox.c.due.is_not(None), schema.outbox.c.due <= now)


def _any_due(connection: Connection) -> bool:
    return (
        connection.execute(select(schema.outbox.c.id).where(_due(time.time())).limit(1)).first()
        is not None
    )


def _claim(connection: Connection) -> list[Any]:
    """What is due, put off for the time of a try, so that no other server takes it too."""
    outbox, hooks, now = schema.outbox, schema.webhooks, time.time()
    rows = connection.execute(
        select(
            outbox.c.id, outbox.c.body, outbox.c.attempts, hooks.c.id.label("hook"), hooks.c.url,
            hooks.c.secret, hooks.c.former, hooks.c.former_until,
        )
        .join(hooks, hooks.c.id == outbox.c.webhook)
        .where(_due(now), or_(hooks.c.disabled == "", hooks.c.disabled.is_(None)))
        .order_by(outbox.c.due)
        .limit(TOGETHER)
        .with_for_update(of=outbox, skip_locked=True)
    ).all()  # fmt: skip
    connection.execute(
        update(outbox).where(outbox.c.id.in_([r.id for r in rows])).values(due=now + LEASE)
    )
    return [*rows]


def _note(connection: Connection, row: Row[Any], status: int, error: str, after: float) -> None:
    outbox, now = schema.outbox, time.time()
    done = update(outbox).where(outbox.c.id == row.id)
    tries = row.attempts + 1
    if not error:
        connection.execute(done.values(attempts=tries, due=None, delivered=now, error=""))
    elif status == GONE:
        disable(connection, row.hook, "the endpoint answered 410 Gone", "service")
    elif tries > len(TRIES):
        connection.execute(done.values(attempts=tries, due=None, error=error))
    else:
        wait = max(TRIES[tries - 1], after) * (1.0 + JITTER * random.random())
        connection.execute(done.values(attempts=tries, due=now + wait, error=error))

"""Webhooks: signed as the standard says, kept until they are delivered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook, WebhookVerificationError
from test_store import keep

from detector.service import accounts, schema, webhooks
from detector.service.database import Database

URL = "https://cms.example/hook"


def add(database: Database, *actions: str) -> tuple[str, str]:
    given = frozenset(actions or ("review", "block"))
    name, secret = database.write(lambda c: webhooks.add_webhook(c, URL, given, "t")).split()
    return name, secret


def deliver(
    database: Database, answer: Callable[[httpx.Request], httpx.Response]
) -> list[httpx.Request]:
    """One round, with what the endpoint got."""
    got: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return answer(request)

    async def run() -> None:
        client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
        await webhooks.Dispatcher(database, client).round()

    asyncio.run(run())
    return got


def rows(database: Database) -> list[Any]:
    return list(database.read(lambda c: c.execute(select(schema.outbox)).all()))


def test_a_message_is_verified_by_the_public_package_and_sent_once(database: Database) -> None:
    _, secret = add(database)
    name = keep(database)
    (request,) = deliver(database, lambda _: httpx.Response(204))
    body = request.content.decode()
    Webhook(secret).verify(body, dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks.new_secret()).verify(body, dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace("review", "allow"), dict(request.headers))
    message = json.loads(body)
    assert message["type"] == "page.review" and message["data"]["id"] == name
    assert message["data"]["reasons"] and "content" not in message["data"]
    assert deliver(database, lambda _: httpx.Response(204)) == []
    assert rows(database)[0].delivered


def test_while_a_secret_is_rotated_both_verify(database: Database) -> None:
    name, old = add(database)
    new = database.write(lambda c: webhooks.rotate(c, name, "t"))
    assert new and new != old
    keep(database)
    (request,) = deliver(database, lambda _: httpx.Response(200))
    for secret in (old, new):
        Webhook(secret).verify(request.content.decode(), dict(request.headers))
    hooks = schema.webhooks
    database.write(lambda c: c.execute(update(hooks).values(former_until=1.0)))
    keep(database)
    (request,) = deliver(database, lambda _: httpx.Response(200))
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(request.content.decode(), dict(request.headers))


@pytest.mark.parametrize(("status", "after"), [(500, "0"), (302, "0"), (429, "100")])
def test_what_fails_is_tried_again_later(database: Database, status: int, after: str) -> None:
    add(database)
    keep(database)
    answer = httpx.Response(status, headers={"retry-after": after, "location": "https://x.example"})
    assert len(deliver(database, lambda _: answer)) == 1
    (row,) = rows(database)
    assert row.attempts == 1 and row.error == f"status {status}"
    assert row.due - row.at >= max(webhooks.TRIES[0], int(after))
    assert deliver(database, lambda _: answer) == []
    outbox = schema.outbox
    database.write(lambda c: c.execute(update(outbox).values(due=1.0, attempts=99)))
    deliver(database, lambda _: answer)
    assert rows(database)[0].due is None and rows(database)[0].delivered is None


def test_an_endpoint_that_is_gone_gets_nothing_more(database: Database) -> None:
    add(database)
    keep(database)
    keep(database)
    deliver(database, lambda _: httpx.Response(410))
    keep(database)
    assert all(row.due is None for row in rows(database)) and len(rows(database)) == 2


def test_a_server_that_died_in_a_delivery_loses_nothing(database: Database) -> None:
    add(database, "block")
    keep(database)  # to review: not told
    assert rows(database) == []
    keep(database, foreign=0.999)

    def dies(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(database, dies)
    (row,) = rows(database)
    assert row.due and not row.delivered  # due again when its lease ends
    database.write(lambda c: c.execute(update(schema.outbox).values(due=1.0)))
    assert len(deliver(database, lambda _: httpx.Response(200))) == 1


def test_addresses_and_actions_are_checked(database: Database) -> None:
    for url, actions in (("ftp://x.example", {"block"}), (URL, {"allow"}), (URL, set[str]())):
        with pytest.raises(accounts.AccountError):
            database.write(
                lambda c, u=url, a=actions: webhooks.add_webhook(c, u, frozenset(a), "t")
            )

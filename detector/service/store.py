"""Results, decisions and feedback in the database. Functions take a connection."""

from __future__ import annotations

import json
import time
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from detector.hosts import host_of, site_of
from detector.policy import Retention
from detector.service import schema
from detector.service.accounts import new_id, note
from detector.service.tasks import Answer, Task

DAY = 86_400.0
LABELS = ("clean", "injected", "spam")
DECISIONS = (*LABELS, "partly")
REPLAYED = DAY  # seconds for which an idempotency key is remembered


@dataclass(frozen=True, slots=True)
class Origin:
    """What the caller says of a page beside its address."""

    source: str = ""
    author: str = ""


def plain(text: str, most: int = 2000) -> str:
    """Text that every database takes."""
    return text[:most].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def add_result(
    connection: Connection, task: Task, answer: Answer, origin: Origin, retention: Retention
) -> None:
    """Keep a result, its text where the policy says so, and what its webhooks are to be told."""
    head, now = answer.head, time.time()
    uri = plain(task.document.uri, 4000)
    foreign = head.foreign
    connection.execute(
        insert(schema.results).values(
            id=task.id, at=now, uri=uri, site=site_of(host_of(uri))[:255],
            source=plain(origin.source, 200), author=plain(origin.author, 200),
            title=plain(head.title), action=head.action, label=head.label,
            uncertain=1.0 if foreign is None else round(1.0 - 2.0 * abs(foreign - 0.5), 6),
            foreign_share=foreign, category=head.category,
            techniques=f" {' '.join(head.techniques)} ",
            campaign=_campaign(connection, task.id, head.bands), model=head.model,
            error=head.error, elapsed_ms=head.elapsed_ms,
            record=answer.kept.decode("utf-8"), votes=0,
        )
    )  # fmt: skip
    document = task.document
    if retention.keeps(head.action) and document.data:  # type: ignore[arg-type]
        connection.execute(
            insert(schema.texts).values(
                result=task.id, kind=document.kind or "html", charset=plain(document.charset, 40),
                data=zlib.compress(document.data, 3), until=now + retention.text_days * DAY,
            )
        )  # fmt: skip
    if head.action != "allow":
        _tell(connection, task.id, uri, answer, now)


def _campaign(connection: Connection, own: str, bands: tuple[int, ...]) -> str | None:
    """The campaign that most of the bands belong to, else a new one; the bands join it."""
    if not bands:
        return None
    table = schema.bands
    rows = connection.execute(select(table).where(table.c.band.in_(bands))).all()
    name = Counter(row.campaign for row in rows).most_common(1)[0][0] if rows else own
    new = [{"band": b, "campaign": name} for b in set(bands) - {row.band for row in rows}]
    if new:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), new)
    return str(name)


def _tell(connection: Connection, name: str, uri: str, answer: Answer, now: float) -> None:
    """Put a message a webhook into the outbox: in the same transaction, so none is lost."""
    head, hooks = answer.head, schema.webhooks
    rows = connection.execute(select(hooks).where(hooks.c.disabled == "")).all()
    for row in rows:
        if head.action not in row.actions.split():
            continue
        record = json.loads(answer.kept)
        data = {
            "id": name, "uri": uri, "action": head.action, "label": head.label,
            "categories": record["categories"], "reasons": record["decision"]["reasons"],
        }  # fmt: skip
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
        body = {"type": f"page.{head.action}", "timestamp": stamp, "data": data}
        connection.execute(
            insert(schema.outbox).values(
                id=new_id("msg"), webhook=row.id, body=json.dumps(body, ensure_ascii=False),
                at=now, attempts=0, due=now, error="",
            )
        )  # fmt: skip


def find_result(connection: Connection, name: str) -> Row[Any] | None:
    """A result by its id."""
    return connection.execute(select(schema.results).where(schema.results.c.id == name)).first()


def shown(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """A result's record with what people said of it."""
    record: dict[str, Any] = json.loads(row.record)
    record["context"] = {"author": row.author, "site": row.source}
    record["settled"] = row.settled
    record["campaign"] = row.campaign
    record["scanned_at"] = row.at
    return record


def text_of(connection: Connection, name: str) -> Row[Any] | None:
    """The kept text of a result: kind, charset, data (compressed)."""
    table = schema.texts
    return connection.execute(
        select(table).where(table.c.result == name, table.c.until > time.time())
    ).first()


# ---------------------------------------------------------------------- what people say


def add_feedback(
    connection: Connection, result: str, label: str, who: str, words: str, key: str, name: str
) -> bool:
    """Keep feedback as `name`; whether there is such a result."""
    if find_result(connection, result) is None:
        return False
    connection.execute(
        insert(schema.feedback).values(
            id=name, result=result, who=plain(who, 100), label=label, note=plain(words), key=key,
            at=time.time(),
        )
    )  # fmt: skip
    note(connection, plain(who, 100), "feedback", f"{result} {label}")
    settle(connection, [result])
    return True


def decide(
    connection: Connection,
    results: Iterable[str],
    label: str,
    who: str,
    role: str,
    spans: tuple[str, ...] = (),
    words: str = "",
) -> int:
    """Keep one decision for some results; of how many there were any."""
    table = schema.results
    wanted = list(results)
    found = [
        row.id
        for at in range(0, len(wanted), 500)
        for row in connection.execute(
            select(table.c.id).where(table.c.id.in_(wanted[at : at + 500]))
        )
    ]
    if not found:
        return 0
    given = json.dumps([plain(s, 20_000) for s in spans], ensure_ascii=False)
    values = {
        "who": who, "role": role, "label": label, "spans": given, "note": plain(words),
        "at": time.time(),
    }  # fmt: skip
    connection.execute(insert(schema.decisions), [{"result": result, **values} for result in found])
    note(connection, who, "decision", f"{label} {' '.join(found[:20])}")
    settle(connection, found)
    return len(found)


def settle(connection: Connection, results: Iterable[str]) -> None:
    """Work out what people agree on: an admin's last word, else the majority's."""
    for result in results:
        votes = votes_of(connection, result)
        connection.execute(
            update(schema.results)
            .where(schema.results.c.id == result)
            .values(votes=len(votes), settled=agreed(votes))
        )


@dataclass(frozen=True, slots=True)
class Vote:
    """The last word of one person on one page."""

    who: str
    label: str
    role: str  # reviewer | admin | api
    at: float
    spans: tuple[str, ...] = ()
    note: str = ""


def votes_of(connection: Connection, result: str) -> list[Vote]:
    """The last word of everyone, oldest first."""
    decisions, feedback = schema.decisions, schema.feedback
    said = [
        Vote(r.who, r.label, r.role, r.at, tuple(json.loads(r.spans)), r.note)
        for r in connection.execute(select(decisions).where(decisions.c.result == result))
    ]
    said += [
        Vote(r.who, r.label, "api", r.at, (), r.note)
        for r in connection.execute(select(feedback).where(feedback.c.result == result))
    ]
    said.sort(key=lambda vote: vote.at)
    last = {(vote.who, vote.role == "api"): vote for vote in said}
    return sorted(last.values(), key=lambda vote: vote.at)


def agreed(votes: list[Vote]) -> str | None:
    """The label of a page, `disputed` where as many say otherwise, None without a vote."""
    if not votes:
        return None
    admins = [vote for vote in votes if vote.role == "admin"]
    counts = Counter(label_of(vote) for vote in (admins[-1:] or votes))
    (first, most), *others = counts.most_common()
    return "disputed" if others and others[0][1] == most else first


def label_of(vote: Vote) -> str:
    return "injected" if vote.label == "partly" else vote.label


# ---------------------------------------------------------------------- idempotency, retention


def remembered(connection: Connection, key: str) -> Row[Any] | None:
    """What an idempotency key was used for."""
    table = schema.idempotency
    return connection.execute(
        select(table).where(table.c.key == key, table.c.at > time.time() - REPLAYED)
    ).first()


def remember(connection: Connection, key: str, request: str, answer: str) -> None:
    """Keep what an idempotency key is used for. IntegrityError where it was meanwhile."""
    table = schema.idempotency
    connection.execute(
        delete(table).where(table.c.key == key, table.c.at <= time.time() - REPLAYED)
    )
    connection.execute(
        insert(table).values(key=key, request=request, answer=answer, at=time.time())
    )


def forget(connection: Connection, retention: Retention) -> int:
    """Delete what is older than the policy keeps; how many results."""
    now = time.time()
    connection.execute(delete(schema.texts).where(schema.texts.c.until < now))
    connection.execute(delete(schema.idempotency).where(schema.idempotency.c.at < now - REPLAYED))
    connection.execute(
        delete(schema.outbox).where(
            schema.outbox.c.due.is_(None), schema.outbox.c.at < now - 30 * DAY
        )
    )
    done = connection.execute(
        delete(schema.results).where(schema.results.c.at < now - retention.days * DAY)
    )
    used = select(schema.results.c.campaign).where(schema.results.c.campaign.is_not(None))
    connection.execute(delete(schema.bands).where(schema.bands.c.campaign.not_in(used)))
    return done.rowcount


def pending(connection: Connection) -> int:
    """Messages that wait to be delivered."""
    waiting = (
        select(func.count()).select_from(schema.outbox).where(schema.outbox.c.due.is_not(None))
    )
    return int(connection.execute(waiting).scalar() or 0)

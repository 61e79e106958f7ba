"""What waits for people: filtered, sorted by how unsure the verdict is, or by campaign."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from detector.service import schema
from detector.service.store import DAY, LABELS

PAGE = 50  # rows of one page
NEXT = 200  # rows among which the next page is looked for
MOST_CAMPAIGNS = 100
NEWEST = 5000  # results whose values filters offer
BULK = 2000  # results that one decision covers
STATES = ("open", "disputed", "done", "all")
SORTS = ("uncertain", "new")
_results = schema.results


@dataclass(frozen=True, slots=True)
class Filters:
    """The queue's filters as the address has them; empty means any."""

    state: str = "open"
    action: str = ""  # "" for review and block
    category: str = ""
    technique: str = ""
    site: str = ""
    campaign: str = ""
    q: str = ""  # words of the address or title
    sort: str = "uncertain"

    @classmethod
    def of(cls, given: dict[str, str]) -> Filters:
        """The filters of an address; what is not known is left out."""
        values = {name: given.get(name, "")[:200] for name in cls.__slots__ if given.get(name)}
        if values.get("state") not in STATES:
            values.pop("state", None)
        if values.get("sort") not in SORTS:
            values.pop("sort", None)
        return cls(**values)

    def address(self, **other: str) -> str:
        """The filters as a query, some of them changed."""
        values = {k: v for k, v in (asdict(self) | other).items() if v}
        return urlencode(values)

    def where(self) -> ColumnElement[bool]:
        """The condition."""
        table = _results.c
        parts: list[ColumnElement[bool]] = []
        if self.state == "open":
            parts.append(or_(table.settled.is_(None), table.settled == "disputed"))
        elif self.state == "disputed":
            parts.append(table.settled == "disputed")
        elif self.state == "done":
            parts.append(table.settled.in_(LABELS))
        if self.action == "":
            parts.append(table.action.in_(("review", "block")))
        elif self.action != "any":
            parts.append(table.action == self.action)
        given = {name: getattr(self, name) for name in ("category", "site", "campaign")}
        parts += [table[name] == value for name, value in given.items() if value]
        if self.technique:
            parts.append(table.techniques.contains(f" {self.technique} ", autoescape=True))
        if self.q:
            parts.append(
                or_(
                    table.uri.contains(self.q, autoescape=True),
                    table.title.contains(self.q, autoescape=True),
                )
            )
        return and_(True, *parts)

    def order(self) -> Sequence[Any]:
        """Most unsure first, or newest first."""
        first = _results.c.at if self.sort == "new" else _results.c.uncertain
        return first.desc(), _results.c.id


def rows(connection: Connection, filters: Filters, page: int = 0) -> tuple[list[Row[Any]], int]:
    """One page of the queue, and how many results there are in all."""
    where = filters.where()
    count = connection.execute(select(func.count()).select_from(_results).where(where)).scalar()
    found = connection.execute(
        select(_results).where(where).order_by(*filters.order()).limit(PAGE).offset(page * PAGE)
    ).all()
    return [*found], int(count or 0)


def following(connection: Connection, filters: Filters, after: str = "") -> str:
    """The result to look at after another one; "" where none is left."""
    ids = connection.execute(
        select(_results.c.id).where(filters.where()).order_by(*filters.order()).limit(NEXT)
    ).scalars()
    names = list(ids)
    if after in names:
        at = names.index(after) + 1
        return names[at] if at < len(names) else ""
    return names[0] if names else ""


def campaigns(connection: Connection, filters: Filters) -> list[dict[str, Any]]:
    """Campaigns of the queue, the largest first, each with a page of it."""
    table = _results.c
    groups = connection.execute(
        select(
            table.campaign, func.count().label("pages"), func.max(table.uncertain).label("unsure"),
            func.min(table.at).label("first"), func.max(table.at).label("last"),
            func.count(func.distinct(table.site)).label("sites"), func.min(table.id).label("one"),
        )
        .where(filters.where(), table.campaign.is_not(None))
        .group_by(table.campaign)
        .order_by(func.count().desc(), func.max(table.uncertain).desc())
        .limit(MOST_CAMPAIGNS)
    ).all()  # fmt: skip
    sample = {
        row.id: row
        for row in connection.execute(
            select(_results).where(table.id.in_([group.one for group in groups]))
        )
    }
    return [{**group._mapping, "sample": sample[group.one]} for group in groups]


def choices(connection: Connection) -> dict[str, list[str]]:
    """The values that filters can take: those of the newest results."""
    table = _results.c
    newest = connection.execute(
        select(table.category, table.techniques)
        .where(table.action != "allow")
        .order_by(table.at.desc())
        .limit(NEWEST)
    ).all()
    return {
        "category": sorted({row.category for row in newest} - {""}),
        "technique": sorted({name for row in newest for name in row.techniques.split()}),
    }


def days(connection: Connection, count: int = 30) -> list[dict[str, Any]]:
    """By day, the oldest first: pages by action, decisions made, and what people found.

    `judged` counts the day's flagged pages that people have decided since, `wrong` those of
    them that are clean.
    """
    today = int(time.time() // DAY)
    said = []
    decided = schema.decisions.c
    for day in range(today - count + 1, today + 1):
        start, end = day * DAY, (day + 1) * DAY
        actions: dict[str, int] = {
            row[0]: row[1]
            for row in connection.execute(
                select(_results.c.action, func.count())
                .where(_results.c.at >= start, _results.c.at < end)
                .group_by(_results.c.action)
            )
        }
        decisions = connection.execute(
            select(func.count()).where(decided.at >= start, decided.at < end)
        ).scalar()
        settled: dict[str, int] = {
            row[0]: row[1]
            for row in connection.execute(
                select(_results.c.settled, func.count())
                .where(_results.c.at >= start, _results.c.at < end)
                .where(_results.c.action != "allow", _results.c.settled.in_(LABELS))
                .group_by(_results.c.settled)
            )
        }
        stamp = time.strftime("%m-%d", time.gmtime(start))
        said.append({
            "day": stamp, "actions": actions, "decisions": decisions or 0,
            "judged": sum(settled.values()), "wrong": settled.get("clean", 0),
        })  # fmt: skip
    return said


def agreement(connection: Connection) -> dict[str, Any]:
    """How the verdicts in the store stand to what people said: a table, and two rates."""
    table = _results.c
    counted: Counter[tuple[str, str]] = Counter()
    actions: Counter[tuple[str, bool]] = Counter()
    for label, action, settled, count in connection.execute(
        select(table.label, table.action, table.settled, func.count())
        .where(table.settled.in_(LABELS))
        .group_by(table.label, table.action, table.settled)
    ):
        counted[label or "error", settled] += count
        actions[action, settled != "clean"] += count
    rates = {}
    for action in ("review", "block"):
        right, wrong = actions[action, True], actions[action, False]
        rates[action] = {"right": right, "all": right + wrong}
    return {"counts": {f"{a}/{b}": n for (a, b), n in counted.items()}, "rates": rates}


def reviewers(connection: Connection) -> list[tuple[str, int]]:
    """How many decisions each person made."""
    who = schema.decisions.c.who
    return [
        (row[0], row[1])
        for row in connection.execute(
            select(who, func.count()).group_by(who).order_by(func.count().desc()).limit(20)
        )
    ]

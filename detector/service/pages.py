"""Review pages: the queue, campaigns, one page with its evidence, decisions."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection, select

from detector.service import queues, schema, store
from detector.service.callers import service_of
from detector.service.queues import Filters
from detector.service.refusals import Refused
from detector.service.rendering import PREFIX, show, to
from detector.service.runtime import Service
from detector.service.tasks import Answer, Task
from detector.service.view import CONTENT_POLICY
from detector.service.visitors import Visitor, checked_form, visitor
from detector.service.workers import Lost
from detector.types import Document

LONGEST = 40_000  # characters of a page's text that are shown
router = APIRouter(prefix=PREFIX, include_in_schema=False)
Reviewer = Annotated[Visitor, Depends(visitor())]


@router.get("/")
async def queue(request: Request, who: Reviewer, page: int = 0) -> Response:
    """Results that wait for a person."""
    filters = Filters.of(dict(request.query_params))
    page = min(max(page, 0), 10_000)

    def read(connection: Connection) -> tuple[Any, int, Any]:
        return *queues.rows(connection, filters, page), queues.choices(connection)

    rows, count, choices = await service_of(request).database.aread(read)
    return show(
        request, "queue", who, rows=rows, count=count, choices=choices, f=filters, at=page,
        more=count > (page + 1) * queues.PAGE, states=queues.STATES, sorts=queues.SORTS,
    )  # fmt: skip


@router.get("/campaigns")
async def campaigns(request: Request, who: Reviewer) -> Response:
    """Near-duplicate findings, a campaign a row."""
    filters = Filters.of(dict(request.query_params))
    found = await service_of(request).database.aread(lambda c: queues.campaigns(c, filters))
    return show(request, "campaigns", who, campaigns=found, f=filters)


@router.post("/decide")
async def decide_many(request: Request, who: Reviewer) -> Response:
    """One decision for chosen pages, or for all open ones of a campaign."""
    form = await checked_form(request, who)
    label = _label(form, (*store.LABELS,))
    campaign = str(form.get("campaign", ""))
    chosen = [str(one) for one in form.getlist("id")]  # type: ignore[attr-defined]

    def keep(connection: Connection) -> int:
        names = chosen
        if campaign:
            table = schema.results.c
            where = Filters(campaign=campaign, action="any").where()
            names = [*connection.execute(select(table.id).where(where)).scalars()]
        return store.decide(connection, names[: queues.BULK], label, who.name, who.role)

    service = service_of(request)
    count = await service.database.awrite(keep)
    service.metrics.feedback.labels(label).inc(count)
    return to("/campaigns" if campaign else f"/?{_back(form).address()}")


@router.get("/next")
async def next_one(request: Request, who: Reviewer, after: str = "") -> Response:
    """The page that comes after another in the queue."""
    filters = Filters.of(dict(request.query_params))
    name = await service_of(request).database.aread(lambda c: queues.following(c, filters, after))
    return to(f"/pages/{name}?{filters.address()}" if name else f"/?{filters.address()}")


@router.get("/pages/{name}")
async def one(request: Request, name: str, who: Reviewer) -> Response:
    """What was found, why, and what the page says without it."""
    service = service_of(request)
    row, text, votes = await service.database.aread(partial(_read, name=name))
    record = json.loads(row.record)
    content = await _content(service, row, text) if text is not None else None
    return show(
        request, "one", who, row=row, record=record, votes=votes, kept=text is not None,
        runs=list(runs(content)) if content else [], content=content,
        f=Filters.of(dict(request.query_params)),
        contributions=_shares(record["contributions"]),
    )  # fmt: skip


@router.get("/pages/{name}/original")
async def original(request: Request, name: str, who: Reviewer) -> Response:
    """The page's words with the findings marked, for a sandboxed frame."""
    service = service_of(request)
    row, text, _ = await service.database.aread(partial(_read, name=name))
    if text is None:
        raise Refused(404, "unknown", "the page's text is not kept")
    task = Task(name, _document(row, text), record=row.record.encode())
    try:
        data = await service.workers.do(task, patient=True)
    except Lost:
        data = b""
    headers = {"content-security-policy": f"{CONTENT_POLICY}; frame-ancestors 'self'"}
    shown = data or b"<!doctype html><p>This page cannot be shown."
    return Response(shown, 200, headers, "text/html; charset=utf-8")


@router.post("/pages/{name}/decide")
async def decide(request: Request, name: str, who: Reviewer) -> Response:
    """Keep a decision and go on to the next page."""
    form = await checked_form(request, who)
    label = _label(form, store.DECISIONS)
    lines = str(form.get("spans", ""))[:100_000].splitlines()
    spans = tuple(line.strip() for line in lines if line.strip()) if label == "partly" else ()
    if label == "partly" and not spans:
        raise Refused(422, "value", "mark the foreign words first, a line each")
    words, filters = str(form.get("note", "")), _back(form)
    service = service_of(request)

    def keep(connection: Connection) -> str:
        after = queues.following(connection, filters, name)
        if not store.decide(connection, [name], label, who.name, who.role, spans, words):
            raise Refused(404, "unknown", "there is no such page")
        return after or queues.following(connection, filters)

    then = await service.database.awrite(keep)
    service.metrics.feedback.labels(label).inc()
    address = filters.address()
    return to(f"/pages/{then}?{address}" if then else f"/?{address}")


def _read(connection: Connection, name: str) -> tuple[Any, Any, list[store.Vote]]:
    row = store.find_result(connection, name[:40])
    if row is None:
        raise Refused(404, "unknown", "there is no such page")
    return row, store.text_of(connection, row.id), store.votes_of(connection, row.id)


def _document(row: Any, text: Any) -> Document:
    return Document(row.uri, zlib.decompress(text.data), text.kind, text.charset)


async def _content(service: Service, row: Any, text: Any) -> dict[str, Any] | None:
    """The page's content, scanned again: it is not kept."""
    task = Task(row.id, _document(row, text), row.source)
    try:
        answer = Answer.read(await service.workers.do(task, patient=True))
    except Lost:
        return None
    content: dict[str, Any] = json.loads(answer.full)["content"]
    return content


def runs(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The text as shown, what was taken out as `del`, what stands in its place as `ins`."""
    text, at = content["text"][:LONGEST], 0
    for cut in content["removed"]:
        if cut["start"] >= len(text):
            break
        yield "", text[at : cut["start"]]
        yield "del", text[cut["start"] : cut["end"]]
        yield "ins", cut.get("replacement", "")
        at = cut["end"]
    yield "", text[at:]


def _shares(contributions: list[tuple[str, float]]) -> list[tuple[str, float, int]]:
    """Features with how far they moved the verdict, and the length of their bars in percent."""
    most = max((abs(value) for _, value in contributions), default=1.0) or 1.0
    return [(name, value, round(100 * abs(value) / most)) for name, value in contributions]


def _label(form: Mapping[str, Any], known: tuple[str, ...]) -> str:
    label = str(form.get("label", ""))
    if label not in known:
        raise Refused(422, "value", f"the decision must be one of {', '.join(known)}")
    return label


def _back(form: Mapping[str, Any]) -> Filters:
    return Filters.of(dict(parse_qsl(str(form.get("back", ""))[:4000])))

"""Review pages: queue, campaigns, one page, trends, the model. Rendered here, little script."""

from __future__ import annotations

import asyncio
import json
import tomllib
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Connection, select
from starlette.responses import StreamingResponse

from detector.report.html import defanged
from detector.report.printable import printable
from detector.service import accounts, queues, schema, store
from detector.service.callers import service_of
from detector.service.export import labelled
from detector.service.plots import bars
from detector.service.queues import Filters
from detector.service.refusals import Refused
from detector.service.runtime import Service
from detector.service.tasks import Answer, Task
from detector.service.view import CONTENT_POLICY
from detector.service.visitors import COOKIE, Visitor, checked_form, form_of, visitor
from detector.service.workers import Lost
from detector.types import Document

PREFIX = "/review"
LANGUAGE = "detector_lang"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
STATIC = {"review.css": "text/css", "review.js": "text/javascript"}
LONGEST = 40_000  # characters of a page's text that are shown
router = APIRouter(prefix=PREFIX, include_in_schema=False)
Reviewer = Annotated[Visitor, Depends(visitor())]
Admin = Annotated[Visitor, Depends(visitor("admin"))]


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("detector", "data/service"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["printable"] = printable
    made.filters["defanged"] = defanged
    return made


@cache
def _words() -> dict[str, dict[str, str]]:
    text = (files("detector") / "data" / "service" / "words.toml").read_text("utf-8")
    return tomllib.loads(text)


def _language(request: Request) -> str:
    chosen = request.cookies.get(LANGUAGE) or request.headers.get("accept-language", "")
    return "zh" if chosen.lower().startswith("zh") else "en"


def show(
    request: Request, name: str, who: Visitor | None, status: int = 200, **values: Any
) -> Response:
    """A page from its template."""
    language = _language(request)
    text = _templates().get_template(f"{name}.html").render(
        w=_words()[language], lang="zh-CN" if language == "zh" else "en", who=who, page=name,
        base=PREFIX, here=request.url.path, **values,
    )  # fmt: skip
    headers = {"content-security-policy": POLICY}
    return Response(text, status, headers, "text/html; charset=utf-8")


def refusal(request: Request, refused: Refused) -> Response:
    """A refusal as a page."""
    made = show(request, "refused", None, refused.status, message=refused.message)
    made.headers.update(refused.headers)
    return made


def _to(path: str) -> Response:
    return RedirectResponse(PREFIX + path, 303)


async def to_login(request: Request, problem: Exception) -> Response:
    """Where nobody is logged in: the login page, and back after it."""
    here = request.url.path.removeprefix(PREFIX)
    if request.method == "GET" and request.url.query:
        here += f"?{request.url.query}"
    return _to(f"/login?{urlencode({'next': here if request.method == 'GET' else '/'})}")


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """The style and the script."""
    if name not in STATIC:
        raise Refused(404, "unknown", "there is no such file")
    data = (files("detector") / "data" / "service" / name).read_bytes()
    return Response(data, media_type=STATIC[name], headers={"cache-control": "max-age=300"})


# ---------------------------------------------------------------------- coming and going


@router.get("/login")
async def login_page(request: Request, next: str = "/") -> Response:
    """Name and password."""
    any_user = await service_of(request).database.aread(accounts.has_users)
    return show(request, "login", None, wrong=False, next=next, any_user=any_user)


@router.post("/login")
async def login(request: Request) -> Response:
    """Open a session."""
    service = service_of(request)
    form = await form_of(request)
    name, password = str(form.get("name", ""))[:100], str(form.get("password", ""))[:1000]
    back = str(form.get("next", "/"))
    address = request.client.host if request.client else ""
    wait = service.logins.take(f"{address} {name}")
    if wait:
        raise Refused(429, "rate", "too many tries; wait a little", wait)
    stored = await service.database.aread(lambda c: accounts.stored_password(c, name))
    if not await asyncio.to_thread(accounts.password_is, stored, password):
        await service.database.awrite(
            lambda c: accounts.note(c, store.plain(name, 100), "login refused", address)
        )
        return show(request, "login", None, 401, wrong=True, next=back, any_user=True)
    service.logins.forget(f"{address} {name}")
    token = await service.database.awrite(lambda c: accounts.open_session(c, name))
    # A path of ours alone: "//" and "/\" would lead elsewhere.
    made = _to(back if back[:1] == "/" and back[1:2] not in ("/", "\\") else "/")
    made.set_cookie(
        COOKIE, token, path=PREFIX, httponly=True, samesite="lax",
        secure=service.settings.secure, max_age=int(accounts.SESSION),
    )  # fmt: skip
    return made


@router.post("/logout")
async def logout(request: Request, who: Reviewer) -> Response:
    """Close the session."""
    await checked_form(request, who)
    token = request.cookies.get(COOKIE, "")
    await service_of(request).database.awrite(lambda c: accounts.close_session(c, token))
    made = _to("/login")
    made.delete_cookie(COOKIE, path=PREFIX)
    return made


@router.get("/language")
async def language(request: Request, to: str = "en", back: str = "/") -> Response:
    """Change the language."""
    made = _to(back if back[:1] == "/" and back[1:2] not in ("/", "\\") else "/")
    made.set_cookie(LANGUAGE, "zh" if to == "zh" else "en", path=PREFIX, samesite="lax")
    return made


# ---------------------------------------------------------------------- the queue


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
    return _to("/campaigns" if campaign else f"/?{_back(form).address()}")


@router.get("/next")
async def next_one(request: Request, who: Reviewer, after: str = "") -> Response:
    """The page that comes after another in the queue."""
    filters = Filters.of(dict(request.query_params))
    name = await service_of(request).database.aread(lambda c: queues.following(c, filters, after))
    return _to(f"/pages/{name}?{filters.address()}" if name else f"/?{filters.address()}")


# ---------------------------------------------------------------------- one page


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
    return _to(f"/pages/{then}?{address}" if then else f"/?{address}")


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


# ---------------------------------------------------------------------- over time, the model


@router.get("/trends")
async def trends(request: Request, who: Reviewer) -> Response:
    """Pages and decisions by day."""
    words = _words()[_language(request)]
    days = await service_of(request).database.aread(queues.days)
    pages = bars(
        words["pages_by_day"], [(d["day"], d["actions"]) for d in days],
        {name: words[name] for name in ("block", "review", "allow")},
    )  # fmt: skip
    flagged = bars(
        words["flagged_by_day"],
        [(d["day"], {k: d["actions"].get(k, 0) for k in ("block", "review")}) for d in days],
        {name: words[name] for name in ("block", "review")},
    )
    decided = bars(
        words["decisions_by_day"], [(d["day"], {"decisions": d["decisions"]}) for d in days],
        {"decisions": words["decisions"]},
    )  # fmt: skip
    return show(request, "trends", who, plots=[pages, flagged, decided], days=days)


@router.get("/model")
async def model(request: Request, who: Reviewer) -> Response:
    """The model in use, and how people agree with it."""
    service = service_of(request)

    def read(connection: Connection) -> tuple[Any, Any]:
        return queues.agreement(connection), queues.reviewers(connection)

    agreement, people = await service.database.aread(read)
    loaded = service.workers.model
    card = json.loads((Path(loaded.folder) / "model.json").read_text("utf-8"))
    return show(
        request, "model", who, model=loaded, card=card, agreement=agreement, people=people,
        labels=(*store.LABELS,),
    )  # fmt: skip


@router.get("/export")
async def export(request: Request, who: Admin) -> Response:
    """Labelled pages as a file, as `detector train` reads it."""
    service = service_of(request)
    await service.database.awrite(lambda c: accounts.note(c, who.name, "export", "review pages"))

    async def lines() -> AsyncIterator[bytes]:
        after = ""
        while True:
            made, after = await service.database.aread(partial(labelled, since=0.0, after=after))
            for line in made:
                yield line
            if not after:
                return

    headers = {"content-disposition": 'attachment; filename="labelled.jsonl"'}
    return StreamingResponse(lines(), headers=headers, media_type="application/x-ndjson")


@router.get("/audit")
async def audit(request: Request, who: Admin) -> Response:
    """Who did what, the newest first."""
    log = schema.audit
    rows = await service_of(request).database.aread(
        lambda c: c.execute(select(log).order_by(log.c.id.desc()).limit(500)).all()
    )
    return show(request, "audit", who, rows=rows)

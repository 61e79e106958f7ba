"""The HTTP API, version 1."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from detector.report.jsonl import to_line
from detector.service import accounts, batches, store
from detector.service.bodies import read_body
from detector.service.callers import Caller, caller, service_of
from detector.service.export import stream
from detector.service.refusals import Refused, documented
from detector.service.runtime import Service
from detector.service.shapes import (
    PAGE,
    ErrorAnswer,
    FeedbackAnswer,
    FeedbackRequest,
    Health,
    ResultAnswer,
    ScanRequest,
)
from detector.service.store import Origin
from detector.service.tasks import Answer, Task
from detector.types import Document, Kind

router = APIRouter()
JSON = "application/json"
LINES = "application/x-ndjson"
KINDS: dict[str, Kind] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
}
Idempotency = Annotated[
    str,
    Header(
        alias="Idempotency-Key", max_length=200,
        description="The same key within a day gives the same result, which is kept once.",
    ),
]  # fmt: skip
_PAGE_BODY = {
    "required": True,
    "content": {
        JSON: {"schema": {"$ref": "#/components/schemas/ScanRequest"}},
        "text/html": {"schema": {}, "example": PAGE},  # any bytes are HTML
        "text/plain": {"schema": {}, "example": "The council met on Monday."},
    },
}


@router.post(
    "/v1/scan", tags=["pages"], summary="Scan a page and decide about it",
    response_model=ResultAnswer,
    responses={**documented(400, 401, 403, 408, 409, 413, 415, 422, 429, 503)},
    openapi_extra={"requestBody": _PAGE_BODY},
)  # fmt: skip
async def scan(
    request: Request,
    who: Annotated[Caller, Depends(caller("scan"))],
    url: Annotated[str, Query(max_length=4000)] = "",
    author: Annotated[str, Query(max_length=200)] = "",
    site: Annotated[str, Query(max_length=200)] = "",
    idempotency: Idempotency = "",
) -> Response:
    """The body is HTML, text, or JSON with `html` or `text`.

    `url`, `author` and `site` in the address are for bodies that are not JSON.
    A page that cannot be scanned is an answer too: its `error` says why.
    """
    service = service_of(request)
    service.workers.check()
    kind, _, parameters = request.headers.get("content-type", JSON).partition(";")
    kind = kind.strip().lower()
    if kind != JSON and kind not in KINDS:
        raise Refused(415, "type", f"send {JSON}, text/html or text/plain")
    body = await read_body(request, service.settings)
    if kind == JSON:
        document, origin = page_of(body)
    else:
        charset = parameters.partition("charset=")[2].strip("\"' ")[:40]
        document, origin = Document(url, body, KINDS[kind], charset), Origin(site, author)
    key = ""
    asked = ""
    if idempotency:
        key = accounts.digest(f"scan {who.id} {idempotency}")
        asked = _asked(document, origin)
        former = await service.database.aread(lambda c: store.remembered(c, key))
        if former is not None:
            return await _again(service, former, asked, document, origin)
    try:
        answer = await service.scan(document, origin, key=key, request=asked)
    except IntegrityError:  # the same key at the same time: the other was first
        former = await service.database.aread(lambda c: store.remembered(c, key))
        return await _again(service, former, asked, document, origin)
    return _given(answer)


def _given(answer: Answer, **headers: str) -> Response:
    """The record; a header has the action, for callers that read no JSON."""
    named = {"detector-action": answer.head.action} | headers
    return Response(answer.full, media_type=JSON, headers=named)


async def _again(
    service: Service, former: Any, asked: str, document: Document, origin: Origin
) -> Response:
    """The result that a key gave before: scanned again, since its text is not kept."""
    if former is None or former.request != asked:
        raise Refused(409, "idempotency", "this idempotency key was used for another page")
    answer = await service.answer(Task(former.answer, document, origin.source))
    return _given(answer, **{"idempotent-replayed": "true"})


def _asked(document: Document, origin: Origin) -> str:
    words = "\0".join((document.uri, document.kind or "", origin.source, origin.author))
    made = hashlib.sha256(words.encode("utf-8", "replace") + b"\0" + document.data)
    return made.hexdigest()


def page_of(body: bytes) -> tuple[Document, Origin]:
    """The page of a JSON body. Raises Refused."""
    try:
        given = ScanRequest.model_validate_json(body)
    except ValidationError as error:
        raise wrong(error) from error
    if ("html" in given.model_fields_set) == ("text" in given.model_fields_set):
        raise Refused(422, "value", "either html or text must be given")
    kind: Kind = "html" if "html" in given.model_fields_set else "text"
    data = (given.html if kind == "html" else given.text).encode("utf-8", "replace")
    # The text is Unicode already: no meta tag of the page can change what it says.
    document = Document(given.url, data, kind, "utf-8")
    return document, Origin(given.context.site, given.context.author)


def wrong(error: ValidationError) -> Refused:
    """The first thing that is wrong with a request."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"])) or "body"
    return Refused(422, "value", f"{place}: {first['msg']}")


@router.post(
    "/v1/scan/batch", tags=["pages"], summary="Scan many pages in one stream",
    response_class=Response,
    responses={
        200: {
            "description": "A result a line, in the order of the pages.",
            "content": {LINES: {"schema": {"type": "string"}}},
        },
        **documented(400, 401, 403, 408, 415, 422, 429, 503),
    },
    openapi_extra={"requestBody": {"required": True, "content": {LINES: {
        "schema": {"minLength": 1, "description": "JSON lines of the shape ScanRequest"},
        "example": '{"text": "The council met on Monday."}\n',
    }}}},
)  # fmt: skip
async def scan_batch(request: Request, who: Annotated[Caller, Depends(caller("scan"))]) -> Response:
    """JSON lines in, results out as they are done. A bad line gives a line with an `error`."""
    kind = request.headers.get("content-type", LINES).partition(";")[0].strip().lower()
    if kind not in (LINES, "application/jsonl", "application/ndjson"):
        raise Refused(415, "type", f"send {LINES}")
    length = request.headers.get("content-length", "0")
    if length == "0" and "transfer-encoding" not in request.headers:
        raise Refused(422, "value", "send JSON lines, one a page")
    service = service_of(request)
    if service.batches.locked():
        raise Refused(503, "overloaded", "too many batches at a time", 5)
    return batches.BatchResponse(service, request, page_of)


@router.post(
    "/v1/feedback", tags=["people"], summary="Say what a page is", status_code=201,
    response_model=FeedbackAnswer,
    responses={**documented(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503)},
    openapi_extra={"requestBody": {"required": True, "content": {
        JSON: {"schema": {"$ref": "#/components/schemas/FeedbackRequest"}}}}},
)  # fmt: skip
async def give_feedback(
    request: Request,
    who: Annotated[Caller, Depends(caller("feedback"))],
    idempotency: Idempotency = "",
) -> Response:
    """It is kept before it is answered, and trains the next model."""
    service = service_of(request)
    if request.headers.get("content-type", JSON).partition(";")[0].strip().lower() != JSON:
        raise Refused(415, "type", f"send {JSON}")
    body = await read_body(request, service.settings)
    try:
        given = FeedbackRequest.model_validate_json(body)
    except ValidationError as error:
        raise wrong(error) from error
    name = accounts.new_id("fb")
    label = "clean" if given.label == "ham" else given.label
    key = accounts.digest(f"feedback {who.id} {idempotency}") if idempotency else ""
    asked = hashlib.sha256(body).hexdigest()

    def keep(connection: Connection) -> tuple[str, str | None]:
        if key and (former := store.remembered(connection, key)) is not None:
            if former.request != asked:
                raise Refused(409, "idempotency", "this idempotency key was used before")
            row = store.find_result(connection, given.id)
            return former.answer, row.settled if row else None
        if not store.add_feedback(connection, given.id, label, given.who, given.note, who.id, name):
            raise Refused(404, "unknown", f"there is no result {given.id}")
        if key:
            store.remember(connection, key, asked, name)
        row = store.find_result(connection, given.id)
        return name, row.settled if row else None

    kept, settled = await service.database.awrite(keep)
    service.metrics.feedback.labels(label).inc()
    answer = {"id": kept, "result": given.id, "settled": settled}
    return Response(to_line(answer), status_code=201, media_type=JSON)


@router.get(
    "/v1/results/{id}", tags=["pages"], summary="A result that was given before",
    response_model=ResultAnswer, responses={**documented(401, 403, 404, 422, 429, 503)},
)  # fmt: skip
async def result(
    request: Request, id: str, who: Annotated[Caller, Depends(caller("results"))]
) -> Response:
    """As it was, without the page's own text, and with what people said of it since."""

    def find(connection: Connection) -> dict[str, Any] | None:
        row = store.find_result(connection, id[:40])
        return store.shown(connection, row) if row else None

    found = await service_of(request).database.aread(find)
    if found is None:
        raise Refused(404, "unknown", "there is no such result")
    return Response(to_line(found), media_type=JSON)


@router.get(
    "/v1/export", tags=["people"], summary="Labelled pages, for training",
    response_class=Response,
    responses={
        200: {
            "description": "A labelled page a line, as `detector train` reads it.",
            "content": {LINES: {"schema": {"type": "string"}}},
        },
        **documented(401, 403, 422, 429, 503),
    },
)  # fmt: skip
async def export(
    request: Request,
    who: Annotated[Caller, Depends(caller("export"))],
    since: Annotated[float, Query(ge=0, description="seconds since 1970")] = 0.0,
) -> Response:
    """Pages that people agree on and whose text is kept. Disputed ones are left out."""
    from starlette.responses import StreamingResponse

    service = service_of(request)
    await service.database.awrite(lambda c: accounts.note(c, who.name, "export", f"since {since}"))

    return StreamingResponse(stream(service.database, since), media_type=LINES)


@router.get("/healthz", tags=["service"], summary="Whether the process lives")
async def healthz() -> Health:
    """Always `ok`: it answers."""
    return Health(status="ok")


@router.get(
    "/readyz", tags=["service"], summary="Whether pages can be scanned now",
    response_model=Health,
    responses={503: {"description": "Not now.", "model": Health}},
)  # fmt: skip
async def readyz(request: Request) -> Response:
    """Workers have started and the store answers."""
    service = service_of(request)
    status = "ok" if service.ready else "starting or ending"
    try:
        await service.database.aread(store.pending)
    except SQLAlchemyError:
        status = "the store is away"
    return Response(
        to_line({"status": status}), status_code=200 if status == "ok" else 503, media_type=JSON
    )


@router.get(
    "/metrics", tags=["service"], summary="Figures in Prometheus' text format",
    response_class=Response,
    responses={
        200: {"description": "The figures.", "content": {"text/plain": {}}},
        **documented(401, 403, 429, 503),
    },
)  # fmt: skip
async def metrics(request: Request, who: Annotated[Caller, Depends(caller("metrics"))]) -> Response:
    """Where keys are needed, this needs one with the scope `metrics`."""
    service = service_of(request)
    figures = service.metrics
    figures.queued.set(service.workers.queued)
    figures.replaced.set(service.workers.replaced)
    figures.outbox.set(await service.database.aread(store.pending))
    return Response(figures.text(), media_type="text/plain; version=0.0.4")


SHAPES = (ScanRequest, FeedbackRequest, ErrorAnswer)

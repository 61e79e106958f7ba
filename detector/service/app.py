"""The application: the API and the review pages over one service."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detector import __version__
from detector.service import api, figures, logins, pages
from detector.service.refusals import Refused
from detector.service.rendering import PREFIX, refusal
from detector.service.runtime import Service
from detector.service.shedding import Shedding
from detector.service.visitors import LoginNeeded
from detector.service.workers import Overloaded

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]


def make_app(service: Service) -> FastAPI:
    """The application of a service, which it starts and closes with its own life."""

    @contextlib.asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        if not service.ready:
            await service.start()
        try:
            yield
        finally:
            await service.close()

    app = FastAPI(
        title="Detector",
        version=__version__,
        summary="Finds spam and SEO injections in pages before they are published.",
        lifespan=life,
        docs_url=None,  # they load scripts from elsewhere
        redoc_url=None,
        exception_handlers={
            Refused: _refused,
            LoginNeeded: logins.to_login,
            Overloaded: _overloaded,
            SQLAlchemyError: _away,
            RequestValidationError: _invalid,
            HTTPException: _http,
        },
    )
    app.state.service = service
    app.include_router(api.router)
    for part in (pages, logins, figures):
        app.include_router(part.router)
    app.add_middleware(Measured, service=service)
    app.add_middleware(Shedding, service=service)  # outermost: added last
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Refused)
    if request.url.path.startswith(PREFIX):
        return refusal(request, problem)
    return Response(problem.body, problem.status, problem.headers, "application/json")


async def _overloaded(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Overloaded)
    request.app.state.service.metrics.refused.labels("overloaded").inc()
    return await _refused(request, Refused(503, "overloaded", str(problem), problem.retry))


async def _away(request: Request, problem: Exception) -> Response:
    request.app.state.service.metrics.refused.labels("store").inc()
    return await _refused(request, Refused(503, "store", "the store is away; try again", 2))


async def _invalid(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    first = problem.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:])
    return await _refused(request, Refused(422, "value", f"{place}: {first['msg']}"))


async def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    refused = Refused(problem.status_code, "http", str(problem.detail))
    refused.headers.update(problem.headers or {})
    return await _refused(request, refused)


class Measured:
    """Counts requests, and adds the headers that every answer has."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._metrics = app, service.metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = time.perf_counter()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"], *(h for h in HEADERS if h[0] not in given)
                ]  # fmt: skip
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self._metrics.requests.labels(route, str(status)).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - started)
        return None


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The description with the shapes that routes read by themselves."""
    if not app.openapi_schema:
        made = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes,
            openapi_version="3.1.0",
        )  # fmt: skip
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for shape in api.SHAPES:
            made_of = shape.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(made_of.pop("$defs", {}))
            schemas[shape.__name__] = made_of
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        app.openapi_schema = made
    return app.openapi_schema

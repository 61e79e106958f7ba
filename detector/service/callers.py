"""Who calls the API, and whether they may: keys, rates, and other sites' scripts kept out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from detector.service.refusals import Refused
from detector.service.runtime import Service
from detector.service.settings import is_loopback

BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="An API key, made by `detector service key add NAME`. Without any key in the "
    "store the service answers on loopback alone, and needs none.",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A key's id, or the address of a caller without one."""

    id: str
    name: str


def service_of(request: Request) -> Service:
    """The service that a request is for."""
    return cast(Service, request.app.state.service)


def caller(scope: str) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the caller, who may do `scope` and has not done so too often."""

    async def check(
        request: Request,
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    ) -> Caller:
        service = service_of(request)
        key = await service.key(given.credentials) if given else None
        if key is None:
            if given or await service.guarded():
                service.metrics.refused.labels("key").inc()
                raise Refused(401, "key", "a valid API key is needed: Authorization: Bearer KEY")
            refuse_other_sites(request)
        elif scope not in key.scopes:
            service.metrics.refused.labels("scope").inc()
            raise Refused(403, "scope", f"this key may not do this; it needs the scope {scope}")
        address = request.client.host if request.client else "local"
        found = Caller(key.id, key.name) if key else Caller(address, "local")
        wait = service.rates.take(found.id)
        if wait:
            service.metrics.refused.labels("rate").inc()
            raise Refused(429, "rate", "too many requests", wait)
        return found

    return check


def refuse_other_sites(request: Request) -> None:
    """Refuse what a web page in this machine's browser sends: it has no key to show.

    Pages can send some requests to loopback without being asked, or reach it by
    a name of their own (DNS rebinding).
    """
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    if host and not is_loopback(host):
        raise Refused(403, "host", "without API keys the service answers to localhost alone")
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin") or (
        origin and origin != f"{request.url.scheme}://{request.headers.get('host', '')}"
    ):
        raise Refused(403, "origin", "requests of other sites' pages need an API key")

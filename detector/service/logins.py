"""Coming to the review pages and leaving them, and the files that they share."""

from __future__ import annotations

import asyncio
from importlib.resources import files
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from detector.service import accounts, store
from detector.service.callers import service_of
from detector.service.refusals import Refused
from detector.service.rendering import LANGUAGE, PREFIX, show, to
from detector.service.visitors import COOKIE, Visitor, checked_form, form_of, visitor

STATIC = {"review.css": "text/css", "review.js": "text/javascript"}
router = APIRouter(prefix=PREFIX, include_in_schema=False)
Reviewer = Annotated[Visitor, Depends(visitor())]


async def to_login(request: Request, problem: Exception) -> Response:
    """Where nobody is logged in: the login page, and back after it."""
    here = request.url.path.removeprefix(PREFIX)
    if request.method == "GET" and request.url.query:
        here += f"?{request.url.query}"
    return to(f"/login?{urlencode({'next': here if request.method == 'GET' else '/'})}")


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """The style and the script."""
    if name not in STATIC:
        raise Refused(404, "unknown", "there is no such file")
    data = (files("detector") / "data" / "service" / name).read_bytes()
    return Response(data, media_type=STATIC[name], headers={"cache-control": "max-age=300"})


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
    wait = service.visits.take(address) or service.logins.take(f"{address} {name}")
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
    made = to(back if back[:1] == "/" and back[1:2] not in ("/", "\\") else "/")
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
    made = to("/login")
    made.delete_cookie(COOKIE, path=PREFIX)
    return made


@router.get("/language")
async def language(to_: Annotated[str, Query(alias="to")] = "en", back: str = "/") -> Response:
    """Change the language."""
    made = to(back if back[:1] == "/" and back[1:2] not in ("/", "\\") else "/")
    made.set_cookie(LANGUAGE, "zh" if to_ == "zh" else "en", path=PREFIX, samesite="lax")
    return made

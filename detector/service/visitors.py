"""Who looks at the review pages: sessions, forms that are their own, roles."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request

from detector.service import accounts
from detector.service.callers import service_of
from detector.service.refusals import Refused

COOKIE = "detector_session"
FIELDS = 4000  # of one form: a bulk decision names its pages
FORM_BYTES = 2_000_000


class LoginNeeded(Exception):
    """Nobody is logged in; the page to come back to is the request's."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user with the session's form token."""

    name: str
    role: str
    csrf: str


def visitor(role: str = "reviewer") -> Callable[[Request], Awaitable[Visitor]]:
    """A dependency: the user, who is logged in and has the role. Raises LoginNeeded, Refused."""

    async def check(request: Request) -> Visitor:
        token = request.cookies.get(COOKIE, "")
        database = service_of(request).database
        found = await database.aread(lambda c: accounts.find_session(c, token)) if token else None
        if found is None:
            raise LoginNeeded
        if role == "admin" and found.role != "admin":
            raise Refused(403, "role", "this is for admins")
        return Visitor(found.user, found.role, found.csrf)

    return check


async def form_of(request: Request) -> Mapping[str, Any]:
    """The fields of a form that one of this service's own pages sent. Raises Refused."""
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (
        origin is not None and urlsplit(origin).netloc != host
    ):
        raise Refused(403, "origin", "the form was not sent by this service's page")
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length[:19]) > FORM_BYTES:
        raise Refused(413, "too-large", "the form is too large")
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind != "application/x-www-form-urlencoded":
        raise Refused(415, "type", "a form is needed")
    return await request.form(max_fields=FIELDS)


async def checked_form(request: Request, who: Visitor) -> Mapping[str, Any]:
    """The fields of a form with the session's token. Raises Refused."""
    form = await form_of(request)
    given = form.get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode("utf-8", "replace"), who.csrf.encode()
    ):
        raise Refused(403, "csrf", "the form is from another session; load the page again")
    return form

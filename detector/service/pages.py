"""Review pages."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from detector.service.refusals import Refused

PREFIX = "/review"
router = APIRouter(prefix=PREFIX, include_in_schema=False)


def refusal(request: Request, refused: Refused) -> Response:
    """A refusal."""
    return Response(refused.body, refused.status, refused.headers, "application/json")

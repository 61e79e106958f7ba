"""Errors that callers get: one shape, `{"error": {"kind", "message"}}`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from detector.report.jsonl import to_line


class Refused(Exception):
    """A request that is not done. `retry`: seconds after which to come again."""

    def __init__(self, status: int, kind: str, message: str, retry: float | None = None) -> None:
        super().__init__(message)
        self.status, self.kind, self.message = status, kind, message
        self.headers: dict[str, str] = {}
        if retry is not None:
            self.headers["retry-after"] = str(max(1, math.ceil(retry)))
        if status == 401:
            self.headers["www-authenticate"] = 'Bearer realm="detector"'

    @property
    def body(self) -> bytes:
        """The answer's JSON."""
        return to_line(error(self.kind, self.message))


def error(kind: str, message: str) -> dict[str, Any]:
    """The plain values of an error."""
    return {"error": {"kind": kind, "message": message}}


def documented(*statuses: int) -> Mapping[int | str, dict[str, Any]]:
    """What the OpenAPI says of these refusals."""
    schema = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}}
    words = {
        400: "The request cannot be read.",
        401: "No valid API key was given.",
        403: "The key may not do this, or the request comes from another site.",
        404: "There is no such result.",
        408: "The request came too slowly.",
        409: "The idempotency key was used for something else.",
        413: "The request is too large.",
        415: "This type of content is not read.",
        422: "A value is missing or wrong.",
        429: "Too many requests; `Retry-After` says when to come again.",
        503: "Too much to do, or the store is away; `Retry-After` says when to come again.",
    }
    return {status: {"description": words[status], "content": schema} for status in statuses}

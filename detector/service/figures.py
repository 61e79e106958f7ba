"""Review pages over time: trends, the model, the audit log, the export."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection, select
from starlette.responses import StreamingResponse

from detector.service import accounts, queues, schema, store
from detector.service.callers import service_of
from detector.service.export import stream
from detector.service.plots import bars
from detector.service.rendering import PREFIX, language_of, show, words_of
from detector.service.visitors import Visitor, visitor

router = APIRouter(prefix=PREFIX, include_in_schema=False)
Reviewer = Annotated[Visitor, Depends(visitor())]
Admin = Annotated[Visitor, Depends(visitor("admin"))]


@router.get("/trends")
async def trends(request: Request, who: Reviewer) -> Response:
    """Pages and decisions by day."""
    words = words_of()[language_of(request)]
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
    judged = bars(
        words["alarms_by_day"],
        [(d["day"], {"right": d["judged"] - d["wrong"], "wrong": d["wrong"]}) for d in days],
        {"right": words["alarms_right"], "wrong": words["alarms_false"]},
    )  # fmt: skip
    judged_all, wrong = sum(d["judged"] for d in days), sum(d["wrong"] for d in days)
    return show(
        request, "trends", who, plots=[judged, flagged, pages, decided], days=days,
        judged=judged_all, wrong=wrong, interval=wilson(wrong, judged_all),
    )  # fmt: skip


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which holds for few pages too."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, count / of
    middle = share + z * z / (2 * of)
    wide = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max((middle - wide) / (1 + z * z / of), 0.0), (middle + wide) / (1 + z * z / of)


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

    headers = {"content-disposition": 'attachment; filename="labelled.jsonl"'}
    return StreamingResponse(
        stream(service.database), headers=headers, media_type="application/x-ndjson"
    )


@router.get("/audit")
async def audit(request: Request, who: Admin) -> Response:
    """Who did what, the newest first."""
    log = schema.audit
    rows = await service_of(request).database.aread(
        lambda c: c.execute(select(log).order_by(log.c.id.desc()).limit(500)).all()
    )
    return show(request, "audit", who, rows=rows)

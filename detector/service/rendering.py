"""How review pages are rendered: templates, words, what every page has."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from detector.report.evidence import defanged
from detector.report.printable import printable
from detector.report.translation import category, reason, translated
from detector.service.refusals import Refused
from detector.service.visitors import Visitor

PREFIX = "/review"
LANGUAGE = "detector_lang"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


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
    made.filters["sentence"] = lambda f, lang: translated(f["technique"], f["message"], lang[:2])
    made.filters["reason"] = lambda text, lang: reason(text, lang[:2])
    made.filters["category"] = lambda name, lang: category(name, lang[:2])
    return made


@cache
def words_of() -> dict[str, dict[str, str]]:
    """The interface's words by language."""
    text = (files("detector") / "data" / "service" / "words.toml").read_text("utf-8")
    return tomllib.loads(text)


def language_of(request: Request) -> str:
    """The language that was chosen, else that the browser asks for."""
    chosen = request.cookies.get(LANGUAGE) or request.headers.get("accept-language", "")
    return "zh" if chosen.lower().startswith("zh") else "en"


def show(
    request: Request, name: str, who: Visitor | None, status: int = 200, **values: Any
) -> Response:
    """A page from its template."""
    language = language_of(request)
    text = _templates().get_template(f"{name}.html").render(
        w=words_of()[language], lang="zh-CN" if language == "zh" else "en", who=who, page=name,
        base=PREFIX, here=request.url.path, **values,
    )  # fmt: skip
    headers = {"content-security-policy": POLICY}
    return Response(text, status, headers, "text/html; charset=utf-8")


def refusal(request: Request, refused: Refused) -> Response:
    """A refusal as a page."""
    made = show(request, "refused", None, refused.status, message=refused.message)
    made.headers.update(refused.headers)
    return made


def to(path: str) -> Response:
    """On to another review page."""
    return RedirectResponse(PREFIX + path, 303)

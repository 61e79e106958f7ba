"""WSGI and ASGI middleware around real applications and servers."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from detector import Scanner
from detector.integrations import asgi, wsgi
from detector.integrations.submissions import texts_of

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"
SPAM = (SAMPLES / "en-injected-hidden-links.html").read_text("utf-8")
FINE = "I read the report about the footbridge with pleasure and have one question about its cost."
scanner = Scanner()


def store(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """An application that says what it got."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    decision = environ[wsgi.KEY]
    answer = json.dumps([len(body), decision and decision.action]).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]


async def store_async(request: Request) -> JSONResponse:
    """The same."""
    decision = request.scope.get(asgi.KEY)
    return JSONResponse([len(await request.body()), decision and decision.action])


class Asked:
    """Asks an ASGI application as `httpx.Client` asks a server."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
                return await client.request(method, path, **how)

        return asyncio.run(ask())

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str, **how: Any) -> httpx.Response:
        return self.request("POST", path, **how)


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client | Asked]:
    if request.param == "asgi":
        app = Starlette(routes=[Route("/", store_async, methods=["GET", "POST"])])
        wrapped = asgi.DetectorMiddleware(app, scanner, longest=100_000)  # type: ignore[arg-type]
        yield Asked(wrapped)
        return
    inner = wsgi.DetectorMiddleware(store, scanner, longest=100_000)
    with make_server("127.0.0.1", 0, inner, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}") as made:
            yield made
        server.shutdown()


@pytest.mark.parametrize(
    "how",
    [
        {"data": {"author": "li", "comment": SPAM}},
        {"json": {"post": {"title": "News", "blocks": [{"html": SPAM}]}}},
        {"data": {"comment": SPAM}, "files": {"picture": ("a.png", b"\x89PNG")}},
        {"content": SPAM.encode(), "headers": {"content-type": "text/html"}},
    ],
)
def test_spam_never_reaches_the_application(
    client: httpx.Client | Asked, how: dict[str, Any]
) -> None:
    answer = client.post("/", **how)
    assert answer.status_code == 422 and "not accepted" in answer.text


def test_others_reach_it_whole_with_the_decision(client: httpx.Client | Asked) -> None:
    assert client.get("/").json() == [0, None]
    assert client.post("/", data={"comment": FINE}).json()[1] == "allow"
    assert client.post("/", data={"q": "short"}).json() == [7, None]
    assert client.post("/", content=b"x" * 3_000_000).json() == [3_000_000, "review"]
    page = {"comment": FINE * 3}
    size = len(httpx.Request("POST", "http://a", data=page).content)
    assert client.post("/", data=page).json() == [size, "allow"]


def test_the_wsgi_side_keeps_the_protocol() -> None:
    from wsgiref.util import setup_testing_defaults

    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "QUERY_STRING": ""}
    setup_testing_defaults(environ)

    def plain(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    app = validator(wsgi.DetectorMiddleware(validator(plain), scanner))  # type: ignore[arg-type]
    answer = app(environ, lambda *_: lambda _: None)
    assert list(answer) == [b"ok"]
    answer.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "body", "texts"),
    [
        ("application/x-www-form-urlencoded", b"a=1&b=%E4%B8%AD", ["1", "中"]),
        ("application/json", b'{"a": ["x", {"b": "y"}], "c": 1}', ["x", "y"]),
        ("application/json", b"{", ["{"]),
        ("image/png", b"abc", []),
        ("multipart/form-data; boundary=B",
         b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nhello\r\n--B--\r\n', ["hello"]),
        ("multipart/form-data", b"nonsense", []),
    ],
)  # fmt: skip
def test_the_texts_of_a_request(kind: str, body: bytes, texts: list[str]) -> None:
    assert list(texts_of(kind, body)) == texts

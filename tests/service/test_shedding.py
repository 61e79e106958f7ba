"""Refusals under load: before anything is done, and no faster than the pages can bear."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from detector.service import shedding
from detector.service.metrics import Metrics
from detector.service.shedding import AT_ONCE, Shedding
from detector.service.workers import Overloaded


class Workers:
    full = True

    def check(self) -> None:
        if self.full:
            raise Overloaded(3.2)


class Service:
    """The service with its workers, and the application behind: what came through."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.workers = Workers()
        self.metrics = Metrics()
        held = SimpleNamespace(workers=self.workers, metrics=self.metrics)
        self.front = Shedding(self.behind, held)  # type: ignore[arg-type]

    async def behind(self, scope: Any, receive: Any, send: Any) -> None:
        self.came.append(scope["path"])

    async def ask(self, path: str = "/v1/scan", method: str = "POST") -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def receive() -> Any:
            raise AssertionError("a refused request's body is not read")

        async def send(message: Any) -> None:
            sent.append(message)

        await self.front({"type": "http", "path": path, "method": method}, receive, send)
        return sent


@pytest.fixture
def service() -> Service:
    return Service()


def test_a_page_that_would_wait_too_long_is_refused(service: Service) -> None:
    start, body = asyncio.run(service.ask())
    headers = dict(start["headers"])
    assert start["status"] == 503 and headers[b"retry-after"] == b"4"
    assert json.loads(body["body"])["error"]["kind"] == "overloaded"
    assert headers[b"content-length"] == str(len(body["body"])).encode()
    assert not service.came
    assert 'detector_refused_total{reason="overloaded"} 1.0' in service.metrics.text().decode()


@pytest.mark.parametrize(
    ("path", "method"), [("/v1/feedback", "POST"), ("/healthz", "GET"), ("/v1/scan", "GET")]
)
def test_everything_else_goes_on(service: Service, path: str, method: str) -> None:
    assert asyncio.run(service.ask(path, method)) == []
    assert service.came == [path]


def test_with_room_pages_pass(service: Service) -> None:
    service.workers.full = False
    assert asyncio.run(service.ask()) == []
    assert service.came == ["/v1/scan"]


def test_many_refusals_wait(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []

    async def sleep(seconds: float) -> None:
        paused.append(seconds)

    monkeypatch.setattr(shedding.asyncio, "sleep", sleep)
    monkeypatch.setattr(shedding.time, "monotonic", lambda: 7.0)

    async def many() -> None:
        for _ in range(AT_ONCE + 5):
            await service.ask()

    asyncio.run(many())
    assert paused == [shedding.PAUSE] * 5
    monkeypatch.setattr(shedding.time, "monotonic", lambda: 8.0)  # another second
    asyncio.run(service.ask())
    assert len(paused) == 5

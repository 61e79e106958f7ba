"""Runs the service on uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from detector.service import accounts
from detector.service.app import make_app
from detector.service.runtime import Service
from detector.service.settings import Settings

CONNECTIONS = 1000  # open at a time; beyond that 503
KEEP_ALIVE = 30


class ConfigError(ValueError):
    """The service must not start so; the message says what to do."""


class Protocol(HttpToolsProtocol):
    """Closes connections whose request's head does not come: uvicorn waits for ever."""

    slow = 15.0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._head = self.loop.call_later(self.slow, self._too_slow)

    def on_headers_complete(self) -> None:
        self._head.cancel()
        super().on_headers_complete()

    def on_message_begin(self) -> None:
        self._head.cancel()
        self._head = self.loop.call_later(self.slow, self._too_slow)
        super().on_message_begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head.cancel()
        super().connection_lost(exc)

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


class Server(uvicorn.Server):
    """Ends in good order, with exit code 0, at a first signal; at once at a second."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, self.handle_exit, one, None)
        try:
            yield
        finally:
            for one in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(one)


def check(service: Service) -> None:
    """Refuse to be reachable by others without keys. Raises ConfigError."""
    settings = service.settings
    if not settings.loopback and not service.database.read(accounts.has_keys):
        raise ConfigError(
            f"{settings.host} is reachable by others, and there is no API key: "
            "make one with `detector service key add NAME`, or use --host 127.0.0.1"
        )


async def serve(settings: Settings) -> None:
    """Serve until a signal comes. SIGHUP loads model and policy again.

    Raises ConfigError, StoreError, PolicyError and StartError.
    """
    service = Service(settings)
    check(service)
    await service.start()
    protocol = type("Protocol", (Protocol,), {"slow": settings.slow})
    config = uvicorn.Config(
        make_app(service), settings.host, settings.port, http=protocol, ws="none",
        access_log=False, server_header=False, limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE, timeout_graceful_shutdown=settings.shutdown,
        log_level="warning", lifespan="on",
    )  # fmt: skip
    server = Server(config)
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = asyncio.get_running_loop().create_task(service.reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
    await server.serve()


def run(settings: Settings) -> None:
    """`serve` on the fastest loop that is installed."""
    shown = logging.StreamHandler()
    shown.setFormatter(logging.Formatter("detector: %(message)s"))
    logging.getLogger("detector").addHandler(shown)
    logging.getLogger("detector").setLevel(logging.INFO)
    factory = None
    with contextlib.suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(settings))

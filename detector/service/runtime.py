"""The running service: workers, store, webhooks, and what looks after them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from detector.policy import Policy
from detector.service import accounts, store
from detector.service.database import Database
from detector.service.metrics import Metrics
from detector.service.rates import Buckets
from detector.service.settings import Settings
from detector.service.tasks import Answer, Task, failed
from detector.service.webhooks import Dispatcher
from detector.service.workers import Lost, Overloaded, StartError, Workers
from detector.types import Document

log = logging.getLogger("detector.service")
TIDY = 3600.0  # seconds between deletions of what the policy no longer keeps
KNOWN_KEYS = 5.0  # seconds for which a key that was looked up is believed
PER_WORKER = 16  # pages that may wait, by default


class Service:
    """Everything behind the routes. Make it, `start` it, `close` it."""

    def __init__(self, settings: Settings) -> None:
        """Open the store and read the policy. Raises StoreError, PolicyError."""
        self.settings = settings
        self.policy = Policy.load(settings.policy) if settings.policy else Policy()
        self.metrics = Metrics()
        self.workers = Workers(
            settings.workers, model=settings.model, policy=settings.policy, limits=settings.limits
        )
        self.workers.waiting = settings.waiting or PER_WORKER * self.workers.count
        self.database = Database(settings.database)
        self.rates = Buckets(settings.rate)
        self.logins = Buckets(0.1, 6)  # of a name: six tries, then one every ten seconds
        self.visits = Buckets(1.0, 60)  # of an address, whatever the names
        self.held = 0
        self.batches = asyncio.Semaphore(settings.batches)
        self.ready = False
        self._keys: dict[str, tuple[float, accounts.Key | None]] = {}
        self._guarded: tuple[float, bool] = (0.0, False)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Load the model and begin. Raises StartError."""
        await self.workers.start()
        self._show_model()
        self.dispatcher = Dispatcher(self.database)
        self._tasks = [
            asyncio.create_task(self._forever(self.dispatcher.run)),
            asyncio.create_task(self._forever(self._watch)),
            asyncio.create_task(self._forever(self._tidy)),
        ]
        self.ready = True

    async def close(self) -> None:
        """Finish what was accepted, then end."""
        self.ready = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.shutdown):
                await self.workers.drained()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.workers.close()
        await asyncio.to_thread(self.database.close)

    async def scan(
        self, document: Document, origin: store.Origin, *, patient: bool = False, key: str = "",
        request: str = "",
    ) -> Answer:  # fmt: skip
        """Scan a page and keep the result before it is answered.

        `patient` waits where others are refused. Raises Overloaded, and the
        store's errors: IntegrityError where `key`, for the same `request`, was
        used meanwhile.
        """
        task = Task(accounts.new_id("res"), document, origin.source)
        answer = await self.answer(task, patient=patient)

        def keep(connection: Connection) -> None:
            store.add_result(connection, task, answer, origin, self.policy.retention)
            if key:
                store.remember(connection, key, request, task.id)

        await self.database.awrite(keep)
        return answer

    async def answer(self, task: Task, *, patient: bool = False) -> Answer:
        """Scan without keeping anything."""
        async with self.holding(len(task.document.data), patient):
            try:
                answer = Answer.read(await self.workers.do(task, patient=patient))
            except Lost as lost:
                answer = Answer.read(failed(self.policy, task, lost.failure))
        head = answer.head
        self.metrics.pages.labels(head.action).inc()
        self.metrics.scan.observe(head.elapsed_ms / 1000)
        if head.error:
            self.metrics.errors.labels(head.error).inc()
        return answer

    @contextlib.asynccontextmanager
    async def holding(self, size: int, patient: bool = False) -> AsyncIterator[None]:
        """Count a page's bytes while it is worked on. Raises Overloaded where they are too many."""
        while self.held and self.held + size > self.settings.held:
            if not patient:
                raise Overloaded(1.0)
            await asyncio.sleep(0.05)
        self.held += size
        try:
            yield
        finally:
            self.held -= size

    async def key(self, given: str) -> accounts.Key | None:
        """The key of that text, looked up at most every few seconds."""
        name = accounts.digest(given)
        until, known = self._keys.get(name, (0.0, None))
        now = time.monotonic()
        if now < until:
            return known
        found = await self.database.aread(lambda c: accounts.find_key(c, given))
        if len(self._keys) > 10_000:
            self._keys.clear()
        self._keys[name] = (now + KNOWN_KEYS, found)
        return found

    async def guarded(self) -> bool:
        """Whether requests need a key: always where others can reach the service."""
        if not self.settings.loopback:
            return True
        until, known = self._guarded
        if time.monotonic() < until:
            return known
        found = await self.database.aread(accounts.has_keys)
        self._guarded = (time.monotonic() + KNOWN_KEYS, found)
        return found

    async def reload(self) -> None:
        """Read the policy and the model again; pages at hand end with the former ones."""
        try:
            policy = Policy.load(self.settings.policy) if self.settings.policy else Policy()
            await self.workers.reload()
        except (StartError, ValueError) as error:
            log.error("not reloaded, going on as before: %s", error)
            return
        self.policy = policy
        self._show_model()
        log.info("reloaded: model %s %s", self.workers.model.name, self.workers.model.sha256[:12])

    def _show_model(self) -> None:
        model = self.workers.model
        self.metrics.model.clear()
        self.metrics.model.labels(model.name, model.version, model.sha256).set(1)

    async def _watch(self) -> None:
        """Reload when another model was promoted in the place of the one in use."""
        card = Path(self.workers.model.folder) / "model.json"
        seen = await asyncio.to_thread(_stamp, card)
        while True:
            await asyncio.sleep(self.settings.watch)
            found = await asyncio.to_thread(_stamp, card)
            if found and found != seen:
                seen = found
                await self.reload()

    async def _tidy(self) -> None:
        while True:
            await self.database.awrite(lambda c: store.forget(c, self.policy.retention))
            await asyncio.sleep(TIDY)

    async def _forever(self, run: Callable[[], Awaitable[None]]) -> None:
        """Run it again where it fails: a database may be away for a while."""
        while True:
            try:
                await run()
            except (SQLAlchemyError, OSError) as error:
                log.warning("%s; trying again", error)
                await asyncio.sleep(1)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:  # between the two steps of a promotion
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size

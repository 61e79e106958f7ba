"""Kill -9 in mid-load: what was accepted is there afterwards, clients see what they can retry."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import httpx
from running import INJECTED, Running, running
from sqlalchemy import select

from detector.service import schema, webhooks
from detector.service.database import Database


def children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]


def test_nothing_accepted_is_lost(tmp_path: Path) -> None:
    with running(tmp_path, start=False) as made:
        database = Database(made.database)
        hook = "http://127.0.0.1:9/nobody-listens"
        database.write(lambda c: webhooks.add_webhook(c, hook, frozenset(["block"]), "t"))
        made.start()
        results: set[str] = set()
        feedback: set[str] = set()
        strange: list[object] = []
        done = threading.Event()
        threads = [
            threading.Thread(target=load, args=(made, done, results, feedback, strange))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        assert made.process is not None
        for _ in range(3):  # workers
            wait_for_more(results)
            nursery = next(p for p in children(made.process.pid) if children(p))
            for worker in children(nursery):
                os.kill(worker, signal.SIGKILL)
        for _ in range(2):  # the server
            wait_for_more(feedback)
            made.stop(signal.SIGKILL)
            made.start()
        done.set()
        for thread in threads:
            thread.join()
        assert strange == []
        assert made.stop() == 0
        kept = set(database.read(lambda c: c.execute(select(schema.results.c.id)).scalars()))
        said = set(database.read(lambda c: c.execute(select(schema.feedback.c.id)).scalars()))
        told = database.read(lambda c: c.execute(select(schema.outbox.c.body)).scalars().all())
        assert results <= kept and feedback <= said
        assert all(any(name in body for body in told) for name in results)
        assert database.read(lambda c: c.exec_driver_sql("pragma integrity_check").scalar()) == "ok"
        database.close()


def load(
    made: Running, done: threading.Event, results: set[str], feedback: set[str],
    strange: list[object],
) -> None:  # fmt: skip
    """Scan and say what it is, again and again; note what is neither done nor retryable."""
    client = made.client()
    while not done.is_set():
        try:
            answer = client.post(
                "/v1/scan", content=INJECTED, headers={"content-type": "text/html"}
            )
            if answer.status_code == 503:
                continue
            if answer.status_code != 200:
                strange.append(answer.text)
            elif answer.json()["error"] is None:
                results.add(answer.json()["id"])
                body = {"id": answer.json()["id"], "label": "spam", "who": "li"}
                answer = client.post("/v1/feedback", json=body)
                if answer.status_code == 201:
                    feedback.add(answer.json()["id"])
                elif answer.status_code != 503:
                    strange.append(answer.text)
            elif answer.json()["error"]["kind"] != "crashed":
                strange.append(answer.json()["error"])
        except httpx.TransportError:
            time.sleep(0.02)
        except Exception as problem:
            strange.append(problem)


def wait_for_more(found: set[str], more: int = 5, seconds: float = 60) -> None:
    """Wait until the load has brought some more."""
    wanted, ends = len(found) + more, time.monotonic() + seconds
    while len(found) < wanted:
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_overload_is_refused_early_and_accepted_requests_end(tmp_path: Path) -> None:
    with running(tmp_path) as made:
        statuses: list[int] = []
        waits: list[float] = []
        done = threading.Event()

        def ask() -> None:
            client = made.client()
            while not done.is_set():
                begun = time.monotonic()
                page = {"content": INJECTED * 20, "headers": {"content-type": "text/html"}}
                answer = client.post("/v1/scan", **page)  # type: ignore[arg-type]
                statuses.append(answer.status_code)
                if answer.status_code == 503:
                    assert int(answer.headers["retry-after"]) >= 1
                    waits.append(time.monotonic() - begun)

        threads = [threading.Thread(target=ask) for _ in range(50)]  # of 17 that may be there
        for thread in threads:
            thread.start()
        time.sleep(3)
        done.set()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
        assert set(statuses) == {200, 503}
        assert made.client().get("/readyz").status_code == 200
        assert sorted(waits)[len(waits) // 2] < 5

"""The service's workers: each page gets its answer, whatever happens to its process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from detector.limits import DEFAULT
from detector.service.campaigns import bands
from detector.service.tasks import Answer, Task
from detector.service.workers import Lost, Overloaded, StartError, Workers
from detector.types import Document, Finding, Location

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"
Made = TypeVar("Made")


def with_workers(
    use: Callable[[Workers], Awaitable[Made]], timeout: float = 10, waiting: int = 0
) -> Made:
    async def run() -> Made:
        workers = Workers(1, limits=replace(DEFAULT, timeout=timeout), waiting=waiting)
        await workers.start()
        try:
            return await use(workers)
        finally:
            await workers.close()

    return asyncio.run(run())


def task(name: str = "en-injected-after-html.html", id: str = "r1") -> Task:
    return Task(id, Document("https://town.example/a", (SAMPLES / name).read_bytes()))


def children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def test_an_answer_has_head_full_record_and_one_without_text() -> None:
    answer = Answer.read(with_workers(lambda workers: workers.do(task())))
    full, kept = json.loads(answer.full), json.loads(answer.kept)
    assert (answer.head.action, answer.head.label) == ("block", "injected")
    assert full["id"] == "r1" and full["decision"]["reasons"] and full["contributions"]
    assert full["content"]["text"] and kept == full | {"content": None}
    assert answer.head.bands and "after-html" in answer.head.techniques


def test_a_killed_worker_costs_its_page_alone_and_a_killed_nursery_none() -> None:
    async def use(workers: Workers) -> tuple[str, int]:
        await workers.do(task())
        nursery = next(p for p in children(os.getpid()) if "nursery" in command_of(p))
        page = Document("slow", b"<p>" + b"word " * 3_000_000)
        hurt = asyncio.create_task(workers.do(Task("r2", page)))
        while not workers.busy:
            await asyncio.sleep(0.001)
        os.kill(children(nursery)[0], signal.SIGKILL)
        with pytest.raises(Lost) as lost:
            await hurt
        await workers.do(task())
        os.kill(children(nursery)[0], signal.SIGKILL)  # one that has nothing to do
        os.kill(nursery, signal.SIGKILL)
        await asyncio.sleep(0.1)
        assert Answer.read(await workers.do(task())).head.label == "injected"
        return lost.value.failure.kind, workers.replaced

    kind, replaced = with_workers(use)
    assert kind == "crashed"
    assert replaced in (1, 2)  # the idle one's end may be seen with its nursery's


def test_a_page_over_its_time_is_ended_and_the_next_is_answered() -> None:
    async def use(workers: Workers) -> str:
        page = Document("slow", b"<p>" + b"casino word " * 1_600_000)
        with pytest.raises(Lost) as lost:
            await workers.do(Task("r1", page))
        assert Answer.read(await workers.do(task("en-clean-news.html"))).head.label == "clean"
        return lost.value.failure.kind

    assert with_workers(use, timeout=0.4) == "timeout"


def test_too_many_waiting_pages_are_refused_at_once() -> None:
    async def use(workers: Workers) -> int:
        given = [asyncio.create_task(workers.do(task(id=str(n)))) for n in range(12)]
        done = await asyncio.gather(*given, return_exceptions=True)
        refused = [d for d in done if isinstance(d, Overloaded)]
        assert all(d.retry >= 1 for d in refused)
        assert len(refused) + sum(isinstance(d, bytes) for d in done) == 12
        return len(refused)

    assert with_workers(use, waiting=3) > 0


def test_a_reload_drops_no_page() -> None:
    async def use(workers: Workers) -> None:
        given = [asyncio.create_task(workers.do(task(id=str(n)))) for n in range(20)]
        await workers.reload()
        assert {Answer.read(await one).head.label for one in given} == {"injected"}

    with_workers(use)


def test_a_model_that_is_not_there_is_told() -> None:
    with pytest.raises(StartError, match="no model here"):
        asyncio.run(Workers(1, model="/nowhere/at/all").start())


def finding(quote: str, href: str | None = None) -> Finding:
    return Finding("spam-block", 0.9, quote, "m", Location("body", ""), "gambling", href)


def test_near_duplicate_findings_share_a_band_and_others_none() -> None:
    words = "online casino bonus free spins welcome offer slots jackpot roulette live dealer "
    one = bands([finding(words * 2 + "July 2026")])
    two = bands([finding(words * 2 + "August 2026")])
    other = bands([finding("cheap replica watches with free shipping to all countries, order now")])
    assert set(one) & set(two)
    assert not set(one) & set(other)
    assert bands([finding("")]) == () and bands([finding("短")])

"""Pages through killable processes: all come back, in order, whatever one of them does."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from detector.limits import Limits
from detector.pool import WINDOW_PAGES, Pool, WorkerError, run
from detector.types import Document, Failure
from detector.worker import Work

QUICK = Limits(timeout=0.7)


def work(document: Document) -> bytes:
    """Does what the page's name says."""
    name = document.uri
    if name == "hang":  # C code that looks at no signal and never lets go
        pow(10, 10**9)
    if name == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "exit":
        os._exit(3)
    if name == "eat":
        try:
            return bytes(3_000_000_000)
        except MemoryError:
            return b"refused"
    return f"{name}:{len(document.data)}".encode()


def make() -> Work:
    return work


def fail(document: Document, failure: Failure) -> bytes:
    return f"{document.uri}!{failure.kind}: {failure.message}".encode()


def scan(names: list[str], workers: int, limits: Limits = QUICK, size: int = 10) -> list[str]:
    documents = (Document(name, bytes(size)) for name in names)
    return [m.decode() for m in run(documents, make, fail, workers=workers, limits=limits)]


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("size", [0, 10, 200_000])
def test_every_page_comes_back_in_order(workers: int, size: int) -> None:
    names = [str(i) for i in range(150)]
    assert scan(names, workers, Limits(), size) == [f"{n}:{size}" for n in names]


def test_no_pages_no_messages() -> None:
    assert scan([], 2) == []


def test_a_page_larger_than_any_buffer_passes() -> None:
    assert scan(["a", "b"], 2, Limits(), 20_000_000) == ["a:20000000", "b:20000000"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_page_that_hangs_in_c_costs_itself_alone(workers: int) -> None:
    names = [str(i) for i in range(40)]
    names[20] = "hang"
    names[33] = "hang"
    expected = [f"{n}:10" for n in names]
    expected[20] = expected[33] = "hang!timeout: took longer than 0.7 s"
    assert scan(names, workers) == expected


@pytest.mark.parametrize(("bad", "words"), [("die", "SIGKILL"), ("exit", "exit code 3")])
def test_a_page_that_kills_its_process_costs_itself_alone(bad: str, words: str) -> None:
    names = ["a", bad, *"bcdefgh", bad, *"ijk"]
    came = scan(names, 2)
    assert [c.split(":")[0].split("!")[0] for c in came] == names
    assert [words in c for c in came] == [n == bad for n in names]
    assert all("!crashed" in c for c, n in zip(came, names, strict=True) if n == bad)


def test_a_page_that_is_first_or_last_may_fail_too() -> None:
    assert [c.partition("!")[1] for c in scan(["die", "a", "hang"], 1)] == ["!", "", "!"]


def test_memory_is_limited() -> None:
    assert scan(["eat", "a"], 1, Limits(max_memory=1_000_000_000)) == ["refused", "a:10"]


def test_documents_are_read_no_further_than_the_window() -> None:
    read = 0

    def documents() -> Iterator[Document]:
        nonlocal read
        for index in range(5000):
            read += 1
            yield Document(str(index))

    results = run(documents(), make, fail, workers=2, limits=Limits())
    for _ in range(10):
        next(results)
    assert read <= 2 * WINDOW_PAGES + 10
    results.close()


def test_closing_early_leaves_no_process() -> None:
    import multiprocessing

    before = set(multiprocessing.active_children())
    results = run((Document(str(i)) for i in range(100)), make, fail, workers=2, limits=Limits())
    next(results)
    assert set(multiprocessing.active_children()) - before
    results.close()
    assert not set(multiprocessing.active_children()) - before


def test_work_that_cannot_be_made_is_an_error_and_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Work:
        raise OSError("no model here")

    with pytest.raises((WorkerError, OSError), match="no model here"):
        list(run([Document("a")], broken, fail, workers=1))


def test_where_processes_cannot_fork_they_are_spawned(monkeypatch: pytest.MonkeyPatch) -> None:
    from functools import partial

    monkeypatch.setattr("detector.pool._METHOD", "spawn")
    length = partial(_prefix, "x")
    documents = [Document(str(i)) for i in range(5)]
    got = list(run(documents, partial(_partial, length), fail, workers=1, limits=Limits()))
    assert got == [b"x0", b"x1", b"x2", b"x3", b"x4"]


def _prefix(prefix: str, document: Document) -> bytes:
    return (prefix + document.uri).encode()


def _partial(inner: Work) -> Work:
    return inner


def test_a_pool_closes_though_a_worker_was_waited_for_by_others() -> None:
    """As where a signal comes between a worker's end and the note of it."""
    pool = Pool(make, fail, 1, Limits())
    results = pool.results(Document(str(i), b"") for i in range(3))
    assert next(results) == b"0:0"
    child = pool._workers[0].process.pid
    assert child
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    pool.close()

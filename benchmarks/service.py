"""The service under load beside the bare scanner, on the same pages in the same run.

    python benchmarks/service.py CORPUS [--pages N] [--rounds N] [--seconds S]

Prints requests a second, p50 and p99 of `/v1/scan` with as many connections as keep the
workers busy, the ratio to scanning the same pages without a service in as many processes, and
what happens at three times that rate, and with three times the connections that the service lets
wait asking again at once, whatever they are told. The load comes from this
process, on the same cores as the service. CORPUS is a folder with WARC files.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path

WORKERS = 2
CONNECTIONS = 8


def pages_of(corpus: Path, most: int) -> list[tuple[str, bytes]]:
    """Pages spread over the archives of a folder."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    found = []
    for archive in sorted(corpus.glob("*.warc.gz")):
        with archive.open("rb") as file:
            found += [
                (str(record.headers["WARC-Target-URI"]), record.reader.read())
                for record in ArchiveIterator(file, record_types=WarcRecordType.response)
            ]
    return found[:: max(len(found) // most, 1)][:most]


def scan_all(pages: list[tuple[str, bytes]], part: int) -> None:
    """A share of the pages with the bare scanner; the model is loaded before the clock starts."""
    for uri, data in pages[part::WORKERS]:
        SCANNER.scan(data, uri=uri)


def bare(pages: list[tuple[str, bytes]]) -> float:
    """Pages a second of the scanner alone."""
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=scan_all, args=(pages, n)) for n in range(WORKERS)]
    started = time.perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return len(pages) / (time.perf_counter() - started)


async def ask(
    port: int, requests: list[bytes], connections: int, seconds: float, rate: float = 0.0
) -> tuple[Counter[str], list[float], float]:
    """Send requests over some connections; statuses, seconds each, seconds in all.

    With a `rate` they come at so many a second, answered or not, as those of many callers do;
    without one each connection asks again as soon as it has its answer.
    """
    statuses: Counter[str] = Counter()
    took: list[float] = []
    left = iter(range(len(requests))) if not seconds else iter(range(sys.maxsize))
    started = time.perf_counter()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        for number in left:
            if rate and (early := started + number / rate - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            begun = time.perf_counter()
            if seconds and begun - started > seconds:
                break
            writer.write(requests[number % len(requests)])
            try:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
            except (asyncio.IncompleteReadError, OSError):  # closed after a refusal
                statuses["closed"] += 1
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
                continue
            status = head[9:12].decode()
            statuses[status] += 1
            if status == "200":
                took.append(time.perf_counter() - begun)
            if b"connection: close" in head.lower():
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return statuses, took, time.perf_counter() - started


def memory(process: subprocess.Popen[bytes]) -> int:
    """Megabytes of the serving process and all below it."""
    total, waiting = 0, [process.pid]
    while waiting:
        pid = waiting.pop()
        try:
            status = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(status.partition("\nPss:")[2].split()[0])
            for thread in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += [int(child) for child in thread.read_text().split()]
        except OSError:
            continue
    return total // 1024


def serve(folder: str) -> tuple[subprocess.Popen[bytes], int]:
    """A service on a free port, ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "detector", "serve", "--port", str(port)]
    command += ["--database", f"{folder}/store.db", "--workers", str(WORKERS)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            if urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").status == 200:
                return process, port
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the service did not start")


def request_of(uri: str, data: bytes) -> bytes:
    """An HTTP request, all but its length the same for all pages."""
    head = "POST /v1/scan HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/html\r\n"
    return f"{head}content-length: {len(data)}\r\n\r\n".encode() + data


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=1, help="over the pages, each beside bare")
    parser.add_argument("--seconds", type=float, default=30.0, help="of the overload")
    given = parser.parse_args()
    pages = pages_of(given.corpus, given.pages)
    requests = [request_of(*page) for page in pages]
    with tempfile.TemporaryDirectory() as folder:
        process, port = serve(folder)
        asyncio.run(ask(port, requests[:50], CONNECTIONS, 0))
        rate = measure(process, port, pages, given.rounds)
        overload(process, port, requests, rate, given.seconds)
        process.terminate()
        print(f"               ended with {process.wait(60)}")


def measure(
    process: subprocess.Popen[bytes], port: int, pages: list[tuple[str, bytes]], rounds: int
) -> float:
    """Print what the service does beside the bare scanner; pages a second.

    With several rounds the bare scanner has a third of the pages before each: what else the
    machine does meanwhile then costs both the same.
    """
    requests = [request_of(*page) for page in pages]
    statuses: Counter[str] = Counter()
    took: list[float] = []
    serving = scanning = 0.0
    scanned = 0
    for number in range(rounds):
        part = pages[number % 3 :: 3] if rounds > 1 else pages
        scanning += len(part) / bare(part)
        scanned += len(part)
        told, each, seconds = asyncio.run(ask(port, requests, CONNECTIONS, 0))
        statuses += told
        took += each
        serving += seconds
        print(f"round {number + 1}: {statuses.total():,} answered", file=sys.stderr, flush=True)
    took.sort()
    alone, rate = scanned / scanning, len(took) / serving
    p99 = statistics.quantiles(took, n=100)[98]
    print(f"{statuses.total():,} requests, {WORKERS} workers, {CONNECTIONS} connections")
    print(f"bare scanner   {alone:7.1f} pages/s")
    print(f"service        {rate:7.1f} requests/s, ratio {rate / alone:.2f}")
    print(f"               p50 {1000 * took[len(took) // 2]:.0f} ms, p99 {1000 * p99:.0f} ms")
    print(f"               answers {dict(statuses)}, {memory(process)} MB", flush=True)
    return rate


def overload(
    process: subprocess.Popen[bytes], port: int, requests: list[bytes], rate: float, length: float
) -> None:
    """Print what is left of a rate where three times as much is asked, in two ways."""
    many = 3 * (16 * WORKERS + WORKERS)
    for name, offered in (("at three times its rate", 3 * rate), ("asking at once again", 0.0)):
        before = memory(process)
        statuses, took, seconds = asyncio.run(ask(port, requests, many, length, offered))
        took.sort()
        share = len(took) / seconds / rate
        print(f"{name}: {many} connections, {len(took) / seconds:.1f} pages/s ({share:.2f} of it)")
        print(f"               answers {dict(statuses)}")
        print(f"               p50 {1000 * took[len(took) // 2]:.0f} ms, slowest {took[-1]:.2f} s")
        print(f"               memory {before} MB before, {memory(process)} MB after", flush=True)


if __name__ == "__main__":
    from detector import Scanner

    SCANNER = Scanner()
    SCANNER.scan("<p>warm")
    main()

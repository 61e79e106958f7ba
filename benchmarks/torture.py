"""Mutated pages through the command line: no crash, no hang, no lost result.

    make torture N=100000
    python benchmarks/torture.py N [CORPUS] [--seed 0] [--workers 2] [--seconds S] [--log FILE]
    python benchmarks/torture.py --plain       each published parser test once, as it is

Takes pages of the corpus, of `tests/cases`, of the attack generator and of published parser
tests (`make parser-tests`), mutates each one to four times (`mutations.py`), streams them as a
WARC into `detector scan -`, and counts what comes back. Page n depends on the seed, n and
those pages alone. Every CHUNK pages a line goes to the log, so that a run goes on where it
was stopped; the same command with a larger N goes on too. Prints outcomes, the peak memory of
the scan's processes (PSS) and how it grew; exits with 1 when a result is missing or doubled,
or a page brought down its process, the code or the clock.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from typing import IO, Any

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType
from mutations import MOST_BYTES, MUTATIONS
from published import inputs

ROOT = Path(__file__).parent.parent
CHUNK = 1_000  # pages of one scan
GENERATED = 6  # attacked pages a technique
FAULTS = ("crashed", "internal", "timeout", "memory")  # errors that no page may cause


def from_archives(corpus: Path) -> Iterator[bytes]:
    """The corpus's pages as crawled."""
    kinds = WarcRecordType.response | WarcRecordType.resource
    for path in sorted(corpus.glob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=kinds, parse_http=True):
                yield record.reader.read()[:MOST_BYTES]


def generated() -> Iterator[bytes]:
    """Pages of the attack generator on its grammar's own pages."""
    from detector.learn.recall import bases, chosen, samples

    for batch in samples(bases(None, 0, 0.0)[0], chosen([]), GENERATED, 0, False):
        yield from (sample.html.encode("utf-8", "replace") for sample in batch)


def pages(corpus: Path | None) -> list[bytes]:
    """The pages that are mutated."""
    found = [path.read_bytes() for path in sorted((ROOT / "tests" / "cases").rglob("input.*"))]
    found += from_archives(corpus) if corpus else ()
    found += generated()
    published = [data for _, data in inputs()]
    # Single tests are of some bytes: many of them in one page meet each other's states.
    found += [b"\n".join(published[at : at + 20]) for at in range(0, len(published), 20)]
    return found + published[::10]


def mutated(found: Sequence[bytes], seed: int, number: int) -> bytes:
    """Page `number`: one of those found, mutated one to four times."""
    rng = Random(f"{seed}:{number}")
    page = rng.choice(found)
    for _ in range(rng.randrange(1, 5)):
        page = rng.choice(MUTATIONS)(rng, page, rng.choice(found))[:MOST_BYTES]
    return page


def feed(stream: IO[bytes], made: Iterable[tuple[str, bytes]]) -> None:
    """Write pages with their addresses as WARC resource records."""
    try:
        for uri, page in made:
            record = WarcRecord()
            record.init_headers(record_type=WarcRecordType.resource)
            record.headers["WARC-Target-URI"] = uri
            record.headers["Content-Type"] = "text/html"
            record.set_bytes_content(page)
            held = BytesIO()
            record.write(held)
            stream.write(held.getvalue())
    except BrokenPipeError:  # the scan ended; what is missing tells
        pass
    finally:
        stream.close()


def memory(pid: int) -> int:
    """PSS in KiB of a process and all below it."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended
        return 0
    own = next((line for line in text.splitlines() if line.startswith("Pss:")), "Pss: 0")
    return int(own.split()[1]) + sum(memory(int(child)) for child in below)


def scanned(
    made: Iterable[tuple[str, bytes]], wanted: Sequence[str], workers: int, timeout: float = 10.0
) -> dict[str, Any]:
    """One scan of those pages, and what was wrong."""
    command = [
        sys.executable, "-m", "detector", "scan", "-", "--format", "jsonl", "--fail-on", "none",
        "--workers", str(workers), "--timeout", str(timeout),
        "--log-format", "json",
    ]  # fmt: skip
    started = time.perf_counter()
    scan = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert scan.stdin and scan.stdout and scan.stderr
    said: list[bytes] = []
    threads = [
        threading.Thread(target=feed, args=(scan.stdin, made)),
        threading.Thread(target=lambda: said.extend(scan.stderr or ())),
    ]
    for thread in threads:
        thread.start()
    seen: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    used, broken, slowest = [], [], (0.0, "")
    for line in scan.stdout:
        result = json.loads(line)
        seen[result["uri"]] += 1
        error = result["error"]
        slowest = max(slowest, (result["elapsed_ms"], result["uri"]))
        if error and error["kind"] in FAULTS:
            broken.append([result["uri"], error["kind"], error["message"]])
        outcomes[error["kind"] if error else result["label"]] += 1
        if sum(outcomes.values()) % 500 == 1:
            used.append(memory(scan.pid) // 1024)
    for thread in threads:
        thread.join()
    log = [json.loads(line) for line in said if line.startswith(b"{")]
    end = next((entry for entry in log if entry["event"] == "finished"), {})
    missing = [uri for uri in wanted if not seen[uri]]
    if len(missing) == end.get("skipped") and end.get("seen") == len(wanted):
        missing = []  # records that mutations left without a page, and that the scan counted
    return {
        "pages": len(wanted), "outcomes": dict(outcomes), "exit": scan.wait(), "faults": broken,
        "missing": missing[:20], "skipped": end.get("skipped"),
        "doubled": [uri for uri, count in seen.items() if count > 1][:20],
        "seconds": round(time.perf_counter() - started),
        "slowest": slowest, "peak_mib": max(used), "first_mib": max(used[:3]),
        "said": b"".join(line for line in said if not line.startswith(b"{")).decode()[-500:],
    }  # fmt: skip


def wrong(chunk: dict[str, Any]) -> bool:
    """Whether anything went wrong in it."""
    bad = chunk["missing"] or chunk["doubled"] or chunk["faults"] or "Traceback" in chunk["said"]
    return bool(bad) or chunk["exit"] not in (0, 1)


def told(chunk: dict[str, Any]) -> str:
    """What was wrong, in words."""
    what = {key: chunk[key] for key in ("missing", "doubled", "faults", "exit", "said")}
    return f"WRONG in pages {chunk.get('first', 0)} and after: {json.dumps(what)}"


def plain(workers: int) -> int:
    """Each published test once, unchanged; the exit code."""
    found = inputs()
    if not found:
        raise SystemExit("no published tests: make parser-tests")
    kept = [(f"https://tests.example/{name}", data) for name, data in found if data.strip()]
    chunk = scanned(kept, [uri for uri, _ in kept], workers)
    print(f"{len(found):,} published parser tests, {len(found) - len(kept)} of them without input")
    print("outcomes", chunk["outcomes"])
    if wrong(chunk):
        print(told(chunk))
    return int(wrong(chunk))


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no chunk after")
    parser.add_argument(
        "--timeout", type=float, default=10.0, help="of a page, for loaded machines"
    )
    parser.add_argument("--log", type=Path, help=".cache/torture/seed-SEED.jsonl")
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args(arguments)
    if options.plain:
        return plain(options.workers)
    found = pages(options.corpus)
    digest = sha256(b"".join(sha256(page).digest() for page in found)).hexdigest()[:16]
    log = options.log or ROOT / ".cache" / "torture" / f"seed-{options.seed}.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(line) for line in log.read_bytes().splitlines()] if log.exists() else []
    print(f"{len(found):,} pages to mutate ({digest}), seed {options.seed}, log {log}", flush=True)
    started = time.monotonic()
    at = sum(chunk["pages"] for chunk in done)
    while at < options.count and time.monotonic() - started < options.seconds:
        numbers = range(at, min(at + CHUNK, options.count))
        uris = {n: f"https://torture.example/{n}" for n in numbers}
        made = ((uri, mutated(found, options.seed, n)) for n, uri in uris.items())
        chunk = scanned(made, list(uris.values()), options.workers, options.timeout)
        chunk |= {"first": at, "seed": options.seed, "inputs": digest}
        with log.open("a") as file:
            file.write(json.dumps(chunk) + "\n")
        done.append(chunk)
        at = numbers.stop
        print(f"{at:,} pages: {chunk['outcomes']}, {chunk['seconds']} s, "
              f"{chunk['first_mib']} to {chunk['peak_mib']} MiB, slowest "
              f"{chunk['slowest'][0]:.0f} ms", flush=True)  # fmt: skip
        if wrong(chunk):
            print(told(chunk), flush=True)
    outcomes: Counter[str] = sum((Counter(chunk["outcomes"]) for chunk in done), Counter())
    bad = [chunk for chunk in done if wrong(chunk)]
    print(f"all in all {at:,} pages, {sum(c['seconds'] for c in done):,} s: {dict(outcomes)}")
    print(f"peak memory {max((c['peak_mib'] for c in done), default=0)} MiB; "
          f"{len(bad)} of {len(done)} scans went wrong")  # fmt: skip
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())

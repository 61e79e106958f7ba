"""Mutated pages through the command line: no crash, no hang, no lost result.

    python benchmarks/torture.py N [CORPUS] [--seed 0] [--workers 2]

Mutates pages of the corpus and of `tests/cases` in ways that keep most of their structure
(spliced, cut, repeated, nested, mislabelled, with broken quotes, entities and bytes), streams
them as a WARC into `detector scan -`, and counts what comes back. The mutation of page n
depends on the seed and n alone. Prints outcomes and the peak memory of the scan's processes
(PSS); exits with 1 when a result is missing or doubled, or a page brought down its process,
the code or the clock.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import IO

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

ROOT = Path(__file__).parent.parent
MOST_BYTES = 400_000  # of a mutated page
FAULTS = ("crashed", "internal", "timeout")  # errors that no page may cause

Mutation = Callable[[random.Random, bytes, bytes], bytes]


def _slice(rng: random.Random, page: bytes, most: int = 4_000) -> tuple[int, int]:
    start = rng.randrange(len(page) + 1)
    return start, min(len(page), start + rng.randrange(1, most))


def _cut(rng: random.Random, page: bytes, _: bytes) -> bytes:
    start, end = _slice(rng, page)
    return page[:start] + page[end:]


def _truncate(rng: random.Random, page: bytes, _: bytes) -> bytes:
    return page[: rng.randrange(len(page) + 1)]


def _repeat(rng: random.Random, page: bytes, _: bytes) -> bytes:
    start, end = _slice(rng, page, 600)
    return page[:end] + page[start:end] * rng.randrange(2, 200) + page[end:]


def _splice(rng: random.Random, page: bytes, other: bytes) -> bytes:
    at, there = rng.randrange(len(page) + 1), rng.randrange(len(other) + 1)
    return page[:at] + other[there : there + 60_000] + page[at:]


def _nest(rng: random.Random, page: bytes, _: bytes) -> bytes:
    tag = rng.choice(
        (b"<div>", b"<b>", b"<table>", b"<a href=x>", b"<svg>", b"<template>", b"<ul>")
    )
    at = rng.randrange(len(page) + 1)
    return page[:at] + tag * rng.randrange(2, 5_000) + page[at:]


def _bytes(rng: random.Random, page: bytes, _: bytes) -> bytes:
    out = bytearray(page)
    for _ in range(rng.randrange(1, 60)):
        if out:
            out[rng.randrange(len(out))] = rng.choice((0, 0x80, 0xFF, 0x22, 0x27, 0x3C, 0x3E, 0x26))
    return bytes(out)


def _label(rng: random.Random, page: bytes, _: bytes) -> bytes:
    name = rng.choice((b"gb2312", b"big5", b"utf-16", b"shift_jis", b"utf-7", b"x-none", b"koi8-r"))
    return b"<meta charset=" + name + b">" + page


def _insert(rng: random.Random, page: bytes, _: bytes) -> bytes:
    piece = rng.choice(
        (
            b"<!--", b"]]>", b"<![CDATA[", b"</html>", b"<script>eval(", b"<style>*{",
            b"&#x110000;", b"&#0;", b'<p style="', b"<plaintext>", b"<frameset>",
            b"<select><option>", b"\x1b[2J",
            b"<meta http-equiv=refresh content=0>", b"<title>", b"<noscript>", b"<marquee>",
        )
    )  # fmt: skip
    at = rng.randrange(len(page) + 1)
    return page[:at] + piece * rng.choice((1, 1, 3, 2_000)) + page[at:]


MUTATIONS: tuple[Mutation, ...] = (
    _cut, _truncate, _repeat, _splice, _nest, _bytes, _label, _insert
)  # fmt: skip


def pages(corpus: Path | None) -> list[bytes]:
    """The pages that are mutated."""
    found = [p.read_bytes() for p in sorted((ROOT / "tests" / "cases").rglob("input.*"))]
    for archive in ("clean.warc.gz", "spam.warc.gz") if corpus else ():
        with open(corpus / archive, "rb") as stream:  # type: ignore[operator]
            kinds = WarcRecordType.response | WarcRecordType.resource
            found += [
                record.reader.read()[:MOST_BYTES]
                for record in ArchiveIterator(stream, record_types=kinds, parse_http=True)
            ]
    return found


def mutated(found: Sequence[bytes], seed: int, number: int) -> bytes:
    """Page `number`: one of those found, mutated one to four times."""
    rng = random.Random(f"{seed}:{number}")
    page = rng.choice(found)
    for _ in range(rng.randrange(1, 5)):
        page = rng.choice(MUTATIONS)(rng, page, rng.choice(found))[:MOST_BYTES]
    return page


def feed(stream: IO[bytes], found: Sequence[bytes], seed: int, count: int) -> None:
    """Write the pages as WARC resource records."""
    for number in range(count):
        record = WarcRecord()
        record.init_headers(record_type=WarcRecordType.resource)
        record.headers["WARC-Target-URI"] = f"https://torture.example/{number}"
        record.headers["Content-Type"] = "text/html"
        record.set_bytes_content(mutated(found, seed, number))
        held = BytesIO()
        record.write(held)
        stream.write(held.getvalue())
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    found = pages(options.corpus)
    command = [
        sys.executable, "-m", "detector", "scan", "-", "--format", "jsonl", "--fail-on", "none",
        "--workers", str(options.workers),
    ]  # fmt: skip
    started = time.perf_counter()
    scan = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert scan.stdin and scan.stdout
    writer = threading.Thread(target=feed, args=(scan.stdin, found, options.seed, options.count))
    writer.start()
    seen: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    peak = 0
    for line in scan.stdout:
        result = json.loads(line)
        seen[result["uri"]] += 1
        if result["error"] and result["error"]["kind"] in FAULTS:
            print(result["uri"], result["error"])
        outcomes[result["error"]["kind"] if result["error"] else result["label"]] += 1
        if sum(outcomes.values()) % 500 == 1:
            peak = max(peak, memory(scan.pid))
    writer.join()
    code = scan.wait()
    wanted = {f"https://torture.example/{number}" for number in range(options.count)}
    missing = wanted - set(seen)
    doubled = [uri for uri, count in seen.items() if count > 1]
    faults = sum(outcomes[kind] for kind in FAULTS)
    print(f"{options.count} pages, seed {options.seed}, {time.perf_counter() - started:.0f} s")
    print("outcomes", dict(outcomes.most_common()))
    print(f"missing {len(missing)}, doubled {len(doubled)}, faults {faults}, exit {code}")
    print(f"peak memory {peak / 1024:.0f} MiB")
    for uri in sorted(missing)[:10]:
        print("missing", uri)
    return 1 if missing or doubled or faults or code not in (0, 1) else 0


if __name__ == "__main__":
    sys.exit(main())

"""A scan that is killed again and again and goes on gives what an undisturbed one gives.

    python benchmarks/kills.py [KILLS] [--pages 50000] [--seed 1]

The pages are this project's samples with an address each, in one gzipped JSONL file and
one WARC. Each life of the scan ends at a random time by a random one of: kill -9, a
request to end, Ctrl-C, a full disk; some lose a worker too, or have their last line torn as
by a lost machine. Then --resume goes on. In the end the output must hold the lines of the
undisturbed run, less timings: none twice, none missing, in the same order.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "datasets" / "samples"
WAYS = ("SIGKILL", "SIGTERM", "SIGINT", "full disk")


def write_pages(folder: Path, count: int) -> list[Path]:
    """Half of the pages as lines, half as records; some lines are damaged."""
    pages = [path.read_bytes() for path in sorted(SAMPLES.glob("*.html"))]
    lines, archive = folder / "pages.jsonl.gz", folder / "pages.warc.gz"
    with gzip.open(lines, "wb", 1) as out:
        for index in range(count // 2):
            html = pages[index % len(pages)].decode("utf-8", "replace")
            record = {"url": f"https://{index % 9973}.example/", "html": html}
            line = json.dumps(record, ensure_ascii=False).encode()
            out.write((line if index % 101 else line[:-5]) + b"\n")
    with archive.open("wb") as out:
        for index in range(count // 2, count):
            body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + pages[index % len(pages)]
            head = (
                f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://{index}.example/\r\n"
                "Content-Type: application/http; msgtype=response\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            out.write(gzip.compress(head.encode() + body + b"\r\n\r\n", 1))
    return [lines, archive]


def command(paths: list[Path], out: Path, *more: str) -> list[str]:
    """The scan."""
    words = ["-m", "detector", "scan", *map(str, paths), "-o", str(out), "--exit-zero", *more]
    return [sys.executable, *words]


def limit(size: int) -> None:
    """In the child: files may have so many bytes, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def children(process: int) -> list[int]:
    """The processes that one started."""
    try:
        return [
            int(c) for c in Path(f"/proc/{process}/task/{process}/children").read_text().split()
        ]
    except OSError:
        return []


def one_life(
    paths: list[Path], out: Path, way: str, longest: float, chance: random.Random
) -> tuple[bool, str]:
    """Starts or goes on, and ends it in that way; whether it came to its end before."""
    size = out.stat().st_size if out.exists() else 0
    room = size + chance.randrange(1, 2_000_000)
    prepare = partial(limit, room) if way == "full disk" else None
    with subprocess.Popen(
        command(paths, out, "--resume"), stderr=subprocess.PIPE, preexec_fn=prepare
    ) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            _, said = process.communicate(timeout=chance.uniform(0.05, longest))
            return process.returncode == 0, said.decode()
        if chance.random() < 0.3 and (workers := children(process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
            time.sleep(chance.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL if way == "full disk" else getattr(signal, way))
        _, said = process.communicate()
    if way == "SIGKILL" and chance.random() < 0.3 and out.exists():
        with out.open("r+b") as torn:  # as a lost machine leaves it
            torn.truncate(max(0, out.stat().st_size - chance.randrange(1, 5000)))
            torn.seek(0, os.SEEK_END)
            torn.write(bytes(chance.choice((0, 0, 512))))
    return False, said.decode()


def same(one: Path, other: Path) -> str:
    """ "" or where two outputs differ, timings apart."""
    with one.open("rb") as a, other.open("rb") as b:
        for number, (x, y) in enumerate(zip(a, b, strict=False), 1):
            left, right = json.loads(x), json.loads(y)
            left.pop("elapsed_ms"), right.pop("elapsed_ms")
            if left != right:
                return f"line {number} differs: {left['uri']} and {right['uri']}"
        rest = sum(1 for _ in a), sum(1 for _ in b)
    return f"one has {rest[0]} lines more, the other {rest[1]}" if any(rest) else ""


def main() -> None:
    """Scans once undisturbed, then with kills; exits 1 where the outputs differ."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kills", type=int, nargs="?", default=20)
    parser.add_argument("--pages", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    chance = random.Random(wanted.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_pages(folder, wanted.pages)
        whole, out = folder / "whole.jsonl", folder / "out.jsonl"
        started = time.monotonic()
        subprocess.run(command(paths, whole), check=True, stderr=subprocess.DEVNULL)
        undisturbed = time.monotonic() - started
        print(f"undisturbed: {wanted.pages:,} pages in {undisturbed:.0f} s", flush=True)
        # So that the kills are used up at about the end, each life with its start of a second.
        longest = 2 * (1.0 + undisturbed / max(wanted.kills, 1))
        ended: Counter[str] = Counter()
        finished = False
        while sum(ended.values()) < wanted.kills and not finished:
            way = chance.choice(WAYS)
            finished, said = one_life(paths, out, way, longest, chance)
            if "Traceback" in said:
                sys.exit(f"after {way}:\n{said}")
            if not finished:
                ended[way] += 1
        last = subprocess.run(
            command(paths, out, "--resume"), stderr=subprocess.PIPE, check=False, text=True
        )
        print(last.stderr.strip().splitlines()[-1])
        words = ", ".join(f"{way} {n}" for way, n in sorted(ended.items()))
        print(f"{sum(ended.values())} lives ended early ({words}); seed {wanted.seed}")
        difference = same(whole, out)
        print(difference or "the outputs are the same, timings apart")
        sys.exit(bool(difference))


if __name__ == "__main__":
    main()

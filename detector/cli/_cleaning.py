"""The run of `detector clean` over an archive or a table."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from detector.cleaning import Tally, Through, fail, jsonl, make, parquet, through, warc
from detector.cli._sink import Sink, WriteError
from detector.limits import DEFAULT
from detector.pool import Pool, WorkerError, available_cores
from detector.report.printable import printable
from detector.sources.columns import ColumnError, Columns
from detector.sources.files import SOURCES_EXTRA
from detector.sources.jsonl import holds_pages
from detector.sources.parquet import MAGIC as PARQUET
from detector.sources.streams import inflate, packing, peek_inflated, unpacked_name
from detector.sources.text import PAGE_SUFFIXES, suffix
from detector.sources.warc import is_warc

_HEAD = 64 * 1024


def container(path: str) -> str:
    """warc, parquet or jsonl for a file of many pages; "" for others, missing ones too."""
    try:
        with open(path, "rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return ""
    if is_warc(path, head):
        return "warc"
    if head.startswith(PARQUET):
        return "parquet"
    bare = unpacked_name(path)
    if bare.lower().endswith((".jsonl", ".ndjson")):
        return "jsonl"
    inner = peek_inflated(head) if packing(head) else head
    return "jsonl" if suffix(bare) not in PAGE_SUFFIXES and holds_pages(inner) else ""


@dataclass(frozen=True, slots=True)
class Job:
    """One container to clean."""

    path: str
    output: str | None
    columns: Columns
    drop_spam: bool
    tally: Tally


def clean_container(
    kind: str, job: Job, policy: Path | None, model: str | None, workers: int | None
) -> int:
    """Write the cleaned container to its output, or standard output; the exit code."""
    from detector.model import ModelError
    from detector.policy import PolicyError

    path, output, tally = job.path, job.output, job.tally
    if output and os.path.exists(output) and os.path.samefile(path, output):
        raise click.UsageError("the output is the input; give another --output")
    errors: tuple[type[Exception], ...] = (OSError, ModelError, PolicyError, WriteError,
                                           WorkerError, ColumnError, ImportError)  # fmt: skip
    if kind == "parquet":
        with contextlib.suppress(ImportError):
            from pyarrow import ArrowException

            errors += (ArrowException,)
    try:
        with contextlib.ExitStack() as files:
            work = partial(make, model, policy, DEFAULT)
            pool = Pool(work, fail, workers or available_cores(), DEFAULT)
            files.callback(pool.close)
            stream = files.enter_context(open(path, "rb"))
            sink = files.enter_context(Sink(output, whole=True))
            _WAYS[kind](job, stream, sink, lambda documents: through(pool.results(documents)))
            sink.finish()
    except BrokenPipeError:  # the reader has what it wants
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except errors as error:
        words = str(error)
        if isinstance(error, ImportError):
            words = f"{path} needs more packages: {SOURCES_EXTRA}"
        elif isinstance(error, ColumnError):
            words = f"{path} {error}"
        click.echo(f"detector: {printable(words.splitlines()[0])}", err=True)
        return 2
    for message in tally.messages:
        click.echo(f"detector: {printable(message)}", err=True)
    click.echo(f"{path}: {tally.describe()}", err=True)
    return 0 if tally.cleaned + tally.unchanged + tally.dropped else 2


def _packing(job: Job) -> str:
    """How the output is compressed: as its name says, else as the input's."""
    name = (job.output or job.path).lower()
    return "gzip" if name.endswith(".gz") else "zstd" if name.endswith(".zst") else ""


def _warc(job: Job, stream: BinaryIO, sink: Sink, clean: Through) -> None:
    records = warc.clean(stream, job.path, DEFAULT, clean, job.drop_spam, job.tally)
    for record in warc.pack(records, _packing(job)):
        for piece in record:
            sink.write(piece)
        sink.commit()


def _jsonl(job: Job, stream: BinaryIO, sink: Sink, clean: Through) -> None:
    kind = packing(stream.read(8))
    stream.seek(0)
    plain = inflate(stream, DEFAULT, kind) if kind else stream
    lines = jsonl.clean(plain, job.path, DEFAULT, job.columns, clean, job.drop_spam, job.tally)
    for packed in warc.pack(iter((lines,)), _packing(job)):
        for piece in packed:
            sink.write(piece)
            sink.commit()


def _parquet(job: Job, stream: BinaryIO, sink: Sink, clean: Through) -> None:
    out: BinaryIO = sink  # type: ignore[assignment]
    parquet.clean(stream, out, job.path, DEFAULT, job.columns, clean, job.drop_spam, job.tally)


_WAYS = {"warc": _warc, "jsonl": _jsonl, "parquet": _parquet}

"""The run of `detector clean` over an archive or a table."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from functools import partial
from typing import BinaryIO

import click

from detector.cleaning import Job, Through, fail, jsonl, make, parquet, through, warc
from detector.cli._judging import Judging
from detector.cli._sink import Sink, WriteError
from detector.pool import Pool, WorkerError, available_cores
from detector.report.printable import printable
from detector.sources.columns import ColumnError
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


def clean_container(kind: str, job: Job, output: str | None, judging: Judging) -> int:
    """Write the cleaned container to its output, or standard output; the exit code."""
    from detector.model import ModelError
    from detector.policy import PolicyError

    path, tally = job.name, job.tally
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
            work = partial(make, judging.model, judging.policy, judging.limits)
            pool = Pool(work, fail, judging.workers or available_cores(), judging.limits)
            files.callback(pool.close)
            stream = files.enter_context(open(path, "rb"))
            sink = files.enter_context(Sink(output, whole=True))
            form = _packing(output or path)
            _WAYS[kind](job, stream, sink, lambda d: through(pool.results(d)), form)
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


def _packing(name: str) -> str:
    """How the output is compressed: as its name says, else as the input's."""
    name = name.lower()
    return "gzip" if name.endswith(".gz") else "zstd" if name.endswith(".zst") else ""


def _warc(job: Job, stream: BinaryIO, sink: Sink, clean: Through, form: str) -> None:
    for record in warc.pack(warc.clean(stream, job, clean), form):
        for piece in record:
            sink.write(piece)
        sink.commit()


def _jsonl(job: Job, stream: BinaryIO, sink: Sink, clean: Through, form: str) -> None:
    kind = packing(stream.read(8))
    stream.seek(0)
    plain = inflate(stream, job.limits, kind) if kind else stream
    for packed in warc.pack(iter((jsonl.clean(plain, job, clean),)), form):
        for piece in packed:
            sink.write(piece)
            sink.commit()


def _parquet(job: Job, stream: BinaryIO, sink: Sink, clean: Through, form: str) -> None:
    out: BinaryIO = sink  # type: ignore[assignment]
    parquet.clean(stream, out, job, clean)


_WAYS = {"warc": _warc, "jsonl": _jsonl, "parquet": _parquet}

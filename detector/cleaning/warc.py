"""Web archives without what was injected.

A page that changes keeps its record's type and headers; lengths, digests and the record's
id are made anew, and a `metadata` record after it tells what was taken out and by which
model (WARC 1.1, ISO 28500:2017, 6.6). All other records are copied byte for byte. What is
damaged beyond reading is left out and counted.
"""

from __future__ import annotations

import io
import re
import tempfile
import uuid
import zlib
from base64 import b32encode
from collections import deque
from collections.abc import Iterator
from functools import partial
from hashlib import sha1
from typing import Any, BinaryIO

from detector.cleaning import Cleaned, Job, Through
from detector.report.jsonl import to_line
from detector.sources import Counts
from detector.sources.warc import Segment, read_warc
from detector.types import Document

_END = b"\r\n\r\n"
_CHUNK = 1 << 20


class _Fifo:
    """Bytes that wait on the disk for their turn."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - as long as this
        self._read = 0

    def begin(self) -> BinaryIO:
        """The file, to write the next at its end."""
        self.file.seek(0, io.SEEK_END)
        return self.file

    def take(self, size: int) -> Iterator[bytes]:
        """The next so many bytes, in pieces."""
        self.file.seek(self._read)
        while size:
            part = self.file.read(min(size, _CHUNK))
            size -= len(part)
            self._read += len(part)
            yield part
        if self._read == self.file.seek(0, io.SEEK_END):
            self.file.seek(0)
            self.file.truncate()
            self._read = 0


class _Copying(Segment):
    """Reads every record, keeps it, and gives the pages."""

    every_type = True
    parse_http = False

    def __init__(self, kept: _Fifo, sizes: deque[tuple[int, bool]], *given: Any) -> None:
        """`sizes` gets the bytes of each record in `kept`, and whether it is a page."""
        super().__init__(*given)
        self._kept, self._sizes = kept, sizes

    def _document(self, record: Any, types: Any) -> Document | None:
        size = record.content_length
        pages = (types.response, types.resource, types.conversion)
        if size > self._limits.max_record_bytes:
            self.damage, self.blame = f"a record of {size:,} bytes, over the limit", True
            return None
        out = self._kept.begin()
        start = out.tell()
        record.write(out)
        whole = out.tell() - start
        if not self._is_whole(out, start, whole, size):
            out.truncate(start)
            self.damage, self.blame = "the record is shorter than it says", True
            return None
        document = None
        if record.record_type in pages and size <= self._limits.max_bytes:
            out.seek(start)
            found = list(read_warc(io.BytesIO(out.read()), self.uri, self._limits, Counts()))
            if len(found) == 1 and found[0].failure is None and not found[0].truncated:
                document = found[0]
        self._sizes.append((whole, document is not None))
        return document

    @staticmethod
    def _is_whole(out: BinaryIO, start: int, whole: int, size: int) -> bool:
        out.seek(start)
        head = out.read(min(whole, 1 << 17)).find(_END)
        return head >= 0 and whole - head - len(_END) - len(_END) >= size


def clean(stream: BinaryIO, job: Job, through: Through) -> Iterator[Iterator[bytes]]:
    """The records in order, each in pieces that are to be taken before the next is asked for.

    `pack` compresses them.
    """
    kept, sizes = _Fifo(), deque[tuple[int, bool]]()
    order: deque[tuple[int, bool] | None] = deque()  # None: what was lost

    segment = partial(_Copying, kept, sizes)

    def documents() -> Iterator[Document]:
        for document in read_warc(stream, job.name, job.limits, Counts(), segment):
            if document.failure is not None:
                order.append(None)
            else:
                while sizes:
                    order.append(sizes.popleft())
            yield document

    def passed() -> Iterator[Iterator[bytes]]:
        """Records that are no pages and stand next."""
        while order and order[0] is not None and not order[0][1]:
            size, _ = order.popleft()  # type: ignore[misc]
            job.tally.other += 1
            yield kept.take(size)

    for page in through(documents()):
        yield from passed()
        entry = order.popleft()
        dropped = job.drops(page)
        if entry is None:
            continue
        if dropped or page.data is not None:
            record = b"".join(kept.take(entry[0]))
            yield from (iter((made,)) for made in _changed(record, page, dropped))
        else:
            yield kept.take(entry[0])
    order.extend(sizes)
    yield from passed()


def _changed(record: bytes, page: Cleaned, dropped: bool) -> Iterator[bytes]:
    """The record with the cleaned body, and the record that tells of it."""
    head, _, payload = record.partition(_END)
    payload = payload[: -len(_END)]
    body = page.data or b""
    http = b""
    if re.search(rb"^content-type:\s*application/http", head, re.I | re.M):
        http, found, _ = payload.partition(_END)
        kept = _without(http, rb"content-encoding|transfer-encoding|content-length")
        http = kept + b"\r\nContent-Length: %d" % len(body) + found
    old = _field(head, b"WARC-Record-ID")
    new = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, old + sha1(body).hexdigest())}>"
    about: dict[str, Any] = {**page.about, "record": old, "dropped": dropped}
    told = to_line(about)
    date = _field(head, b"WARC-Date")
    if not dropped:
        block = http + body
        head = _without(head, rb"warc-record-id|content-length|warc-(?:block|payload)-digest")
        lines = (
            f"\r\nWARC-Record-ID: {new}\r\nWARC-Block-Digest: {_digest(block)}\r\n"
            f"WARC-Payload-Digest: {_digest(body)}\r\nContent-Length: {len(block)}"
        )
        yield head + lines.encode() + _END + block + _END
    note = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'about ' + new)}>"
    headers = (
        f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: {note}\r\n"
        + (f"WARC-Date: {date}\r\n" if date else "")
        + f"WARC-Target-URI: {_field(head, b'WARC-Target-URI')}\r\n"
        + f"WARC-Refers-To: {old if dropped else new}\r\nContent-Type: application/json\r\n"
        + f"WARC-Block-Digest: {_digest(told)}\r\nContent-Length: {len(told)}"
    )
    yield headers.encode() + _END + told + _END


def _without(head: bytes, names: bytes) -> bytes:
    """Header lines without those of that name."""
    pattern = re.compile(rb"(?:%s)\s*:" % names, re.I)
    return b"\r\n".join(line for line in head.split(b"\r\n") if not pattern.match(line))


def _field(head: bytes, name: bytes) -> str:
    found = re.search(rb"^%s:[ \t]*([^\r\n]*)" % re.escape(name), head, re.I | re.M)
    return found[1].decode("utf-8", "replace").strip() if found else ""


def _digest(data: bytes) -> str:
    return f"sha1:{b32encode(sha1(data).digest()).decode()}"


def pack(records: Iterator[Iterator[bytes]], kind: str) -> Iterator[Iterator[bytes]]:
    """Each record as a gzip member or zstd frame of its own, as archives are read.

    Raises ImportError for zstd without its package.
    """
    if kind == "zstd":
        import zstandard

        packer = zstandard.ZstdCompressor()
        for record in records:
            yield _packed(record, packer.compressobj())
    elif kind == "gzip":
        for record in records:
            yield _packed(record, zlib.compressobj(6, wbits=31))
    else:
        yield from records


def _packed(pieces: Iterator[bytes], packer: Any) -> Iterator[bytes]:
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()

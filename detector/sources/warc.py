"""Web archives: pages of WARC (`response`, `resource`) and texts of WET (`conversion`).

Read by fastwarc, which stops at damage; a damaged member becomes a document
with a failure, and reading goes on at the next member that starts a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from detector.limits import Limits
from detector.site_files import is_site_file
from detector.sources import Counts
from detector.sources.streams import packing, peek_inflated
from detector.sources.text import binary_reason, kind_of
from detector.sources.transfer import decode_body
from detector.types import Document, Failure, Kind

SUFFIXES = tuple(f".{kind}{packed}" for kind in ("warc", "wet") for packed in ("", ".gz", ".zst"))
_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
_TEXT_TYPES = frozenset(("text/plain", "text/markdown"))
_CHUNK = 1 << 16
_MEMBER = {"gzip": b"\x1f\x8b\x08", "zstd": b"\x28\xb5\x2f\xfd"}  # how members start


def is_warc(name: str, head: bytes) -> bool:
    """Whether this is a web archive, by its first bytes or its name."""
    inner = peek_inflated(head, 64) if packing(head) else head
    return inner.startswith(b"WARC/") or name.lower().endswith(SUFFIXES)


def read_warc(
    stream: BinaryIO,
    name: str,
    limits: Limits,
    counts: Counts,
    segment: Callable[..., Segment] | None = None,
) -> Iterator[Document]:
    """The pages of an archive, in order, one in memory at a time.

    A stream that cannot seek ends at the first damage. `segment` is for readers
    that want more of the records than their pages; it makes a `Segment`.
    """
    start: int | None = 0
    pending: Document | None = None  # damage that may be the next segment's own
    seekable = stream.seekable()
    while start is not None:
        if seekable:
            stream.seek(start)
        reader = (segment or Segment)(stream, name, start, limits, counts)
        for document in reader:
            if pending is not None:
                yield pending
                pending = None
            yield document
        if pending is not None and reader.begun:
            yield pending
        pending = None
        if reader.damage is None:
            return
        start = _next_record(stream, reader.position + 1) if seekable else None
        lost = Document(
            reader.uri or f"{name}@{reader.position}", failure=reader.failure(start is not None)
        )
        counts.salvaged += start is not None
        # Damage after a good record: the next start is that of the damaged record, which
        # then says so itself, or of a good one, and what stood between is lost.
        if reader.blame or not reader.begun or start is None:
            yield lost
        else:
            pending = lost


class Segment:
    """One undisturbed run of records. After iteration `damage` says why it ended."""

    every_type = False
    parse_http = True

    def __init__(
        self, stream: BinaryIO, name: str, start: int, limits: Limits, counts: Counts
    ) -> None:
        self._stream, self._name, self._limits, self._counts = stream, name, limits, counts
        self.position = start
        self.begun = False
        self.blame = False  # the record that was begun is itself lost
        self.uri = ""
        self.damage: str | None = None

    def failure(self, goes_on: bool) -> Failure:
        """What to tell of the damage."""
        then = "reading went on" if goes_on else "nothing after it could be read"
        where = "after" if self.begun and not self.blame else "at"
        return Failure(
            "damaged",
            f"{self._name} is damaged {where} byte {self.position} ({self.damage}); {then}",
        )

    def __iter__(self) -> Iterator[Document]:
        try:
            yield from self._records()
        except BaseException as error:  # a panic of the library is no Exception
            if type(error).__name__ != "PanicException":
                raise
            self.damage, self.blame = "the reader gave up on it", True

    def _records(self) -> Iterator[Document]:
        from fastwarc.warc import ArchiveIterator, WarcRecordType

        wanted = (
            WarcRecordType.response
            | WarcRecordType.resource
            | WarcRecordType.conversion
            | WarcRecordType.revisit
        )
        try:
            records = iter(
                ArchiveIterator(
                    self._stream,
                    record_types=WarcRecordType.any_type if self.every_type else wanted,
                    parse_http=self.parse_http,
                    max_header_len=self._limits.max_header_bytes,
                )
            )
        except OSError as error:
            self.damage = str(error)
            return
        while True:
            try:
                record = next(records)
            except StopIteration:
                return
            except OSError as error:
                self.damage, self.uri = str(error), ""
                return
            self.position, self.begun = record.stream_pos, True
            self.uri = _text(record.headers.get("WARC-Target-URI"))
            document = self._document(record, WarcRecordType)
            if document is not None:
                yield document
            if self.damage is not None:
                return

    def _document(self, record: Any, types: Any) -> Document | None:
        """The page of a record; None where it holds none. Sets `damage` where it is cut."""
        limits = self._limits
        if record.record_type == types.revisit:
            self._counts.records += 1
            return None
        size = record.content_length
        if size > limits.max_record_bytes:
            self.damage = f"a record of {size:,} bytes, over the limit"
            self.blame = True
            return None
        kind, charset, transfer, encoding = _declared(record, types)
        if is_site_file(self.uri):
            body = record.reader.read(limits.max_bytes)
            if transfer or encoding:
                body, _ = decode_body(body, transfer, encoding, limits)
            self._counts.site_files.add(self.uri, body)
            self._counts.records += 1
            return None
        if kind == "none":
            self._counts.records += 1
            return None
        try:
            body = record.reader.read(limits.max_bytes + 1)
        except OSError as error:
            self.damage, self.blame = str(error), True
            return None
        if len(body) < min(size, limits.max_bytes + 1):
            self.damage = "the record is shorter than it says"
            self.blame = not body
            if self.blame:
                return None
        cut = self.damage is not None
        if transfer or encoding:
            body, inner_cut = decode_body(body, transfer, encoding, limits)
            cut = cut or inner_cut
        head = body[: limits.sniff_bytes]
        if not body.strip() or (kind == "" and binary_reason(head)):
            self._counts.records += 1
            return None
        return Document(
            uri=self.uri or f"{self._name}@{self.position}",
            data=body[: limits.max_bytes],
            kind=kind or kind_of("", head),  # type: ignore[arg-type]
            charset=charset,
            truncated=cut or len(body) > limits.max_bytes,
        )


def _declared(record: Any, types: Any) -> tuple[Kind | str, str, str, str]:
    """Kind ("" to be told from the bytes, "none" for no page), charset, transfer, encoding."""
    transfer = encoding = ""
    if record.record_type == types.conversion:
        return "text", "utf-8", "", ""
    if record.http_headers is not None:
        mime = (record.http_content_type or "").lower()
        charset = record.http_charset or ""
        transfer = record.http_headers.get("Transfer-Encoding") or ""
        encoding = record.http_headers.get("Content-Encoding") or ""
    else:
        mime, _, rest = (record.headers.get("Content-Type") or "").lower().partition(";")
        charset = rest.partition("charset=")[2].split(";")[0].strip(" \"'")
    mime = mime.strip()
    if mime in _HTML_TYPES:
        return "html", charset, transfer, encoding
    if mime in _TEXT_TYPES or not mime or mime == "application/octet-stream":
        return "", charset, transfer, encoding
    return "none", "", "", ""


def _text(value: str | None) -> str:
    return (value or "").strip("<> ").encode("utf-8", "replace").decode()


def _next_record(stream: BinaryIO, start: int) -> int | None:
    """The offset of the next record at or after `start`; None where there is none.

    For compressed archives the start of a member that decompresses to a record,
    else a line that starts as records do.
    """
    stream.seek(0)
    kind = packing(stream.read(6))
    magic = _MEMBER.get(kind, b"WARC/1.")
    stream.seek(start)
    buffer, offset = b"", start
    while chunk := stream.read(_CHUNK):
        buffer += chunk
        at = buffer.find(magic)
        while at >= 0:
            candidate = buffer[at : at + 4096]
            if len(candidate) < 4096:
                here = stream.tell()
                candidate += stream.read(4096 - len(candidate))
                stream.seek(here)
            if kind and peek_inflated(candidate, 64).startswith(b"WARC/"):
                return offset + at
            if not kind and buffer[at - 1 : at] in (b"\n", b""):
                return offset + at
            at = buffer.find(magic, at + 1)
        keep = len(magic)
        offset += max(len(buffer) - keep, 0)
        buffer = buffer[-keep:]
    return None

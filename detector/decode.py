"""Bytes to text, and back to the very byte.

Most pages are UTF-8, and strict UTF-8 is nearly proof of itself, so it goes first. What a
page declares comes after: on real pages the label is often wrong (GBK that says UTF-8 or
ISO-8859-1). Where a label and the detector disagree, the reading with the larger share of
the characters that its charset calls common (level one of GB 2312, Big5, JIS X 0208 …) wins.

The text has its line ends normalised to ``\\n``, as an HTML parser counts. `Decoded`
translates an offset in that text to the offset of the byte in the data as given, so that a
repair leaves every other byte alone.
"""

from __future__ import annotations

import codecs
import re
import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

import webencodings

from detector.patterns import pattern

# The encoding is named in the first kilobyte by the standard; kits put text before the head.
_HEAD = 4096
# Detection and comparison read this much, from the first line with a non-ASCII byte on.
_SAMPLE = 32768
# UTF-8 with this share of broken sequences is UTF-8 that was cut or patched. GBK and EUC-JP
# read as UTF-8 are broken to 72 % at least (120 real pages), so both values are far off.
_BROKEN = 0.2
_BROKEN_DECLARED = 0.5
# A declared charset may be worse than the detector's by this much and still be believed.
_DECLARED_BONUS = 0.1
# A reading of this plausibility is not doubted: right ones are at 0.95 and above
# on 130 of 134 real pages.
_FITS = 0.9
# What cannot be here: empty, or excluded by the bytes already.
_NOT = ("", "utf-8", "utf-16", "iso202")
# Tried where nothing fits. The order decides ties: Korean and Japanese rows lie within the
# Chinese ones, so equal shares mean the narrower charset.
_DOUBLE = ("cp949", "euc_jp", "gb18030", "big5hkscs", "cp932")

# The WHATWG names that differ from Python's, or whose superset reads more real pages.
_CODECS = {
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "windows-31j": "cp932",
    "x-user-defined": "cp1252",
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "replacement": "",
    "iso-8859-8-i": "iso-8859-8",
    "x-mac-cyrillic": "mac-cyrillic",
    "macintosh": "mac-roman",
}
# What the result calls them: the WHATWG label, GB 18030 for all of its subsets.
_NAMES = {
    "cp932": "shift_jis",
    "cp949": "euc-kr",
    "big5hkscs": "big5-hkscs",
    "cp866": "ibm866",
    "mac-cyrillic": "x-mac-cyrillic",
    "mac-roman": "macintosh",
} | {f"cp125{n}": f"windows-125{n}" for n in range(9)}

_LEVELS: dict[str, tuple[str, bytes]] = {
    # codec: (plain codec, lead bytes of the common rows), from the standards' row tables
    "gb18030": ("gb2312", bytes([0xA1, 0xA3, *range(0xB0, 0xD8)])),
    "big5hkscs": ("big5", bytes([0xA1, 0xA2, 0xA3, *range(0xA4, 0xC7)])),
    "euc_jp": ("euc_jp", bytes([0xA1, 0xA3, 0xA4, 0xA5, *range(0xB0, 0xD0)])),
    "cp949": ("euc_kr", bytes([0xA1, 0xA3, *range(0xB0, 0xC9)])),
}
_LEVELS["cp932"] = _LEVELS["euc_jp"]  # the same set, another arrangement of the bytes

_LATIN = frozenset(
    [f"cp125{n}" for n in (0, 2, 4, 7, 8)]
    + [f"iso8859-{n}" for n in (2, 3, 4, 10, 13, 14, 15, 16)]
    + ["mac-roman"]
)
_SINGLE = _LATIN | frozenset(
    [f"cp125{n}" for n in (1, 3, 5, 6)]
    + [f"iso8859-{n}" for n in (5, 6, 7, 8)]
    + ["cp874", "koi8-r", "koi8-u", "cp866", "mac-cyrillic"]
)

_CHARSET = re.compile(rb"charset\s{0,8}=\s{0,8}[\"']?\s{0,8}([a-z0-9_:.\-]{2,30})")
_XML = re.compile(rb"^\s{0,64}<\?xml[^>]{0,200}?encoding\s{0,8}=\s{0,8}[\"']([a-z0-9_:.\-]{2,30})")
_HIGH_RUN = pattern(r"[^\x00-\x7f]+")

_MAGIC: tuple[bytes, ...] = (
    b"%PDF-", b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"\xff\xd8\xff", b"PK\x03\x04", b"PK\x05\x06",
    b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07", b"\x7fELF", b"MZ\x90\x00", b"\xca\xfe\xba\xbe", b"OggS", b"ID3", b"fLaC",
    b"RIFF", b"wOFF", b"wOF2", b"\x00\x01\x00\x00", b"OTTO", b"SQLite format 3\x00", b"PAR1",
    b"\xd0\xcf\x11\xe0", b"\x00\x00\x01\x00", b"\x00asm", b"8BPS", b"II*\x00", b"MM\x00*",
    b"FWS", b"CWS", b"\x1aE\xdf\xa3", b"ARROW1",
)  # fmt: skip
_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\f\r\x1b\0") + b"\x7f"
_HTML_START = re.compile(rb"<(?:!doctype\s+html|!--|[a-z][a-z0-9:-]{0,20}[\s/>])")
_HTML_PART = re.compile(
    rb"<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>]|/head>|/body>|/html>|title>|meta\s)"
)
_CLOSING = re.compile(rb"</(?:a|p|div|span|li|ul|td|tr|table|script|h[1-6]|b|strong)>")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with the way back to its bytes.

    `encoding` is the WHATWG label in lower case (``gb18030`` for GBK and GB 2312). `certain`
    is false where the label and the bytes disagree, or nothing but statistics decided.
    """

    text: str  # line ends normalised to \n, undecodable bytes as U+FFFD
    encoding: str
    bom: bool = False
    certain: bool = True
    data: bytes = field(default=b"", repr=False, compare=False)
    codec: str = field(default="utf-8", repr=False, compare=False)
    _maps: dict[str, array[int]] = field(default_factory=dict, repr=False, compare=False)

    def byte_offset(self, offset: int) -> int:
        """The offset in `data` of the first byte of the character at `offset` of `text`.

        `offset` is in code points, 0 to ``len(text)``; the last gives ``len(data)``.
        The first call for a page may cost as much as decoding it; later ones are cheap.
        """
        if not 0 <= offset <= len(self.text):
            raise IndexError(f"offset {offset} outside a text of {len(self.text)}")
        if offset == len(self.text):
            return len(self.data)
        return self._starts()[offset]

    def byte_span(self, start: int, end: int) -> tuple[int, int]:
        """The bytes of ``text[start:end]``, end-exclusive."""
        return self.byte_offset(start), self.byte_offset(end)

    def encode(self, text: str) -> bytes:
        """New text in the page's encoding; what it lacks becomes a character reference."""
        return text.encode(self.codec, "xmlcharrefreplace")

    def replace(self, edits: Iterable[tuple[int, int, str]]) -> bytes:
        """The data with ``text[start:end]`` of each edit replaced; all else byte for byte.

        Edits may come in any order. Raises ValueError where two overlap. ISO-2022-JP, whose
        bytes depend on the escape before them, is encoded anew as a whole.
        """
        out: list[bytes] = []
        at = 0
        ordered = sorted(edits)
        if self.codec == "iso2022_jp" and ordered:
            words: list[str] = []
            for start, end, new in ordered:
                if start < at or end < start:
                    raise ValueError(f"edit {start}:{end} overlaps another")
                words += (self.text[at:start], new)
                at = end
            return self.encode("".join(words) + self.text[at:])
        for start, end, new in ordered:
            first, last = self.byte_span(start, end)
            if first < at or last < first:
                raise ValueError(f"edit {start}:{end} overlaps another")
            out += (self.data[at:first], self.encode(new))
            at = last
        out.append(self.data[at:])
        return b"".join(out)

    def _starts(self) -> array[int]:
        """The first byte of every character of `text`."""
        starts = self._maps.get("starts")
        if starts is None:
            starts = self._maps["starts"] = self._map()
        return starts

    def _map(self) -> array[int]:
        skip = _bom_length(self.data) if self.bom else 0
        body = self.data[skip:]
        raw, starts = _character_starts(body, self.codec)
        if skip:
            starts = array("q", [s + skip for s in starts])
        if "\r" not in raw:
            return starts
        # A CR LF pair is one \n; it starts at the CR.
        second = [m.start() + 1 for m in re.finditer("\r\n", raw)]
        kept: array[int] = array("q")
        at = 0
        for index in second:
            kept += starts[at:index]
            at = index + 1
        kept += starts[at:]
        return kept


def decode(data: bytes, *, charset: str = "") -> Decoded:
    """Decode a page. Never raises; undecodable bytes become U+FFFD.

    `charset` is the transport's word (the HTTP header), believed after a byte-order mark and
    after the bytes themselves, before what the page says.
    """
    skip = _bom_length(data)
    if skip:
        codec = {0xEF: "utf-8", 0xFF: "utf-16-le", 0xFE: "utf-16-be"}[data[0]]
        return _made(data, codec, data[skip:].decode(codec, "replace"), bom=True)
    if b"\0" in data[:1024] and (codec := _wide(data[:1024])):
        return _made(data, codec, data.decode(codec, "replace"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_other(data, charset)
    if b"\x1b" in data and (b"\x1b$" in data or b"\x1b(" in data):
        try:
            return _made(data, "iso2022_jp", data.decode("iso2022_jp"))
        except UnicodeDecodeError:
            pass
    return _made(data, "utf-8", text)


def is_binary(data: bytes) -> bool:
    """Whether this is no text at all: an image, an archive, a program."""
    head = data[:2048]
    if head.startswith(_MAGIC) or head[4:8] == b"ftyp":
        return True
    if not head or _bom_length(head) or _wide(head[:1024]):
        return False
    controls = len(head) - len(head.translate(None, _CONTROLS))
    # A damaged page holds a few control bytes, or a run of NULs where a sector was lost;
    # compressed data has 9 % controls beside its NULs.
    return controls * 20 > len(head) or head.count(0) * 2 > len(head)


def looks_like_html(data: bytes) -> bool:
    """Whether a document is markup rather than extracted text, from its first 64 KB."""
    head = data[:65536].replace(b"\0", b"").lower()
    skip = _bom_length(head)
    start = head[skip:].lstrip()
    if start.startswith(b"<?xml") or _HTML_START.match(start):
        return True
    if _HTML_PART.search(head):
        return True
    return sum(1 for _ in _CLOSING.finditer(head)) >= 3


def declared_charset(data: bytes) -> str:
    """The label of `<meta charset>`, `http-equiv` or the XML declaration, "" if none.

    Lower case, as written; the first one that names a known encoding.
    """
    head = data[:_HEAD].lower()
    if match := _XML.match(head):
        return match[1].decode("ascii")
    for match in _CHARSET.finditer(head):
        if head.startswith(b"<meta", head.rfind(b"<", 0, match.start())):
            label = match[1].decode("ascii")
            if codec_of(label):
                return label
    return ""


@lru_cache(maxsize=256)
def codec_of(label: str) -> str:
    """The Python codec for a label as pages write it, "" for an unknown one."""
    label = label.strip("\"' \t\r\n").lower()
    known = webencodings.lookup(label)
    if known is not None:
        name = known.name
    elif label in ("cp936", "gb18030-2000", "big5-hkscs:2004", "cp932", "cp949", "cp1252"):
        name = {"cp936": "gbk", "gb18030-2000": "gb18030", "big5-hkscs:2004": "big5"}.get(
            label, label
        )
    else:
        return ""
    codec = _CODECS.get(name, name)
    if not codec:
        return ""
    try:
        found = codecs.lookup(codec).name
    except LookupError:
        return ""
    return {"mac_cyrillic": "mac-cyrillic", "mac_roman": "mac-roman"}.get(found, found)


def _bom_length(data: bytes) -> int:
    if data.startswith(codecs.BOM_UTF8):
        return 3
    return 2 if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else 0


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: the ASCII of its markup has a NUL on one side, always the same."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    few = max(1, len(head) // 100)
    many = max(2, len(head) // 20)
    if odd >= many and even <= few:
        return "utf-16-le"
    if even >= many and odd <= few:
        return "utf-16-be"
    return ""


def _made(
    data: bytes, codec: str, text: str, *, bom: bool = False, certain: bool = True
) -> Decoded:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    name = _NAMES.get(codec) or codec.replace("_", "-").replace("iso8859", "iso-8859")
    return Decoded(text, name.replace("iso2022-jp", "iso-2022-jp"), bom, certain, data, codec)


def _decode_other(data: bytes, charset: str) -> Decoded:
    """Everything that is not strictly UTF-8."""
    labels = [codec_of(charset) if charset else "", codec_of(declared_charset(data))]
    declared = [codec for codec in labels if codec and codec != "utf-8"]
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = len(text) - len(text.encode("ascii", "ignore")) - broken
    limit = _BROKEN_DECLARED if "utf-8" in labels else _BROKEN
    if broken <= limit * (broken + good):
        return _made(data, "utf-8", text, certain=False)

    sample = _informative(data)
    for codec in declared:
        if codec in _LEVELS and _alphabetic(sample, codec):
            return _made(data, codec, data.decode(codec, "replace"))
    detected = _detect(sample)
    scores = {c: _plausibility(sample, c) for c in (*declared, detected) if c[:6] not in _NOT}
    scores.setdefault("cp1252", _plausibility(sample, "cp1252"))
    if max(scores.values()) < _FITS:
        scores |= {c: _plausibility(sample, c) for c in _DOUBLE if c not in scores}
    best = max(scores, key=lambda c: scores[c] + (_DECLARED_BONUS if c in declared else 0.0))
    certain = best in declared and (best == detected or scores[best] >= _FITS)
    return _made(data, best, data.decode(best, "replace"), certain=certain)


def _informative(data: bytes) -> bytes:
    """The part of the page that holds its first non-ASCII byte, at most `_SAMPLE` long."""
    if len(data) <= _SAMPLE:
        return data
    try:
        data.decode("ascii")
    except UnicodeDecodeError as error:
        start = max(0, data.rfind(b"\n", 0, error.start))
        return data[start : start + _SAMPLE]
    return data[:_SAMPLE]


def _detect(sample: bytes) -> str:
    from resiliparse.parse.encoding import detect_encoding

    return codec_of(detect_encoding(sample, max_len=_SAMPLE) or "")


@lru_cache(maxsize=8)
def _common(codec: str) -> frozenset[str]:
    """The characters of the common rows of a double-byte charset."""
    plain, leads = _LEVELS[codec]
    rows = (bytes([lead, trail]) for lead in leads for trail in range(0x40, 0xFF))
    found = (row.decode(plain, "ignore") for row in rows)
    return frozenset(c for c in found if len(c) == 1)


def _alphabetic(sample: bytes, codec: str) -> bool:
    """Whether a double-byte reading has no errors and is of letters that are not its charset's own.

    The charsets of East Asia hold Cyrillic, Greek and Latin letters too, GB 18030 Hangul; other
    bytes read as they would give ideographs.
    """
    try:
        text = sample.decode(codec)
    except UnicodeDecodeError as error:
        if len(sample) < _SAMPLE or error.start < len(sample) - 4:  # not the sample's own cut
            return False
        text = sample[: error.start].decode(codec)
    high = [c for c in text if c > "\x7f" and c.isalnum()]
    letters = sum(c < "\u0530" or (codec == "gb18030" and "\uac00" <= c < "\ud7a4") for c in high)
    return letters > 0.8 * len(high)


def _plausibility(sample: bytes, codec: str) -> float:
    """How well a reading fits its charset, 0 to 1, less what it cannot read."""
    text = sample.decode(codec, "replace")
    runs = _HIGH_RUN.findall(text)
    high = "".join(runs)
    if not high:
        return 0.0
    bad = high.count("\ufffd") / len(high)
    if codec in _LEVELS:
        common = _common(codec)
        fitting = sum(c in common for c in high)
        if codec == "cp932":
            # Half-width kana are single bytes, most of those that GBK is made of: they speak for
            # the reading only among full-width characters.
            fitting += min(fitting, sum("\uff61" <= c <= "\uff9f" for c in high))
        fit = fitting / len(high)
    elif codec in _LATIN:
        # Latin letters with marks stand alone among plain ones; long runs are another script.
        fit = sum(len(run) for run in runs if len(run) <= 2) / len(high)
    else:
        # Other alphabets: letters, most of them small where there is case.
        small = sum(c.isalpha() and not c.isupper() for c in high)
        fit = min(1.0, small / len(high) * 1.25)
    return fit - 2.0 * bad


_recorded = threading.local()


def _record(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    _recorded.errors.append((error.start, error.end))
    return "\ufffd", error.end


codecs.register_error("detector-record", _record)


def _character_starts(data: bytes, codec: str) -> tuple[str, array[int]]:
    """The text with errors replaced, and the first byte of each of its characters."""
    _recorded.errors = []
    raw = data.decode(codec, "detector-record")
    errors: list[tuple[int, int]] = _recorded.errors
    starts: array[int] = array("q")
    at = 0
    for first, last in [*errors, (len(data), len(data))]:
        _valid_starts(data, at, first, codec, starts)
        if last > first:
            starts.append(first)
        at = last
    return raw, starts


def _valid_starts(data: bytes, start: int, end: int, codec: str, out: array[int]) -> None:
    """Append the first byte of each character of a stretch that decodes strictly."""
    if start >= end:
        return
    if codec in _SINGLE:
        out.extend(range(start, end))
        return
    if codec in ("utf-8", "utf-16-le", "utf-16-be"):
        width = _utf8_width if codec == "utf-8" else _utf16_width
        text = data[start:end].decode(codec)
        ends = accumulate(map(width, text), initial=start)
        out.extend(array("q", ends)[:-1])
        return
    step = codecs.getincrementaldecoder(codec)("strict")
    at = start
    for index in range(start, end):
        got = step.decode(data[index : index + 1])
        if got:
            out.extend([at] * len(got))
            at = index + 1


def _utf8_width(char: str) -> int:
    code = ord(char)
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4


def _utf16_width(char: str) -> int:
    return 2 if ord(char) < 0x10000 else 4


def line_column(text: str, offset: int) -> tuple[int, int]:
    """1-based line and column of an offset in a normalised text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def line_starts(text: str) -> list[int]:
    """Offsets of the first character of every line, for many look-ups with `bisect`."""
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def line_column_at(starts: list[int], offset: int) -> tuple[int, int]:
    """As `line_column`, with the table of `line_starts`."""
    line = bisect_left(starts, offset + 1)
    return line, offset - starts[line - 1] + 1

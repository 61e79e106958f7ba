"""Bodies as HTTP carried them: chunked and compressed, undone within limits."""

from __future__ import annotations

import zlib

from detector.limits import Limits


def decode_body(body: bytes, transfer: str, encoding: str, limits: Limits) -> tuple[bytes, bool]:
    """The body with its transfer and content encodings undone, and whether it was cut.

    Crawlers often store the decoded body and keep the old headers: a body that
    is not what its header says is given as it is.
    """
    if "chunked" in transfer.lower():
        body = _unchunk(body)
    cut = False
    for coding in reversed([c.strip().lower() for c in encoding.split(",") if c.strip()]):
        if coding in ("gzip", "x-gzip") and body.startswith(b"\x1f\x8b"):
            body, cut = _inflate(body, 31, limits)
        elif coding == "deflate":
            body, cut = _inflate(body, 15 if body[:1] == b"\x78" else -15, limits)
        elif coding == "br":
            body, cut = _brotli(body, limits)
    return body, cut


def _unchunk(body: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while at < len(body):
        end = body.find(b"\r\n", at, at + 64)
        try:
            size = int(body[at:end].partition(b";")[0], 16) if end >= 0 else -1
        except ValueError:
            size = -1
        if size < 0:  # not chunked after all, or damaged in the middle
            return b"".join(parts) + body[at:] if parts else body
        if size == 0:
            break
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(parts)


def _inflate(body: bytes, window: int, limits: Limits) -> tuple[bytes, bool]:
    inflate = zlib.decompressobj(window)
    try:
        out = inflate.decompress(body, limits.max_bytes)
    except zlib.error:
        return body, False
    return out, not inflate.eof


def _brotli(body: bytes, limits: Limits) -> tuple[bytes, bool]:
    try:
        import brotli
    except ImportError:
        return body, False
    inflate = brotli.Decompressor()
    out = b""
    try:  # fed in pieces, so that a bomb is met piece by piece
        for at in range(0, len(body), 4096):
            out += inflate.process(body[at : at + 4096])
            if len(out) > limits.max_bytes:
                return out[: limits.max_bytes], True
    except brotli.error:
        return (out, True) if out else (body, False)
    return out, False

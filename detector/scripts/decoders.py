"""The built-ins by which scripts write text in another form, undone for constants.

Source: ECMA-262 (`parseInt`, `String.fromCharCode`), its annex B (`escape`, `unescape`), HTML
(`atob`), Dean Edwards' packer 2 (`p,a,c,k,e,d`).
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote

from detector.patterns import pattern
from detector.scripts.values import LONGEST, Each, as_number, as_text

ESCAPE = pattern(r"\\(x[0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|[0-7]{1,3}|[\s\S])")
SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\n": ""}
PERCENT_U = pattern(r"%u([0-9a-fA-F]{4})|%([0-9a-fA-F]{2})")
WORD = pattern(r"\b\w+\b")


def unescape_literal(body: str) -> str:
    """The value of a string literal between its quotes."""
    if "\\" not in body:
        return body
    return join_surrogates(ESCAPE.sub(_escape, body))


def _escape(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1 and code[0] in "xu":
        digits = code[1:].strip("{}")
        value = int(digits, 16)
        return chr(value) if value < 0x110000 else "\ufffd"
    if code[0] in "01234567":
        return chr(int(code, 8))
    return SIMPLE.get(code, code)


def join_surrogates(text: str) -> str:
    """Pairs of UTF-16 halves as one character each; lone halves replaced."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def js_unescape(text: str) -> str:
    """`unescape()`: `%uXXXX` and `%XX` are code units."""
    return join_surrogates(PERCENT_U.sub(lambda m: chr(int(m[1] or m[2], 16)), text))


def js_atob(text: str) -> str | None:
    """`atob()`: bytes as characters, read as UTF-8 where they are that."""
    compact = "".join(text.split())
    try:
        data = base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def from_char_codes(args: list[object]) -> object:
    """`String.fromCharCode(…)`; None where a code is not constant."""
    if len(args) == 1 and isinstance(args[0], Each):
        return Each([_character(item) for item in args[0].values])
    characters = [_character(item) for item in args]
    if not characters or None in characters:
        return None
    return join_surrogates("".join(character or "" for character in characters))


def _character(code: object) -> str | None:
    number = as_number(code)
    return None if number is None else chr(int(number) & 0xFFFF)


def parse_int(args: list[object]) -> object:
    """`parseInt(text, base)`."""
    if not args:
        return None
    base = int(args[1]) if len(args) > 1 and isinstance(args[1], (int, float)) else 0
    if isinstance(args[0], Each):
        return Each([parse_int([item, *args[1:]]) for item in args[0].values])
    if isinstance(args[0], (int, float)):
        return int(args[0])
    if not isinstance(args[0], str) or not (base == 0 or 2 <= base <= 36):
        return None
    text = args[0].strip()[:40]
    try:
        return int(text, base or (16 if text.lower().startswith("0x") else 10))
    except ValueError:
        return None


def to_base(number: int, base: int) -> str:
    """A number in digits 0-9 a-z A-Z, as the packer counts (base up to 62)."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if number == 0:
        return "0"
    text = ""
    while number:
        number, rest = divmod(number, base)
        text = digits[rest] + text
    return text


def unpack(args: list[object]) -> str | None:
    """The text of `eval(function(p,a,c,k,e,d){…}(payload, base, count, words, …))`."""
    if len(args) < 4 or not isinstance(args[0], str) or not isinstance(args[1], int):
        return None
    payload, base, words = args[0], args[1], args[3]
    if not isinstance(words, list) or not 2 <= base <= 95 or len(words) > 50_000:
        return None
    names = [as_text(word) or "" for word in words]
    if base <= 62:
        table = {to_base(at, base): word for at, word in enumerate(names) if word}
        out, size, last = [], 0, 0
        for match in WORD.finditer(payload):
            word = table.get(match[0], match[0])
            out.append(payload[last : match.start()])
            out.append(word)
            size += len(word) + match.start() - last
            last = match.end()
            if size > LONGEST:  # a short payload of one long word is a bomb
                break
        out.append(payload[last:])
        return "".join(out)[:LONGEST]
    return None


def percent_decoded(text: str) -> str:
    """`decodeURIComponent()`."""
    return unquote(text, errors="replace")

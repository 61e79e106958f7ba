"""What holds for every page: nothing lost, no clean one changed, one label however written.

Pages are the cases' own, and pages composed of honest and attacked pieces.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.limits import Limits
from detector.report.jsonl import to_json
from detector.restore.html import repair
from detector.scan import Scanner
from detector.types import Document, Kind, Result

CASES = Path(__file__).parent / "cases"
CANONICAL = re.compile(rb'<link rel="canonical" href="(https://[^"]+)"')
ERRORS = {"empty"}  # that bytes of a page alone can give
scanner = Scanner(limits=Limits(max_bytes=500_000))
quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def inputs(clean: bool) -> tuple[Path, ...]:
    """The cases' pages, honest ones or all others."""
    found = sorted(CASES.rglob("input.*"))
    return tuple(
        path for path in found
        if "known-misses" not in path.parts and ("clean" in path.parts) is clean
    )  # fmt: skip


def kind_of(path: Path) -> Kind:
    return "html" if path.suffix == ".html" else "text"


def label(data: bytes, kind: Kind | None, charset: str = "") -> str | None:
    found = scanner.scan(data, uri="https://a.example/", kind=kind, charset=charset)
    return found.verdict.label if found.verdict else None


def own_address(data: bytes) -> str:
    """The address that an honest page names as its own: elsewhere it would be a foreign one."""
    named = CANONICAL.search(data)
    return named[1].decode() if named else "https://a.example/"


def cleaned(data: bytes, kind: Kind | None, uri: str = "https://a.example/") -> bytes:
    """As `detector clean` does."""
    result, page = scanner.scan_page(Document(uri, data, kind))
    if page is None or result.verdict is None or result.verdict.label == "clean":
        return data
    return repair(data, page, result.findings)


# ------------------------------------------------------------------ pieces of pages

SENTENCES = st.sampled_from([
    "The harbour office opens at nine and closes at five, also in winter.",
    "Die Brücke über den Kanal wird im Herbst für sechs Wochen gesperrt.",
    "守堤人每天清晨沿着河道走一圈，看看柳树和水位。",
    "В библиотеке открылась выставка старых карт города.",
    "港の事務所は冬の間も朝九時に開きます。",
])  # fmt: skip
HONEST = SENTENCES.map(lambda words: f"<p>{words}</p>") | st.sampled_from([
    "<h2>Notice</h2>", "<ul><li>Ferry<li>Pier</ul>", "<!-- menu -->", "<table><tr><td>9:00</table>",
    '<div class="menu" hidden><a href="/about">About</a></div>', "<p>Prices &amp; times&nbsp;",
    "<script>var page = 'harbour';</script>", "<style>p{margin:0}</style>", "\x00", "&#x110000;",
])  # fmt: skip
FOREIGN = st.sampled_from([
    '<div style="position:absolute;left:-9999px"><a href="https://bet.example/">casino bonus</a>'
    ' <a href="https://slot.example/">slot gacor</a></div>',
    '<p style="display:none">cheap viagra online <a href="//pills.example">cialis</a></p>',
    '<marquee width=1 height=1><a href="https://c.example/">时时彩平台</a></marquee>',
    '<script>document.write(unescape("%3Ca%20href%3D//x.example%3Ecasino%3C/a%3E"))</script>',
    "</html><a href=//late.example>online casino no deposit</a>",
    '<a href="https://e.example/">казино <p>онлайн</p></a>',
])  # fmt: skip


def composed(pieces: list[str]) -> str:
    return (
        "<!doctype html><html lang=en><head><title>Harbour office</title></head><body>"
        f"<h1>Harbour office</h1>{''.join(pieces)}</body></html>"
    )


PAGES = st.lists(HONEST | FOREIGN, max_size=14).map(composed)
ANY = st.binary(max_size=300) | PAGES.map(str.encode) | st.tuples(
    PAGES.map(str.encode), st.binary(max_size=40), st.integers(0, 900)
).map(lambda t: t[0][: t[2]] + t[1] + t[0][t[2] :])  # fmt: skip


# ----------------------------------------------------------------------- properties


def stands(result: Result) -> None:
    """Raise where a quote does not stand at its span, or a removal in its text."""
    content = result.content
    fields = {
        "text": content.text, "title": content.title,
        "description": content.description, "keywords": content.keywords,
    }  # fmt: skip
    for finding in to_json(result)["findings"]:
        span = finding["span"]
        if span is not None:
            assert fields[span["of"]][span["start"] : span["end"]] == finding["text"], finding
    for removed in content.removed:
        assert content.text[removed.start : removed.end] == removed.text


@quick
@given(ANY, st.sampled_from(["", "gbk", "big5", "shift_jis", "utf-16", "x-none"]))
def test_any_bytes_give_a_result_or_a_named_error(data: bytes, charset: str) -> None:
    result = scanner.scan(data, charset=charset)
    assert (result.verdict is None) is (result.error is not None)
    if result.error is not None:
        assert result.error.kind in ERRORS and result.error.message
    stands(result)


@quick
@given(PAGES)
def test_quotes_stand_at_their_spans(page: str) -> None:
    result = scanner.scan(page)
    stands(result)
    assert result.verdict is not None
    assert result.findings or result.verdict.label == "clean"


@quick
@given(st.lists(SENTENCES, min_size=3, max_size=9), FOREIGN, st.integers(0, 9))
def test_cleaning_twice_is_cleaning_once(words: list[str], foreign: str, at: int) -> None:
    pieces = [f"<p>{sentence}</p>" for sentence in words]
    pieces.insert(at, foreign)
    once = cleaned(composed(pieces).encode(), "html")
    assert cleaned(once, "html") == once


@quick
@given(PAGES)
def test_cleaning_comes_to_an_end(page: str) -> None:
    """Of a page that is mostly attack, what is left may be judged anew; it only gets shorter."""
    rounds = [page.encode()]
    while len(rounds) < 6 and (shorter := cleaned(rounds[-1], "html")) != rounds[-1]:
        assert len(shorter) < len(rounds[-1])
        rounds.append(shorter)
    assert len(rounds) < 6


@quick
@given(st.lists(HONEST, max_size=14).map(composed))
def test_cleaning_what_is_clean_changes_nothing(page: str) -> None:
    assert cleaned(page.encode(), "html") == page.encode()


@pytest.mark.parametrize("part", range(4))
def test_cases_are_cleaned_once_and_clean_ones_stay(part: int) -> None:
    for path in inputs(True)[part::4]:
        data = path.read_bytes()
        assert cleaned(data, kind_of(path), own_address(data)) == data, path
    for path in inputs(False)[part::4]:
        once = cleaned(path.read_bytes(), kind_of(path))
        assert cleaned(once, kind_of(path)) == once, path


# --------------------------------------------------------- the same page, written otherwise

TAG = re.compile(r'<([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z-]+="[^"<>]*")+)\s*>')
ATTRIBUTE = re.compile(r'\s+([a-zA-Z-]+)="([^"<>]*)"')
TEXT = re.compile(r">([^<>&]+)<")
RAW = re.compile(r"<(?:script|style|noscript|textarea|title|!--)", re.I)


def reordered(text: str) -> str:
    """Attributes of every tag from the last to the first."""
    return TAG.sub(
        lambda m: f"<{m[1]}{''.join(m[0] for m in reversed([*ATTRIBUTE.finditer(m[2])]))}>", text
    )


def referenced(text: str) -> str:
    """Every seventh character of the body's words as a reference, decimal or hexadecimal."""

    def written(match: re.Match[str]) -> str:
        return ">" + "".join(
            (f"&#{ord(c)};", f"&#x{ord(c):X};")[n % 2] if n % 7 == 3 and c.isalnum() else c
            for n, c in enumerate(match[1])
        ) + "<"  # fmt: skip

    head, body, rest = text.partition("<body")
    return text if RAW.search(rest) else head + body + TEXT.sub(written, rest)


WAYS: dict[str, Callable[[str], tuple[bytes, str]]] = {
    "byte-order mark": lambda text: (b"\xef\xbb\xbf" + text.encode(), ""),
    "attribute order": lambda text: (reordered(text).encode(), ""),
    "form of references": lambda text: (referenced(text).encode(), ""),
    "UTF-16": lambda text: (b"\xff\xfe" + text.encode("utf-16-le"), ""),
    "UTF-16 the other way": lambda text: (b"\xfe\xff" + text.encode("utf-16-be"), ""),
    "GB 18030": lambda text: (text.encode("gb18030"), "gb18030"),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_way_a_page_is_written_does_not_change_its_label(way: str) -> None:
    changed = 0
    for path in (*inputs(False)[::2], *inputs(True)[::3]):
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue
        data, charset = WAYS[way](text)
        if data != text.encode():
            changed += 1
            found = label(data, kind_of(path), charset)
            assert found == label(text.encode(), kind_of(path)), path
    assert changed

"""Input made to cost: each page gives a result, whole or `truncated`, within its memory."""

from __future__ import annotations

import gzip
import importlib
import pkgutil
import re
import time
from pathlib import Path

import pytest

import detector
from detector.limits import Limits
from detector.page import read_page
from detector.patterns import pattern as later
from detector.scan import Scanner
from detector.sources import Counts, Options, open_sources

scanner = Scanner()


def test_pale_and_nested_text_gives_a_result() -> None:
    result = scanner.scan(
        "<div>" * 500 + "<p style='color:#fff'>casino bonus slot <a href=//a.example>casino</a> "
        "<a href=//b.example>slot gacor</a></p>"
    )
    assert result.verdict is not None


def test_an_empty_page_says_so() -> None:
    error = scanner.scan(b" \n").error
    assert error is not None
    assert error.kind == "empty"


def test_bytes_in_no_encoding_are_read() -> None:
    result = scanner.scan(bytes(range(128, 256)) * 50 + b"<p>words</p>", charset="utf-8")
    assert result.error is None


def test_a_page_over_the_size_is_cut_and_says_so() -> None:
    page = read_page(b"<p>start</p>" + b" " * 100 + b"<p>end</p>", limits=Limits(max_bytes=50))
    assert page.truncated
    assert [block.text for block in page.blocks] == ["start"]


def test_what_stands_too_deep_belongs_to_the_deepest_that_is_followed() -> None:
    page = read_page("<div>" * 40 + "low" + "</div>" * 40 + "<p>after", limits=Limits(max_depth=20))
    assert page.truncated
    assert [block.text for block in page.blocks] == ["low", "after"]


@pytest.mark.parametrize(
    ("limits", "page"),
    [
        (Limits(max_nodes=20), "<p>x" * 50),
        (Limits(max_blocks=5), "<p>x" * 50),
        (Limits(max_links=5), "<p>" + "<a href=/>x</a>" * 50),
        (Limits(max_scripts=5), "<script>1</script>" * 50),
        (Limits(max_script_chars=50), "<script>" + "1;" * 50 + "</script>"),
        (Limits(max_css_chars=50), "<style>" + "p{color:red}" * 50 + "</style>"),
        (Limits(max_css_rules=5), "<style>" + "p{color:red}" * 50 + "</style>"),
        (Limits(max_attributes=5, max_attribute_chars=50), "<p " + "a b c d e f g " * 50 + ">"),
        (Limits(max_attribute_chars=50), "<p title=" + "x" * 500 + ">"),
    ],
)
def test_each_limit_of_a_page_says_that_it_was_reached(limits: Limits, page: str) -> None:
    assert read_page(f"<html><body>{page}", kind="html", limits=limits).truncated


def test_a_truncated_gzip_is_a_named_failure_or_a_cut_page(tmp_path: Path) -> None:
    path = tmp_path / "page.html.gz"
    path.write_bytes(gzip.compress(b"<p>" + bytes(range(256)) * 400)[:200])
    found = list(open_sources([str(path)], Options(), Counts()))
    assert all(d.failure is not None or d.truncated for d in found)


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Every pattern that a module of the scan's path holds by name."""
    found = {}
    for entry in pkgutil.walk_packages(detector.__path__, "detector."):
        apart = ("detector.learn", "detector.cli", "detector.__main__", "detector.integrations")
        if entry.name.startswith(apart):  # integrations import what only their users have
            continue
        for name, value in vars(importlib.import_module(entry.name)).items():
            kinds = (re.Pattern, type(later("")))
            if isinstance(value, kinds) and isinstance(value.pattern, str):
                found[value.pattern] = (f"{entry.name}.{name}", value)
    return sorted(found.values(), key=lambda item: item[0])


BOMBS = (
    "a", "1", " ", "-", "a.", "1-", "a ", "\t\n", "<", "<a ", "(", "((a", '"', "\\", "'\\", "/*",
    "{", "{a|", "[", "[a", "@a", "中", "中★", "中(a", "&#1;", "http://", "a=", "=\"'", "a1", "+1 ",
)  # fmt: skip

# Slow on runs of characters that never reach them: used on bounded or folded texts alone.
BOUNDED = {
    "detector.style.selectors._ATTRIBUTE": "selectors of at most 300 characters",
    "detector.style.selectors._TOKEN": "selectors of at most 300 characters",
    "detector.suppressions._COMMENT": "matched once, at a comment's start",
    "detector.techniques.fake_byline._RANDOM": "names of at most 30 characters",
    "detector.restore.cutting._SITE_SUFFIX": "titles, whose white space is folded",
}


def spent(pattern: re.Pattern[str], text: str) -> float:
    """CPU seconds to find all matches."""
    started = time.process_time()
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - started


@pytest.mark.parametrize(("name", "pattern"), patterns())
def test_no_pattern_takes_more_than_linear_time(name: str, pattern: re.Pattern[str]) -> None:
    """Four times the text in at most ten times the time, where it takes any time at all."""
    if name in BOUNDED:
        pytest.skip(BOUNDED[name])
    for bomb in BOMBS:
        once = spent(pattern, bomb * (5000 // len(bomb)) + "\n!")
        if once > 0.01:
            again = min(spent(pattern, bomb * (20_000 // len(bomb)) + "\n!") for _ in range(3))
            assert again < 10 * once, bomb

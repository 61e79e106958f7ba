"""Pages made to cost: each has a result within its process's limits of time and memory.

The time is that of the processor, as a worker's limit is on a quiet machine; memory is all that
the process has in it, with the model and the tables.
"""

from __future__ import annotations

import base64
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.limits import DEFAULT

MEMORY = 512  # MB
MEASURED = Path(__file__).with_name("measured_scan.py")


def rules_by_elements() -> str:
    rules = "".join(f".c{i} .d{i % 100}{{display:none}}" for i in range(100_000))
    elements = "".join(f'<p class="d{i % 100} c{i}">t' for i in range(10_000))
    return f"<style>{rules}</style>{elements}"


def layers() -> str:
    code = "document.write('<a href=//x.example>casino</a>')"
    for _ in range(12):
        code = f"eval(atob('{base64.b64encode(code.encode()).decode()}'))"
    return f"<script>{code}</script>"


def finding_places() -> str:
    """Thousands of findings in one long text."""
    link = "<a href=//a.example/{0}>casino bonus {0}</a> "
    return "<p>" + "".join(link.format(i) for i in range(6_000)) + "words of the town " * 9_000


PAGES: dict[str, Callable[[], str]] = {
    "nested": lambda: "<div>" * 200_000 + "words",
    "formatting": lambda: "<b><i><a href=x>" * 2_000 + "<p>" * 500,
    "tables": lambda: "<table>" * 20_000 + "x",
    "unclosed": lambda: "<" * 500_000,
    "comments": lambda: "<!--x-->" * 100_000,
    "comment without an end": lambda: "<p>a</p>" + "<!--" * 500_000,
    "NUL": lambda: "<p>" + "\0" * 1_000_000,
    "entities": lambda: "<p>" + "&amp;" * 1_000_000,
    "entities in the title": lambda: "<title>" + "&#20013;" * 100_000 + "</title>",
    "unended references": lambda: "<p>" + "&#x110000" * 200_000,
    "attributes": lambda: "<p " + " ".join(f'a{i}="{i}"' for i in range(200_000)) + ">x",
    "long attribute": lambda: '<p title="' + "x" * 10_000_000 + '">x',
    "long style": lambda: '<p style="' + "color:red;" * 1_000_000 + '">x',
    "rules by elements": rules_by_elements,
    "quotes in a sheet": lambda: "<style>" + "'\\" * 900_000 + "</style><p>x",
    "brackets in a sheet": lambda: "<style>" + "a:not(" * 300_000 + "</style><p>x",
    "links of one block": lambda: "<p>" + "".join(
        f'<a href="//s{i}.example/">w{i}</a> ' for i in range(100_000)),
    "findings in one text": finding_places,
    "hidden blocks": lambda: "".join(
        f"<div hidden><p>casino <a href=//s{i}.example>slot {i}</a></div>" for i in range(5_000)),
    "suspects": lambda: "".join(f"<p>casino bonus slot {i}</p>" for i in range(5_000)),
    "functions in functions": lambda: "<script>" + "(function(a){" * 100_000 + "</script>",
    "strings that double": lambda: "<script>s='aa';" + "s+=s;" * 200_000 + "document.write(s)"
                                   "</script>",
    "decoders in decoders": layers,
    "a script of quotes": lambda: "<script>document.write('" + "\\'" * 900_000 + "</script>",
    "one word": lambda: "<p>" + "casino" * 1_500_000,
    "ideographs": lambda: "<p>" + "赌场时时彩平台" * 120_000,
    "invisible marks": lambda: "<p>c" + "\u200b\u0336" * 300_000 + "asino",
    "lines of text": lambda: "casino https://a.example/ \n" * 200_000,
    "a list of related links": lambda: "<h3>Related articles</h3><ul>" + "".join(
        f'<li><a href="/n/{i}">Article {i} on the town</a></li>' for i in range(20_000)),
    "frames": lambda: "<iframe src=//a.example style='position:fixed;inset:0'>" * 20_000,
}  # fmt: skip


def test_there_are_enough() -> None:
    assert len(PAGES) >= 24


def peak(page: bytes) -> int:
    """The most memory, MB, of a process that scans the page; fails past the limit of time."""
    ended = subprocess.run(
        [sys.executable, str(MEASURED), str(int(DEFAULT.timeout))],
        input=page, capture_output=True, check=False,
    )  # fmt: skip
    assert ended.returncode != -signal.SIGXCPU, "took longer than the limit"
    assert ended.returncode == 0, ended.stderr.decode()[-4000:]
    return int(ended.stdout)


def test_memory_is_the_scans_own() -> None:
    """However much the process of the tests has by then."""
    ballast = b"x" * (2 * MEMORY << 20)
    assert 0 < peak(b"<title>a</title><p>a") < MEMORY
    del ballast


@pytest.mark.parametrize("name", PAGES)
def test_a_costly_page_has_a_result_within_time_and_memory(name: str) -> None:
    assert peak(PAGES[name]().encode()) < MEMORY

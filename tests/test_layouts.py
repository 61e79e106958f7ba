"""A page says the same as extracted text and in three HTML layouts."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from detector.scan import Scanner

ROOT = Path(__file__).parent.parent
BENCH = runpy.run_path(str(ROOT / "benchmarks" / "layouts.py"))
TEXT = ROOT / "tests/cases/title-fragment-interleaving/kit-page-text/input.txt"
LAYOUTS = dict(BENCH["wrap"](BENCH["read"](TEXT.read_text("utf-8"))))
SCANNER = Scanner()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_same_verdict_pieces_text_and_links_in_every_layout(layout: str) -> None:
    wanted = BENCH["outline"](SCANNER.scan(TEXT.read_bytes(), uri="page.txt"))
    got = BENCH["outline"](SCANNER.scan(LAYOUTS[layout].encode(), uri="page.html"))
    assert got == wanted
    label, categories, removed, clean, off_topic = got
    assert (label, categories) == ("injected", ("escort",))
    assert len(removed) > 12
    assert "Tag" not in clean
    assert len(off_topic) == 6

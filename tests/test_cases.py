"""Every folder under `cases/` is one page with what must, and must not, be said of it.

`expected.json` may hold `label`, `techniques`, `quotes`, `absent_techniques`,
`clean_contains`, `clean_lacks`. Slugs that begin with `near-` are honest pages that look
like the technique: it must stay silent on them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from detector.scan import Scanner
from detector.types import Result

CASES = Path(__file__).parent / "cases"
SURE = 0.5
SCANNER = Scanner()


def cases(*, strict: bool = True) -> list[Any]:
    """One parameter a case; a known miss must go on failing until it is moved out."""
    found = []
    for expected in sorted(CASES.rglob("expected.json")):
        name = str(expected.parent.relative_to(CASES))
        marks = (
            [pytest.mark.xfail(strict=True)] if strict and name.startswith("known-misses") else []
        )
        found.append(pytest.param(expected.parent, id=name, marks=marks))
    return found


def scan(folder: Path) -> Result:
    (page,) = folder.glob("input.*")
    return SCANNER.scan(page.read_bytes(), uri=page.name)


@pytest.mark.parametrize("folder", cases())
def test_case(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    result = scan(folder)
    assert result.verdict is not None, result.error
    sure = {f.technique for f in result.findings if f.score >= SURE}
    assert set(expected.get("techniques", ())) <= sure
    assert not set(expected.get("absent_techniques", ())) & sure
    if folder.name.startswith("near-") and folder.parent.name != "clean":
        assert folder.parent.name not in sure
    quotes = [f.quote for f in result.findings]
    for quote in expected.get("quotes", ()):
        assert any(quote in found for found in quotes), (quote, quotes)
    clean = result.content.clean_text
    for words in expected.get("clean_contains", ()):
        assert words in clean
    for words in expected.get("clean_lacks", ()):
        assert words not in clean
    if "label" in expected:
        assert result.verdict.label == expected["label"], result.verdict


@pytest.mark.parametrize("folder", cases(strict=False))
def test_findings_stand_where_they_say(folder: Path) -> None:
    """`text[start:end] == quote` for every finding with a span."""
    result = scan(folder)
    content = result.content
    fields = {
        "text": content.text,
        "title": content.title,
        "description": content.description,
        "keywords": content.keywords,
    }
    for finding in result.findings:
        if finding.span is not None:
            assert fields[finding.span.of][finding.span.start : finding.span.end] == finding.quote
    for edit in content.removed:
        assert content.text[edit.start : edit.end] == edit.text


def test_every_technique_has_cases() -> None:
    from detector.techniques import techniques

    # Cloaking needs two views of a page: `test_cloaking.py`.
    for name in techniques().keys() - {"cloaking"}:
        slugs = [p.name for p in (CASES / name).iterdir() if (p / "expected.json").exists()]
        near = [slug for slug in slugs if slug.startswith("near-")]
        assert len(near) >= 3, name
        assert len(slugs) - len(near) >= 3, name

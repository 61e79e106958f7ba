"""The technique on its cases, with the shipped arrays whatever the model's card lists."""

import json
from pathlib import Path

import pytest

from detector import roles
from detector.model import default_folder, load_relevance
from detector.page import read_page
from detector.techniques import Context
from detector.techniques.off_topic_links import find
from detector.types import Finding, Page

CASES = Path(__file__).parent / "cases" / "off-topic-links"
RELEVANCE = load_relevance(default_folder())


def found_in(folder: Path) -> tuple[Page, list[Finding]]:
    (source,) = folder.glob("input.*")
    page = read_page(source.read_bytes(), uri=source.name)
    context = Context(page, roles.content(page.blocks), RELEVANCE)
    context.name = "off-topic-links"
    return page, list(find(page, context))


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda folder: folder.name)
def test_a_finding_for_lists_of_anything_and_none_for_near_misses(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    _, findings = found_in(folder)
    assert [f.technique for f in findings] == expected.get("techniques", [])


def test_the_finding_says_how_many_and_quotes_the_page() -> None:
    page, (finding,) = found_in(CASES / "kit-list-under-a-report")
    assert "8 of 8 links under “相关文章”" in finding.message
    span = finding.span
    assert span is not None
    assert page.blocks[span.block].text[span.start : span.end] == finding.quote
    assert finding.href is not None


def test_without_arrays_there_is_no_finding() -> None:
    (source,) = (CASES / "kit-list-under-a-report").glob("input.*")
    page = read_page(source.read_bytes(), uri=source.name)
    context = Context(page, roles.content(page.blocks))
    context.name = "off-topic-links"
    assert list(find(page, context)) == []

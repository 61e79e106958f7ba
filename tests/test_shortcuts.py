"""What spares the scan work gives what the plain way gives, on the texts of all cases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector import dom, promotion
from detector.blocks import Frame
from detector.decode import decode
from detector.hashing import MANY, distinct_grams, grams
from detector.lexicon import default_lexicon, fold
from detector.page import read_page
from detector.promotion import SCRIPTS, common_words, scripts_of, segments, shared_stem
from detector.restore.cutting import describe, plans
from detector.scripts import concealing
from detector.style import StyleSheet
from detector.term_search import FEW, TermSearch

CASES = Path(__file__).parent / "cases"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Blocks of the cases, at most 40 of each page, without line ends."""
    found: list[str] = []
    for path in sorted(CASES.glob("*/*/input.*"))[::3]:
        page = read_page(path.read_bytes(), kind="text" if path.suffix == ".txt" else "html")
        found += [block.text for block in page.blocks[:40]]
    return found


def test_one_search_of_many_texts_finds_what_each_alone_does(texts: list[str]) -> None:
    lexicon = default_lexicon()
    assert lexicon.find_each(texts) == [lexicon.find(text) for text in texts]
    assert any(lexicon.find_each(texts))


def test_terms_are_found_alike_by_beginnings_and_by_automata(texts: list[str]) -> None:
    lines = default_lexicon()._search.lines
    text = fold("\n".join(texts))[:FEW]
    few, many = TermSearch(lines), TermSearch(lines)
    many.build()
    found = sorted(few.matches(text))
    assert found == sorted(many.matches(text))
    assert len(found) > 100
    assert not few._built
    few._searched = FEW
    assert sorted(few.matches(text)) == found
    assert few._built


def test_words_tell_the_same_in_one_search(texts: list[str]) -> None:
    words = common_words()
    told = words.tell(texts)
    assert told == [words.tell([text])[0] for text in texts]
    assert any(told) and not all(told)


def test_no_stem_is_lost_by_asking_first_what_segments_share(
    texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [segments(text[:400]) for text in texts]
    asked = [shared_stem(part) for part in parts]
    monkeypatch.setattr(promotion, "_shares", lambda *_: True)
    assert asked == [shared_stem(part) for part in parts]
    assert any(stem for stem, _ in asked)


def test_scripts_are_counted_as_their_patterns_do(texts: list[str]) -> None:
    for text in texts:
        if not text.isascii():
            found = {name for name, pattern in SCRIPTS if pattern.search(text)}
            assert set(scripts_of(text)) == found


@pytest.mark.parametrize("repeats", [1, MANY])
def test_grams_are_told_apart_short_or_long(repeats: int) -> None:
    text = "Ein Satz über 2024 und 漢字, " * repeats
    assert distinct_grams(text, 18).tolist() == np.unique(grams(text, 18)).tolist()


def test_a_line_is_described_alike_without_its_words_but_for_what_they_say() -> None:
    for plan in plans("社区运动会今天开幕"):
        quick, whole = describe(plan, inner=False), describe(plan)
        assert (quick.pieces, quick.before, quick.after) == (
            whole.pieces, whole.before, whole.after,
        )  # fmt: skip


def test_scripts_that_are_not_read_hide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: set[str] = set()
    for path in CASES.glob("**/input.html"):
        document = dom.parse(decode(path.read_bytes()).text)
        codes.update(node.text for node in document.iter_elements(("script",)))
    gated = {code: concealing.hides(code) for code in codes}
    spared = [
        code
        for code in codes
        if len(code) <= concealing.LONGEST_HIDING and not concealing._may_hide(code)
    ]
    monkeypatch.setattr(concealing, "_may_hide", lambda code: True)
    assert all(concealing.hides(code) == gated[code] for code in spared)
    assert len(spared) > 30
    assert sum(map(bool, gated.values())) > 5


def test_what_elements_share_of_a_sheet_is_judged_as_each_alone() -> None:
    sheet = StyleSheet.parse(
        [".a{left:-999px;color:#fff}.b{position:absolute}p.c,.c{color:#000}.d .c{display:none}"]
    )
    frames = [
        Frame(None, tag, None, {"class": names.split()})
        for tag in ("p", "div")
        for names in ("a b", "b a", "a", "c", "a b c")
    ]
    for frame in [*frames, *frames]:
        fresh = StyleSheet.parse([])
        fresh._classes, fresh._tags, fresh._empty = sheet._classes, sheet._tags, False
        assert sheet.declarations(frame) == fresh.declarations(frame)
    merged = [sheet.declarations(frame) for frame in frames[:2]]
    assert merged[0] is not None and merged[1] is not None and merged[0].keys() >= {"position"}

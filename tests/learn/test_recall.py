"""The measure of composed attacks, on pages of the grammar."""

from __future__ import annotations

from detector.learn import recall
from detector.learn.generate import CleanPage

PAGES, _ = recall.bases(None, seed=0, share=0.0)


def measured(name: str, wanted: int = 3) -> list[recall.Measured]:
    return [
        m for batch in recall.samples(PAGES, [name], wanted, seed=0, decoys=False)
        for m in recall.measure(batch, None)
    ]  # fmt: skip


def test_pages_are_mixed_by_language() -> None:
    first = [page.lang for page in PAGES[:10]]
    assert first.count("zh") == 4
    assert first.count("en") == 2
    assert len(set(first)) >= 5


def test_a_whole_hidden_block_lies_inside_of_its_finding() -> None:
    for m in measured("hidden-links"):
        assert m.found
        assert m.injected == m.inside > 0


def test_text_and_source_are_compared_with_the_page_before() -> None:
    before = "<p>Rehearsals begin at seven.</p>"
    page = CleanPage("https://choir.example/a", "choir.example", "en", before)
    ((sample,),) = recall.samples([page], ["hidden-instructions"], 1, seed=0, decoys=False)
    (m,) = recall.measure([sample], None)
    assert sample.clean_html == before
    assert m.text is True  # hidden words are not in the text
    assert m.repair is m.flagged


def test_an_overwritten_title_is_not_asked_back() -> None:
    title = "<title>Rehearsals</title><p>Rehearsals begin at seven.</p>"
    page = CleanPage("https://choir.example/a", "choir.example", "en", title)
    made = [
        sample
        for seed in range(12)
        for batch in recall.samples([page], ["title-hijack"], 1, seed, decoys=False)
        for sample in batch
    ]
    asked = {any(e.original for e in s.edits): recall.measure([s], None)[0].repair for s in made}
    assert asked[True] is None
    assert asked[False] is not None


def test_clean_pages_tell_what_is_sure() -> None:
    (page,) = recall.honest(PAGES[:1], None)
    assert page.label == "clean"
    assert not page.changed

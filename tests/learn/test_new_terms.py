"""Words of a new campaign are told, not those that lexicons know or honest sites use."""

from __future__ import annotations

import pytest

pytest.importorskip("jieba")

from detector.learn.datasets import LabelledPage
from detector.learn.new_terms import new_terms, words
from detector.types import Label


def page(site: str, label: Label, text: str, spans: tuple[str, ...] = ()) -> LabelledPage:
    return LabelledPage(
        f"https://{site}/", text.encode(), label, "text", "zh", ("gambling",), site=site,
        spans=spans,
    )  # fmt: skip


HONEST = "市图书馆周末开放\n\n读者可以带孩子来参加讲座，图书馆准备了茶水。"


def test_a_campaigns_word_is_told_with_its_sites() -> None:
    pages = [
        page(f"s{i}.example", "spam", "鲸落棋馆今日开放\n\n鲸落棋馆新客有礼") for i in range(8)
    ]
    pages += [page(f"c{i}.example", "clean", HONEST) for i in range(8)]
    found = new_terms(pages)
    assert any("鲸落" in t.term for t in found)
    assert found[0].spam_sites == 8 and found[0].clean_sites == 0
    assert {t.category for t in found} == {"gambling"}
    assert not any("图书馆" in t.term for t in found)


def test_what_a_lexicon_knows_is_not_new() -> None:
    pages = [page(f"s{i}.example", "spam", "百家乐 百家乐") for i in range(8)]
    assert not any("百家乐" in t.term for t in new_terms(pages))


def test_injected_pages_count_by_their_spans_alone() -> None:
    text = HONEST + "\n\n鲸落棋馆"
    pages = [page(f"s{i}.example", "injected", text, ("鲸落棋馆",)) for i in range(6)]
    pages += [page(f"c{i}.example", "clean", "天气转凉，记得添衣。") for i in range(8)]
    found = {t.term for t in new_terms(pages)}
    assert any("鲸落" in t for t in found)
    assert not any("读者" in t for t in found)


def test_words_are_joined_with_their_neighbours() -> None:
    assert {"online", "casino", "online casino"} <= words("Online Casino")
    assert any(len(w) >= 4 for w in words("鲸落棋馆"))

"""Trade words behind a disguise are hits at the place of the disguise."""

from __future__ import annotations

from itertools import pairwise

import pytest

from detector.disguise import hits_behind, merged
from detector.lexicon import default_lexicon
from detector.normalise import fold


@pytest.mark.parametrize(
    ("text", "shown", "meant"),
    [
        ("play o n l i n e c a s i n o here", "o n l i n e c a s i n o", "online casino"),
        ("joga c.a.s.s.i.n.o hoje", "c.a.s.s.i.n.o", "cassino"),
        ("онлайн к-а-з-и-н-о бонус", "онлайн к-а-з-и-н-о", "онлайн казино"),
        ("加薇芯 abc123", "加薇芯", "加微信"),
        ("真人百★家★乐开户", "真人百★家★乐", "真人百家乐"),
    ],
)
def test_the_span_is_the_disguise(text: str, shown: str, meant: str) -> None:
    found = hits_behind(fold(text), default_lexicon().find(text))
    assert (shown, meant) in [(text[d.hit.start : d.hit.end], d.word) for d in found]


@pytest.mark.parametrize(
    "text",
    [
        "A B C D E F G",
        "N E W S of the day",
        "online casino",
        "ｏｎｌｉｎｅ　ｃａｓｉｎｏ",
        "1 2 3 4 5 6",
        "ア イ ウ エ オ",
    ],
)
def test_honest_writing_hides_nothing(text: str) -> None:
    assert hits_behind(fold(text), default_lexicon().find(text)) == []


def test_a_disguised_hit_takes_the_place_of_the_parts_it_covers() -> None:
    text = "百家★乐"
    plain = default_lexicon().find(text)
    behind = [d.hit for d in hits_behind(fold(text), plain)]
    together = merged(plain, behind)
    assert all(a.end <= b.start for a, b in pairwise(together))

"""The normaliser: what it folds, what it leaves, and the way back to the source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.normalise import Edit, apply, exact_edits, fold, fold_all

FOLDED = [
    ("ｖｘ：ａｂｃ１２３", "vx：abc123"),
    ("pay\u200bpal", "paypal"),
    ("𝓥𝓲𝓪gra", "Viagra"),
    ("ᴄᴀsɪɴᴏ", "casino"),
    ("сasino", "casino"),  # the first letter is Cyrillic
    ("c.a.s.i.n.o now", "casino now"),
    ("v i a g r a here", "viagra here"),
    ("品丶茶", "品茶"),
    ("喝★茶", "喝茶"),
    ("加 薇 芯 abc123", "加微信 abc123"),
    ("薇芯：abc", "微信：abc"),
    ("加威信：abc", "加微信：abc"),
    ("➕V：abc", "+V：abc"),
    ("扣扣 12345", "QQ 12345"),
    ("1叁8零0一3五", "13800135"),
    ("濒辞驳辞", "logo"),
    ("奥颈贵颈", "WiFi"),
    ("加惫：abc", "加v：abc"),
    ("cafe\u0301", "café"),
    ("a\u0336b\u0336c\u0336", "abc"),
    ("spam\U000e0041\U000e0042", "spam"),
]

KEPT = [
    "An honest sentence, with e-mail, U.S.A. and 3.14.",
    "Москва и Ленинград",
    "Η Αθήνα είναι πόλη",
    "他在公司里很有威信，大家都服他。",
    "疲惫的人们迟迟不肯离开。",
    "工厂产业办公室别墅测量",
    "詹姆斯·邦德与约翰·史密斯",
    "二〇二四年三月十五日",
    "苹果、香蕉、梨",
    "Straße über Köln – 20 °C",
    "いろは・にほへと",
    "",
]


@pytest.mark.parametrize(("written", "meant"), FOLDED)
def test_obfuscated_writing_is_folded(written: str, meant: str) -> None:
    assert fold(written).text == meant


@pytest.mark.parametrize("text", KEPT)
def test_honest_writing_is_the_same_object(text: str) -> None:
    assert fold(text).text is text


def test_every_letter_has_its_hanzi() -> None:
    assert fold("补产肠诲别蹿驳丑颈箩办濒尘").text == "abcdefghijklm"
    assert fold("苍辞辫辩谤蝉迟耻惫飞虫测锄").text == "nopqrstuvwxyz"
    assert fold("础叠颁顿贰贵骋贬滨闯碍尝惭").text == "ABCDEFGHIJKLM"
    assert fold("狈翱笔蚕搁厂罢鲍痴奥齿驰窜").text == "NOPQRSTUVWXYZ"


@pytest.mark.parametrize(
    ("source", "term", "original"),
    [
        ("我的：薇 芯 号。", "微信", "薇 芯"),
        ("今晚品丶茶吧", "品茶", "品丶茶"),
        ("best c.a.s.i.n.o here", "casino", "c.a.s.i.n.o"),
        ("好pay\u200bpal好", "paypal", "pay\u200bpal"),
        ("\u200bpaypal\u200b", "paypal", "paypal"),
        ("用濒辞驳辞图", "logo", "濒辞驳辞"),
    ],
)
def test_a_span_leads_back_to_what_was_written(source: str, term: str, original: str) -> None:
    folded = fold(source)
    at = folded.text.index(term)
    start, end = folded.origin(at, at + len(term))
    assert source[start:end] == original


def test_a_span_outside_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        fold("abc").origin(1, 9)


pieces = st.sampled_from(list("薇芯加丶★ c.ас\u200b\u0301\u0336１叁3濒辞驳惫➕V𝓪a信·\nᴀ扣①力口微"))
text = st.one_of(st.lists(pieces, max_size=40).map("".join), st.text(max_size=60))


@given(text)
def test_folding_twice_changes_nothing(source: str) -> None:
    once = fold(source).text
    assert fold(once).text == once


@given(text)
def test_origin_is_monotone_and_in_range(source: str) -> None:
    folded = fold(source)
    last_start = last_end = 0
    for at in range(len(folded.text)):
        start, end = folded.origin(at, at + 1)
        assert 0 <= start < end <= len(source)
        assert start >= last_start
        assert end >= last_end
        last_start, last_end = start, end


@given(text)
def test_unchanged_characters_come_from_themselves(source: str) -> None:
    folded = fold(source)
    changed = {e.replacement for edits in folded.edits for e in edits}
    for at, character in enumerate(folded.text):
        start, end = folded.origin(at, at + 1)
        assert source[start:end] == character or any(character in r for r in changed)


@given(st.lists(text, max_size=5))
def test_many_texts_fold_as_each_alone(texts: list[str]) -> None:
    assert [f.text for f in fold_all(texts)] == [fold(t).text for t in texts]


EXACT = [
    ("重\u200b要\u200b的", "重要的", "invisible"),
    ("h\u0336i\u0336d", "hid", "marks"),
    ("我们的濒辞驳辞", "我们的logo", "hanzi-latin"),
    ("bооkmaker", "bookmaker", "homoglyph"),
]


@pytest.mark.parametrize(("written", "meant", "kind"), EXACT)
def test_exact_edits_restore(written: str, meant: str, kind: str) -> None:
    edits = exact_edits(written)
    assert apply(written, edits) == meant
    assert {edit.kind for edit in edits} == {kind}


@pytest.mark.parametrize(
    "honest",
    [
        "می\u200cخواهم",  # Persian needs its joiner
        "क्\u200dष",
        "👩\u200d👩\u200d👧 family",
        "❤\ufe0f",
        "Donau\u00addampf\u00adschiff",
        "\ufeffStart of a file",
        "word \u200bword",
        "abc\u200edef",
        "Việt Nam, naïve",
        "ПриветWorld",  # two words that lost their space
        "10 µm, β-carotene, αβγ",
        "威信",
        "全角ＡＢＣ",
    ],
)
def test_honest_characters_are_not_restored_away(honest: str) -> None:
    assert exact_edits(honest) == ()


@given(text)
def test_exact_edits_are_in_order_and_apart(source: str) -> None:
    at = 0
    for edit in exact_edits(source):
        assert at <= edit.start < edit.end <= len(source)
        at = edit.end


def test_apply_makes_the_edits() -> None:
    assert apply("abcdef", [Edit(1, 2, "", "x"), Edit(3, 4, "DD", "x")]) == "acDDef"

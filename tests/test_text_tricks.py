"""The text-trick algorithms as pure functions: what goes in by an attack comes out again."""

from __future__ import annotations

import re
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.restore.interleaving import find_interleaving, remove
from detector.restore.simplified import to_simplified, to_traditional
from detector.techniques.bracketed_transliteration import glosses_of
from detector.techniques.noise_characters import invisible_noise, rare_noise, splitting_noise
from detector.techniques.template_leftover import leftovers

TITLE = "守堤人家迎来新装备的春天"
ARTICLE = [
    "入春以后，河边的柳树一天比一天绿，镇上的孩子们放学后都爱到堤岸上玩耍。",
    "今年雨水来得早，水位比往年高出半米，巡查的人每天要走两趟，谁也不敢大意。",
    "负责这一段的是老周，他住了三十多年，哪里土质松软，哪里容易渗水，他心里都有数。",
    "去年冬天，镇里给他配了一部手机，拍照上传只要几秒钟，隐患很快排除。",
    "村里的老人也没有闲着，他们组成志愿队，清理垃圾，劝阻在水边烧烤的游客。",
    "傍晚，夕阳落在水面上，散步的人三三两两，谁也不着急回家。",
]


def cut(title: str, size: int) -> list[str]:
    return [title[at : at + size] for at in range(0, len(title), size)]


def attack(
    texts: list[str], pieces: list[str], total: int, every: int = 1
) -> tuple[list[str], int]:
    """Pieces in turn behind every so many commas."""
    done = seen = 0
    attacked = []
    for text in texts:
        parts = []
        for character in text:
            parts.append(character)
            if character == "，":
                seen += 1
                if done < total and seen % every == 0:
                    parts.append(pieces[done % len(pieces)])
                    done += 1
        attacked.append("".join(parts))
    return attacked, done


def restored(texts: list[str], title: str) -> list[str]:
    found = find_interleaving([title], texts)
    if found is None:
        return texts
    return [
        remove(text, [(i.start, i.end) for i in found.insertions if i.text == number])
        for number, text in enumerate(texts)
    ]


@pytest.mark.parametrize("size", [2, 3, 4])
def test_interleaving_is_undone_exactly(size: int) -> None:
    attacked, count = attack(ARTICLE, cut(TITLE, size), 18)
    found = find_interleaving([TITLE], attacked)
    assert found is not None
    assert len(found.insertions) == count
    assert restored(attacked, TITLE) == ARTICLE


def test_a_real_word_that_coincides_with_a_piece_stays() -> None:
    """春天 is a piece; 春天的柳树 was there before."""
    article = [*ARTICLE, "老周说，这里春天的柳树最好看，人家里的孩子也爱看。"]
    attacked, _ = attack(article, cut(TITLE, 2), 12)
    assert restored(attacked, TITLE) == article


def test_spans_hold_what_was_put_in() -> None:
    attacked, _ = attack(ARTICLE, cut(TITLE, 2), 12)
    found = find_interleaving([TITLE], attacked)
    assert found is not None
    for insertion in found.insertions:
        assert attacked[insertion.text][insertion.start : insertion.end] == insertion.piece
    assert [i.piece for i in found.insertions][:6] == cut(TITLE, 2)
    assert [i.order for i in found.insertions] == list(range(12))


@pytest.mark.parametrize(
    "texts",
    [
        ARTICLE,
        [*ARTICLE, TITLE],
        [ARTICLE[0] + TITLE + "，说的就是这里。", *ARTICLE[1:], "守堤人家的春天，新装备来了。"],
        [" ".join(cut(TITLE, 2))],
        [],
    ],
)
def test_honest_articles_have_no_interleaving(texts: list[str]) -> None:
    assert find_interleaving([TITLE], texts) is None


@given(st.text(alphabet="守堤人家，。春天abc \n", max_size=80), st.text(max_size=30))
def test_any_text_is_answered(text: str, title: str) -> None:
    found = find_interleaving([title, TITLE], text.split("\n"))
    if found is not None:
        for insertion in found.insertions:
            line = text.split("\n")[insertion.text]
            assert line[insertion.start : insertion.end] == insertion.piece


def test_signs_in_words_are_taken_out() -> None:
    texts = ["今★天我们一★起去公★园散★步。"]
    spans = [(noise.start, noise.end) for _, noise in splitting_noise(texts)]
    assert remove(texts[0], spans) == "今天我们一起去公园散步。"


def test_signs_between_words_stay() -> None:
    assert splitting_noise(["绿豆糕★桂花糕★山药糕★红豆饼★核桃酥★芝麻球"]) == []
    assert splitting_noise(["约翰·史密斯、玛丽·布朗、安娜·林德、彼得·霍夫曼、卡尔·韦伯"]) == []


def test_rare_pairs_before_marks_are_taken_out() -> None:
    honest = "先把水烧开，水要多一些。面条下锅以后搅动几下，不要粘在一起。等水再开，就好了。"
    pairs = iter(["犇骉", "龘靐", "麤毳", "囍垚", "羴鱻", "犇鑫"])
    attacked = "".join(
        next(pairs) + character if character in "，。" else character for character in honest
    )
    spans = [(noise.start, noise.end) for _, noise in rare_noise([attacked])]
    assert remove(attacked, spans) == honest
    assert rare_noise([honest]) == []
    assert rare_noise(["圖書館早上開門，晚上關門。請帶借書證，謝謝。兒童閱覽室，請安靜。"]) == []


def test_invisible_characters_go_where_there_are_many() -> None:
    stray = "a wo\u200brd and an\u200bother"
    sure, found = invisible_noise([stray])
    assert not sure
    assert [(n.start, n.end) for _, n in found] == [(4, 5), (14, 15)]
    sure, found = invisible_noise([stray, "th\u2060ird, and a hyphen\u00adation"])
    assert sure
    assert [(i, n.start) for i, n in found] == [(0, 4), (0, 14), (1, 2), (1, 20)]


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم می\u200cروم نمی\u200cدانم کتاب\u200cها",  # Persian plurals
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 1\ufe0f\u20e3 2\ufe0f\u20e3",
        "Donau\u00addampf\u00adschiff\u00adfahrts\u00adgesell\u00adschaft",
        "葛\U000e0100城 辻\U000e0101 祇\U000e0100園 飴\U000e0101",
    ],
)
def test_honest_invisible_characters_are_no_noise(text: str) -> None:
    assert invisible_noise([text] * 3) == (False, [])


def test_tag_characters_behind_hanzi_are_noise() -> None:
    text = "图书\U000e0061馆今天\U000e0062开\U000e0063门"
    sure, found = invisible_noise([text])
    assert sure
    assert len(found) == 3


@pytest.mark.parametrize(
    ("text", "glosses"),
    [
        ("每天學習(xué xí)很久", ["學習(xué xí)"]),
        ("在圖書館（tú shū guǎn）看書", ["圖書館（tú shū guǎn）"]),
        ("世界衛生組織(WHO)說", []),
        ("約翰(John)說", []),
        ("學習(xué)很久", ["習(xué)"]),
    ],
)
def test_glosses_match_their_syllables(text: str, glosses: list[str]) -> None:
    assert [text[g.start : g.end] for g in glosses_of(text)] == glosses


def test_conversion_gives_simplified() -> None:
    assert to_simplified("圖書館") == "图书馆"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("欢迎来到{城市名}，我们提供{关键词}服务", ["{城市名}", "{关键词}"]),
        ("the best [keyword] in town", ["[keyword]"]),
        ("We offer {cheap|best} sheds for {small|large} yards in your town", None),
        ("{start|stop|restart}", []),
        ("Hello {name}, read [1] and [this](link)", []),
        ("{{keyword}}", []),
        ("100% natural, #hashtag, 5% off", []),
    ],
)
def test_leftovers(text: str, found: list[str] | None) -> None:
    quotes = [text[item.start : item.end] for item in leftovers(text)]
    assert quotes == (["{cheap|best}", "{small|large}"] if found is None else found)


WORDS_TITLE = "Volunteers repair the old harbour lighthouse"
WORDS_ARTICLE = [
    "When the storm had passed, nobody on the coast expected much, and the town council, which "
    "had little money, thought about closing the tower for good.",
    "A retired carpenter disagreed, so he called his neighbours, bought paint, and began to "
    "scrape the rusty stairs on a cold morning in March.",
    "By June there were forty helpers, most of them students, who carried sand, mixed mortar, "
    "and slept in tents behind the church.",
    "The lamp itself came from a museum, where it had stood in a corner, and it took two days, "
    "a small crane, and a lot of patience to lift it.",
    "Today ships can see the light again, children visit on Sundays, and the carpenter, who is "
    "now eighty, still climbs up every evening.",
]


def test_words_of_a_title_are_taken_out_too() -> None:
    pieces = cycle(WORDS_TITLE.split())
    attacked = [re.sub(", ", lambda _: f", {next(pieces)} ", text) for text in WORDS_ARTICLE]
    found = find_interleaving([WORDS_TITLE], attacked)
    assert found is not None
    assert len(found.insertions) == "".join(WORDS_ARTICLE).count(", ")
    assert restored(attacked, WORDS_TITLE) == WORDS_ARTICLE
    assert find_interleaving([WORDS_TITLE], WORDS_ARTICLE) is None


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    article = [to_traditional(text) for text in ARTICLE]
    attacked, _ = attack(article, cut(to_traditional(TITLE), 2), 18)
    assert restored(attacked, to_traditional(TITLE)) == article

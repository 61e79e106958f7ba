"""Relevance of related links: the shipped model on titles written for the test."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.link_features import parts_of
from detector.manner import DIMENSIONS, manner
from detector.model import default_folder, load_relevance
from detector.relevance import RelevanceModel, words_shared
from detector.static_vectors import LETTER_CELLS, StaticVectors, folding

TITLE = "河道清淤工程提前完工，两岸居民出行更方便"
ARTICLE = (
    "历时八个月的城东河道清淤工程昨日完工，比计划提前二十天。工程清理淤泥六万立方米，"
    "河道行洪能力明显提高。两岸新修步道三千二百米，种植柳树和水生植物。\n"
    "水务部门表示，下一步将建立河道长效管护制度，每月检测水质，汛期加密巡查。"
)
ON_TOPIC = [
    "城东河道清淤工程进入收尾阶段",
    "河长制实施三年河道水质改善",
    "汛期将至水务部门加密巡查",
]
OFF_TOPIC = ["手机贴膜怎样才能不起泡", "红烧排骨的家常做法", "吉他入门和弦图大全"]


@pytest.fixture(scope="module")
def model() -> RelevanceModel:
    found = load_relevance(default_folder())
    assert found is not None
    return found


def test_links_on_the_topic_are_relevant_and_the_list_is_the_pages_own(
    model: RelevanceModel,
) -> None:
    judged = model.judge(TITLE, ARTICLE, ON_TOPIC)
    assert min(judged.scores) > 0.5
    assert judged.foreign < 0.5


def test_links_off_the_topic_are_not_and_the_list_is_foreign(model: RelevanceModel) -> None:
    judged = model.judge(TITLE, ARTICLE, OFF_TOPIC)
    assert max(judged.scores) < 0.4
    assert judged.foreign > 0.5


def test_a_list_in_another_script_is_unsure(model: RelevanceModel) -> None:
    assert not model.judge(TITLE, ARTICLE, ["How to tune an old guitar", "Best phones"]).sure


def test_a_list_in_another_language_is_unsure(model: RelevanceModel) -> None:
    title = "Der neue Radweg am Fluss ist fertig"
    article = "Die Stadt hat den Radweg am Fluss nach zwei Jahren eröffnet. " * 6
    english = ["How to tune an old guitar at home", "What the new phones have in common"]
    german = ["Wie man eine alte Gitarre stimmt", "Was die neuen Telefone gemeinsam haben"]
    assert not model.judge(title, article, english, "de").sure
    assert model.judge(title, article, german, "de").sure


def test_traditional_and_simplified_titles_mean_the_same(model: RelevanceModel) -> None:
    one, other = model.vectors.tokens(["图书馆"]), model.vectors.tokens(["圖書館"])
    assert one.hashes.tolist() == other.hashes.tolist()


@pytest.mark.parametrize("links", [[], [""], ["…"], ["a"] * 40])
def test_anything_is_judged(model: RelevanceModel, links: list[str]) -> None:
    judged = model.judge("", "", links)
    assert len(judged.scores) == min(len(links), 24)
    assert 0 <= judged.foreign <= 1


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.text(max_size=200), st.lists(st.text(max_size=30), max_size=6))
def test_scores_are_probabilities(title: str, article: str, links: list[str]) -> None:
    found = load_relevance(default_folder())
    assert found is not None
    judged = found.judge(title, article, links)
    assert all(0 <= score <= 1 for score in (*judged.scores, judged.foreign))


def test_the_opening_is_read_in_parts_and_nothing_is_lost() -> None:
    text = "".join(f"这是第{i}句，说的是河道和步道的事情，还有柳树和水生植物。" for i in range(20))
    parts = parts_of(text)
    assert len(parts) == 12
    assert "".join(parts).replace(" ", "") == text


def test_shared_words_are_whole_words() -> None:
    assert words_shared("The river carries silt.", ["River silt", "Art of carry"]) == [
        "river",
        "silt",
    ]


def arrays(keys: Sequence[int]) -> dict[str, np.ndarray]:
    return {
        "keys": np.array(keys, np.uint32),
        "rows": np.ones((len(keys), 2), np.int8),
        "scale": np.ones(2, np.float32),
        "rare": np.zeros(len(keys), np.uint8),
        "fold": folding({}),
        "letters": np.ones(LETTER_CELLS, np.float16),
        "languages": np.array(["en"]),
        **agreement("topic", 2),
        **agreement("about", 2),
        **agreement("manner", DIMENSIONS),
    }


def agreement(name: str, size: int) -> dict[str, np.ndarray]:
    return {
        f"{name}_mean": np.zeros(size, np.float32),
        f"{name}_axes": np.eye(size, dtype=np.float32),
        f"{name}_between": np.ones(size, np.float32),
        f"{name}_means": np.zeros((1, size), np.float32),
    }


def test_a_table_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        StaticVectors(arrays([1, 2]) | {"rare": np.zeros(1, np.uint8)})
    with pytest.raises(ValueError, match="another shape"):
        StaticVectors(arrays([1, 2]) | {"scale": np.ones(3, np.float32)})


def test_a_text_without_a_known_word_has_no_direction() -> None:
    vectors = StaticVectors(arrays([]))
    assert not vectors.embed(vectors.tokens(["unknown words", ""])).any()


def test_the_manner_of_titles_is_their_marks_and_capitals_and_not_their_words() -> None:
    one, other, third, empty = manner(
        ["River: Who clears it?", "Metal: Who melts it?", "河道清淤（图）", ""]
    )
    assert np.abs(one - other).sum() < np.abs(one - third).sum()
    assert not empty.any()
    assert np.array_equal(manner(["a\nb"])[0], manner(["a b"])[0])


def test_traditional_characters_are_judged_as_simplified_ones_are(model: RelevanceModel) -> None:
    links = ["手機貼膜怎樣才能不起泡", "紅燒排骨的家常做法", "吉他入門和弦圖大全"]
    traditional = model.judge(TITLE, ARTICLE, links, "zh-hant")
    simplified = model.judge(TITLE, ARTICLE, links, "zh")
    assert traditional.scores == pytest.approx(simplified.scores)
    assert traditional.foreign == pytest.approx(simplified.foreign)

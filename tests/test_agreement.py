"""Whether titles come from one place: likelihoods of points that are easy to reckon with."""

from __future__ import annotations

import numpy as np
import pytest

from detector.agreement import Agreement

ONE_AXIS = {
    "topic_mean": np.zeros(1, np.float32),
    "topic_axes": np.ones((1, 1), np.float32),
    "topic_between": np.full(1, 9, np.float32),
    "topic_means": np.full((1, 1), 2, np.float32),
    "languages": np.array(["de"]),
}
MODEL = Agreement.load(ONE_AXIS, "topic")


def places(*values: float) -> np.ndarray:
    return np.array(values, np.float32)[:, None]


def test_titles_close_to_each_other_agree_and_scattered_ones_do_not() -> None:
    title = np.zeros(1, np.float32)
    _, _, (close, _) = MODEL.compare(title, places(5, 5.2, 4.9))
    _, _, (scattered, _) = MODEL.compare(title, places(-6, 0, 6))
    assert close > 0 > scattered


def test_the_odd_one_out_adds_least() -> None:
    adds, pairs, _ = MODEL.compare(np.array([4], np.float32), places(4, 4.2, -5))
    assert adds.argmin() == pairs.argmin() == 2


def test_one_title_alone_says_nothing() -> None:
    adds, _, (alone, _) = MODEL.compare(np.zeros(1, np.float32), places(3))
    assert alone == pytest.approx(0, abs=1e-6)
    assert adds[0] == pytest.approx(0, abs=1e-6)


def test_places_are_measured_from_the_mean_of_the_language() -> None:
    vectors = places(3, 0)
    assert MODEL.place(vectors, "de").ravel().tolist() == [1, 0]  # zeros: nothing is known
    assert MODEL.place(vectors, "fr").ravel().tolist() == [3, 0]


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Agreement.load(ONE_AXIS | {"topic_between": np.ones(2, np.float32)}, "topic")


def test_a_link_joins_an_article_that_it_is_close_to() -> None:
    article = places(4, 4.3, 3.8, 0)  # nothing is known of the last
    gain, (joined, among, more) = MODEL.joins(article, places(4.1, -5))
    assert gain[0] > 0 > gain[1]
    assert more == pytest.approx(joined - among)


def test_links_that_agree_with_each_other_alone_do_not_join() -> None:
    article = places(4, 4.3, 3.8)
    _, (joined, among, _) = MODEL.joins(article, places(-5, -5.2, -4.9))
    assert among > 0 > joined

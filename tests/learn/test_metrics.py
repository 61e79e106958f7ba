"""Figures of an evaluation, and the gate that they open or close."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.learn.gate import Floors, decide, raised, read_floors, shortfalls, write_floors
from detector.learn.metrics import Judged, Rate, calibration_error, compare


def judged(uri: str, truth: str, said: str, foreign: float = 0.5) -> Judged:
    return Judged(uri, truth, said, foreign, 0.0)  # type: ignore[arg-type]


def test_a_rate_of_few_pages_is_uncertain() -> None:
    low, high = Rate(0, 10).interval
    assert low == 0.0 and 0.25 < high < 0.31
    assert Rate(0, 1000).interval[1] < 0.004


def test_honest_probabilities_have_no_calibration_error() -> None:
    pages = [judged(str(i), "spam" if i < 5 else "clean", "clean") for i in range(10)]
    assert calibration_error(pages) == pytest.approx(0.0)
    assert calibration_error([judged("a", "clean", "spam", 1.0)]) == pytest.approx(1.0)


def test_only_pages_that_changed_sides_count_in_a_difference() -> None:
    old = [judged(str(i), "spam", "clean") for i in range(10)]
    new = [judged(str(i), "spam", "spam") for i in range(10)]
    difference = compare(new, old)
    assert (len(difference.gained), len(difference.lost)) == (10, 0)
    assert difference.p_value == pytest.approx(2 / 1024)
    with pytest.raises(ValueError, match="same pages"):
        compare(new[1:], old[:-1])


def test_a_worse_model_is_refused_with_the_reason() -> None:
    good = [judged(str(i), "spam", "spam", 0.9) for i in range(10)]
    bad = [judged(str(i), "spam", "clean", 0.1) for i in range(10)]
    assert decide(good, bad).allowed
    refused = decide(bad, good)
    assert not refused.allowed and "worse than the model in place" in refused.reasons[0]


def test_floors_only_rise() -> None:
    floors = {"real spam found": 0.9, "real clean called not clean": 0.003}
    better = {"real spam found": 0.8, "real clean called not clean": 0.001}
    assert raised(better, floors) == {
        "real spam found": 0.9,
        "real clean called not clean": 0.001,
    }
    assert [s.name for s in shortfalls(better, floors)] == ["real spam found"]


def test_figures_of_other_pages_set_the_floors_anew() -> None:
    floors = Floors({"real spam found": 0.9}, "these pages")
    assert [s.name for s in floors.missed({"real spam found": 0.8}, "these pages")]
    assert floors.missed({"real spam found": 0.8}, "other pages") == []
    assert floors.raised({"real spam found": 0.8}, "these pages").values["real spam found"] == 0.9
    assert floors.raised({"real spam found": 0.8}, "other pages") == Floors(
        {"real spam found": 0.8}, "other pages"
    )


@pytest.mark.parametrize("value", [1 / 3, 2 / 3, 0.99996, 1.0, 0.0])
@pytest.mark.parametrize("name", ["real spam found", "calibration error"])
def test_the_model_that_sets_a_floor_passes_it(name: str, value: float) -> None:
    assert shortfalls({name: value}, raised({name: value}, {})) == []


def test_floors_are_written_and_read_back_and_damage_is_named(tmp_path: Path) -> None:
    file = tmp_path / "quality.json"
    assert read_floors(file) == {"pages": Floors(), "unseen": Floors()}
    sets = {"pages": Floors({"a": 0.5}, "1", ("cases",)), "unseen": Floors({"b": 0.1}, "2")}
    write_floors(file, sets)
    assert read_floors(file) == sets
    file.write_text('{"pages": {"floors": []}}', "utf-8")
    with pytest.raises(ValueError, match="no file of floors"):
        read_floors(file)

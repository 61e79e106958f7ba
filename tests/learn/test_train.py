"""Training on small data, from the command to the folder that it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.learn.card import PICTURES, Cost, text_of
from detector.learn.data import read
from detector.learn.metrics import Judged
from detector.learn.pictures import precision_recall, reliability
from detector.learn.train import train
from detector.model import Model

PNG = b"\x89PNG\r\n"


def judged(uri: str, truth: str, said: str, foreign: float, **more: object) -> Judged:
    return Judged(uri, truth, said, foreign, 0.0, **more)  # type: ignore[arg-type]


def test_a_trained_folder_has_a_card_and_pictures(trained: Path) -> None:
    model = Model.load(trained)
    card = (trained / "CARD.md").read_text("utf-8")
    assert str(model.card["sha256"]) in card
    assert str(model.card["data"]["digest"]) in card
    for word in ("By language", "By technique", "By category", "95 % interval", "Limits", "MB"):
        assert word in card
    for name in PICTURES:
        assert f"({name})" in card
        assert (trained / name).read_bytes().startswith(PNG)


def test_a_card_names_the_worst_mistakes_by_address_alone(trained: Path) -> None:
    pages = [
        judged("https://a.example/|x", "clean", "spam", 0.99, language="en"),
        judged("https://b.example/", "clean", "spam", 0.7, language="en"),
        judged("https://c.example/", "spam", "clean", 0.1, language="en", category="loans"),
        judged("https://d.example/", "spam", "spam", 0.9, language="en", category="loans"),
    ]
    text = text_of(Model.load(trained).card, pages, Cost(3.0, 2), 1000)
    alarms = text.partition("Called not clean though clean: 2")[2]
    assert alarms.index("https://a.example/%7Cx") < alarms.index("https://b.example/")
    assert "Missed: 1" in text and "https://c.example/" in text
    assert "https://d.example/" not in text
    assert "50.00 % (1/2, 9.5%–90.5%)" in text


@pytest.mark.parametrize("draw", [reliability, precision_recall])
@pytest.mark.parametrize("count", [0, 1, 200])
def test_the_same_judgements_give_the_same_picture(draw, count: int) -> None:  # type: ignore[no-untyped-def]
    pages = [
        judged(str(i), "spam" if i % 3 else "clean", "spam", (i % 17) / 16, language="en")
        for i in range(count)
    ]
    assert draw(pages).startswith(PNG)
    assert draw(pages) == draw(pages)


def test_the_same_data_give_the_same_digest_on_any_number_of_processes(
    trained: Path, labels: Path, tmp_path: Path
) -> None:
    found = read([labels])
    outcome = train(found, tmp_path / trained.name, jobs=2)
    assert outcome.digest == Model.load(trained).card["sha256"]
    again = train(found, tmp_path / "other-seed", name=trained.name, seed=1)
    assert again.digest != outcome.digest

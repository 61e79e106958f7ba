"""What is wrong with labelled data is said, with what to do about it, before training."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from detector.cli import group
from detector.learn.cache import remembered
from detector.learn.data import near_copies, read
from detector.learn.datasets import LabelledPage
from detector.learn.votes import settle

Article = Callable[[int], str]


def page(uri: str, label: str, site: str, html: str, **more: object) -> LabelledPage:
    return LabelledPage(uri, html.encode(), label, "html", site=site, **more)  # type: ignore[arg-type]


def vote(uri: str, label: str, who: str, at: int = 0, **more: object) -> LabelledPage:
    return page(uri, label, "s", f"<p>{uri}", extra={"who": who, "at": at}, **more)


def write(folder: Path, rows: list[dict[str, object]]) -> Path:
    file = folder / "labels.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


def train(*arguments: object) -> tuple[int, str]:
    run = CliRunner().invoke(group, ["train", *map(str, arguments)])
    return run.exit_code, run.output


@pytest.mark.parametrize("minify", [False, True])
def test_nearly_the_same_page_on_two_sites_is_found(minify: bool, article: Article) -> None:
    first = article(3) if minify else article(3).replace("</p>", "</p>\n")
    copy = first.replace("neighbours came", "people came", 1).replace("Weekly paper", "Daily news")
    pages = [
        page("a", "clean", "a.example", first),
        page("b", "spam", "b.example", copy),
        page("c", "clean", "c.example", article(4)),
        page("d", "clean", "a.example", copy),
    ]
    found = near_copies(pages)
    assert {p.uris for p in found} == {("a", "b"), ("b", "d")}
    assert all("name one site" in p.message for p in found)
    assert "they are clean and spam" in found[0].message


def test_many_copies_are_found_without_comparing_all_pairs(article: Article) -> None:
    pages = [page(str(i), "clean", f"s{i}.example", article(7)) for i in range(300)]
    found = near_copies(pages)
    assert {uri for p in found for uri in p.uris} == {str(i) for i in range(300)}
    assert len(found) < 1000


def test_the_majority_decides_and_a_tie_is_dropped() -> None:
    kept, problems = settle(
        [
            vote("agreed", "spam", "li"),
            vote("agreed", "spam", "mo"),
            vote("outvoted", "clean", "li"),
            vote("outvoted", "spam", "mo", spans=("buy now",)),
            vote("outvoted", "spam", "al", spans=("call us",)),
            vote("tied", "clean", "li"),
            vote("tied", "spam", "mo"),
            page("alone", "clean", "s", "<p>no one is named"),
        ]
    )
    assert [(p.uri, p.label) for p in kept] == [
        ("agreed", "spam"),
        ("outvoted", "spam"),
        ("alone", "clean"),
    ]
    assert kept[1].spans == ("buy now", "call us")
    said = {p.kind: p for p in problems}
    assert said["tie"].uris == ("tied",) and "one more person" in said["tie"].message
    assert said["vote"].uris == ("outvoted",)
    assert not any(p.fatal for p in problems)


def test_the_last_word_of_a_person_counts() -> None:
    votes = [vote("p", "spam", "li", at=5), vote("p", "clean", "li", at=9)]
    for order in (votes, votes[::-1]):
        kept, problems = settle(order)
        assert [p.label for p in kept] == ["clean"] and not problems


def test_votes_in_a_file_are_settled_when_it_is_read(tmp_path: Path) -> None:
    html = "<p>The choir sings on Sunday."
    rows = [
        {"uri": "u", "html": html, "label": label, "reviewer": who}
        for label, who in (("spam", "li"), ("clean", "mo"), ("clean", "al"))
    ]
    found = read([write(tmp_path, rows)], few=0)
    assert [p.label for p in found.pages] == ["clean"]
    assert [p.kind for p in found.problems if p.kind in ("vote", "conflict")] == ["vote"]


def test_conflicting_labels_stop_the_training_and_say_why(tmp_path: Path) -> None:
    rows = [
        {"uri": f"u{i}", "html": "<p>Same.", "label": x} for i, x in enumerate(("clean", "spam"))
    ]
    code, said = train(write(tmp_path, list(rows)), "-o", tmp_path / "m")
    assert code == 2 and "labelled clean and spam" in said and "keep one label" in said
    assert not (tmp_path / "m").exists()


def test_too_few_pages_of_a_class_say_what_to_do(tmp_path: Path, article: Article) -> None:
    rows = [
        {"uri": f"u{i}", "html": article(i), "label": "clean", "site": f"s{i}"} for i in range(3)
    ]
    code, said = train(write(tmp_path, list(rows)), "-o", tmp_path / "m")
    assert code == 2
    assert "0 spam pages; at least 20 are needed: label more, or train with --base" in said
    assert "3 clean pages" in said


def test_a_hundred_labels_join_what_a_model_knows(
    trained: Path, labels: Path, tmp_path: Path, article: Article
) -> None:
    """A new trade in new words: missed before, found after, and the rest as it was."""
    offer = "<div><a href='http://zorb.example/'>quibble grommets wholesale zorbium</a></div>"
    rows = []
    for i in range(100, 160):
        attacked = article(i).replace("<footer>", offer * 3 + "<footer>")
        for label, html in (("injected", attacked), ("clean", article(i))):
            rows.append({"uri": f"{label}{i}", "html": html, "label": label, "site": f"s{i}",
                         "category": "other" if label == "injected" else "",
                         "spans": ["quibble grommets wholesale zorbium"]})  # fmt: skip
    more = write(tmp_path, rows[:80])
    (tmp_path / "test").mkdir()
    unseen = write(tmp_path / "test", rows[80:])
    out = tmp_path / "extended"
    code, said = train(more, "--base", trained, "-o", out, "--no-cache", "-j", 1)
    assert code == 0, said
    file = tmp_path / "figures.json"
    run = CliRunner().invoke(
        group,
        ["evaluate", str(unseen), "--model", str(out), "--against", str(trained), "-j", "1",
         "--json", str(file)],
    )  # fmt: skip
    assert run.exit_code == 0, run.output
    figures = json.loads(file.read_text("utf-8"))
    assert figures["overall"]["real injected found"]["rate"] >= 0.95
    assert figures["overall"]["real clean called not clean"]["hits"] == 0
    assert len(figures["against"]["better"]) > 0.3 * 20
    run = CliRunner().invoke(
        group,
        ["evaluate", str(labels), "--model", str(out), "--against", str(trained), "-j", "1",
         "--json", str(file)],
    )  # fmt: skip
    assert len(json.loads(file.read_text("utf-8"))["against"]["worse"]) <= 2


def test_an_entry_of_the_cache_is_whole_or_made_again(tmp_path: Path) -> None:
    made = []

    def make() -> list[int]:
        made.append(1)
        return [1, 2, 3]

    assert remembered(tmp_path, "ab12", make) == remembered(tmp_path, "ab12", make) == [1, 2, 3]
    assert len(made) == 1
    (entry,) = tmp_path.rglob("*.pkl")
    entry.write_bytes(entry.read_bytes()[:20])
    assert remembered(tmp_path, "ab12", make) == [1, 2, 3]
    assert len(made) == 2
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["ab12.pkl"]


def test_two_runs_may_share_a_cache(labels: Path, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from detector.learn.examples import Labelled, analyse

    pages = [Labelled.of_page(p) for p in read([labels]).pages[:20]]
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: list(analyse(pages, 1, tmp_path)), range(4)))
    assert all(run == runs[0] for run in runs)
    assert list(analyse(pages, 1, tmp_path)) == runs[0]

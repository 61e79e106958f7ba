"""Lists that teach the relevance of links: whose links they are, and from where."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from detector.learn.datasets import LabelledPage, RelatedLabel
from detector.learn.related_lists import Article, Heap, articles_of, make_lists, read_heap
from detector.learn.relevance import _export, _forest
from detector.learn.write import replace_files
from detector.model_folder import digest_of
from detector.relevance import _Forest

TEXT = "The council opened the new footpath along the river after two years of work. " * 4
PAGE = f"""<title>Footpath opened</title><h1>Footpath opened</h1><p>{TEXT}</p>
<h3>Latest news</h3><ul><li><a href=/1>Library closes for repairs</a><li><a href=/2>School wins
chess cup again</a><li><a href=/3>Market moves to the old square</a></ul>"""


def page(related: tuple[RelatedLabel, ...] = ()) -> LabelledPage:
    return LabelledPage("a", PAGE.encode(), "clean", "html", "en", site="a", related=related)


def test_a_clean_pages_lists_are_its_own_and_say_whether_they_promise_relevance() -> None:
    (article,) = articles_of([page()])
    assert article.links[0] == "Library closes for repairs"
    assert not article.promised
    assert article.off_topic == ()


def test_labels_say_which_links_are_off_topic() -> None:
    labels = (RelatedLabel("River works", "/1", False), RelatedLabel("Cheap watches", "/2", True))
    (article,) = articles_of([page(labels)])
    (listed,) = make_lists([article])
    assert listed.own == (True, False)
    assert not listed.foreign


def test_a_scattered_list_takes_no_link_twice_and_none_of_the_own_site() -> None:
    articles = [
        Article(site, "en", site, TEXT, tuple(f"{site} story {i}" for i in range(4)))
        for site in "abcdef"
    ]
    for listed in make_lists(articles):
        if listed.mixture == "scattered":
            sites = [link[0] for link in listed.links]
            assert listed.article.site not in sites
            assert len(set(sites)) == len(listed.links) == 4


def test_a_heap_fills_lists_of_pages_in_its_language_alone() -> None:
    heap = Heap("en", tuple(f"Heap story {i}" for i in range(100)))
    links = tuple(f"own {i}" for i in range(4))
    articles = [Article(site, lang, site, TEXT, links) for lang in ("en", "de") for site in "abc"]
    drawn = [x for x in make_lists(articles, heaps=[heap]) if x.mixture == "heap"]
    assert {x.article.language for x in drawn} == {"en"}
    assert all(x.foreign and len(set(x.links)) == 4 for x in drawn)
    assert all(link in heap.titles for x in drawn for link in x.links)


def test_a_heap_is_read_from_lines_and_a_small_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "titles.tsv"
    path.write_text("".join(f"news\tThe council meets on day {i}\n" for i in range(120)), "utf-8")
    heap = read_heap(path)
    assert heap.language == "en"
    assert heap.titles[0] == "The council meets on day 0"
    path.write_text("one\ntwo\n", "utf-8")
    with pytest.raises(ValueError, match="2 titles"):
        read_heap(path)


def test_exported_trees_give_what_the_forest_gives() -> None:
    drawn = np.random.default_rng(1)
    x = drawn.normal(size=(800, 5)).astype(np.float32)
    forest = _forest(x, x[:, 0] + x[:, 1] * x[:, 2] > 0, np.ones(len(x)), seed=1)
    given = _Forest(_export(forest, "link"), "link", 5)(x)
    assert np.allclose(given, forest.decision_function(x), atol=1e-4)


def test_replaced_files_keep_the_card_true(tmp_path: Path) -> None:
    card = {"files": {"weights.npz": "kept"}, "name": "x"}
    (tmp_path / "model.json").write_text(json.dumps(card), "utf-8")
    replace_files(tmp_path, {"relevance.npz": b"new"})
    written = json.loads((tmp_path / "model.json").read_text("utf-8"))
    new = hashlib.sha256(b"new").hexdigest()
    assert written["files"] == {"weights.npz": "kept", "relevance.npz": new}
    assert written["sha256"] == digest_of(written)

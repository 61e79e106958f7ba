"""Lists of related articles in HTML: tabs, cards, thumbnails, tables, as sites lay them out."""

import pytest

from detector.page import read_page
from detector.types import RelatedBlock

ARTICLE = "<h1>The new bridge is open</h1>" + "<p>" + "The bridge was opened on Monday. " * 12


def lists(html: str) -> list[RelatedBlock]:
    page = read_page(f"<body>{ARTICLE}{html}".encode(), uri="page.html", kind="html")
    return [found for found in page.lists if found.kind != "unheaded"]


def titles(found: RelatedBlock) -> list[str]:
    return [item.text for item in found.items]


def links(*names: str) -> str:
    return "".join(f'<li><a href="/{i}">{name}</a></li>' for i, name in enumerate(names))


def test_each_tab_has_the_panel_of_its_place() -> None:
    related, popular = lists(
        "<div><ul><li class=on>Related articles</li><li>Most read</li></ul></div><div>"
        f"<div>{links('Old bridge becomes a footpath', 'Ferry line stops next month')}</div>"
        f"<div>{links('Ten cakes for the weekend', 'Who won the cup this year')}</div></div>"
    )
    assert (related.kind, popular.kind) == ("related", "popular")
    assert titles(related) == ["Old bridge becomes a footpath", "Ferry line stops next month"]
    assert titles(popular) == ["Ten cakes for the weekend", "Who won the cup this year"]


def card(name: str, details: int) -> str:
    lines = "".join(f"<p>Detail {i}: as the maker states it</p>" for i in range(details))
    return f'<td class=item><h3><a href="/{name}">{name}</a></h3>{lines}</td>'


def test_a_card_goes_on_as_long_as_one_of_its_shape_follows() -> None:
    names = ("Garden chair of larch wood", "Folding table for the balcony", "Bench with a back")
    cells = "".join(card(name, 8) for name in names)
    (found,) = lists(f"<div><h3>Similar products</h3><table><tr>{cells}</tr></table></div>")
    assert titles(found) == list(names)


def test_paragraphs_between_links_of_one_shape_are_no_cards() -> None:
    link = '<p><a href="/{}">Photos of the opening of the bridge, part {}</a></p>'
    prose = "<p>" + "The council meets again on Friday to decide on the matter. " * 6 + "</p>"
    body = "".join(link.format(i, i) + ("" if i < 2 else prose) for i in range(5))
    (found,) = lists(f"<section><h3>Related articles</h3>{body}</section>")
    assert len(found.items) == 3


def test_long_text_after_a_list_is_no_card() -> None:
    two = "".join(f"<div class=c><a href=/{i}>Title number {i} of the list</a></div>" for i in "ab")
    prose = "<p>" + "The council meets again on Friday to decide on the matter. " * 6
    (found,) = lists(f"<section><h3>Related articles</h3>{two}{prose}</section>")
    assert found.items[-1].teaser == ""


def test_the_author_of_a_card_is_no_title() -> None:
    cards = "".join(
        f'<li><h3><a href="/{i}">{name}</a></h3><div class=by>By <a href="/who{i}">{who}</a></div>'
        for i, (name, who) in enumerate(
            [("Old bridge becomes a footpath next year", "Annabel Longexample"),
             ("Ferry line stops in the coming month", "Bob Placeholder")]
        )
    )  # fmt: skip
    (found,) = lists(f"<div><h2>Related articles</h2><ul>{cards}</ul></div>")
    assert titles(found) == [
        "Old bridge becomes a footpath next year",
        "Ferry line stops in the coming month",
    ]
    assert "Annabel Longexample" in found.items[0].teaser


@pytest.mark.parametrize(("picture", "count"), [("<img src=a.png>", 1), ("", 0)])
def test_short_names_in_a_line_are_titles_where_they_have_pictures(
    picture: str, count: int
) -> None:
    names = ("桥梁模型图", "渡轮航线图", "步行桥改造", "河岸步道图")
    run = "".join(f'<a href="/{i}">{picture}{name}</a>' for i, name in enumerate(names))
    assert len(lists(f"<div><h3>相关图片</h3><div>{run}</div></div>")) == count


def test_topics_behind_a_heading_do_not_hide_it() -> None:
    topics = '<a href="/t/1">桥</a> <a href="/t/2">交通</a>'
    more = links("旧桥明年改建为步行桥", "轮渡航线下月停运")
    (found,) = lists(f"<div><div><em>相关资讯</em> {topics}</div><ul>{more}</ul></div>")
    assert found.heading == "相关资讯"
    assert titles(found) == ["旧桥明年改建为步行桥", "轮渡航线下月停运"]


def test_rows_of_tables_do_not_count_as_distance() -> None:
    head = "<table><tr><td>相关新闻：</td></tr></table>"
    names = ("旧桥明年改建为步行桥", "轮渡航线下月停运")
    rows = "".join(f'<tr><td><a href="/{i}">{name}</a></td></tr>' for i, name in enumerate(names))
    (found,) = lists(f"<table><tr><td>{head}<table>{rows}</table></td></tr></table>")
    assert titles(found) == list(names)

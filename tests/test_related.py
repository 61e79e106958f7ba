"""Lists of related articles: found by shape and heading, kinds kept apart."""

from collections.abc import Sequence

import pytest

from detector.related import RelatedBlock, find_related_blocks, heading_kind
from detector.types import Block, Link, Location


class Somewhere:
    """A place that nothing asks about."""

    def location(self) -> Location:
        return Location("text", "line 1")

    def outer(self) -> None:
        return None

    def attribute(self, name: str) -> None:
        return None


def lines(text: str) -> list[Block]:
    rows = [" ".join(line.split()) for line in text.splitlines()]
    return [
        Block(i, "line", "other", row, (), Somewhere())
        for i, row in enumerate(row for row in rows if row)
    ]


def in_html(rows: Sequence[str]) -> tuple[list[Block], list[Link]]:
    """`[title](href)` is a block that is a link, anything else a paragraph."""
    blocks: list[Block] = []
    links: list[Link] = []
    for i, row in enumerate(rows):
        if row.startswith("["):
            title, href = row[1:-1].split("](")
            links.append(Link(len(links), title, href, "", i, 0, len(title), Somewhere()))
            place = (len(links) - 1,)
            blocks.append(Block(i, "li", "other", title, place, Somewhere(), link_chars=len(title)))
        else:
            blocks.append(Block(i, "p", "other", row, (), Somewhere()))
    return blocks, links


def titles(block: RelatedBlock) -> list[str]:
    return [item.text for item in block.items]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("相关文章", "related"),
        ("【相关阅读】", "related"),
        ("相关新闻：", "related"),
        ("猜你喜欢 >>", "related"),
        ("相关文章推荐", "related"),
        ("Related Articles", "related"),
        ("Ähnliche Artikel", "related"),
        ("Читайте также:", "related"),
        ("関連記事", "related"),
        ("최신 기사", "latest"),
        ("最新文章", "latest"),
        ("热门文章", "popular"),
        ("Most Read", "popular"),
        ("上一篇", "adjacent"),
        ("友情链接", "friend"),
        ("Sponsored Links", "sponsored"),
        ("最新评论", "end"),
        ("Related work on river dams", ""),
        ("相关部门正在调查事故的原因", ""),
        ("", ""),
        (">>>", ""),
    ],
)
def test_what_a_heading_promises(heading: str, kind: str) -> None:
    assert heading_kind(heading) == kind


def test_bullets_with_teaser_and_date_are_three_lines_of_one_item() -> None:
    page = lines("""
        新桥通车，两岸往来只要十分钟
        大桥昨天上午通车，全长两千米，连接南北两岸的城区。
        相关文章
        • 旧桥明年改建为步行桥
        改建后的旧桥只供行人和自行车通行，两侧种植花木，市民可以在桥上休息观景
        2031-04-02
        • 轮渡航线下月停运
        客流减少之后，轮渡公司决定停运两条航线，船只将用于旅游观光
        2031-04-01
        最新评论
        • 终于通车了，等了三年的路
    """)
    (found,) = find_related_blocks(page, [])
    assert found.kind == "related"
    assert titles(found) == ["旧桥明年改建为步行桥", "轮渡航线下月停运"]
    assert found.items[0].blocks == (3, 4, 5)
    assert (found.heading_block, found.last_block) == (2, 8)


def test_lines_without_bullets_end_at_prose() -> None:
    page = lines("""
        The bridge opened on Monday after three years of work.
        Related articles
        Old bridge to become a footpath next year
        Ferry line stops in the coming month
        Toll for lorries decided by the council
        All content of this site is protected by law, and any use of it needs consent in writing.
    """)
    (found,) = find_related_blocks(page, [])
    assert titles(found) == [
        "Old bridge to become a footpath next year",
        "Ferry line stops in the coming month",
        "Toll for lorries decided by the council",
    ]


def test_links_under_a_heading_keep_their_addresses() -> None:
    blocks, links = in_html(
        ["A paragraph of the article.", "Related articles", "[Old bridge to become a footpath](/a)",
         "3 May 2031", "[Ferry line stops next month](/b)", "Comments", "[Log in to comment](/c)"]
    )  # fmt: skip
    (found,) = find_related_blocks(blocks, links)
    assert [(i.text, i.href, i.link) for i in found.items] == [
        ("Old bridge to become a footpath", "/a", 0),
        ("Ferry line stops next month", "/b", 1),
    ]


def test_thumbnail_and_title_of_one_card_are_one_item() -> None:
    blocks, links = in_html(
        ["You may also like", "[Old bridge, photo](/a)", "[Old bridge to become a footpath](/a)",
         "[Ferry line stops next month](/b)"]
    )  # fmt: skip
    (found,) = find_related_blocks(blocks, links)
    assert titles(found) == ["Old bridge to become a footpath", "Ferry line stops next month"]


def test_each_heading_opens_its_own_list() -> None:
    blocks, links = in_html(
        ["相关文章", "[旧桥明年改建为步行桥](/a)", "[轮渡航线下月停运](/b)",
         "热门文章", "[本市最好吃的十家面馆](/c)", "[周末天气晴朗适合出游](/d)"]
    )  # fmt: skip
    found = find_related_blocks(blocks, links)
    assert [block.kind for block in found] == ["related", "popular"]


def test_previous_and_next_are_one_link_each() -> None:
    text = "上一篇：旧桥明年改建为步行桥"
    link = Link(0, text[4:], "/a", "", 0, 4, len(text), Somewhere())
    block = Block(0, "p", "other", text, (0,), Somewhere(), link_chars=len(text) - 4)
    (found,) = find_related_blocks([block], [link])
    assert (found.kind, titles(found)) == ("adjacent", ["旧桥明年改建为步行桥"])


def test_dated_cards_after_the_article_need_no_heading() -> None:
    rows = ["The article, a paragraph of it."]
    for n, title in enumerate(
        ["Old bridge to become a footpath", "Ferry line stops next month",
         "Toll for lorries decided", "River path closed for repair"]
    ):  # fmt: skip
        rows += [f"[{title}](/{n})", f"2031-05-0{n + 1}"]
    blocks, links = in_html(rows)
    assert [b.kind for b in find_related_blocks(blocks, links, article_end=0)] == ["unheaded"]
    assert find_related_blocks(blocks, links) == []


@pytest.mark.parametrize(
    "rows",
    [
        ["Related articles", "[Home](/)", "[Contact](/c)", "[Search](/s)"],
        [
            "Related articles",
            "[Jump to the top of this page](#top)",
            "[Print this page now](javascript:print())",
        ],
        ["Related articles"],
        ["Related work on bridges is described below.", "[Old bridge to become a footpath](/a)"],
    ],
    ids=["menu words", "no other page", "nothing", "a sentence"],
)  # fmt: skip
def test_no_list(rows: list[str]) -> None:
    blocks, links = in_html(rows)
    assert find_related_blocks(blocks, links) == []


CARDS = ["[River bed cleared before the flood](/1)", "[New footpath along the river](/2)"]


def test_a_heading_without_its_accents_is_known() -> None:
    assert heading_kind("A lire aussi :") == "related"


def test_a_teasers_link_to_its_own_text_heads_nothing() -> None:
    blocks, links = in_html(["[Read more…](/story)", *CARDS])
    assert find_related_blocks(blocks, links) == []
    blocks, links = in_html(["Read more", *CARDS])
    assert len(find_related_blocks(blocks, links)) == 1


def test_topics_in_a_line_are_no_list_of_articles() -> None:
    names = ["River works", "Footpaths", "Floods"]
    links = [Link(i, name, f"/{i}", "", 1, 0, 5, Somewhere()) for i, name in enumerate(names)]
    line = Block(1, "p", "other", " ".join(names), (0, 1, 2), Somewhere(), link_chars=26)
    heading = Block(0, "h3", "other", "Related", (), Somewhere())
    assert find_related_blocks([heading, line], links) == []


def test_short_labels_may_stand_above_the_first_title() -> None:
    blocks, links = in_html(["Related", "Blog", *CARDS])
    (found,) = find_related_blocks(blocks, links)
    assert len(titles(found)) == 2

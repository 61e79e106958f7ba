"""What each block is for: pages of the usual kinds, and what must not be content."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector import roles
from detector.block_model import content_probability, networks
from detector.block_names import names
from detector.page import read_page
from detector.types import Page

PARAGRAPHS = (
    "The old mill by the river was built in 1870, and ground flour for the valley until 1952.",
    "Volunteers have repaired the roof, the wheel and the two millstones over the last six years.",
    "From May to October it is open on Sundays, and bread is baked in the stone oven, weather "
    "permitting.",
)
SHELL = """<!doctype html><html><head><title>The mill turns again - Valley Gazette</title></head>
<body><header><a href="/">Valley Gazette</a></header>
<nav class="menu"><ul><li><a href="/news">News</a></li><li><a href="/sport">Sport</a></li>
<li><a href="/culture">Culture</a></li></ul></nav>
<main><article class="post"><h1>The mill turns again</h1>
<p class="byline">By Ann Example, 3 May 2021</p><div class="entry-content">{body}</div></article>
{below}</main><footer class="footer"><p>© 2021 Valley Gazette</p></footer></body></html>"""


def article(*extra: str, below: str = "") -> Page:
    """The mill's page with more in its body or below it."""
    parts = [f"<p>{p}</p>" for p in PARAGRAPHS]
    return read_page(SHELL.format(body="".join([parts[0], *extra, *parts[1:]]), below=below))


def content(page: Page) -> str:
    return "\n".join(page.blocks[i].text for i in roles.content(page.blocks))


def role_of(page: Page, words: str) -> str:
    return next(b.role for b in page.blocks if words in b.text)


NOT_CONTENT = {
    "menu": ("", "Culture", "navigation"),
    "footer": ("", "© 2021", "footer"),
    "related list": (
        '<div class="related"><h3>Related articles</h3><ul><li><a href="/1">A bridge is closed for '
        'repairs</a></li><li><a href="/2">The school has a new roof</a></li></ul></div>',
        "A bridge is closed",
        "related",
    ),
    "comments": (
        '<section id="comments"><h3>Comments</h3><div class="comment"><p>We went there on Sunday, '
        "and the bread was very good. Thank you all!</p></div></section>",
        "the bread was very good",
        "comment",
    ),
    "advertisement": (
        '<div class="advertisement"><p>Advertisement</p></div>',
        "Advertisement",
        "advertisement",
    ),
    "share buttons": (
        '<div class="share"><a href="#f">Share</a> <a href="#t">Tweet</a></div>',
        "Share",
        "navigation",
    ),
}


@pytest.mark.parametrize("below, words, role", NOT_CONTENT.values(), ids=NOT_CONTENT.keys())
def test_what_stands_around_an_article_is_not_content(below: str, words: str, role: str) -> None:
    page = article(below=below)
    assert role_of(page, words) == role
    assert content(page).split("\n")[-3:] == list(PARAGRAPHS)


def test_hidden_words_are_not_content() -> None:
    page = article('<p style="display:none">Cheap example pills, buy at pills.example today.</p>')
    assert "pills" not in content(page)


def test_hidden_words_in_an_article_have_the_role_of_their_place() -> None:
    page = article('<p style="display:none">Cheap example pills, buy at pills.example today.</p>')
    assert role_of(page, "pills.example") == "article"


def test_a_hidden_pile_of_links_does_not_make_a_page_shown_later() -> None:
    links = " ".join(
        f'<a href="http://{i}.example/">example slot number {i}</a>' for i in range(99)
    )
    page = article(f'<div style="display:none">{links}</div>')
    assert "slot" not in content(page)


def test_an_article_that_a_script_reveals_is_content() -> None:
    body = "".join(f"<p>{p}</p>" for p in PARAGRAPHS * 2)
    page = read_page(
        f'<html><head><title>Mill</title></head><body style="visibility:hidden"><h1>The mill</h1>'
        f'<div class="article">{body}</div></body></html>'
    )
    assert PARAGRAPHS[0] in content(page)


def test_the_heading_is_the_title_and_not_content() -> None:
    page = article()
    assert [b.text for b in page.blocks if b.role == "title"] == ["The mill turns again"]
    assert "turns again" not in content(page)


def test_a_hijacked_head_title_leaves_the_heading_the_title() -> None:
    html = SHELL.replace("The mill turns again - Valley Gazette", "Example Casino 777 Bonus")
    page = read_page(html.format(body="".join(f"<p>{p}</p>" for p in PARAGRAPHS), below=""))
    assert [b.text for b in page.blocks if b.role == "title"] == ["The mill turns again"]


@pytest.mark.parametrize(
    "foreign",
    [
        "<p>Example City companions, Example City companions contact example_id.</p>",
        "<p>Play at the example casino: bonus of 777 coins, register now at casino.example!</p>",
        '<p>Visit <a href="http://casino.example/">example casino</a> for more, every day.</p>',
    ],
)
def test_visible_foreign_words_in_the_article_stay_content(foreign: str) -> None:
    text = content(article(foreign))
    assert "xample" in text
    assert all(p in text for p in PARAGRAPHS)


def test_inner_headings_lists_and_quotes_are_content() -> None:
    page = article(
        "<h2>What the visitors see</h2><ul><li>the wheel, which is four metres high;</li><li>the "
        "two stones, one of them from France;</li></ul><blockquote><p>It still sounds as it did "
        "when I was a child, says the miller's daughter.</p></blockquote>"
    )
    text = content(page)
    assert "What the visitors see" in text
    assert "one of them from France" in text
    assert "miller's daughter" in text


def test_a_notice_in_a_table_with_line_breaks_is_content() -> None:
    lines = (
        "各村民委员会：<br>为做好今年的防汛工作，现将有关事项通知如下。<br>"
        "一、各村要在五月底前检查水库和河堤，发现问题及时报告。<br>"
        "二、安排专人值班，保证电话畅通，遇有大雨立即上报。<br>特此通知。"
    )
    page = read_page(
        "<html><head><title>关于做好防汛工作的通知</title></head><body><table><tr><td>"
        '<a href="/">首页</a> <a href="/zw">政务公开</a></td></tr><tr><td><b>关于做好防汛工作的通知'
        f"</b></td></tr><tr><td>{lines}</td></tr><tr><td>版权所有：示例镇人民政府</td></tr></table>"
        "</body></html>".encode("gbk").decode("gbk")
    )
    text = content(page)
    assert "一、各村要在五月底前" in text
    assert "二、安排专人值班" in text
    assert "政务公开" not in text
    assert "版权所有" not in text


def test_a_page_without_text_has_no_content() -> None:
    page = read_page('<html><body><nav><a href="/a">Home</a></nav></body></html>')
    assert roles.content(page.blocks) == ()
    assert roles.assign([], "Nothing") == []


def test_a_related_list_under_its_heading_gets_its_role_by_finding_it() -> None:
    page = article(
        below="<div><h4>Read also</h4><ul>"
        + "".join(
            f'<li><a href="/{i}">Another long headline of the valley, {i}</a></li>'
            for i in range(4)
        )
        + "</ul></div>"
    )
    blocks = page.blocks
    assert all(b.role == "related" for b in blocks if "Another long headline" in b.text)
    assert [b.text for b in blocks if b.role == "article"][-3:] == list(PARAGRAPHS)


# ------------------------------------------------------------------ extracted text

EXTRACTED = """村里的老磨坊又转起来了
发布时间:2023-05-03 10:12:30 作者:示例小编
示例市喝茶外送-示例市喝茶V-示例市喝茶微信。
□示例报记者 李某
河边的老磨坊建于一八七〇年,一直磨面到五十年代。
六年来,志愿者修好了屋顶、水轮和两块磨盘。
  • Tag:
相关文章
  • 示例大桥本周封闭维修
大桥将于周五封闭,预计十月重新开放。
2023-05-02
最新评论
面包很好吃。""".split("\n")


def test_lines_of_extracted_text_have_roles() -> None:
    assert roles.assign_lines(EXTRACTED) == [
        "title", "byline", "article", "article", "article", "article", "other",
        "related", "related", "related", "related", "comment", "comment",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines, index",
    [
        (["标题", "来源不明的消息很多,读者要小心。", "正文在这里。"], 1),
        (["A title", "By the river stands a mill that is two hundred years old.", "Body."], 1),
        (["A title", "Some text here.", "Comments on the plan came from all sides.", "More."], 2),
        (["A title", "Some text here.", "Related work has shown that this is hard.", "More."], 2),
        (["标题", "联系我们微信 example_v 二十四小时", "正文在这里。"], 1),
    ],
)
def test_lines_that_only_begin_like_a_label_are_article(lines: list[str], index: int) -> None:
    assert roles.assign_lines(lines)[index] == "article"


def test_text_of_one_paragraph_has_no_title() -> None:
    assert roles.assign_lines(["A single line."]) == ["article"]
    assert roles.assign_lines([]) == []


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), max_size=20))
def test_every_line_has_a_role(lines: list[str]) -> None:
    assert len(roles.assign_lines(lines)) == len(lines)


# ------------------------------------------------------------------------- parts


@pytest.mark.parametrize(
    "name, group, named",
    [
        ("history", "article", False),
        ("shared-list", "share", False),
        ("articleBody", "article", True),
        ("related_posts", "related", True),
        ("commentslist", "comment", True),
        ("loading", "advertisement", False),
    ],
)
def test_names_are_read_by_words(name: str, group: str, named: bool) -> None:
    assert bool(names().of_name(name) & names().bit[group]) is named


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</div>",
                "<div class=x>",
                "word ",
                "<a href=/>",
                "<li>",
                "<td>",
                "<br>",
                "。",
                "<h1>",
                "\x00",
                "<b hidden>",
            ]
        ),
        max_size=60,
    )
)
def test_any_page_gets_a_role_for_each_block(parts: list[str]) -> None:
    page = read_page("<html>" + "".join(parts), kind="html")
    chosen = roles.content(page.blocks)
    assert list(chosen) == sorted(set(chosen))
    assert all(page.blocks[i].role == "article" for i in chosen)


def test_the_weights_are_numbers_that_fit_the_features() -> None:
    first, second = networks()
    assert second.w1.shape[0] > first.w1.shape[0]
    assert all(np.isfinite(w).all() for n in (first, second) for w in (n.w1, n.b1, n.w2, n.b2))
    from detector.block_layout import layout

    assert content_probability(layout([], "")).shape == (0,)

"""What the one walk makes of markup: blocks, links, hiding, places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.dom import BlockPlace
from detector.page import read_page
from detector.types import Page


def page(html: str) -> Page:
    return read_page(html.encode(), uri="https://city.example/news", kind="html")


def texts(html: str) -> list[str]:
    return [block.text for block in page(html).blocks]


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<p>one <b>two</b> three</p>", ["one two three"]),
        ("<p>a</p><p>b</p>", ["a", "b"]),
        ("a<br>b", ["a", "b"]),
        ("<div>before<p>inside</p>after</div>", ["before", "inside", "after"]),
        ("<ul><li>x<li>y</ul>", ["x", "y"]),
        ("<p>文<i></i>字</p>", ["文字"]),
        ("<p>  white\n\t space  </p>", ["white space"]),
        ("<script>var x='<p>no</p>'</script><style>p{}</style><p>yes</p>", ["yes"]),
        ("<table><tr><td>1<td>2</table>", ["1", "2"]),
    ],
)
def test_blocks_are_what_a_reader_sees_as_paragraphs(html: str, blocks: list[str]) -> None:
    assert texts(html) == blocks


def test_hidden_words_inside_a_paragraph_do_not_break_it() -> None:
    blocks = page('<p>The committee <span style="display:none">casino</span>met.</p>').blocks
    assert {b.text: b.hidden is not None for b in blocks} == {
        "The committee met.": False,
        "casino": True,
    }


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<p>seen</p>", None),
        ('<p style="color:red">seen</p>', None),
        ("<p hidden>x</p>", "hidden-attribute"),
        ('<p style="DISPLAY : none !important">x</p>', "display-none"),
        ("<style>.q{position:absolute;left:-9999px}</style><div class=q>x</div>", "offscreen"),
        ('<div style="height:0;overflow:hidden">x</div>', "zero-size"),
        ("<body><noscript>x</noscript>", "noscript"),
        ("<template>x</template>", "template"),
        ('<marquee width="1" height="1">x</marquee>', "marquee"),
        ('<div id=a>x</div><script>document.getElementById("a").style.display="none"</script>',
         "script"),
        ('<script>document.write("<div style=\\"display:none\\">")</script><p>x</p>'
         '<script>document.write("</div>")</script><p>seen</p>', "script"),
    ],
)  # fmt: skip
def test_why_it_is_hidden(html: str, reason: str | None) -> None:
    first = page(html).blocks[0]
    assert (first.hidden.reason if first.hidden else None) == reason


def test_a_wrapper_that_scripts_write_ends_where_it_is_closed() -> None:
    blocks = page(
        '<p>before</p><script>document.write("<div style=\\"display:none\\">")</script>'
        '<p>inside</p><script>document.write("</div>")</script><p>after</p>'
    ).blocks
    assert [(b.text, b.hidden is None) for b in blocks] == [
        ("before", True), ("inside", False), ("after", True),
    ]  # fmt: skip


def test_what_follows_the_end_of_html_is_marked() -> None:
    found = page("<html><body><p>a</p></body></html><p><a href='//b.example/'>b</a></p>tail")
    assert [(b.text, b.after_html) for b in found.blocks] == [
        ("a", False), ("b", True), ("tail", True),
    ]  # fmt: skip
    assert found.links[0].after_html


def test_links_know_their_host_and_their_words() -> None:
    found = page(
        '<base href="https://city.example/"><p>see <a href="/a">our page</a> and '
        '<a href="https://Other.example:8080/x?y">theirs</a></p>'
        '<p><a href="https://www.city.example/b"><img alt="a picture"></a></p>'
    )
    assert [(a.text, a.host) for a in found.links] == [
        ("our page", ""), ("theirs", "other.example"), ("a picture", ""),
    ]  # fmt: skip
    link = found.links[1]
    assert found.blocks[link.block].text[link.start : link.end] == "theirs"


def test_head_entries_keep_how_they_were_written() -> None:
    head = page("<title>&#21335;a</title><meta name=Keywords content='x, y'>").head
    assert head.first("title") == "南a"
    assert head.all("title")[0].raw == "&#21335;a"
    assert head.first("keywords") == "x, y"


def test_a_second_title_and_one_before_the_doctype_are_misplaced() -> None:
    entries = page("<title>a</title><!doctype html><title>b</title>").head.all("title")
    assert [(e.value, e.misplaced) for e in entries] == [("a", True), ("b", True)]


def test_characters_lead_back_to_the_source() -> None:
    source = "<p>Fish &amp; <b>chips</b> &lt;fresh&gt; 南京&#21335;</p>"
    found = page(source)
    block = found.blocks[0]
    assert isinstance(block.place, BlockPlace)
    for word, written in (("chips", "chips"), ("&", "&amp;"), ("<fresh>", "&lt;fresh&gt;")):
        at = block.text.index(word)
        spans = block.place.source_spans(source, at, at + len(word))
        assert spans is not None
        assert "".join(source[a:b] for a, b in spans) == written


def test_extracted_text_is_lines() -> None:
    found = read_page("标题\n\n  第一段\n第二段".encode(), kind="text")
    assert [(b.text, b.gap) for b in found.blocks] == [
        ("标题", "\n"), ("第一段", "\n\n"), ("第二段", "\n"),
    ]  # fmt: skip
    assert found.blocks[1].place.location().line == 3
    assert found.blocks[1].place.location().column == 3


@given(st.text(alphabet="<>/ap=\"' divhrefsct&;#1x-!", max_size=200))
def test_any_markup_gives_a_page(html: str) -> None:
    found = page(html)
    for link in found.links:
        if link.block >= 0:
            assert 0 <= link.start <= link.end <= len(found.blocks[link.block].text)


@pytest.mark.parametrize("around", ["<svg>", "<math>", "<svg><desc>", "<select>", ""])
@pytest.mark.parametrize("tag", "input source wbr col track param img path stop option".split())
def test_what_is_void_in_html_may_hold_text_in_a_drawing(around: str, tag: str) -> None:
    found = page(f"<p>before</p>{around}<{tag}>\t<b>within</b></{tag}></svg></math><p>after</p>")
    assert found.blocks[0].text == "before"

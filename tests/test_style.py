"""What CSS hides: tables of declarations, negatives first, then what no input may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import tinycss2
from hypothesis import given
from hypothesis import strategies as st

from detector.limits import Limits
from detector.style import InheritedStyle, StyleSheet, benign, cascade, hiding, inline
from detector.style.colours import parse_colour
from detector.style.declarations import strip_comments, unescape
from detector.style.explanations import words_of
from detector.style.lengths import pixels
from detector.style.rules import rules
from detector.style.selectors import compile_selector


@dataclass(eq=False)
class Element:
    """`element("div#main.menu.open", around)`: what the walk has open."""

    tag: str
    id: str = ""
    classes: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    parent: Element | None = None


def element(name: str, parent: Element | None = None, **attributes: Any) -> Element:
    head, *classes = name.split(".")
    tag, _, identity = head.partition("#")
    named = {key.replace("_", "-"): value for key, value in attributes.items()}
    if identity:
        named["id"] = identity
    if classes:
        named["class"] = classes
    return Element(tag or "div", identity, tuple(classes), named, parent)


def hidden(style: str, inherited: InheritedStyle | None = None) -> str | None:
    found = hiding(inline(style), inherited or InheritedStyle())
    return found[0] if found else None


SEEN = [
    "",
    "color:red",
    "display:block",
    "display:/*none*/block",
    "display:none;display:block",
    "display:block!important;display:none",
    "display:none!importent",
    "displays:none",
    "-x-display:none",
    "content:'display:none'",
    "background:url(data:image/png;display:none)",
    "visibility:visible",
    "visibility:inherit",
    "opacity:.5",
    "opacity:1",
    "opacity:",
    "opacity:0;animation:fade-in 1s forwards",
    "filter:alpha(opacity=100)",
    "filter:blur(3px)",
    "left:-9999px",
    "position:static;left:-9999px",
    "position:absolute;left:-20px",
    "position:absolute;left:-280px",
    "position:fixed;left:-100%",
    "position:relative;top:3000px",
    "position:absolute;left:50%;margin-left:-600px",
    "margin-left:-15px",
    "margin:0 auto",
    "text-indent:2em",
    "text-indent:-1.5em",
    "transform:translate(-50%,-50%)",
    "transform:translateX(-100%)",
    "transform:scale(1.05)",
    "transform:none",
    "clip:auto",
    "clip:rect(0,0,0,0)",
    "position:absolute;clip:rect(0,200px,100px,0)",
    "clip-path:inset(10%)",
    "clip-path:polygon(0 0,100% 0,50% 100%)",
    "clip-path:url(#mask)",
    "height:0",
    "height:1px",
    "width:0;height:0;overflow:visible",
    "overflow:hidden;height:40px",
    "overflow:hidden;max-width:100%",
    "overflow:hidden;line-height:1",
    "font-size:0.8em",
    "font-size:9px",
    "font-size:small",
    "font-size:70%",
    "font:0.9em/1.2 serif",
    "color:#fff",
    "color:#fff;background:url(photo.jpg)",
    "color:#fff;background:#000",
    "color:#fff;background:rgba(255,255,255,.5)",
    "color:#ccc;background:#fff",
    "color:transparent;background-clip:text",
    "color:transparent;-webkit-background-clip:text",
    "color:transparent;text-shadow:0 0 5px #000",
    "color:inherit;background:inherit",
    "position:absolute;z-index:10",
    "z-index:-1",
    "position:relative;z-index:-1",
]


@pytest.mark.parametrize("style", SEEN)
def test_text_that_is_seen(style: str) -> None:
    assert hidden(style) is None


HIDDEN = [
    ("display:none", "display-none"),
    ("DISPLAY : None ;", "display-none"),
    ("display:none !important", "display-none"),
    ("display:none!important;display:block", "display-none"),
    ("display/**/:/**/none", "display-none"),
    (r"\64isplay:none", "display-none"),
    (r"displa\79 :n\6f ne", "display-none"),
    ("color:red;\n\tdisplay\t:\nnone", "display-none"),
    ("background:url(a;b);display:none", "display-none"),
    ("visibility:hidden", "visibility"),
    ("visibility:collapse", "visibility"),
    ("content-visibility:hidden", "visibility"),
    ("opacity:0", "opacity"),
    ("opacity:0.0", "opacity"),
    ("opacity:.01", "opacity"),
    ("opacity:1%", "opacity"),
    ("filter:opacity(0)", "opacity"),
    ("filter:opacity(2%)", "opacity"),
    ("filter:alpha(opacity=0)", "opacity"),
    ("position:absolute;left:-9999px", "offscreen"),
    ("position:absolute;left:-999em", "offscreen"),
    ("position:absolute;top:-152413851px", "offscreen"),
    ("position:fixed;left:-200vw", "offscreen"),
    ("position:absolute;left:calc(-1 * 9999px)", "offscreen"),
    ("position:absolute;left:calc(100% - 9999px)", "offscreen"),
    ("position:absolute;right:9999px", "offscreen"),
    ("position:absolute;left:-500%", "offscreen"),
    ("position:absolute;inset:0 auto auto -9999px", "offscreen"),
    ("position:relative;bottom:-9999pt", "offscreen"),
    ("text-indent:-9999px", "offscreen"),
    ("text-indent:-500%", "offscreen"),
    ("overflow:hidden;text-indent:100%;white-space:nowrap", "offscreen"),
    ("margin-left:-9999px", "offscreen"),
    ("margin:-5000px 0 0 0", "offscreen"),
    ("margin:0 0 0 -99999px", "offscreen"),
    ("transform:translateX(-9999px)", "offscreen"),
    ("-webkit-transform:translate(0,-9999px)", "offscreen"),
    ("transform:scale(0)", "zero-size"),
    ("transform:rotate(3deg) scaleY(0)", "zero-size"),
    ("scale:0", "zero-size"),
    ("position:absolute;clip:rect(0,0,0,0)", "clip"),
    ("position:absolute;clip:rect(1px 1px 1px 1px)", "clip"),
    ("clip-path:inset(50%)", "clip"),
    ("clip-path:inset(100% 0 0)", "clip"),
    ("clip-path:circle(0)", "clip"),
    ("clip-path:polygon(0 0,0 0,0 0)", "clip"),
    ("height:0;overflow:hidden", "zero-size"),
    ("overflow:hidden;width:1px;height:1px", "zero-size"),
    ("max-height:0;overflow-y:hidden", "zero-size"),
    ("overflow:hidden;height:0%", "zero-size"),
    ("overflow:hidden;line-height:0", "zero-size"),
    ("font-size:0", "tiny"),
    ("font-size:1px", "tiny"),
    ("font-size:.1em", "tiny"),
    ("font-size:1%", "tiny"),
    ("font-size:1pt", "tiny"),
    ("font:0/0 a", "tiny"),
    ("font:bold 1px serif", "tiny"),
    ("color:#fff;background:#fff", "colour"),
    ("color:white;background-color:#fefefe", "colour"),
    ("color:rgb(255 255 255);background:hsl(0,0%,100%)", "colour"),
    ("color:#ffffffff;background:rgb(100%,100%,100%)", "colour"),
    ("color:transparent", "colour"),
    ("color:#0000", "colour"),
    ("color:rgba(0,0,0,0)", "colour"),
    ("color:hsla(10,50%,50%,0.01)", "colour"),
    ("-webkit-text-fill-color:transparent", "colour"),
    ("position:absolute;z-index:-1", "behind"),
    ("position:fixed;z-index:-9999", "behind"),
]


@pytest.mark.parametrize(("style", "reason"), HIDDEN)
def test_text_that_is_hidden(style: str, reason: str) -> None:
    assert hidden(style) == reason


def test_the_deciding_declaration_is_told() -> None:
    found = hiding(inline("color:red;position:absolute;left:-9999px"), InheritedStyle())
    assert found == ("offscreen", "position:absolute;left:-9999px")


# ------------------------------------------------------------------ what is inherited


def inside(*styles: str) -> InheritedStyle:
    state = InheritedStyle()
    for style in styles:
        state = state.child(inline(style))
    return state


@pytest.mark.parametrize(
    ("around", "style", "reason"),
    [
        ((), "color:#fff", None),
        (("background:#000",), "color:#fff", None),
        (("background:#fff", "background:url(x.png)"), "color:#fff", None),
        (("background:#fff", "background:linear-gradient(red,blue)"), "color:#fff", None),
        (("background:#fff", "background:var(--dark)"), "color:#fff", None),
        (("color:#fff",), "background:#111", None),
        (("font-size:20px",), "font-size:50%", None),
        (("font-size:0",), "font-size:16px", None),
        (("background:#fff",), "color:#fff", "colour"),
        (("background:#fff", "background:transparent"), "color:#fdfdfd", "colour"),
        (("background:#123456", "padding:0"), "color:#123456", "colour"),
        (("color:#fff",), "background:#fff", "colour"),
        (("font-size:10px", "font-size:50%"), "font-size:30%", "tiny"),
    ],
)
def test_colours_and_sizes_count_what_is_around(
    around: tuple[str, ...], style: str, reason: str | None
) -> None:
    assert hidden(style, inside(*around)) == reason


def test_a_child_that_changes_nothing_is_the_same_state() -> None:
    state = inside("color:#333;background:#fff;font-size:14px")
    assert state.child(inline("display:block;color:#333")) is state
    assert state.child(inline("visibility:hidden")).visibility == "hidden"
    assert state.child(inline("font-size:150%")).font_size == 21


# ------------------------------------------------------------------------ style sheets

PAGE = element("html")
BODY = element("body", PAGE)
NAV = element("nav#top.menu", BODY)
ITEM = element("li.item", NAV)
LIST = element("ul.sub", ITEM)
CARD = element("div#card.box.wide", BODY, data_kind="news")


@pytest.mark.parametrize(
    ("selector", "target"),
    [
        (".sub", CARD),
        ("p.box", CARD),
        (".box.narrow", CARD),
        (".item > .menu", LIST),
        (".menu > .sub", LIST),
        ("#card .sub", LIST),
        ("[data-kind=old]", CARD),
        ("[data-kind^=ew]", CARD),
        (".box:not(.wide)", CARD),
        (".box::before", CARD),
        (".box:before", CARD),
        (".box:hover", CARD),
        (".box:first-child", CARD),
        ("p + .box", CARD),
        ("p ~ .box", CARD),
        (".box:unknown(", CARD),
        ("..box", CARD),
        (".Box", CARD),
        ("", CARD),
    ],
)
def test_rules_that_do_not_hide_it(selector: str, target: Element) -> None:
    sheet = StyleSheet.parse([selector + "{display:none}"])
    assert sheet.declarations(target) is None


@pytest.mark.parametrize(
    ("selector", "target"),
    [
        ("*", CARD),
        ("div", CARD),
        ("DIV", CARD),
        (".box", CARD),
        ("#card", CARD),
        ("div#card.box.wide", CARD),
        ("p, .box", CARD),
        ("body .box", CARD),
        ("body > div", CARD),
        (":root body>.box", CARD),
        (".menu .sub", LIST),
        (".menu > li > ul", LIST),
        ("body li .sub", LIST),
        ("body > nav li > ul", LIST),
        ("[data-kind]", CARD),
        ("[data-kind='news']", CARD),
        ("div[class~=wide]", CARD),
        ("[class*=id]", CARD),
        ("[data-kind$=ws]", CARD),
        (".box:not(.narrow)", CARD),
        (".box:not(p):not(.a, .b)", CARD),
        (":is(.box)", CARD),
        (r".\62 ox", CARD),
        (".box/* a comment */", CARD),
    ],
)
def test_rules_that_hide_it(selector: str, target: Element) -> None:
    found = StyleSheet.parse([selector + "{display:none}"]).declarations(target)
    assert found is not None and found["display"].value == "none"


@pytest.mark.parametrize(
    "css",
    [
        "@media print{.box{display:none}}",
        "@media (max-width:600px){.box{display:none}}",
        "@media screen and (min-width:700px){.box{display:none}}",
        "@keyframes x{from{display:none}}",
        "@font-face{font-family:x;display:none}",
        "@import url(x.css);",
        ".box{color:red}/*.box{display:none}*/",
        ".other{content:'}.box{display:none}'}",
        ".box{display:none;display:block}",
        ".box{display:block!important}.box{display:none}",
        "#card{display:block}.box{display:none}",
        ".box{display:none}.box{display:block}",
        ".box{.x{display:none}}",
        "@container (width>1px){.box{display:none}}",
    ],
)
def test_sheets_that_do_not_hide_it(css: str) -> None:
    found = StyleSheet.parse([css]).declarations(CARD) or {}
    assert hiding(found, InheritedStyle()) is None


@pytest.mark.parametrize(
    "css",
    [
        "@media screen{.box{display:none}}",
        "@media all and (min-width:1px){.box{display:none}}",
        "@media (max-width:99999px){.box{display:none}}",
        "@media print, screen{.box{display:none}}",
        "@supports (display:grid){.box{display:none}}",
        "@layer base{.box{display:none}}",
        "@media screen{@media all{.box{display:none}}}",
        "@import url(x.css);.box{display:none}",
        "@charset 'utf-8';.box{display:none}",
        "<!-- .box{display:none} -->",
        ".box{color:red;&.wide{display:none}}",
        "body{.box{display:none}}",
        ".box{display:none",
        ".x{color:red}}.box{display:none}",
        ".box{display:none!important}#card{display:block}",
        ".wide{position:absolute}.box{left:-9999px}",
        '.a{content:"{"}.box{display:none}',
    ],
)
def test_sheets_that_hide_it(css: str) -> None:
    found = StyleSheet.parse([css]).declarations(CARD)
    assert found is not None
    if "}body" not in css:
        assert hiding(found, InheritedStyle()) is not None


def test_the_attribute_wins_unless_the_rule_is_important() -> None:
    weak = StyleSheet.parse([".box{display:none}"]).declarations(CARD)
    strong = StyleSheet.parse([".box{display:none!important}"]).declarations(CARD)
    assert cascade(weak, inline("display:block"))["display"].value == "block"
    assert cascade(strong, inline("display:block"))["display"].value == "none"
    assert cascade(None, inline("display:block"))["display"].value == "block"


def test_several_sheets_are_one_cascade() -> None:
    sheet = StyleSheet.parse([".box{display:none}", ".box{display:block}"])
    assert sheet.declarations(CARD)["display"].value == "block"  # type: ignore[index]


@pytest.mark.parametrize(
    ("css", "shown"),
    [
        (".sub{display:none}", False),
        (".sub:hover{color:red}", False),
        (".sub:hover{display:none}", False),
        (".item:hover p{display:block}", False),
        (".sub:hover{display:block}", True),
        (".item:hover .sub{display:block}", True),
        ("li:hover ul{display:block}", True),
        (".menu li:hover > ul{display:block}", True),
        ("#top li:focus-within ul{display:block}", True),
        (".item.active .sub{display:block}", True),
        (".sub.open{display:block}", True),
        ("input:checked ~ .sub{display:block}", True),
        ("@media (min-width:800px){.sub{display:flex}}", True),
    ],
)
def test_rules_that_reveal_it_when_a_reader_acts(css: str, shown: bool) -> None:
    assert StyleSheet.parse([css]).interactive(LIST, ("display",)) is shown


# ----------------------------------------------------------------------- explanations


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (element("div", BODY), "display-none"),
        (element("div.x1", BODY), "offscreen"),
        (element("p#content", BODY), "tiny"),
        (element("div.menuett", BODY), "display-none"),
        (element("a", BODY, href="#"), "display-none"),
        (element("a", BODY, href="https://example.com/"), "offscreen"),
        (element("div.fade", BODY), "display-none"),
    ],
)
def test_hiding_that_nothing_explains(target: Element, reason: Any) -> None:
    assert benign(target, reason, StyleSheet.parse([])) is None


@pytest.mark.parametrize(
    ("target", "reason", "name"),
    [
        (element("span.sr-only", BODY), "clip", "screen-reader"),
        (element("span.visuallyHidden", BODY), "clip", "screen-reader"),
        (element("h2.screen-reader-text", BODY), "clip", "screen-reader"),
        (element("a", BODY, href="#content"), "offscreen", "skip-link"),
        (LIST, "display-none", "menu"),
        (element("ul.dropdown-menu", BODY), "display-none", "menu"),
        (element("div", BODY, role="tabpanel"), "display-none", "tabs"),
        (element("div.faq-answer", BODY), "zero-size", "accordion"),
        (element("div#loginModal", BODY), "display-none", "dialog"),
        (element("dialog", BODY), "hidden-attribute", "dialog"),
        (element("div.gdpr-banner", BODY), "display-none", "consent"),
        (element("img.lazyload", BODY), "opacity", "lazy"),
        (element("div.wow.fade-up", BODY), "visibility", "animation"),
        (element("div.print-only", BODY), "display-none", "print"),
        (element("span.preheader", BODY), "display-none", "mail"),
        (element("li.swiper-slide", BODY), "visibility", "carousel"),
        (element("input", BODY, type="text"), "offscreen", "form"),
        (element("i", BODY, aria_hidden="true"), "tiny", "icon"),
        (element("div", BODY), "template", "template"),
        (element("div.tooltip-text", BODY), "visibility", "tooltip"),
        (element("div", BODY, style="opacity:0;transition:opacity 1s"), "opacity", "animation"),
        (element("h1", BODY, style="text-indent:-999px;background:url(logo.png)"), "offscreen",
         "image-replacement"),
    ],
)  # fmt: skip
def test_hiding_that_a_pattern_explains(target: Element, reason: Any, name: str) -> None:
    assert benign(target, reason, StyleSheet.parse([])) == name


def test_a_rule_that_reveals_explains_too() -> None:
    target = element("div.x1", BODY)
    sheet = StyleSheet.parse([".x1{display:none}.y:hover .x1{display:block}"])
    assert benign(target, "display-none", sheet) == "interactive"
    assert benign(target, "offscreen", sheet) is None
    assert benign(target, "display-none") is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mainNav__sub-menu2", ("main", "nav", "sub", "menu", "2")),
        ("SRText", ("sr", "text")),
        ("菜单", ("菜单",)),
        ("", ()),
    ],
)
def test_names_are_read_word_by_word(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


# ---------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#12", None),
        ("#ggg", None),
        ("#1_2", None),
        ("nocolour", None),
        ("currentcolor", None),
        ("var(--x)", None),
        ("rgb(1,2)", None),
        ("rgb(a,b,c)", None),
        ("#abc", (170, 187, 204, 1.0)),
        ("#abcd", (170, 187, 204, 221 / 255)),
        ("rebeccapurple", (102, 51, 153, 1.0)),
        ("rgb(300,-5,0)", (255, 0, 0, 1.0)),
        ("rgb(0 0 0 / 50%)", (0, 0, 0, 0.5)),
        ("hsl(120,100%,50%)", (0, 255, 0, 1.0)),
        ("hsl(480,100%,50%)", (0, 255, 0, 1.0)),
    ],
)
def test_colours(text: str, colour: tuple[int, int, int, float] | None) -> None:
    assert parse_colour(text) == colour


@pytest.mark.parametrize(
    ("text", "size"),
    [("auto", None), ("5%", None), ("1e", None), ("", None), ("0", 0), ("-1.5em", -24),
     ("3pt", 4), ("1rem", 16), ("10vw", 128), ("+.5in", 48), ("calc(1px + 2px)", 3)],
)  # fmt: skip
def test_lengths(text: str, size: float | None) -> None:
    assert pixels(text) == (None if size is None else pytest.approx(size))


def test_comments_and_escapes() -> None:
    assert strip_comments("a/*b*/c/*/d*/e/*f") == "a c e"
    assert unescape(r"\64 is\70lay\3A\{") == "display:{"
    assert unescape("\\0 \\110000 \\d800 ") == "\ufffd" * 3


# ----------------------------------------------------------------- any input, any size

CSS = st.lists(
    st.sampled_from(
        [*"{}();:,.#[]=\"'\\/*!@ \n>+~&-%09apx", "display:none", "@media ", ":hover", ":not(",
         "rgba(", "url(", "calc(", "left:-9999px", "/*", "*/", "<!--", ".box", "background:"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(CSS)
def test_any_text_is_a_sheet_an_attribute_and_a_selector(css: str) -> None:
    sheet = StyleSheet.parse([css, ".box{" + css])
    declared = cascade(sheet.declarations(CARD), inline(css))
    found = hiding(declared, InheritedStyle().child(declared))
    assert found is None or found[1]
    compile_selector(css)
    sheet.interactive(CARD)


DECLARATIONS = st.lists(
    st.tuples(
        st.sampled_from(["display", "COLOR", "left", "opacity", "z-index", "x"]),
        st.sampled_from([" none", "red /*;*/", "-9px", "0.5 ! IMPORTANT", " 1 !important", "a b"]),
    ),
    max_size=6,
)


@given(DECLARATIONS)
def test_declarations_are_read_as_tinycss2_reads_them(pairs: list[tuple[str, str]]) -> None:
    style = ";".join(f"{name}:{value}" for name, value in pairs)
    expected: dict[str, tuple[str, bool]] = {}
    for node in tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration" and node.lower_name != "x":
            value = " ".join(strip_comments(tinycss2.serialize(node.value)).lower().split())
            if node.important >= expected.get(node.lower_name, ("", False))[1]:
                expected[node.lower_name] = (value, node.important)
    assert {name: (d.value, d.important) for name, d in inline(style).items()} == expected


def test_ten_thousand_rules_of_one_class_are_one_answer() -> None:
    sheet = StyleSheet.parse(["".join(f".a{{opacity:.{n}}}" for n in range(10_000))])
    before = sheet.steps_left
    for _ in range(1000):
        assert sheet.declarations(element("p.a", BODY))["opacity"].value == ".9999"  # type: ignore[index]
    assert sheet.steps_left == before


def test_the_budget_ends_the_testing_of_selectors() -> None:
    many = "".join(f".b .c{n}.a{{display:none}}" for n in range(5000))
    sheet = StyleSheet.parse([many + ".a{opacity:0}"])
    around = element("div.b", BODY)
    for _ in range(400):
        around = element("div.b", around)
    for _ in range(1000):
        sheet.declarations(element("p.a", around))
    assert sheet.steps_left == 0
    assert sheet.truncated
    assert sheet.declarations(element("p.a", around))["opacity"].value == "0"  # type: ignore[index]


def test_deep_nesting_costs_the_budget_at_most() -> None:
    sheet = StyleSheet.parse(
        [" > ".join(["div"] * 10) + " " + " ".join(["div"] * 40) + "{top:0;display:none}"]
    )
    inner = BODY
    for _ in range(1000):
        inner = element("div", inner)
        sheet.declarations(inner)
    assert sheet.steps_left >= 0


def test_limits_cut_the_sheet() -> None:
    css = ".a{display:none}" * 100 + ".box{display:none}"
    cut = StyleSheet.parse([css], Limits(max_css_chars=200))
    few = StyleSheet.parse([css], Limits(max_css_rules=50))
    whole = StyleSheet.parse([css])
    assert (cut.truncated, few.truncated, whole.truncated) == (True, True, False)
    assert cut.declarations(CARD) is None and few.declarations(CARD) is None
    assert whole.declarations(CARD) is not None


@pytest.mark.parametrize(
    "css",
    ["{" * 50_000, "}" * 50_000, "/*" * 50_000, "@media " * 20_000, "a{" * 50_000, '"' * 50_001,
     "a," * 50_000 + "b{display:none}", ":not(" * 20_000, "x{" + "(" * 50_000, "x{y:z;" * 20_000],
)  # fmt: skip
def test_hostile_sheets_are_read_in_one_pass(css: str) -> None:
    assert sum(len(rule.selectors) + len(rule.body) for rule in rules(css)) <= 40 * len(css)
    StyleSheet.parse([css])

"""What was put into a page comes out again, and nothing else: attacks written for these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.restore.html import repair
from detector.restore.removable import removable, stands_alone
from detector.restore.spacing import merged
from detector.scan import Analysis, Scanner
from detector.types import Finding, Label, Location

SCANNER = Scanner()
CASES = Path(__file__).parent / "cases"

# ruff: noqa: E501
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Weir repaired before the spring floods</title></head>
<body>
<header><a href="/">Start</a> <a href="/news">News</a></header>
<main><article>
<h1>Weir repaired before the spring floods</h1>
<p class="date"><span>12 March 2024</span> <span>Mill valley</span></p>
<p>The old weir below the mill has been repaired before the spring floods, the water board said on Monday. Carpenters replaced eleven oak beams and drove new piles into the bed of the river.</p>
<p>Work began in October and was held up twice by high water. The board had set aside forty days for the repair and used fifty two of them, because the lower sill was in worse shape than the drawings showed.</p>
<p>Walkers may use the bridge again from Friday. The fish ladder beside it is to be finished in the summer, when the river is low.</p>
</article></main>
<footer><p>Mill valley herald</p></footer>
</body>
</html>
"""
TEXT = """市图书馆延长周末开放时间
市图书馆从本月起延长周末开放时间，读者可以在阅览室停留到晚上九点。馆方介绍，延时服务先试行三个月，之后根据到馆人数再作调整。
儿童阅览区同时增加了二十个座位，并在周六下午安排讲故事活动。家长可以在服务台领取活动安排表，也可以在入口处的公告栏查看。
馆长表示，延长开放以后会增加保安和保洁人员，请读者爱护书籍，保持安静，离馆时带好随身物品。
"""
COMMENT = (
    '<li class="comment"><cite>{}</cite><p>Best online casino bonus at www.lucky88.example, '
    "sign up with slot free spins today</p></li>"
)
HONEST = '<li class="comment"><cite>Ida</cite><p>The old beams are at the museum now.</p></li>'
LINK = '<a href="https://lucky88.example/{}">{}</a>'


def before(where: str, what: str, source: str = PAGE) -> str:
    assert source.count(where) == 1
    return source.replace(where, what + where)


def behind(where: str, what: str, source: str = PAGE) -> str:
    assert source.count(where) == 1
    return source.replace(where, where + what)


def strewn(text: str, noise: str) -> str:
    """Every fourth character of each long line followed by noise."""
    return "\n".join(
        "".join(c + noise * (n % 4 == 1 and c.isalnum()) for n, c in enumerate(line))
        if len(line) > 30 else line
        for line in text.split("\n")
    )  # fmt: skip


WITH_COMMENTS = before("<footer>", f'<ol class="talk">{HONEST}</ol>\n')
HEADER = "Online casino bonus - slot free spins - Telegram @lucky88vip"
ATTACKS = {
    "comments-in-their-own-section": (
        PAGE,
        before("<footer>", f'<div id="c9"><ol>{COMMENT.format("Bo") * 2}</ol></div>'),
    ),
    "a-comment-among-honest-ones": (
        WITH_COMMENTS,
        before(HONEST, COMMENT.format("Bo"), WITH_COMMENTS),
    ),
    "links-in-a-sentence": (
        PAGE,
        behind("before the spring floods, the", f" {LINK.format('a', 'online casino bonus')} ")
        .replace("high water. ", f"high water. {LINK.format('b', 'lucky88')} "),
    ),
    "a-line-beside-a-date": (PAGE, behind('<p class="date">', f"<strong>{HEADER}</strong>")),
    "an-offer-in-brackets": (
        PAGE,
        before("Work began", "(online casino bonus, Telegram @lucky88vip)"),
    ),
    "slots-in-a-row": (PAGE, before("<footer>", "<p>{keyword} in [CITY] casino bonus</p>")),
    "a-link-in-a-wrapped-line": (
        PAGE.replace("<p>Mill valley herald</p>", "<p><span>Copyright 2024 by the Mill valley herald</span></p>"),
        before("</span></p></footer>", f" {LINK.format('a', 'online casino')} ",
               PAGE.replace("<p>Mill valley herald</p>", "<p><span>Copyright 2024 by the Mill valley herald</span></p>")),
    ),
    "slots-in-traditional-writing": (PAGE, before("<footer>", "<p>【欄目名稱】{隨機數字5}</p>")),
    "tags-printed-all-over": (
        PAGE,
        PAGE[:PAGE.index("<p>The old")] + PAGE[PAGE.index("<p>The old"):]
        .replace(" the ", " &lt;/p&gt;the ", 6).replace(" was ", " &lt;br/&gt;was ", 2),
    ),
    "a-block-of-two-links": (
        PAGE,
        before("<footer>", f"<div><b>{LINK.format('a', 'online casino')}</b>, "
               f"<b>{LINK.format('b', 'slot free spins')}</b></div>"),
    ),
    "a-title-before-the-page": (PAGE, "<title>Online casino bonus lucky88</title>" + PAGE),
    "a-line-of-extracted-text": (
        TEXT,
        before("儿童阅览区", "真人百家乐平台,注册送彩金,加微信 kolun40213\n", TEXT),
    ),
    "the-last-line-of-extracted-text": (
        TEXT.rstrip("\n"),
        TEXT + "真人百家乐平台,注册送彩金,加微信 kolun40213",
    ),
    "the-title-of-extracted-text": (TEXT, "真人百家乐平台加微信kolun40213_" + TEXT),
    "joiners": (TEXT, strewn(TEXT, "\u200d")),
    "word-joiners-in-arabic": (
        "",
        "",
    ),
    "pairs-rare-in-one-writing": (
        TEXT,
        TEXT.replace("，读者", "歺屮，读者").replace("点。", "点戋疋。").replace("介绍，", "介绍彐爫，")
        .replace("月，", "月亅廾，").replace("调整。", "调整攵乚。").replace("座位，", "座位夂犭，"),
    ),
}  # fmt: skip
ARABIC = """إصلاح السد القديم قبل فيضان الربيع
أعلنت هيئة المياه يوم الاثنين أن السد القديم أسفل الطاحونة قد أصلح قبل فيضان الربيع، وأن النجارين بدلوا أحد عشر عارضا من خشب البلوط.
بدأ العمل في أكتوبر وتوقف مرتين بسبب ارتفاع الماء، وكانت الهيئة قد خصصت أربعين يوما للإصلاح واستعملت منها اثنين وخمسين يوما.
"""
ATTACKS["word-joiners-in-arabic"] = (ARABIC, strewn(ARABIC, "\u2060"))


def analysed(source: str) -> tuple[Analysis, Label, str]:
    kind = "html" if source.lstrip().startswith("<") else "text"
    analysis = SCANNER.analyse(SCANNER.page(source.encode(), kind=kind))  # type: ignore[arg-type]
    result = SCANNER.judge(analysis)
    assert result.verdict is not None
    return analysis, result.verdict.label, result.content.clean_text


@pytest.mark.parametrize("name", ATTACKS)
def test_the_page_before_comes_back(name: str) -> None:
    clean, attacked = ATTACKS[name]
    assert clean != attacked
    analysis, label, text = analysed(attacked)
    found = removable(analysis.found, label)
    assert repair(attacked.encode(), analysis.page, found).decode() == clean
    assert text == analysed(clean)[2]


CLEAN = sorted((CASES / "clean").glob("*/input.*"))


@pytest.mark.parametrize("page", CLEAN, ids=lambda page: str(page.parent.name))
def test_a_clean_page_stays_byte_for_byte(page: Path) -> None:
    data = page.read_bytes()
    analysis = SCANNER.analyse(SCANNER.page(data, uri=page.name))
    assert repair(data, analysis.page, removable(analysis.found, "clean")) == data


def test_strangers_scripts_stay_beside_a_hijacked_description() -> None:
    spam = '<meta name="description" content="Online casino bonus, Telegram @lucky88vip">'
    scripts = (
        '<script src="//a.one.example/x.js"></script><script src="//b.two.example/y.js"></script>'
    )
    page = behind('<meta charset="utf-8">', scripts)
    analysis, label, _ = analysed(before("<title>", spam, page))
    found = removable(analysis.found, label)
    assert repair(analysis.page.source.encode(), analysis.page, found).decode() == page


def test_a_hijacked_title_says_nothing_of_an_honest_redirect() -> None:
    code = 'if(!window.adsOk){location.href="https://wall.one.example/help"}'
    page = before("</head>", f"<script>{code}</script>")
    attacked = page.replace("<title>", "<title>Online casino bonus lucky88 - ")
    analysis, label, _ = analysed(attacked)
    assert any(f.technique == "title-hijack" and f.score >= 0.5 for f in analysis.found)
    repaired = repair(attacked.encode(), analysis.page, removable(analysis.found, label))
    assert repaired.decode() == page


def test_a_strangers_script_goes_where_its_name_tells() -> None:
    spam = "<title>Online casino bonus, Telegram @lucky88vip</title>"
    page = before("<title>", '<script src="//tj.lucky88.example/x.js"></script>')
    page = page.replace("<title>Weir repaired before the spring floods</title>", spam)
    analysis, label, _ = analysed(page)
    repaired = repair(page.encode(), analysis.page, removable(analysis.found, label)).decode()
    assert "lucky88" not in repaired


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Published 12 March 2024 | Source: NUVOLA88 | Editor: admin", True),
        ("Published 12 March 2024 | Source: Mill valley herald", False),
        ("Published 12 March 2024 | Source: herald24", False),
    ],
)
def test_a_source_with_a_number_is_a_weak_sign(line: str, found: bool) -> None:
    page = behind("</h1>\n", f"<p>{line}</p>\n").replace("Mill valley herald</p>", "herald24</p>")
    analysis, label, _ = analysed(page)
    scores = [f.score for f in analysis.found if f.technique == "fake-byline"]
    assert bool(scores) == found
    assert all(score < 0.5 for score in scores)
    assert label == "clean"


def test_a_section_that_the_page_has_rules_for_stays() -> None:
    styled = behind('<meta charset="utf-8">', "<style>.talk{margin:0} .date{color:#333}</style>")
    attacked = before("<footer>", f'<ol class="talk">{COMMENT.format("Bo")}</ol>', styled)
    analysis, label, _ = analysed(attacked)
    found = removable(analysis.found, label)
    repaired = repair(attacked.encode(), analysis.page, found).decode()
    assert repaired == before("<footer>", '<ol class="talk"></ol>', styled)


def test_heaps_of_marks_in_one_comment_are_no_noise() -> None:
    heap = "".join(chr(0x300 + n) for n in range(12))
    comment = "".join(c + heap for c in "what is happening") + " to the weir"
    page = before(
        "<footer>", f'<ol class="comments"><li class="comment"><p>{comment}</p></li></ol>'
    )
    analysis, _, _ = analysed(page)
    noise = [f.score for f in analysis.found if f.technique == "noise-characters"]
    assert noise
    assert max(noise) < 0.5


def test_a_title_that_offers_nothing_is_unsure() -> None:
    page = PAGE.replace("<title>", "<title>Valley review index | ")
    analysis, label, _ = analysed(page)
    assert label == "clean"
    assert all(f.score < 0.5 for f in analysis.found if f.technique == "title-hijack")


def finding(technique: str, score: float, category: str = "") -> Finding:
    return Finding(technique, score, "", "", Location("body", "p"), category)


def test_on_a_clean_page_only_the_nearly_certain_goes() -> None:
    weak, sure = finding("obfuscated-script", 0.5), finding("obfuscated-script", 0.7)
    named, unnamed = finding("hidden-text", 0.75, "gambling"), finding("hidden-text", 0.75, "other")
    lists = finding("off-topic-links", 0.99)
    every = (weak, sure, named, unnamed, lists)
    assert removable(every, "clean") == (sure, named)
    assert removable(every, "injected") == every
    assert not stands_alone(lists)


@pytest.mark.parametrize(
    ("source", "cut", "expected"),
    [
        ("<p>two <b>X</b> words</p>", "<b>X</b>", "<p>two words</p>"),
        ("<p>end <b>X</b> </p>", "<b>X</b>", "<p>end</p>"),
        ("<p> <b>X</b> start</p>", "<b>X</b>", "<p>start</p>"),
        ("<ul>\n  <li>X</li>\n  <li>Y</li>\n</ul>", "<li>X</li>", "<ul>\n  <li>Y</li>\n</ul>"),
        ("<p>a</p> <p>X</p> <p>b</p>", "<p>X</p>", "<p>a</p>  <p>b</p>"),
        ("甲<b>X</b>乙", "<b>X</b>", "甲乙"),
    ],
)
def test_white_space_around_a_cut(source: str, cut: str, expected: str) -> None:
    start = source.index(cut)
    ((first, last, new),) = merged([(start, start + len(cut), "")], source)
    assert source[:first] + new + source[last:] == expected


def test_a_line_of_text_goes_with_its_end() -> None:
    assert merged([(4, 7, "")], "one\ntwo\nthree", "text") == [(4, 8, "")]
    assert merged([(4, 7, "")], "one\ntwo", "text") == [(3, 7, "")]

"""Trade words: what is found, what is not, and that the lists are well formed."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector import lexicon
from detector.learn.lexicon_weights import rule
from detector.lexicon import (
    CONTACT,
    FOLDER,
    HONEST,
    SPELLINGS,
    Lexicon,
    LexiconError,
    Term,
    default_lexicon,
    fold,
    noisy_or,
    read_folder,
    read_terms,
    read_variants,
    spellings,
)
from detector.types import CATEGORIES

LISTS = sorted(FOLDER.glob("*.txt"))


def small(*terms: str, honest: tuple[str, ...] = ()) -> Lexicon:
    return Lexicon(
        [Term(t, "gambling", "en", 0.5) for t in terms] + [Term(t, HONEST, "en", 0) for t in honest]
    )


def found(lexicon: Lexicon, text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in lexicon.find(text)]


@pytest.mark.parametrize(
    ("terms", "text", "expected"),
    [
        (["slot"], "a slots machine", []),  # a plural is a term of its own
        (["slot", "slots"], "a slots machine", ["slots"]),
        (["slot"], "timeslot slot2 slot", ["slot"]),
        (["slot gacor"], "SLOT-GACOR, Slot Gacor!", ["SLOT-GACOR", "Slot Gacor"]),
        (["buy essay", "essay"], "buy essays or buy essay", ["buy essay"]),
        (["essay", "buy essay now"], "buy essay no", ["essay"]),  # the longer one is not there
        (["казино"], "Казино, мегаказино, казинос", ["Казино"]),
        (["cá cược"], "CÁ CƯỢC và Ca cuoc", ["CÁ CƯỢC", "Ca cuoc"]),
        (["bahis"], "BAHİS, Bahıs, bahisler", ["BAHİS", "Bahıs"]),
        (["telegram"], "加telegram群 telegrams", ["telegram"]),  # Han beside it ends a word
        (["สล็อต"], "เล่นสล็อตฟรี", ["สล็อต"]),
        (["카지노"], "온라인카지노는", ["카지노"]),
        (["百家乐", "真人百家乐"], "玩真人百家乐吧", ["真人百家乐"]),
        (["straße"], "STRASSE und Straße", []),
    ],
)
def test_words_end_where_their_script_ends_words(
    terms: list[str], text: str, expected: list[str]
) -> None:
    lexicon = small(*terms)
    if terms == ["cá cược"]:
        lexicon = Lexicon([Term("cá cược", "gambling", "vi", 0.5)])
    if terms == ["straße"]:
        expected = ["STRASSE", "Straße"]
    assert found(lexicon, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("每天一杯牛奶", []),
        ("奶一口", ["奶"]),
        ("品茶文化节", []),
        ("南京品茶文化节", []),  # cut by the honest phrase
        ("南京品茶上门", ["南京品茶"]),
        ("品茶文化 品茶", ["品茶"]),
        ("a hackathon for all", []),
        ("they hack banks", ["hack"]),
        ("life hacks, a life hack", []),
    ],
)
def test_honest_words_swallow_what_they_cover(text: str, expected: list[str]) -> None:
    lexicon = small(
        "奶", "品茶", "南京品茶", "hack", honest=("牛奶", "品茶文化", "hackathon", "life hack")
    )
    assert found(lexicon, text) == expected


def test_a_term_that_holds_an_honest_word_whole_stands() -> None:
    lexicon = small("life hack generator", "hack", honest=("life hack",))
    assert found(lexicon, "life hack generator") == ["life hack generator"]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("南京品茶工作室", "escort"),
        ("網上娛樂城開戶送體驗金", "gambling"),
        ("代開發票", "fake-documents"),
        ("论文代写机构", "essay-mill"),
        ("situs slot gacor hari ini", "gambling"),
        ("kèo nhà cái hôm nay", "gambling"),
        ("คาสิโนออนไลน์เว็บตรง", "gambling"),
        ("출장마사지 추천", "escort"),
        ("スーパーコピー時計 通販", "replica"),
        ("kaçak iddaa siteleri", "gambling"),
        ("займ на карту без отказа", "loans"),
        ("cialis without prescription", "pharma"),
        ("préstamos rápidos sin aval", "loans"),
        ("viagra sem receita", "pharma"),
        ("kredit ohne schufa", "loans"),
        ("casino en ligne fiable", "gambling"),
        ("hire a hacker", "hacking"),
        ("蜘蛛池出租", "seo-services"),
        ("free robux generator", "game-cheats"),
        ("double your bitcoin", "crypto"),
        ("telegram中文版下载", "fake-downloads"),
        ("keygen full version crack", "piracy"),
        ("成人视频在线", "adult"),
    ],
)
def test_the_shipped_lists_know_the_trade(text: str, category: str) -> None:
    score = default_lexicon().score(text)
    assert max(score, key=lambda name: score[name]) == category


@pytest.mark.parametrize(
    "text",
    [
        "早餐有牛奶和面包，下午请客人品茶。",
        "The hackathon had forty teams; the crackers and cheese were gone by noon.",
        "Bandar Lampung dan bandar udara baru dibuka untuk umum.",
        "警方打击跨境赌博，抓获嫌疑人十二名，查扣赌资三百万元。",
        "A jackpot of two million was drawn in the national lottery on Friday.",
        "路口交通信号灯将于下周调整。",
        "Die Spielbank zahlte im letzten Jahr mehr Steuern als zuvor.",
        "Ключевая ставка осталась без изменений.",
        "소년은 놀라 도망가고 말았다. 해외 출장 중에는 전화를 받지 않는다.",
    ],
)
def test_honest_sentences_weigh_little(text: str) -> None:
    assert all(hit.weight < 0.5 for hit in default_lexicon().find(text))


NEWS = [
    "警方通报:一伙人租用境外赌博网站的代理账号,组织网络赌博,涉及百家乐、时时彩、六合彩等玩法,"
    "会员在平台下注、投注,庄家靠赔率和洗码获利。法院以开设赌场罪判处三人有期徒刑。",
    "法院审理查明,被告人为他人虚开发票、伪造公章、买卖银行卡并帮助套现,又在网上出售个人信息。",
    "茶文化节上,市民一边品茶一边听评弹,会所和茶馆都推出了新茶,喝茶的人坐满了院子。",
    "药店提醒:伟哥属于处方药,壮阳类保健品多有违法添加,安眠药须凭医生处方购买。",
    "Polisi menangkap bandar judi online dan menutup ratusan situs judi; para tersangka "
    "menyebarkan link lewat media sosial. Kecanduan judi merusak keluarga.",
    "Công an triệt phá đường dây cá độ bóng đá và đánh bạc qua mạng, thu giữ tiền và máy tính. "
    "Nhiều người chơi tài xỉu, xóc đĩa mất nhà cửa.",
    "경찰은 불법 도박 사이트를 운영한 일당을 검거했다. "
    "이들은 바카라와 스포츠토토 도박을 하게 했다.",
    "Polis, yasa dışı bahis ve kumar oynatan şebekeye operasyon düzenledi; "
    "bahis siteleri kapatıldı.",
    "Полиция закрыла подпольное казино: изъяты игровые автоматы, рулетка и деньги. Букмекеры и "
    "ставки на спорт остаются под надзором. Займы под большой процент тоже проверят.",
    "The commission fined an online casino and a sports betting firm after bonus offers reached "
    "barred players. Slot machines and free spins drive most gambling harm, the regulator said.",
    "The pharmacist explained how sildenafil, sold as Viagra, differs from tadalafil and Cialis, "
    "and why an online pharmacy must ask for a prescription.",
    "La loi encadre les paris sportifs et le casino en ligne reste interdit dans le pays.",
    "El ayuntamiento limita las casas de apuestas cerca de colegios; las apuestas deportivas "
    "crecen entre jóvenes, y las tragaperras siguen en los bares.",
    "Die Behörde warnt vor Online-Casinos ohne Erlaubnis; Spielautomaten und Sportwetten sind "
    "streng geregelt. Ein Kredit ohne Schufa ist meist teuer.",
    "A CPI das Bets ouviu influenciadores sobre o jogo do tigrinho, casas de apostas e cassinos.",
    "オンラインカジノは違法です。警察は賭博の疑いで会社員を書類送検した。出会い系サイトの被害も増えた。",
]


@pytest.mark.parametrize("text", NEWS, ids=lambda text: text[:12])
def test_news_about_the_trade_is_not_the_trade(text: str) -> None:
    assert rule(default_lexicon().find(text)) == {}


def test_traditional_text_gives_the_simplified_term() -> None:
    (hit,) = default_lexicon().find("時時彩平臺")
    assert (hit.term, hit.start, hit.end) == ("时时彩平台", 0, 5)


def test_a_number_may_follow_a_word_of_contact() -> None:
    (hit,) = default_lexicon().find("whatsapp123")
    assert (hit.category, hit.end) == (CONTACT, 8)
    assert default_lexicon().find("whatsapps") == []


def test_score_counts_a_term_once() -> None:
    lexicon = small("togel", "gacor")
    assert lexicon.score("togel togel") == {"gambling": 0.5}
    assert lexicon.score("togel gacor") == {"gambling": 0.75}
    assert noisy_or([]) == {}


def test_weak_terms_do_not_add_up() -> None:
    weak = Lexicon([Term(t, "adult", "en", 0.2) for t in ("strip", "nude", "sexy")])
    assert weak.score("strip nude sexy")["adult"] == pytest.approx(0.2)


SNIPPETS = st.sampled_from(
    ["ß", "İ", "ı", "I", "Σ", "ﬁ", "赌", "百家乐", "CASINO", " ", "-", "casino", "牛奶", "品茶",
     "Ǆ", "İstanbul escort", "bahİs", "😀", "kèo nhà cái", "e\u0301", "สล็อต", "娛樂城", "1"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(SNIPPETS, max_size=12).map("".join))


@given(TEXTS)
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_hits_are_ordered_apart_and_spell_their_term(text: str) -> None:
    lexicon = default_lexicon()
    hits = lexicon.find(text)
    assert all(a.end <= b.start for a, b in pairwise(hits))
    variants = read_variants()
    for hit in hits:
        term = Term(hit.term, hit.category, hit.lang, hit.weight)
        ways = {*spellings(term), *map(fold, variants.get(hit.term, ()))}
        assert fold(text[hit.start : hit.end]) in ways
    assert lexicon.has_any(text) is bool(hits)


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_every_line_is_well_formed(path: Path) -> None:
    text = path.read_text("utf-8")
    header = [line for line in text.split("\n") if line.startswith("#")]
    assert any(line.startswith("# source: ") for line in header)
    assert path.stem in {*CATEGORIES, CONTACT, HONEST}
    terms = list(read_terms(path))
    assert len(terms) + len(header) == len(text.rstrip("\n").split("\n"))
    for term in terms:
        assert term.term == term.term.strip() == re.sub(r"\s+", " ", term.term)
        assert len(term.term) >= 2
        assert re.fullmatch(r"[a-z]{2,3}(-hant)?", term.lang)
        assert 0 <= term.weight < 1
        assert term.weight > 0 or path.stem == HONEST


def test_no_term_is_listed_twice() -> None:
    seen = Counter(fold(term.term) for term in read_folder())
    assert [term for term, times in seen.items() if times > 1] == []


def test_every_category_speaks_chinese_and_english() -> None:
    langs = {path.stem: {term.lang for term in read_terms(path)} for path in LISTS}
    wanted = {*CATEGORIES, CONTACT} - {"other"}
    assert wanted <= langs.keys()
    assert all({"zh", "en"} <= langs[name] for name in wanted)
    everywhere = {"zh-hant", "id", "ja", "ko", "vi", "th", "tr", "ru", "es", "pt", "de", "fr"}
    for name in ("gambling", "adult", "pharma", "loans"):
        assert everywhere <= langs[name]


def test_the_other_script_and_the_spellings_are_up_to_date() -> None:
    from detector.learn.lexicon_variants import render, render_spellings, variants

    assert (FOLDER / "traditional.tsv").read_text("utf-8") == render(variants(read_folder()))
    assert SPELLINGS.read_text("utf-8") == render_spellings()


def test_spellings_of_other_lists_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header, *lines = SPELLINGS.read_text("utf-8").split("\n")
    stale = tmp_path / "spellings.tsv"
    stale.write_text("\n".join((header[:-8], *lines[:10])) + "\n", "utf-8")
    monkeypatch.setattr(lexicon, "SPELLINGS", stale)
    made = default_lexicon.__wrapped__()
    assert list(made._search.lines) == lines[:-1]


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gambling.txt"
    path.write_text("# source: test\ncasino\ten\n", "utf-8")
    with pytest.raises(LexiconError, match=r"gambling\.txt:2"):
        list(read_terms(path))


def test_many_terms_and_honest_words_stay_linear_and_exact() -> None:
    text = "牛奶品茶" * 2000
    lexicon = small("奶", "品茶", honest=("牛奶",))
    assert found(lexicon, text) == ["品茶"] * 2000

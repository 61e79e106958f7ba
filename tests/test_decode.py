"""Bytes to text and back: own sentences in many charsets, labelled rightly and wrongly."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detector.decode import (
    codec_of,
    declared_charset,
    decode,
    is_binary,
    line_column,
    line_column_at,
    line_starts,
    looks_like_html,
)

CHINESE = "县图书馆将于星期六上午举办读书活动，欢迎各位市民带孩子参加。报名请到一楼服务台登记。"
TAIWANESE = "市立圖書館將於星期六上午舉辦讀書活動，歡迎各位市民帶孩子參加。報名請到一樓服務臺登記。"
JAPANESE = (
    "市立図書館では土曜日の午前に読書会を開きます。参加を希望される方は受付までお申し込みください。"
)
KOREAN = "시립 도서관에서는 토요일 오전에 독서 모임을 엽니다. 참가하실 분은 안내 데스크로 오세요."
RUSSIAN = "Городская библиотека проводит в субботу утром встречу читателей. Запись на первом этаже."
GERMAN = "Die Stadtbücherei lädt am Samstag zu einer Lesung ein; Plätze vergibt das Büro für Gäste."
TURKISH = "Şehir kütüphanesi cumartesi sabahı okuma etkinliği düzenliyor; başvuru girişte yapılır."


def page(text: str, charset: str, label: str = "") -> bytes:
    meta = f'<meta charset="{label}">' if label else ""
    html = f"<!doctype html><html><head>{meta}<title>{text[:12]}</title></head><body>"
    return (html + f"<p>{text}</p>\n" * 3 + "</body></html>").encode(charset)


HONEST = [
    (CHINESE, "utf-8", "utf-8", "utf-8"),
    (CHINESE, "gbk", "gb2312", "gb18030"),
    (CHINESE, "gb18030", "gb18030", "gb18030"),
    (CHINESE, "gbk", "gbk", "gb18030"),
    (TAIWANESE, "big5", "big5", "big5-hkscs"),
    (JAPANESE, "cp932", "shift_jis", "shift_jis"),
    (JAPANESE, "euc_jp", "euc-jp", "euc-jp"),
    (KOREAN, "cp949", "euc-kr", "euc-kr"),
    (RUSSIAN, "cp1251", "windows-1251", "windows-1251"),
    (RUSSIAN, "koi8-r", "koi8-r", "koi8-r"),
    (GERMAN, "cp1252", "iso-8859-1", "windows-1252"),
    (TURKISH, "cp1254", "windows-1254", "windows-1254"),
    (TURKISH, "cp1254", "iso-8859-9", "windows-1254"),
]


@pytest.mark.parametrize(("text", "charset", "label", "encoding"), HONEST)
def test_a_page_that_says_what_it_is(text: str, charset: str, label: str, encoding: str) -> None:
    got = decode(page(text, charset, label))
    assert (got.encoding, got.bom) == (encoding, False)
    assert text in got.text and "\ufffd" not in got.text


@pytest.mark.parametrize(
    ("text", "charset", "label", "encoding"),
    [
        (CHINESE, "utf-8", "gbk", "utf-8"),
        (GERMAN, "utf-8", "iso-8859-1", "utf-8"),
        (RUSSIAN, "utf-8", "windows-1251", "utf-8"),
        (CHINESE, "gbk", "utf-8", "gb18030"),
        (CHINESE, "gbk", "iso-8859-1", "gb18030"),
        (CHINESE, "gbk", "big5", "gb18030"),
        (TAIWANESE, "big5", "gb2312", "big5-hkscs"),
        (TAIWANESE, "big5", "utf-8", "big5-hkscs"),
        (JAPANESE, "cp932", "utf-8", "shift_jis"),
        (JAPANESE, "cp932", "iso-8859-1", "shift_jis"),
        (JAPANESE, "euc_jp", "gb2312", "euc-jp"),
        (KOREAN, "cp949", "utf-8", "euc-kr"),
        (RUSSIAN, "cp1251", "utf-8", "windows-1251"),
        (RUSSIAN, "cp1251", "iso-8859-1", "windows-1251"),
        (GERMAN, "cp1252", "utf-8", "windows-1252"),
        (GERMAN, "cp1252", "gb2312", "windows-1252"),
    ],
)
def test_a_page_that_says_something_else(
    text: str, charset: str, label: str, encoding: str
) -> None:
    got = decode(page(text, charset, label))
    assert got.encoding == encoding
    assert text in got.text


@pytest.mark.parametrize("charset", ["gbk", "big5", "cp932", "euc_jp", "cp949", "cp1251"])
def test_a_page_that_says_nothing(charset: str) -> None:
    text = {
        "gbk": CHINESE,
        "big5": TAIWANESE,
        "cp932": JAPANESE,
        "euc_jp": JAPANESE,
        "cp949": KOREAN,
        "cp1251": RUSSIAN,
    }[charset]
    got = decode(page(text, charset))
    assert text in got.text


def test_gbk_is_not_read_as_half_width_kana() -> None:
    """Traditional forms and pinyin are rare rows of GBK, and their bytes single kana of cp932."""
    text = "賣菜（mài cài）的多，買菜的也多，討價還價的聲音（shēng yīn）傳得很遠。"
    for label in ("", "gbk", "utf-8"):
        assert decode(page(text, "gbk", label)).encoding == "gb18030"
    assert decode(page(text, "gbk", "utf-8"), charset="gb18030").encoding == "gb18030"


def test_half_width_kana_among_others_are_shift_jis() -> None:
    text = "市立図書館のﾄｼｮｶﾝﾆｭｰｽ、参加をｳｹﾂｹﾏｽ。"
    for label in ("", "shift_jis", "utf-8"):
        assert decode(page(text, "cp932", label)).encoding == "shift_jis"


def test_the_transport_is_believed_before_the_page() -> None:
    data = page(TURKISH, "cp1254", "iso-8859-1")
    assert TURKISH in decode(data, charset="windows-1254").text
    assert decode(page(CHINESE, "utf-8"), charset="gbk").encoding == "utf-8"
    assert decode(page(CHINESE, "utf-8"), charset="no-such-charset").encoding == "utf-8"


@pytest.mark.parametrize(
    ("mark", "charset", "encoding"),
    [
        (b"\xef\xbb\xbf", "utf-8", "utf-8"),
        (b"\xff\xfe", "utf-16-le", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be", "utf-16-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_no_text(mark: bytes, charset: str, encoding: str) -> None:
    got = decode(mark + page(CHINESE, charset, "gbk"), charset="big5")
    assert (got.encoding, got.bom, got.certain) == (encoding, True, True)
    assert got.text.startswith("<!doctype")
    assert got.byte_offset(0) == len(mark)


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [CHINESE, GERMAN])
def test_utf_16_without_a_mark(text: str, charset: str) -> None:
    got = decode(page(text, charset))
    assert got.encoding == charset and text in got.text


def test_iso_2022_jp_is_seen_by_its_escapes() -> None:
    got = decode(page(JAPANESE, "iso2022_jp", "iso-2022-jp"))
    assert got.encoding == "iso-2022-jp" and JAPANESE in got.text


@pytest.mark.parametrize(
    "broken",
    [
        page(CHINESE, "utf-8", "utf-8")[:-20],
        page(CHINESE, "utf-8", "utf-8").replace("书".encode(), b"\xe4\xb9", 1),
        page(CHINESE, "utf-8", "gbk") + b"\xff",
    ],
)
def test_utf_8_with_one_broken_byte_stays_utf_8(broken: bytes) -> None:
    got = decode(broken)
    assert (got.encoding, got.certain) == ("utf-8", False)
    assert got.text.count("\ufffd") == 1


def test_a_gbk_line_in_a_utf_8_page_loses_that_line_alone() -> None:
    data = page(CHINESE, "utf-8", "utf-8") + "<p>另外一行</p>".encode("gbk")
    got = decode(data)
    assert got.encoding == "utf-8" and CHINESE in got.text


def test_gbk_with_a_broken_byte_stays_gbk() -> None:
    data = page(CHINESE, "gbk", "gbk").replace("读".encode("gbk"), b"\xb6", 1)
    assert decode(data).encoding == "gb18030"
    assert decode(data[:-1]).encoding == "gb18030"


def test_nul_bytes_do_no_harm() -> None:
    assert decode(b"<p>one\0two</p>").text == "<p>one\0two</p>"
    assert decode(b"").text == ""
    assert decode(b"\0").text == "\0"


@pytest.mark.parametrize(
    ("head", "label"),
    [
        (b"<p>charset=gbk</p>", ""),
        (b'<meta name="description" content="nothing">', ""),
        (b'<meta charset="no-such"><meta charset="big5">', "big5"),
        (b"<META CHARSET = 'GBK' >", "gbk"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=gb2312" />', "gb2312"),
        (b'<?xml version="1.0" encoding="EUC-JP"?>', "euc-jp"),
        (b" " * 5000 + b'<meta charset="gbk">', ""),
    ],
)
def test_declared_charset(head: bytes, label: str) -> None:
    assert declared_charset(head) == label


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("no-such", ""),
        ("replacement", ""),
        ("GB2312", "gb18030"),
        ("x-gbk", "gb18030"),
        ("Big5", "big5hkscs"),
        ("Shift_JIS", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        ("latin1", "cp1252"),
        (" 'utf8' ", "utf-8"),
        ("unicode", "utf-16-le"),
    ],
)
def test_labels_as_pages_write_them(label: str, codec: str) -> None:
    assert codec_of(label) == codec


def test_line_ends_count_as_one_and_stay_in_the_data() -> None:
    got = decode(b"a\r\nb\rc\nd\r\n\r\ne")
    assert got.text == "a\nb\nc\nd\n\ne"
    assert [got.byte_offset(i) for i in range(12)[: len(got.text) + 1]] == [
        0, 1, 3, 4, 5, 6, 7, 8, 10, 12, 13,
    ]  # fmt: skip
    assert got.replace([(2, 3, "X")]) == b"a\r\nX\rc\nd\r\n\r\ne"
    assert got.replace([(1, 2, "")]) == b"ab\rc\nd\r\n\r\ne"


def test_edits_leave_every_other_byte_alone() -> None:
    data = "\ufeff<p>一\r\n二</p>".encode() + b"\xff<p>tail</p>"
    got = decode(data)
    start = got.text.index("二")
    assert got.replace([(start, start + 1, "两")]) == data.replace("二".encode(), "两".encode())
    assert got.replace([]) == data
    with pytest.raises(ValueError, match="overlaps"):
        got.replace([(0, 3, ""), (2, 4, "")])
    with pytest.raises(IndexError):
        got.byte_offset(len(got.text) + 1)


def test_an_edit_keeps_iso_2022_jp_readable() -> None:
    got = decode(page(JAPANESE, "iso2022_jp"))
    start = got.text.index("図書館")
    edited = decode(got.replace([(start, start + 3, "")]))
    assert edited.text == got.text[:start] + got.text[start + 3 :]


def test_new_text_that_the_charset_lacks_becomes_a_reference() -> None:
    got = decode(page(RUSSIAN, "cp1251", "windows-1251"))
    assert got.encode("да 好") == "да ".encode("cp1251") + b"&#22909;"


TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(TEXT, st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]))
def test_what_was_encoded_comes_back(text: str, charset: str) -> None:
    mark = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[charset]
    got = decode(mark + text.encode(charset))
    assert got.text == text.replace("\r\n", "\n").replace("\r", "\n")


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=4),
        st.sampled_from([b"\r\n", b"\r", b"\n", b"<p>", b"\0", b"\xef\xbb\xbf", b"\xff\xfe"]),
        st.sampled_from([CHINESE, JAPANESE, KOREAN, RUSSIAN, "\U0001f600"]).flatmap(
            lambda s: st.sampled_from(["utf-8", "gb18030", "cp932", "cp949", "euc_jp"]).map(
                lambda c: s.encode(c, "ignore")
            )
        ),
    ),
    max_size=12,
).map(b"".join)  # fmt: skip


@given(PIECES, st.sampled_from(["", "gbk", "big5", "shift_jis", "euc-kr", "euc-jp", "latin1"]))
@settings(max_examples=400)
@example(b"\x81\x30\x81\x41" + CHINESE.encode("gbk"), "gbk")
def test_any_bytes_decode_and_map_back(data: bytes, charset: str) -> None:
    got = decode(data, charset=charset)
    assert "\r" not in got.text
    offsets = [got.byte_offset(i) for i in range(len(got.text) + 1)]
    assert offsets == sorted(offsets) and offsets[-1] == len(data)
    assert got.replace([]) == data
    is_binary(data), looks_like_html(data), declared_charset(data)


@given(PIECES, st.data())
def test_a_character_is_the_bytes_it_was_read_from(data: bytes, draw: st.DataObject) -> None:
    got = decode(data)
    if not got.text or got.codec == "iso2022_jp":  # its escapes are no one's bytes
        return
    at = draw.draw(st.integers(0, len(got.text) - 1))
    first, last = got.byte_span(at, at + 1)
    if got.text[at] == "\n":
        assert data[first:last] in (b"\n", b"\r", b"\r\n", *wide_line_ends)
    elif got.text[at] != "\ufffd" and got.codec != "big5hkscs":
        assert data[first:last].decode(got.codec) == got.text[at]


wide_line_ends = [end.encode(c) for end in ("\n", "\r", "\r\n") for c in ("utf-16-le", "utf-16-be")]


@pytest.mark.parametrize(
    ("data", "binary"),
    [
        (b"", False),
        (b"plain text\n", False),
        (page(CHINESE, "gbk"), False),
        (page(CHINESE, "utf-16-le"), False),
        (b"<p>one\0two\x01</p>" + b"word " * 20, False),
        (b"%PDF-1.7\n", True),
        (b"\x89PNG\r\n\x1a\n", True),
        (b"\x1f\x8b\x08\x00", True),
        (b"PK\x03\x04", True),
        (bytes(range(256)) * 4, True),
        (b"\0" * 500, True),
    ],
)
def test_is_binary(data: bytes, binary: bool) -> None:
    assert is_binary(data) is binary


@pytest.mark.parametrize(
    ("data", "html"),
    [
        (b"", False),
        (b"A line.\nAnother line with 3 < 4 and 5 > 2.\n", False),
        (b"Write <b> for bold type.", False),
        (CHINESE.encode("gbk"), False),
        (b"<3 is a heart", False),
        (b'{"html": 1}', False),
        (b"  <!DOCTYPE html>", True),
        (b"<!-- saved -->\n<p>x", True),
        (b"trade words before the page <!doctype html><title>x", True),
        (b"loose text <p>a</p><p>b</p><p>c</p>", True),
        (b"<?xml version='1.0'?><rss><channel/></rss>", True),
        ("<html><body>".encode("utf-16-le"), True),
        (b"\xef\xbb\xbf<div class=x>", True),
    ],
)
def test_looks_like_html(data: bytes, html: bool) -> None:
    assert looks_like_html(data) is html


@given(st.text("ab\n", max_size=30), st.integers(0, 30))
def test_both_ways_to_count_lines_agree(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    before = text[:offset].split("\n")
    assert line_column(text, offset) == (len(before), len(before[-1]) + 1)
    assert line_column_at(line_starts(text), offset) == line_column(text, offset)

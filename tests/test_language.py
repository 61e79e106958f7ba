"""Sentences written for the test, one or more a language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.language import detect, normalise_tag


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "市图书馆周末延长开放时间，读者可以预约座位"),
        ("zh-hant", "市立圖書館週末延長開放時間，讀者可以預約座位"),
        ("ja", "図書館は週末の開館時間を延長します"),
        ("ko", "도서관은 주말 운영 시간을 연장한다"),
        ("th", "ห้องสมุดขยายเวลาเปิดในวันหยุด"),
        ("ru", "Библиотека продлит часы работы в выходные дни, и залы будут открыты"),
        ("uk", "Бібліотека подовжить години роботи у вихідні, і її зали будуть відкриті"),
        ("ar", "تمدد المكتبة ساعات العمل في عطلة نهاية الأسبوع"),
        ("el", "Η βιβλιοθήκη θα μείνει ανοιχτή"),
        ("vi", "Thư viện thành phố kéo dài thời gian mở cửa vào cuối tuần"),
        ("en", "The library will stay open longer on weekends and readers can book a seat"),
        ("de", "Die Bücherei bleibt am Wochenende länger offen und man kann Plätze buchen"),
        ("fr", "La bibliothèque reste ouverte plus longtemps et les places sont à réserver"),
        ("es", "La biblioteca estará abierta más tiempo y los lectores pueden reservar"),
        ("pt", "A biblioteca não fecha mais cedo e os leitores já podem reservar lugares"),
        ("id", "Perpustakaan kota akan dibuka lebih lama dan pembaca bisa memesan kursi"),
        ("tr", "Kütüphane hafta sonu daha geç kapanacak ve okurlar için yeni bir salon açıldı"),
    ],
)
def test_one_sentence_is_enough(language: str, text: str) -> None:
    assert detect(text) == language


def test_a_foreign_name_does_not_turn_a_chinese_title() -> None:
    assert detect("使用 Python asyncio 编写网络爬虫") == "zh"


def test_characters_of_both_writings_say_nothing_alone() -> None:
    # 台, 里, 后 are in both character sets: the declared language decides.
    assert detect("台中山", hint="zh-TW") == "zh-hant"
    assert detect("台中山", hint="zh-CN") == "zh"


def test_too_short_is_unsure_unless_declared() -> None:
    assert detect("OK") == ""
    assert detect("OK", hint="de-AT") == "de"
    assert detect("", hint="") == ""


def test_a_template_that_declares_english_is_not_believed() -> None:
    assert detect("Библиотека продлит часы работы в выходные", hint="en") == "ru"
    assert detect("市图书馆周末延长开放时间", hint="en") == "zh"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("zh-TW", "zh-hant"), ("zh_Hant_HK", "zh-hant"), ("zh-CN", "zh"), ("en_US", "en"),
     ("no", "nb"), ("x", ""), ("", ""), ("<html>", "")],
)  # fmt: skip
def test_declared_tags(tag: str, language: str) -> None:
    assert normalise_tag(tag) == language


@given(st.text(max_size=400), st.text(max_size=8))
def test_any_text_gets_a_subtag_or_nothing(text: str, hint: str) -> None:
    language = detect(text, hint)
    assert language == "" or language == "zh-hant" or 2 <= len(language) <= 3

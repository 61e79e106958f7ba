"""Guises that clean and attacked pages share, so that none marks a label: hosts, encoding, text."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from detector.learn.generate.obfuscation import headline
from detector.learn.generate.sample import CleanPage
from detector.learn.generate.speech import Speech
from detector.learn.generate.work import Work

HREF = re.compile(r"""(\bhref\s*=\s*["']?(?:https?:)?//)([\w.-]{1,253})""", re.I)
LEGACY: dict[str, tuple[tuple[str, str], ...]] = {  # language → (codec, name in the page)
    "zh": (("gb18030", "gb2312"), ("gb18030", "gbk"), ("gb18030", "GB18030")),
    "zh-hant": (("big5", "big5"),),
    "ja": (("shift_jis", "Shift_JIS"), ("euc_jp", "EUC-JP")),
    "ko": (("euc_kr", "euc-kr"),),
    "ru": (("cp1251", "windows-1251"), ("koi8_r", "koi8-r")),
    "th": (("cp874", "windows-874"),),
    "tr": (("cp1254", "windows-1254"),),
}
WESTERN = (("cp1252", "iso-8859-1"), ("cp1252", "windows-1252"))


def mask_hosts(page: CleanPage) -> CleanPage:
    """Foreign hosts of links get the ending `.example` that injected links have."""

    def masked(match: re.Match[str]) -> str:
        host = match[2].rstrip(".")
        if host.endswith((page.site, ".example", ".invalid")) or "." not in host:
            return match[0]
        return f"{match[1]}{host}.example"

    return replace(page, html=HREF.sub(masked, page.html))


def legacy(page: CleanPage, rng: random.Random) -> CleanPage:
    """The page in a legacy encoding, half of the time under a wrong name in its meta."""
    work = Work(page, rng, Speech(rng, "en", "gambling"))
    if work.outline.charset is None:
        return page
    codec, name = rng.choice(LEGACY.get(page.lang, WESTERN))
    try:
        page.html.encode(codec)
    except UnicodeEncodeError:
        return page
    if rng.random() < 0.5:
        name = rng.choice(("utf-8", "utf-8", "iso-8859-1", "gb2312"))
    start, end = work.outline.charset
    return replace(page, html=page.html[:start] + name + page.html[end:], encoding=codec)


def extracted(page: CleanPage) -> CleanPage:
    """The page as extracted text, its title on the first line; itself where little is left."""
    from resiliparse.extract.html2text import extract_plain_text

    text = extract_plain_text(
        page.html, main_content=True, preserve_formatting=True, list_bullets=True
    )
    title = headline(Work(page, random.Random(0), Speech(random.Random(0), "en", "gambling")))
    if len(text) < 200:
        return page
    if title and not text.lstrip().startswith(title):
        text = f"{title}\n\n{text}"
    return replace(page, html=text.strip() + "\n", kind="text", encoding="utf-8")

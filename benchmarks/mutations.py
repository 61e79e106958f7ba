"""Mutations of pages that keep most of their structure: what `torture.py` feeds to the scan.

Each takes a source of chance, a page and another page, and gives a page. Some know tags
(elements that swap, double, move, change their name or lose an end; attributes that are
traded), some know bytes, encodings and what makes parsers switch their state.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Mutation = Callable[[Random, bytes, bytes], bytes]
MOST_BYTES = 400_000  # of a mutated page
TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})([^<>]{0,2000})>")
ATTRIBUTE = re.compile(rb"""([a-zA-Z-]{1,30})=("[^"<>]{0,500}"|'[^'<>]{0,500}')""")
NAMES = (
    b"a", b"b", b"div", b"p", b"table", b"tr", b"td", b"svg", b"math", b"template", b"select",
    b"option", b"noscript", b"form", b"li", b"body", b"head", b"title", b"style", b"script",
    b"textarea", b"iframe", b"marquee", b"frameset", b"plaintext", b"h1", b"main", b"article",
)  # fmt: skip
SWITCHES = (
    b"<!--", b"]]>", b"<![CDATA[", b"</html>", b"<script>eval(", b"<style>*{", b"&#x110000;",
    b"&#0;", b'<p style="', b"<plaintext>", b"<frameset>", b"<select><option>", b"\x1b[2J",
    b"<meta http-equiv=refresh content=0>", b"<title>", b"<noscript>", b"<marquee>", b"</body>",
    b"<base href=//b.example>", b"<svg><desc>", b"<math><annotation-xml>", b"--!>", b"</p>",
)  # fmt: skip
STYLES = (
    b"display:none", b"opacity:0", b"position:absolute;left:-9999px", b"font-size:0",
    b"color:#fff;background:#fff", b"clip:rect(0,0,0,0)", b"visibility:hidden", b"z-index:-1",
    b"transform:scale(0)", b"width:calc(", b"all:unset", b"display:none!important;display:block",
)  # fmt: skip


def _slice(rng: Random, page: bytes, most: int = 4_000) -> tuple[int, int]:
    start = rng.randrange(len(page) + 1)
    return start, min(len(page), start + rng.randrange(1, most))


def _tag(rng: Random, page: bytes) -> re.Match[bytes] | None:
    """A tag behind a random place."""
    return TAG.search(page, rng.randrange(len(page) + 1)) or TAG.search(page)


def _element(rng: Random, page: bytes, most: int = 20_000) -> tuple[int, int]:
    """An element from its start tag to the next end tag of its name; a slice where none is."""
    for _ in range(4):
        start = _tag(rng, page)
        if start and not start[1]:
            end = page.find(b"</" + start[2], start.end(), start.end() + most)
            if end >= 0:
                return start.start(), page.find(b">", end) + 1 or len(page)
    return _slice(rng, page)


def cut(rng: Random, page: bytes, _: bytes) -> bytes:
    """Bytes are missing."""
    start, end = _slice(rng, page)
    return page[:start] + page[end:]


def truncate(rng: Random, page: bytes, _: bytes) -> bytes:
    """The end is missing."""
    return page[: rng.randrange(len(page) + 1)]


def repeat(rng: Random, page: bytes, _: bytes) -> bytes:
    """A piece many times."""
    start, end = _slice(rng, page, 600)
    return page[:end] + page[start:end] * rng.randrange(2, 200) + page[end:]


def splice(rng: Random, page: bytes, other: bytes) -> bytes:
    """A piece of another page in this one."""
    at, there = rng.randrange(len(page) + 1), rng.randrange(len(other) + 1)
    return page[:at] + other[there : there + 60_000] + page[at:]


def nest(rng: Random, page: bytes, _: bytes) -> bytes:
    """Start tags without an end."""
    tag = b"<%s>" % rng.choice((b"a href=x", b"b class=%d" % rng.randrange(9), *NAMES))
    at = rng.randrange(len(page) + 1)
    return page[:at] + tag * rng.randrange(2, 5_000) + page[at:]


def bad_bytes(rng: Random, page: bytes, _: bytes) -> bytes:
    """Other bytes here and there."""
    out = bytearray(page)
    for _number in range(rng.randrange(1, 60)):
        if out:
            out[rng.randrange(len(out))] = rng.choice((0, 0x80, 0xFF, 0x22, 0x27, 0x3C, 0x3E, 0x26))
    return bytes(out)


def mislabel(rng: Random, page: bytes, _: bytes) -> bytes:
    """A label of another encoding."""
    name = rng.choice((b"gb2312", b"big5", b"utf-16", b"shift_jis", b"utf-7", b"x-none", b"koi8-r"))
    return b"<meta charset=" + name + b">" + page


def recode(rng: Random, page: bytes, _: bytes) -> bytes:
    """In another encoding, told or not."""
    text = page.decode("utf-8", "replace")
    mark = rng.choice((b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    codec = rng.choice(("utf-16-le", "utf-16-be", "gb18030", "iso2022_jp", "shift_jis", "utf-8"))
    return mark + text.encode(codec, rng.choice(("xmlcharrefreplace", "ignore")))


def switch(rng: Random, page: bytes, _: bytes) -> bytes:
    """What switches the parser's state, once or often."""
    at = rng.randrange(len(page) + 1)
    return page[:at] + rng.choice(SWITCHES) * rng.choice((1, 1, 3, 2_000)) + page[at:]


def swap(rng: Random, page: bytes, _: bytes) -> bytes:
    """Two elements change places."""
    (a, b), (c, d) = sorted((_element(rng, page), _element(rng, page)))
    if b > c:
        return page
    return page[:a] + page[c:d] + page[b:c] + page[a:b] + page[d:]


def transplant(rng: Random, page: bytes, other: bytes) -> bytes:
    """An element of another page stands for one of this."""
    (a, b), (c, d) = _element(rng, page), _element(rng, other)
    return page[:a] + other[c:d] + page[b:]


def copies(rng: Random, page: bytes, _: bytes) -> bytes:
    """An element again and again, in itself or behind itself."""
    a, b = _element(rng, page, 3_000)
    times, inside = rng.randrange(2, 60), page.find(b">", a, b) + 1 or b
    return page[:inside] + page[a:b] * times + page[inside:]


def rename(rng: Random, page: bytes, _: bytes) -> bytes:
    """Every tag of one name gets another."""
    tag = _tag(rng, page)
    if not tag:
        return page
    return re.sub(rb"<(/?)%s\b" % tag[2], rb"<\g<1>" + rng.choice(NAMES), page)


def unclose(rng: Random, page: bytes, _: bytes) -> bytes:
    """End tags of one name are missing."""
    tag = _tag(rng, page)
    return page.replace(b"</%s>" % tag[2], b"", rng.choice((1, 5, 10_000))) if tag else page


def trade(rng: Random, page: bytes, _: bytes) -> bytes:
    """Attributes trade values, lose quotes, come twice, or hide their element."""
    found = list(ATTRIBUTE.finditer(page, rng.randrange(len(page) + 1)))[:200]
    if len(found) < 2:
        return page
    one, other = rng.sample(found, 2)
    value = rng.choice((
        other[2], one[2][1:-1], one[2][:-1], one[2] + b" " + other[0], one[2] * 20,
        b'"" style="%s"' % rng.choice(STYLES),
        b'"%s"' % bytes(rng.randrange(32) for _n in range(9)),
    ))  # fmt: skip
    return page[: one.start(2)] + value + page[one.end(2) :]


def references(rng: Random, page: bytes, _: bytes) -> bytes:
    """A piece in character references, whole or not."""
    start, end = _slice(rng, page, 300)
    made = b"".join(
        rng.choice((b"&#%d;", b"&#x%x;", b"&#%d", b"%c")) % byte for byte in page[start:end]
    )
    return page[:start] + made + page[end:]


def style(rng: Random, page: bytes, _: bytes) -> bytes:
    """A sheet that hides by names of the page, with what breaks readers of sheets."""
    names = re.findall(rb"(?:class|id)=[\"']?([\w-]{1,40})", page)[:300] or [b"x"]
    rules = b"".join(
        rng.choice((b".%s{%s}", b"#%s,%%s{%s}", b"@media print{.%s{%s}", b".%s:not(.a)>*{%s}",
                    b"[class*=%s]{%s", b".%s/*{%s}*/", b'.%s::after{content:"}";%s}'))
        .replace(b"%%s", b"p") % (rng.choice(names), rng.choice(STYLES))
        for _n in range(rng.randrange(1, 40))
    )  # fmt: skip
    return page[:200] + b"<style>" + rules + b"</style>" + page[200:]


MUTATIONS: tuple[Mutation, ...] = (
    cut, truncate, repeat, splice, nest, bad_bytes, mislabel, recode, switch, swap, transplant,
    copies, rename, unclose, trade, references, style,
)  # fmt: skip

"""What honest servers change from one visit to the next, done to pages of a corpus.

Each change takes a page and gives the same page as somebody else would get it: another clock,
other advertisements, another session, another language, a telephone's layout, a wall of consent.
The words put in are the generator's honest ones, never another page's.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Sequence

from detector.learn.generate import CleanPage
from detector.learn.generate.speech import Speech

Change = Callable[["Visit"], str]
CHANGES: dict[str, Change] = {}

LANGUAGES = ("en", "zh", "ja", "ru", "id", "tr")
_TEXT = re.compile(r">([^<>]{2,400})<")
_OPENING = re.compile(r"<(?:p|div|ul|section|article|table|h2)\b[^<>]*>", re.I)
_ATTRIBUTE = re.compile(r"\b(class|id)=(\"[^\"<>]*\"|'[^'<>]*')", re.I)


class Visit:
    """One page about to be sent to one visitor."""

    def __init__(self, page: CleanPage, rng: random.Random, others: Sequence[CleanPage]) -> None:
        self.html = page.html
        self.page = page
        self.rng = rng
        self.others = others  # pages of the same site

    def speech(self, lang: str = "") -> Speech:
        """A voice that says honest things."""
        return Speech(self.rng, lang or self.page.lang, "loans", "held-out")

    def put(self, made: str) -> str:
        """The page with a piece of markup somewhere between its blocks."""
        places = [m.start() for m in _OPENING.finditer(self.html)]
        body = re.search(r"<body\b[^>]*>", self.html, re.I)
        after = body.end() if body else 0
        places = [p for p in places if p >= after] or [after]
        at = self.rng.choice(places)
        return self.html[:at] + made + self.html[at:]


def change(name: str) -> Callable[[Change], Change]:
    """Register an honest change."""

    def register(apply: Change) -> Change:
        CHANGES[name] = apply
        return apply

    return register


@change("the same page")
def same(visit: Visit) -> str:
    """Nothing."""
    return visit.html


@change("time and counters")
def clock(visit: Visit) -> str:
    """Numbers of short texts, and a line that tells the time."""
    rng = visit.rng

    def other(match: re.Match[str]) -> str:
        text = match[1]
        if len(text) > 40:
            return match[0]
        return ">" + re.sub(r"\d", lambda _: str(rng.randrange(10)), text) + "<"

    visit.html = _TEXT.sub(other, visit.html)
    return visit.put(f"<p>{rng.randrange(24)}:{rng.randrange(60):02d} · {rng.randrange(9999)}</p>")


@change("advertisements")
def advertisements(visit: Visit) -> str:
    """Advertisements of shops that nobody has to be ashamed of, as links to other hosts."""
    rng = visit.rng
    html = visit.html
    for number in range(rng.randrange(1, 4)):
        words = visit.speech().honest()
        host = f"shop-{rng.randrange(10**4)}.example"
        rel = rng.choice((' rel="sponsored nofollow"', "", ' target="_blank"'))
        name = rng.choice(("ad", "ads-box", "promo", "banner", f"x{number}"))
        visit.html = html
        html = visit.put(
            f'<div class="{name}"><a href="https://{host}/?c={rng.randrange(10**6)}"{rel}>'
            f"{words[: rng.randrange(20, 120)]}</a></div>"
        )
    return html


@change("session")
def session(visit: Visit) -> str:
    """A session in every address, and a token in forms and head."""
    token = f"{visit.rng.getrandbits(96):x}"

    def marked(match: re.Match[str]) -> str:
        address = match[2]
        join = "&amp;" if "?" in address else "?"
        return f"{match[1]}{address}{join}sid={token}{match[3]}"

    html = re.sub(r"(<a\b[^<>]*?href=[\"'])([^\"'#<>]+)([\"'])", marked, visit.html, flags=re.I)
    head = f'<meta name="csrf-token" content="{token}"><script nonce="{token[:12]}">var t="{token}"'
    return re.sub(r"(?i)</head>", head + "</script></head>", html, count=1)


@change("language of the interface")
def interface(visit: Visit) -> str:
    """Links of menus in another language."""
    rng = visit.rng
    lang = rng.choice([name for name in LANGUAGES if name != visit.page.lang[:2]])
    words = visit.speech(lang).honest(sentences=12).split()
    if len(words) < 8:
        text = "".join(words)
        words = [text[i : i + 3] for i in range(0, len(text) - 3, 3)]

    def said(match: re.Match[str]) -> str:
        if len(match[2]) > 20 or not match[2].strip():
            return match[0]
        return match[1] + " ".join(rng.sample(words, min(2, len(words)))) + match[3]

    html = re.sub(r"(<a\b[^<>]*>)([^<>]{2,20})(</a>)", said, visit.html, flags=re.I)
    return re.sub(r"(<html\b[^<>]*?lang=[\"'])[\w-]+", rf"\g<1>{lang}", html, count=1, flags=re.I)


@change("another page of the site")
def another(visit: Visit) -> str:
    """All words are others: the version in another language, or tomorrow's front page."""
    if not visit.others:
        return interface(visit)
    return visit.rng.choice(visit.others).html


@change("telephone")
def telephone(visit: Visit) -> str:
    """A layout without side columns, other class names, other hosts of its own."""
    html = visit.html
    for name in ("nav", "aside", "footer", "style"):
        html = re.sub(rf"(?is)<{name}\b[^<>]*>.{{0,20000}}?</{name}>", "", html)
    html = re.sub(r"(?i)<img\b[^<>]*>", "", html)
    return _ATTRIBUTE.sub(lambda m: f'{m[1]}="m-{zlib.crc32(m[2].encode()) % 999}"', html)


@change("personal blocks")
def personal(visit: Visit) -> str:
    """Greetings and recommendations: other links of the site's own."""
    rng = visit.rng
    items = []
    for _ in range(rng.randrange(3, 9)):
        words = visit.speech().honest()[: rng.randrange(15, 60)]
        items.append(f'<li><a href="/read/{rng.randrange(10**5)}.html">{words}</a></li>')
    return visit.put(
        f'<div class="recommended"><h3>{words[:12]}</h3><ul>{"".join(items)}</ul></div>'
    )


@change("shuffled lists")
def shuffled(visit: Visit) -> str:
    """Lists of links in another order, some left out."""

    def mixed(match: re.Match[str]) -> str:
        items = re.findall(r"(?is)<li\b.{0,1500}?</li>", match[0])
        if len(items) < 4 or "<ul" in match[0][4:]:
            return match[0]
        kept = visit.rng.sample(items, len(items) - 1)
        return match[0][: match[0].index(">") + 1] + "".join(kept) + "</ul>"

    return re.sub(r"(?is)<ul\b[^<>]*>.{0,8000}?</ul>", mixed, visit.html)


@change("consent")
def consent(visit: Visit) -> str:
    """A dialog over the page, in sight or hidden."""
    hide = visit.rng.choice(("", "display:none", "position:fixed;left:-9999px", "opacity:0"))
    words = visit.speech().honest(sentences=4)
    return visit.put(
        f'<div id="consent" style="{hide}"><p>{words}</p><button>OK</button>'
        f'<a href="/privacy">{words[:9]}</a></div>'
    )


@change("shell of an application")
def shell(visit: Visit) -> str:
    """Scripts that will draw the page; crawlers get it drawn."""
    title = re.search(r"(?is)<title\b[^<>]*>.{0,500}?</title>", visit.html)
    return (
        f"<!doctype html><html><head>{title[0] if title else ''}</head><body>"
        '<div id="app"></div><script src="/static/app.js"></script></body></html>'
    )


@change("wall before the text")
def wall(visit: Visit) -> str:
    """The first part of the article and an offer to subscribe."""
    paragraphs = [m.start() for m in re.finditer(r"(?i)<p\b", visit.html)]
    if len(paragraphs) < 6:
        return shell(visit)
    at = paragraphs[len(paragraphs) // 3]
    words = visit.speech().honest()
    offer = f'<div class="wall"><p>{words}</p><a href="/subscribe">{words[:10]}</a></div>'
    return visit.html[:at] + offer


@change("refusal")
def refusal(visit: Visit) -> str:
    """A page that asks whether the visitor is a human."""
    return (
        "<!doctype html><html><head><title>Just a moment</title></head><body>"
        f"<h1>{visit.page.site}</h1><p>Checking your browser before you go on. "
        "Reference 7f2a.</p></body></html>"
    )


@change("new comments")
def comments(visit: Visit) -> str:
    """What readers wrote since."""
    made = "".join(
        f'<div class="comment"><b>{visit.speech().honest(sentences=1)[:8]}</b>'
        f"<p>{visit.speech().honest(sentences=2)}</p></div>"
        for _ in range(visit.rng.randrange(1, 5))
    )
    return visit.put(made)


def changed(page: CleanPage, name: str, seed: int, others: Sequence[CleanPage]) -> str:
    """The page after one honest change."""
    return CHANGES[name](Visit(page, random.Random(f"{seed}:{page.uri}:{name}"), others))

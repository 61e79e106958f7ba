"""Page templates that spam and honest pages of the grammar share, so that markup tells nothing."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from detector.learn.generate.words import RECIPES, shapes
from detector.learn.generate.work import escape

SHEET = "<style>.{}{{max-width:900px;margin:0 auto}}.btn{{padding:8px;background:#c00}}</style>"
COUNTER = (
    "<script>var _hmt=_hmt||[];(function(){var h=document.createElement('script')})();</script>"
)


def layouts(root: Path = RECIPES) -> dict[str, str]:
    """Layout name → body with slots."""
    return shapes("layouts", root)


@dataclass(slots=True)
class Parts:
    """What a page says; a layout decides where."""

    lang: str
    title: str
    heading: str
    description: str
    keywords: str
    byline: str
    menu: list[str]
    paragraphs: list[str]
    links: list[tuple[str, str]] = field(default_factory=list)
    related_heading: str = ""
    related: list[tuple[str, str]] = field(default_factory=list)
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    button: tuple[str, str] = ("", "")
    comments: list[str] = field(default_factory=list)
    footer: str = ""


def anchors(links: list[tuple[str, str]], shape: str) -> str:
    """Links, each in a shape with one `{}`."""
    return "".join(shape.format(f'<a href="{u}">{escape(t)}</a>') for t, u in links)


def _wrapped(texts: list[str], shape: str) -> str:
    return "".join(shape.format(escape(t)) for t in texts)


def _cells(rows: list[tuple[str, str, str]], shape: str) -> str:
    return "".join(shape.format(*map(escape, row)) for row in rows)


def _head(parts: Parts, word: str, rng: random.Random) -> str:
    made = f'<meta name="description" content="{escape(parts.description)}">'
    if parts.keywords:
        made += f'<meta name="keywords" content="{escape(parts.keywords)}">'
    if rng.random() < 0.4:
        made += f'<meta property="og:title" content="{escape(parts.title)}">'
    if rng.random() < 0.5:
        made += '<meta name="viewport" content="width=device-width, initial-scale=1">'
    return made + (SHEET.format(word) if rng.random() < 0.4 else "")


def render(parts: Parts, layout: str, rng: random.Random, root: Path = RECIPES) -> str:
    """HTML of the parts in a layout; ids, order and optional pieces vary."""
    word = rng.choice(("main", "content", "wrap", "container", "page", "post"))
    related = comments = button = ""
    if parts.related:
        related = f"<div class='rel'><h3>{escape(parts.related_heading)}</h3><ul>"
        related += anchors(parts.related, "<li>{}</li>") + "</ul></div>"
    if parts.comments:
        inner = _wrapped(parts.comments, "<li class='comment'><p>{}</p></li>")
        comments = f"<ol class='comments'>{inner}</ol>"
    if parts.button[0]:
        button = f'<a class="btn" href="{parts.button[1]}">{escape(parts.button[0])}</a>'
    rows = _cells(parts.rows, "<tr><td>{}</td><td>{}</td><td>{}</td></tr>")
    cards = "<div class='card'><h3>{}</h3><span>{}</span><b>{}</b></div>"
    sections = [
        f"<section><h2>{escape(t[:24])}</h2><p>{escape(t)}</p></section>" for t in parts.paragraphs
    ]
    body = layouts(root)[layout].format(
        word=word,
        title=f"<h1>{escape(parts.heading)}</h1>",
        byline=f"<div class='info'>{escape(parts.byline)}</div>" if parts.byline else "",
        body=_wrapped(parts.paragraphs, "<p>{}</p>"),
        broken="<br><br>".join(map(escape, parts.paragraphs)),
        posts=_wrapped(parts.paragraphs, "<div class='post'><div class='msg'>{}</div></div>"),
        sections="".join(sections),
        table=f"<table>{rows}</table>" if rows else "",
        cards=_cells(parts.rows, cards),
        links=anchors(parts.links, rng.choice(("{} ", "<li>{}</li>", "<p>{}</p>", "{} | "))),
        related=related,
        comments=comments,
        button=button,
    )
    nav = ""
    if layout != "bare" and rng.random() < 0.8:
        menu = anchors([(m, f"/{i}/") for i, m in enumerate(parts.menu)], "<li>{}</li>")
        nav = f"<nav><ul>{menu}</ul></nav>"
    if rng.random() < 0.25:
        body += COUNTER
    amp = " amp" if layout == "amp" else ""
    code = "zh-Hant" if parts.lang == "zh-hant" else parts.lang
    return (
        f'<!DOCTYPE html>\n<html{amp} lang="{code}"><head><meta charset="utf-8">'
        f"<title>{escape(parts.title)}</title>{_head(parts, word, rng)}</head>\n"
        f"<body>{nav}<div id='{word}'>{body}</div>"
        f"<footer><p>{escape(parts.footer)}</p></footer></body></html>\n"
    )


def as_text(parts: Parts) -> str:
    """The same page as an extractor would give it."""
    lines = [parts.heading, "", f"  {parts.byline}" if parts.byline else "", *parts.paragraphs]
    lines += [" ".join(row) for row in parts.rows]
    if parts.related:
        lines += ["", parts.related_heading, "", *(f"  • {t}" for t, _ in parts.related)]
    lines += [t for t, _ in parts.links] + parts.comments
    return "\n".join(lines) + "\n"

"""Page templates that spam and honest pages of the grammar share, so that markup tells nothing."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from detector.learn.generate.work import escape

LAYOUTS = ("article", "portal", "landing", "shop", "table", "amp", "forum", "bare")


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


def _links(links: list[tuple[str, str]], shape: str) -> str:
    return "".join(shape.format(f'<a href="{u}">{escape(t)}</a>') for t, u in links)


def render(parts: Parts, layout: str, rng: random.Random) -> str:
    """HTML of the parts in a layout; ids, order and optional pieces vary."""
    p = [escape(t) for t in parts.paragraphs]
    word = rng.choice(("main", "content", "wrap", "container", "page", "post"))
    body = "".join(f"<p>{t}</p>" for t in p)
    menu = _links([(m, f"/{i}/") for i, m in enumerate(parts.menu)], "<li>{}</li>")
    related = ""
    if parts.related:
        related = f"<div class='rel'><h3>{escape(parts.related_heading)}</h3><ul>"
        related += _links(parts.related, "<li>{}</li>") + "</ul></div>"
    comments = "".join(f"<li class='comment'><p>{escape(c)}</p></li>" for c in parts.comments)
    comments = f"<ol class='comments'>{comments}</ol>" if comments else ""
    title = f"<h1>{escape(parts.heading)}</h1>"
    byline = f"<div class='info'>{escape(parts.byline)}</div>" if parts.byline else ""
    links = _links(parts.links, rng.choice(("{} ", "<li>{}</li>", "<p>{}</p>", "{} | ")))
    footer = f"<footer><p>{escape(parts.footer)}</p></footer>"
    rows = "".join(
        f"<tr><td>{escape(a)}</td><td>{escape(b)}</td><td>{escape(c)}</td></tr>" for a, b, c in parts.rows
    )
    table = f"<table>{rows}</table>" if rows else ""
    button = ""
    if parts.button[0]:
        button = f'<a class="btn" href="{parts.button[1]}">{escape(parts.button[0])}</a>'
    if layout == "article":
        inner = f"<article>{title}{byline}{body}{table}</article>{button}{related}{comments}<div>{links}</div>"
    elif layout == "portal":
        inner = f"<div class='left'>{links}</div><div class='{word}'>{title}{byline}{body}</div>{table}{related}"
    elif layout == "landing":
        sections = "".join(f"<section><h2>{t[:24]}</h2><p>{t}</p></section>" for t in p)
        inner = f"<header>{title}{button}</header>{sections}{table}{button}<div>{links}</div>"
    elif layout == "shop":
        cards = "".join(
            f"<div class='card'><h3>{escape(a)}</h3><span>{escape(b)}</span><b>{escape(c)}</b></div>"
            for a, b, c in parts.rows
        )
        inner = f"{title}<div class='grid'>{cards}</div>{body}{button}<ul>{links}</ul>"
    elif layout == "table":
        inner = f"<table><tr><td>{title}{byline}</td></tr><tr><td>{'<br>'.join(p)}</td></tr></table>{table}{links}"
    elif layout == "amp":
        inner = f"<amp-img src='/a.jpg' width='300' height='300'></amp-img>{title}{button}{body}{table}{links}"
    elif layout == "forum":
        posts = "".join(f"<div class='post'><div class='msg'>{t}</div></div>" for t in p)
        inner = f"{title}{byline}{posts}{comments}{button}{links}"
    else:
        inner = f"{title}{'<br><br>'.join(p)}<hr>{links}{button}"
    nav = f"<nav><ul>{menu}</ul></nav>" if rng.random() < 0.8 and layout != "bare" else ""
    meta = f'<meta name="description" content="{escape(parts.description)}">'
    if parts.keywords:
        meta += f'<meta name="keywords" content="{escape(parts.keywords)}">'
    if rng.random() < 0.4:
        meta += f'<meta property="og:title" content="{escape(parts.title)}">'
    if rng.random() < 0.5:
        meta += '<meta name="viewport" content="width=device-width, initial-scale=1">'
    if rng.random() < 0.4:
        meta += f"<style>.{word}{{max-width:900px;margin:0 auto}}.btn{{padding:8px;background:#c00;color:#fff}}</style>"
    if rng.random() < 0.25:
        inner += "<script>var _hmt=_hmt||[];(function(){var h=document.createElement('script')})();</script>"
    amp = " amp" if layout == "amp" else ""
    code = "zh-Hant" if parts.lang == "zh-hant" else parts.lang
    return (
        f'<!DOCTYPE html>\n<html{amp} lang="{code}"><head><meta charset="utf-8">'
        f"<title>{escape(parts.title)}</title>{meta}</head>\n<body>{nav}<div id='{word}'>{inner}</div>{footer}"
        "</body></html>\n"
    )


def as_text(parts: Parts) -> str:
    """The same page as an extractor would give it."""
    lines = [parts.heading, "", f"  {parts.byline}" if parts.byline else "", *parts.paragraphs]
    lines += [" ".join(row) for row in parts.rows]
    if parts.related:
        lines += ["", parts.related_heading, "", *(f"  • {t}" for t, _ in parts.related)]
    lines += [t for t, _ in parts.links] + parts.comments
    return "\n".join(lines) + "\n"

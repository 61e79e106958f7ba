"""Honest things that look like attacks. Their label is clean; they stand on attacked pages too."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from detector.learn.generate.layouts import LAYOUTS, Parts, as_text, render
from detector.learn.generate.sample import Sample
from detector.learn.generate.scripts import packed
from detector.learn.generate.speech import Speech
from detector.learn.generate.work import Work, escape

Decoy = Callable[[Work], bool]


def _menu(work: Work, count: int) -> str:
    rows = [(work.speech.say("menu"), f"/{i + 1}/") for i in range(count)]
    return "".join(f'<li><a href="{u}">{escape(t)}</a></li>' for t, u in rows)


def _said(work: Work, key: str = "honest", count: int = 2) -> str:
    return escape(work.speech.honest(key, count))


def _pick(work: Work, places: tuple[str, ...], *made: str) -> bool:
    return work.insert(work.spot(*places)[1], work.rng.choice(made))


def hidden_menu(work: Work) -> bool:
    """A drop-down or off-canvas menu."""
    items = _menu(work, work.rng.randrange(4, 16))
    return _pick(
        work, ("body-start",),
        f'<ul class="sub-menu" style="display:none">{items}</ul>',
        f'<style>.dropdown-menu{{display:none}}.open .dropdown-menu{{display:block}}</style>'
        f'<nav><div class="dropdown"><ul class="dropdown-menu">{items}</ul></div></nav>',
        f'<div id="mobile-menu" style="position:fixed;left:-280px;width:280px"><ul>{items}</ul></div>',
        f'<nav class="offcanvas" style="transform:translateX(-100%)" aria-hidden="true"><ul>{items}</ul></nav>',
    )  # fmt: skip


def tabs(work: Work) -> bool:
    """Tab panels of which one shows."""
    panels = "".join(
        f'<div class="tab-pane" role="tabpanel" style="display:{"block" if i == 0 else "none"}"><p>{_said(work)}</p></div>'
        for i in range(3)
    )
    heads = "".join(f'<a role="tab" href="#t{i}">{escape(work.speech.say("menu"))}</a>' for i in range(3))
    return _pick(work, ("after-article", "in-article"), f'<div class="tabs">{heads}{panels}</div>')


def accordion(work: Work) -> bool:
    """Questions whose answers unfold."""
    return _pick(
        work, ("after-article", "before-footer"),
        f"<details><summary>{escape(work.speech.say('honest_title'))}</summary><p>{_said(work)}</p></details>",
        f'<div class="accordion"><h3>{escape(work.speech.say("honest_title"))}</h3>'
        f'<div class="collapse" style="max-height:0;overflow:hidden"><p>{_said(work)}</p></div></div>',
        f'<div class="faq-answer" hidden><p>{_said(work)}</p></div>',
    )  # fmt: skip


def modal(work: Work) -> bool:
    """A dialog that waits for a click."""
    return _pick(
        work, ("body-end",),
        f'<div class="modal fade" role="dialog" aria-hidden="true" style="display:none"><p>{_said(work)}</p></div>',
        f'<div id="login-box" style="visibility:hidden;opacity:0"><form><label>{escape(work.speech.say("ui"))}</label>'
        f"<input name=user></form></div>",
    )  # fmt: skip


def skip_link(work: Work) -> bool:
    """A link for keyboard users."""
    label = escape(work.speech.say("ui"))
    return _pick(
        work, ("body-start",),
        f'<a class="skip-link" href="#content" style="position:absolute;left:-9999px">{label}</a>',
        f'<style>.skip{{position:absolute;top:-40px}}.skip:focus{{top:0}}</style><a class="skip" href="#main">{label}</a>',
    )  # fmt: skip


def screen_reader(work: Work) -> bool:
    """Text for screen readers, and text replaced by an image."""
    label = escape(work.speech.say("ui"))
    clip = "position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip:rect(0,0,0,0)"
    return _pick(
        work, ("in-article", "body-start", "before-footer"),
        f"<style>.sr-only{{{clip}}}</style><span class='sr-only'>{label}</span>",
        f'<span class="visually-hidden" style="{clip}">{label}</span>',
        f'<h2 class="logo" style="text-indent:-9999px;background:url(/logo.png)"><a href="/">{label}</a></h2>',
    )  # fmt: skip


def cookie_banner(work: Work) -> bool:
    """A consent banner, hidden until a script shows it."""
    text = escape(work.speech.say("cookie"))
    return _pick(
        work, ("body-end", "body-start"),
        f'<div id="cookie-banner" style="display:none"><p>{text}</p><button>OK</button></div>',
        f'<div class="consent" style="position:fixed;bottom:0;z-index:99999">{text} <button>OK</button></div>'
        "<script>if(document.cookie.indexOf('seen=1')>-1){document.querySelector('.consent').style.display='none'}</script>",
    )  # fmt: skip


def lazy_block(work: Work) -> bool:
    """Content that appears while scrolling, and the noscript image beside it."""
    return _pick(
        work, ("in-article", "after-article"),
        f'<div class="lazy fade-in" style="opacity:0"><p>{_said(work)}</p></div>',
        '<img class="lazyload" data-src="/p.jpg" alt=""><noscript><img src="/p.jpg" alt=""></noscript>',
        f'<noscript><p>{escape(work.speech.say("cookie"))}</p></noscript>',
    )  # fmt: skip


def print_only(work: Work) -> bool:
    """A block for the printed page."""
    return _pick(
        work, ("before-footer", "body-start"),
        f"<style>.print-only{{display:none}}@media print{{.print-only{{display:block}}}}</style>"
        f'<div class="print-only">{_said(work, count=1)}</div>',
    )  # fmt: skip


def mail_layout(work: Work) -> bool:
    """Type of no size that takes the gaps out of inline blocks, or a mail's preview text."""
    return _pick(
        work, ("before-footer", "in-article"),
        f'<div style="font-size:0"><div style="font-size:14px;display:inline-block">{_said(work, count=1)}</div></div>',
        f'<span style="display:none;font-size:1px;color:#fff;max-height:0">{_said(work, count=1)}</span>'
        if work.rng.random() < 0.3 else
        '<table style="font-size:0;line-height:0"><tr><td height="1">&nbsp;</td></tr></table>',
    )  # fmt: skip


def friend_links(work: Work) -> bool:
    """A short list of partner sites in the footer."""
    rows = [(work.speech.say("menu") + " " + work.speech.city, work.speech.url()) for _ in range(work.rng.randrange(3, 14))]
    items = "".join(f'<a href="{u}">{escape(t)}</a> ' for t, u in rows)
    return _pick(work, ("before-footer", "body-end"), f'<div class="friendlink">{items}</div>', f"<p>{items}</p>")


def honest_related(work: Work) -> bool:
    """Related articles of the page's own section."""
    words = [work.source[a:b] for a, b in work.outline.runs if 12 < b - a < 400]
    if len(words) < 4 or not work.is_html:
        return False
    work.rng.shuffle(words)
    titles = [w[: work.rng.randrange(12, 40)].replace("&", "").replace(">", "") for w in words[:5]]
    items = "".join(f'<li><a href="/{i}.html">{t}</a></li>' for i, t in enumerate(titles))
    made = f"<div><h3>{escape(work.speech.say('related'))}</h3><ul>{items}</ul></div>"
    return work.insert(work.spot("after-article", "before-footer")[1], made)


def foreign_canonical(work: Work) -> bool:
    """A syndicated article that names its source, or a translation."""
    if "canonical" in work.outline.values:
        return False
    url = f"https://{work.speech.domain}/{work.rng.randrange(9999)}"
    return _pick(
        work, ("head",), f'<link rel="canonical" href="{url}">', f'<link rel="alternate" hreflang="en" href="{url}">'
    )


def product_data(work: Work) -> bool:
    """Structured data of an honest article or product."""
    title = work.speech.say("honest_title")
    kind = work.rng.choice(("Product", "NewsArticle", "Recipe", "FAQPage"))
    value: dict[str, object] = {"@context": "https://schema.org", "@type": kind, "name": title}
    if kind == "Product":
        value["offers"] = {"@type": "Offer", "price": "12.50", "priceCurrency": "EUR"}
        value["aggregateRating"] = {"@type": "AggregateRating", "ratingValue": "4.4", "reviewCount": 17}
    code = json.dumps(value, ensure_ascii=False)
    shown = f"<div itemscope><h3>{escape(title)}</h3><p>{_said(work)}</p></div>" if kind == "Product" else ""
    if shown:
        work.insert(work.spot("after-article")[1], shown)
    return work.insert(work.spot("head")[1], f'<script type="application/ld+json">{code}</script>')


def honest_script(work: Work) -> bool:
    """Minified or packed code that does nothing to readers; a login redirect; a counter."""
    n = work.rng.randrange(100, 999)
    codes = (
        packed(f"var counter{n}=0;function tick{n}(){{counter{n}+=1;return counter{n}}}window.onload=tick{n};"),
        "!function(e,t){e.q=e.q||[],e.t=+new Date;var n=t.createElement('script');n.async=1}(window,document);",
        "if(!window.userLoggedIn&&location.pathname=='/account'){location.href='/login?next='+location.pathname}",
        "document.write('<span>'+new Date().getFullYear()+'</span>');",
        "if(/Android|iPhone/i.test(navigator.userAgent)&&!/bot/i.test(navigator.userAgent)){document.body.className+=' m'}",
        "var ref=document.referrer;if(ref.indexOf('google')>-1){window.dataLayer=window.dataLayer||[];dataLayer.push({from:ref})}",
        "document.getElementById('menu')&&(document.getElementById('menu').style.display='none');",
    )  # fmt: skip
    return work.insert(work.spot("head", "body-end")[1], f"<script>{work.rng.choice(codes)}</script>")


DECOYS: dict[str, Decoy] = {
    f.__name__.replace("_", "-"): f
    for f in (
        hidden_menu, tabs, accordion, modal, skip_link, screen_reader, cookie_banner, lazy_block, print_only,
        mail_layout, friend_links, honest_related, foreign_canonical, product_data, honest_script,
    )
}  # fmt: skip


def honest_page(speech: Speech, rng: random.Random, uri: str, text: bool = False, quoting: bool = False) -> Sample:
    """An honest page of the grammar in the layouts that spam pages use.

    Half are reports on crime, tea, pharmacies and fraud. `quoting` lets a report name two
    trade terms, as real reports do: a clean page with lexicon hits.
    """
    report = quoting or rng.random() < 0.5
    key = "report" if report else "honest"
    title = speech.say(f"{key}_title")
    paragraphs = [
        speech.honest(rng.choice((key, key, "honest")), rng.randrange(2, 6)) for _ in range(rng.randrange(3, 10))
    ]
    if quoting:
        at = rng.randrange(len(paragraphs))
        paragraphs[at] += f" “{speech.term().lower()}”, “{speech.term().lower()}”."
    layout = rng.choice(LAYOUTS)
    parts = Parts(
        lang=speech.lang, title=title, heading=title,
        description=speech.honest(key, 1).replace('"', ""),
        keywords=",".join(speech.say("menu") for _ in range(3)) if rng.random() < 0.6 else "",
        byline=f"{rng.randrange(2018, 2027)}-0{rng.randrange(1, 9)}-1{rng.randrange(9)} {speech.say('name')}",
        menu=[speech.say("menu") for _ in range(rng.randrange(4, 9))],
        paragraphs=paragraphs,
        related_heading=speech.say("related"),
        related=[(speech.say(f"{key}_title"), f"/{i}.html") for i in range(rng.randrange(0, 6))],
        links=[(speech.say("menu"), speech.url()) for _ in range(rng.randrange(0, 12))],
        rows=[(speech.say("city"), speech.say("menu"), str(rng.randrange(5, 90))) for _ in range(rng.randrange(0, 9))],
        button=(speech.say("ui"), "/contact/") if rng.random() < 0.3 else ("", ""),
        comments=[speech.honest(sentences=1) for _ in range(rng.randrange(0, 4))],
        footer=f"© {speech.city} {rng.randrange(2018, 2027)}",
    )  # fmt: skip
    return Sample(
        uri=uri.format(domain=speech.domain), html=as_text(parts) if text else render(parts, layout, rng),
        label="clean", lang=speech.lang, site=f"recipe:honest:{layout}", kind="text" if text else "html",
        decoy="report-quoting-terms" if quoting else "report" if report else "honest-page", place=(layout,),
    )  # fmt: skip

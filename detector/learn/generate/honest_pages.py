"""Honest pages: of the grammar, and of our articles on the trades that spammers push.

Collections of honest pages hardly speak of those trades; without such pages a model takes
the subject for the offence.
"""

from __future__ import annotations

import random

from detector.learn.generate.layouts import Parts, as_text, layouts, render
from detector.learn.generate.sample import Sample
from detector.learn.generate.speech import Speech
from detector.learn.generate.words import Article


def honest_page(
    speech: Speech, rng: random.Random, uri: str, text: bool = False, quoting: bool = False,
    article: Article | None = None,
) -> Sample:  # fmt: skip
    """An honest page in the layouts that spam pages use; half are reports.

    `quoting` lets a report name trade terms, as real reports and advice do, up to two in
    every paragraph and one in the title: a clean page with many lexicon hits. `article`
    takes the place of the grammar's sentences.
    """
    report = quoting or rng.random() < 0.5
    key = "report" if report else "honest"
    paragraphs = [
        speech.honest(rng.choice((key, key, "honest")), rng.randrange(2, 6))
        for _ in range(rng.randrange(3, 10))
    ]
    if quoting:
        named = rng.sample(range(len(paragraphs)), rng.randrange(1, len(paragraphs) + 1))
        subject = speech.term()
        for at in named:
            paragraphs[at] += f" “{rng.choice((subject, speech.term()))}”, “{speech.term()}”."
    parts = honest_parts(speech, rng, key, paragraphs)
    if quoting and rng.random() < 0.4:
        parts.title = parts.heading = f"{subject}: {parts.title}"
    if article is not None:
        retell(parts, article, rng)
    layout = rng.choice(tuple(layouts(speech.root)))
    decoy = "report-quoting-terms" if quoting else "report" if report else "honest-page"
    site = f"recipe:honest:{layout}"
    if article is not None:
        decoy, site = "article", site_of(article, speech.lang)
    return Sample(
        uri=uri.format(domain=speech.domain),
        html=as_text(parts) if text else render(parts, layout, rng, speech.root),
        label="clean",
        lang=speech.lang,
        site=site,
        kind="text" if text else "html",
        decoy=decoy,
        place=(layout,),
    )


def site_of(article: Article, lang: str) -> str:
    """All renderings of one article stand on one side of a split."""
    return f"recipe:article:{lang}:{article.number}"


def retell(parts: Parts, article: Article, rng: random.Random) -> None:
    """Put the article in the place of the page's title and text."""
    parts.title = parts.heading = article.title
    if rng.random() < 0.5:
        parts.title += f" - {parts.menu[0]}"
    parts.paragraphs = list(article.paragraphs)
    parts.description = article.paragraphs[0][:150] if rng.random() < 0.6 else ""
    parts.comments = []
    if rng.random() < 0.6:
        parts.rows = []
    if rng.random() < 0.4:
        parts.related = []


def honest_parts(speech: Speech, rng: random.Random, key: str, paragraphs: list[str]) -> Parts:
    """Head, menu, lists and tables around honest paragraphs."""
    title = speech.say(f"{key}_title")
    date = f"{rng.randrange(2018, 2027)}-0{rng.randrange(1, 9)}-1{rng.randrange(9)}"
    related = [(speech.say(f"{key}_title"), f"/{i}.html") for i in range(rng.randrange(0, 6))]
    rows = [
        (speech.say("city"), speech.say("menu"), str(rng.randrange(5, 90)))
        for _ in range(rng.randrange(0, 9))
    ]
    menu = [speech.say("menu") for _ in range(rng.randrange(4, 9))]
    # Offices give numbers too, of the same made-up shapes: a number alone must prove nothing.
    contact = rng.choice(("", speech.number, f"{speech.number}, info@{speech.domain}"))
    if contact and rng.random() < 0.5:
        paragraphs.append(f"{rng.choice(menu)}: {contact}")
    return Parts(
        lang=speech.lang,
        title=title,
        heading=title,
        description=speech.honest(key, 1).replace('"', ""),
        keywords=",".join(menu[:3]) if rng.random() < 0.6 else "",
        byline=f"{date} {speech.say('name')}",
        menu=menu,
        paragraphs=paragraphs,
        related_heading=speech.say("related"),
        related=related,
        links=[(speech.say("menu"), speech.url()) for _ in range(rng.randrange(0, 12))],
        rows=rows,
        button=(speech.say("ui"), "/contact/") if rng.random() < 0.3 else ("", ""),
        comments=[speech.honest(sentences=1) for _ in range(rng.randrange(0, 4))],
        footer=f"© {speech.city} {rng.randrange(2018, 2027)} {contact}".strip(),
    )

"""Pages that are spam as a whole, in the words of the grammar or in a borrowed page's markup."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from detector.learn.generate.honest_pages import site_of
from detector.learn.generate.layouts import Parts, as_text, layouts, render
from detector.learn.generate.outline import weight
from detector.learn.generate.sample import CleanPage, Sample
from detector.learn.generate.speech import Speech
from detector.learn.generate.words import Article
from detector.learn.generate.work import Work, escape

Kind = Callable[[Speech, random.Random, Parts], tuple[str, ...]]


def _doorway(speech: Speech, rng: random.Random, parts: Parts) -> tuple[str, ...]:
    parts.paragraphs = [speech.paragraph(rng.randrange(1, 6)) for _ in range(rng.randrange(2, 14))]
    parts.links = speech.links(rng.randrange(0, 30))
    return ("keyword-stuffing", "outbound-spam-links") if parts.links else ("keyword-stuffing",)


def _salad(speech: Speech, rng: random.Random, parts: Parts) -> tuple[str, ...]:
    joint = rng.choice((" ", ", ", "_", "|"))
    parts.paragraphs = [
        joint.join(
            speech.term() if rng.random() < 0.7 else speech.fill("{c}{t}")
            for _ in range(rng.randrange(8, 60))
        )
        for _ in range(rng.randrange(1, 8))
    ]
    parts.links = speech.links(rng.randrange(0, 40))
    return ("keyword-salad",)


def _clone(speech: Speech, rng: random.Random, parts: Parts) -> tuple[str, ...]:
    lines = [speech.honest("honest", rng.randrange(2, 6)) for _ in range(rng.randrange(3, 9))]
    parts.paragraphs = [speech.say("header"), *lines, speech.say("line")]
    parts.related_heading = speech.say("related")
    parts.related = [
        (speech.say("title"), f"/{rng.randrange(9999)}.html") for _ in range(rng.randrange(4, 10))
    ]
    return ("spam-header", "off-topic-links")


def _landing(speech: Speech, rng: random.Random, parts: Parts) -> tuple[str, ...]:
    parts.paragraphs = [speech.say("line") for _ in range(rng.randrange(3, 9))]
    parts.button = (speech.say("anchor"), speech.url(foreign=False))
    parts.rows = [
        (speech.term(), speech.say("price"), speech.brand) for _ in range(rng.randrange(0, 8))
    ]
    return ("spam-block", "contact-solicitation")


def _matrix(speech: Speech, rng: random.Random, parts: Parts) -> tuple[str, ...]:
    rows = [
        (speech.say("city"), speech.term(), speech.say("price"))
        for _ in range(rng.randrange(8, 50))
    ]
    parts.rows = rows
    parts.links = [(f"{a} {b}", f"/{rng.randrange(9999)}/") for a, b, _ in rows[:30]]
    parts.paragraphs = [speech.paragraph(2)]
    return ("keyword-salad", "link-farm")


def _affiliate(speech: Speech, rng: random.Random, parts: Parts) -> tuple[str, ...]:
    names = [Speech(rng, speech.lang, speech.category, speech.pool, speech.root) for _ in range(6)]
    parts.rows = [(n.brand, n.say("price"), f"{rng.randrange(70, 99) / 10}") for n in names]
    parts.paragraphs = [n.paragraph(3) for n in names]
    parts.links = [(n.brand, n.url(foreign=False)) for n in names]
    return ("outbound-spam-links",)


def _download(speech: Speech, rng: random.Random, parts: Parts) -> tuple[str, ...]:
    parts.button = (speech.term(), speech.url(foreign=False))
    parts.paragraphs = [
        speech.say("sentence"),
        *(speech.say("line") for _ in range(rng.randrange(2, 7))),
    ]
    parts.rows = [("v" + str(rng.randrange(1, 12)), f"{rng.randrange(8, 99)} MB", speech.term())]
    return ("spam-block", "outbound-spam-links")


def _shop(speech: Speech, rng: random.Random, parts: Parts) -> tuple[str, ...]:
    parts.rows = [
        (speech.term(), speech.say("price"), speech.say("price"))
        for _ in range(rng.randrange(4, 24))
    ]
    parts.paragraphs = [speech.paragraph(3)]
    parts.button = (speech.say("anchor"), speech.url(foreign=False))
    return ("spam-block",)


def _comments(speech: Speech, rng: random.Random, parts: Parts) -> tuple[str, ...]:
    parts.comments = [speech.say("comment") for _ in range(rng.randrange(4, 20))]
    parts.paragraphs = [speech.say("line"), speech.say("contact")]
    return ("comment-spam", "contact-solicitation")


def _mild(speech: Speech, rng: random.Random, parts: Parts) -> tuple[str, ...]:
    """A help page in bland words whose every link leads to the one address."""
    parts.title = parts.heading = speech.say("mild_title")
    if rng.random() < 0.5:
        parts.heading = speech.say("mild_title")
    parts.description = speech.say("mild") if rng.random() < 0.5 else ""
    parts.keywords = parts.byline = ""
    parts.paragraphs = [
        speech.honest("mild", rng.randrange(1, 4)) for _ in range(rng.randrange(3, 9))
    ]
    address = speech.url(foreign=False)
    parts.links = [(speech.brand, address)] * rng.randrange(1, 5)
    if rng.random() < 0.5:
        parts.menu = [speech.say("menu") for _ in range(rng.randrange(2, 6))]
    if rng.random() < 0.5:
        parts.button = (speech.say("anchor"), address)
    return ("outbound-spam-links",)


KINDS: dict[str, Kind] = {
    "doorway": _doorway,
    "mild-doorway": _mild,
    "salad": _salad,
    "cloned-article": _clone,
    "landing": _landing,
    "city-matrix": _matrix,
    "affiliate-list": _affiliate,
    "download-doorway": _download,
    "shop": _shop,
    "profile-spam": _comments,
}


def base_parts(speech: Speech, rng: random.Random) -> Parts:
    """A spam page's head and surroundings."""
    title = speech.say("title")
    contact = speech.say("contact") if rng.random() < 0.4 else ""
    return Parts(
        lang=speech.lang,
        title=title,
        heading=title if rng.random() < 0.5 else speech.say("title"),
        description=speech.say("line").replace('"', ""),
        keywords=",".join(speech.term() for _ in range(rng.randrange(2, 10)))
        if rng.random() < 0.6
        else "",
        byline=speech.say("byline") if rng.random() < 0.5 else "",
        menu=[
            speech.say("menu") if rng.random() < 0.6 else speech.term()
            for _ in range(rng.randrange(4, 9))
        ],
        paragraphs=[],
        footer=f"© {speech.brand} {rng.randrange(2018, 2027)} {contact}".strip(),
    )


def spam_page(speech: Speech, rng: random.Random, uri: str, text: bool = False) -> Sample:
    """A whole spam page in one of the layouts."""
    kind = rng.choice(tuple(KINDS))
    layout = rng.choice(tuple(layouts(speech.root)))
    parts = base_parts(speech, rng)
    techniques = KINDS[kind](speech, rng, parts)
    spans = [parts.title, *parts.paragraphs, *(t for t, _ in parts.links)]
    return Sample(
        uri=uri.format(domain=speech.domain),
        html=as_text(parts) if text else render(parts, layout, rng, speech.root),
        label="spam",
        lang=speech.lang,
        site=f"recipe:{kind}:{layout}",
        kind="text" if text else "html",
        category=speech.category,
        techniques=techniques,
        dress=(kind,),
        place=(layout,),
        spans=tuple(dict.fromkeys(s for s in spans if s and (not text or s != parts.title))),
    )


def reskin(
    page: CleanPage, speech: Speech, rng: random.Random, uri: str, honest: bool = False,
    article: Article | None = None,
) -> Sample:  # fmt: skip
    """A real page's markup with every text of its body replaced: a cloned layout.

    `honest` fills it with the grammar's honest sentences, the counterpart that keeps a
    model from learning 'odd text in a real layout', or with an honest `article`.
    """
    work = Work(page, rng, speech)
    out = work.outline
    told = [] if article is None else [*reversed(article.paragraphs)]
    named = article is not None  # its heading is still to come

    def words(size: int) -> str:
        nonlocal named
        if article is not None and named and 14 <= size < 120:
            named = False
            return article.title
        if size < 14:
            return speech.say("menu") if honest or rng.random() < 0.5 else speech.term()
        if size < 45:
            return (
                speech.say("honest_title")
                if honest
                else speech.say("anchor")
                if size < 30
                else speech.say("line")
            )
        if told:
            return told.pop()
        made = speech.say("honest" if honest else "sentence")
        while weight(made) < min(size, 900) * 0.8:
            made += ("" if speech.lang in ("zh", "zh-hant", "ja") else " ") + speech.say(
                "honest" if honest else "sentence"
            )
        return made

    if out.title:
        title = article.title if article else speech.say("honest_title" if honest else "title")
        work.replace(*out.title, escape(title), title)
    for name in ("description", "keywords", "og:title", "og:description", "twitter:title"):
        if name in out.values:
            value = speech.honest(sentences=1) if honest else speech.say("line")
            if article and rng.random() < 0.6:
                value = article.title
            work.replace(
                *out.values[name], escape(value.replace('"', "'")), value.replace('"', "'")
            )
    for text in out.texts:
        inner = page.html[text.start : text.end]
        bare = inner.strip()
        if bare:
            start = text.start + inner.index(bare[0])
            made = words(weight(bare))
            work.replace(start, start + len(bare), escape(made), made)
    sample = work.finish("clean" if honest else "spam", uri)
    return replace(
        sample,
        label="clean" if honest else "spam",
        lang=speech.lang,
        techniques=() if honest else ("spam-block", "keyword-stuffing"),
        dress=("reskin",),
        place=("borrowed-markup",),
        clean_html=None,
        clean_text=None,
        edits=(),
        spans=() if honest else sample.spans[:40],
        site=site_of(article, speech.lang) if article else sample.site,
        decoy="article" if article else "reskin" if honest else "",
    )

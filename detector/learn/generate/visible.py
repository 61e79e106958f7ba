"""Visible spam among honest text: header lines, blocks, keywords, bylines, comments, searches."""

from __future__ import annotations

from detector.learn.generate.speech import SYLLABLES
from detector.learn.generate.words import SPACED, phrases, spins
from detector.learn.generate.work import Work, attack, escape

TOPS = ("under-title", "body-start", "under-title")


@attack("spam-header", "visible text", on_text=True)
def spam_header(work: Work) -> bool:
    """A line of keywords right under the title, often glued to the byline."""
    line = work.speech.say("header")
    if work.amount > 10:
        line += work.rng.choice((" ", ",", "|")) + work.speech.say("header")
    place, at = work.spot(*TOPS)
    work.mark("spam-header", "line", place)
    return work.lines([line], at, ("p", "div", "h2", "strong", "h3"))


@attack("spam-block", "visible text", on_text=True)
def spam_block(work: Work) -> bool:
    """One or more paragraphs that promote something, between the page's own."""
    count = max(1, min(8, work.amount // 3))
    texts = [work.speech.paragraph(work.rng.randrange(1, 5)) for _ in range(count)]
    if work.amount == 1:
        texts = [work.speech.say("line")]
    place, at = work.spot()
    if work.is_html and work.rng.random() < 0.5:
        links = work.speech.links(len(texts))
        made = "".join(
            f'<p>{escape(t)} <a href="{url}">{escape(anchor)}</a></p>'
            for t, (anchor, url) in zip(texts, links, strict=True)
        )
        work.mark("spam-block", "linked", place)
        return work.insert(at, made, *texts, *(t for t, _ in links))
    work.mark("spam-block", "plain", place)
    return work.lines(texts, at)


@attack("keyword-stuffing", "visible text", on_text=True)
def keyword_stuffing(work: Work) -> bool:
    """One or a few terms over and over."""
    terms = [work.speech.term() for _ in range(work.rng.randrange(1, 4))]
    joint = work.rng.choice((" ", ",", "、", "|", "-", " / "))
    count = max(6, work.amount)
    text = joint.join(work.rng.choice(terms) for _ in range(count))
    place, at = work.spot()
    work.mark("keyword-stuffing", "repeat", place)
    return work.lines([text], at)


@attack("keyword-salad", "visible text", on_text=True)
def keyword_salad(work: Work) -> bool:
    """Many different terms of the trade without a sentence, cities and years between them."""
    rng, speech = work.rng, work.speech
    gap = " " if speech.lang in SPACED else ""
    joint = rng.choice((" ", gap, ",", "_", " "))
    shapes = ("{t}", "{t}", "{t}", f"{{c}}{gap}{{t}}", f"{{b}}{gap}{{y}}{gap}{{u}}")
    made = [speech.fill(rng.choice(shapes)) for _ in range(max(8, work.amount))]
    place, at = work.spot()
    work.mark("keyword-salad", "salad", place)
    return work.lines([joint.join(made)], at)


@attack("contact-solicitation", "visible text", on_text=True)
def contact_solicitation(work: Work) -> bool:
    """A messenger id or phone number with an offer, as a line or inside a paragraph."""
    rng, speech = work.rng, work.speech
    text = speech.fill(rng.choice(("{t} {k}", "{k} {t}", "{c} {t}, {k}", "{t}:{k}")))
    if work.outline.runs and rng.random() < 0.5:
        start, end = rng.choice(work.outline.runs)
        work.mark("contact-solicitation", "in-sentence", "in-article")
        at = rng.choice((start, end))
        return work.insert(at, rng.choice((" {} ", "({})", "【{}】")).format(escape(text)), text)
    place, at = work.spot()
    work.mark("contact-solicitation", "line", place)
    return work.lines([text], at)


@attack("comment-spam", "visible text", on_text=True)
def comment_spam(work: Work) -> bool:
    """Comments under the article that praise and promote."""
    rng, speech = work.rng, work.speech
    texts = [speech.say("comment") for _ in range(max(1, min(12, work.amount // 2)))]
    place, at = work.spot("before-footer", "after-article")
    work.mark("comment-spam", "comments", place)
    if not work.is_html:
        return work.insert(at, "".join(f"{speech.say('name')}: {t}\n" for t in texts), *texts)
    items = []
    for text in texts:
        who = escape(speech.say("name"))
        if rng.random() < 0.5:
            who = f'<a href="{speech.url()}" rel="nofollow">{who}</a>'
        items.append(f'<li class="comment"><cite>{who}</cite><p>{escape(text)}</p></li>')
    made = f'<div id="comments"><ol class="commentlist">{"".join(items)}</ol></div>'
    return work.insert(at, made, *texts)


@attack("search-reflection", "visible text", on_text=True)
def search_reflection(work: Work) -> bool:
    """A query with a contact echoed in title and heading of a results page."""
    speech, out = work.speech, work.outline
    query = speech.fill(work.rng.choice(("{t} {k}", "{c}{t}{k}", "{t} {d}", "{b} {t} {k}")))
    text = speech.say("query", q=query)
    work.mark("search-reflection", "title-and-heading", "head")
    done = False
    if out.title:
        done |= work.replace(*out.title, escape(text), query)
    if work.is_html and out.h1:
        done |= work.replace(*out.h1, escape(text), query)
    elif work.is_html:
        done |= work.insert(out.body_start, f"<h1>{escape(text)}</h1>", query)
    elif done:
        done |= work.insert(out.body_start, text + "\n", query)
    return done


@attack("template-leftover", "visible text", on_text=True)
def template_leftover(work: Work) -> bool:
    """Unfilled tokens of a spam kit left in the text."""
    rng = work.rng
    count = max(1, min(4, work.amount))
    tokens = [
        rng.choice(phrases(work.speech.lang, "leftover", work.pool, work.speech.root))
        for _ in range(count)
    ]
    work.mark("template-leftover", "tokens", "in-article")
    done = False
    for token in tokens:
        if work.outline.runs and rng.random() < 0.6:
            at = rng.choice(work.outline.runs)[rng.randrange(2)]
            done |= work.insert(at, escape(token), token)
        else:
            done |= work.lines([f"{token} {work.speech.term()}"], work.spot()[1])
    return done


@attack("fake-byline", "visible text", on_text=True)
def fake_byline(work: Work) -> bool:
    """An invented date, author and source line under the title."""
    line = work.speech.say("byline")
    place, at = work.spot("under-title")
    work.mark("fake-byline", "line", place)
    return work.lines([line], at, ("div", "p", "span"))


@attack("spun-text", "visible text", on_text=True)
def spun_text(work: Work) -> bool:
    """Words of the article swapped for stilted synonyms."""
    table = spins(work.page.lang, work.speech.root)
    if not table:
        return False
    done = 0
    spaced = work.page.lang in SPACED
    for start, end in work.outline.runs:
        text = work.source[start:end]
        for old, new in table.items():
            at = text.find(old)
            while at >= 0:
                after = at + len(old)
                whole = not spaced or not (
                    text[at - 1 : at].isalnum() or text[after : after + 1].isalnum()
                )
                if whole and work.rng.random() < 0.9:
                    done += work.replace(start + at, start + after, new, new)
                at = text.find(old, after)
    work.mark("spun-text", "synonyms", "in-article")
    return done >= 3


def filler(work: Work, count: int) -> str:
    """Meaningless syllables, as kits use for file names and ids."""
    return "".join(work.rng.choice(SYLLABLES) for _ in range(count))

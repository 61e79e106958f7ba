"""Blocks that readers do not see: text, links, tiny or colourless type, marquees, frames."""

from __future__ import annotations

from detector.learn.generate.dress import hide
from detector.learn.generate.words import half
from detector.learn.generate.work import Work, attack, escape

# Comments that kits and link exchanges put around their blocks.
MARKS = ("seo", "links", "friend", "ad", "check code", "linkfeed", "trustlink", "sape_code")
ANYWHERE = ("body-start", "in-article", "after-article", "before-footer", "body-end", "body-end")


def link_list(work: Work, count: int) -> tuple[str, list[str]]:
    """A run of links in one of the usual markups, and their texts."""
    rng = work.rng
    links = work.speech.links(count)
    quote = rng.choice(('"', '"', "'", ""))
    shape = rng.choice(("{}", "<li>{}</li>", "<p>{}</p>", "{}, ", "{} | ", "<b>{}</b>", "{}<br>"))
    extra = rng.choice(("", "", ' target="_blank"', ' rel="dofollow"', ' title="{}"'))
    made, spans = [], []
    for text, url in links:
        shown = rng.choice((".", ",", "")) if rng.random() < 0.04 else text
        if quote == "" and url.endswith("/"):
            url += "a"
        anchor = f"<a href={quote}{url}{quote}{extra.format(escape(text))}>{escape(shown)}</a>"
        made.append(shape.format(anchor))
        spans.append(shown if shown not in (".", ",", "") else url)
    inner = rng.choice(("", "\n")).join(made)
    if shape.startswith("<li>"):
        inner = f"<ul>{inner}</ul>"
    mark = rng.random()
    if mark < 0.1:
        opened = rng.choice(half(MARKS, work.pool))
        inner = f"<!--{opened}-->{inner}<!--/{opened.split()[0]}-->"
    return inner, spans


def hidden_links(work: Work, technique: str, kind: str) -> bool:
    """Links hidden by one kind of declaration."""
    inner, spans = link_list(work, max(1, min(100, work.amount)))
    place, at = work.spot(*ANYWHERE)
    work.mark(technique, "", place)
    how = hide(work, kind, inner, at, spans)
    return bool(how)


def hidden_words(work: Work, technique: str, kind: str) -> bool:
    """Text hidden by one kind of declaration, with a link now and then."""
    texts = [work.speech.paragraph(2) for _ in range(max(1, min(6, work.amount // 4)))]
    if work.amount == 1:
        texts = [work.speech.say("header")]
    inner = "".join(f"<p>{escape(t)}</p>" for t in texts) if len(texts) > 1 else escape(texts[0])
    spans = list(texts)
    if work.rng.random() < 0.4:
        extra, more = link_list(work, 2)
        inner, spans = inner + extra, spans + more
    place, at = work.spot(*ANYWHERE)
    work.mark(technique, "", place)
    how = hide(work, kind, inner, at, spans)
    return bool(how)


@attack("hidden-text", "hidden")
def hidden_text(work: Work) -> bool:
    """Sentences inside display:none and its relatives."""
    return hidden_words(work, "hidden-text", "hidden")


@attack("hidden-links", "hidden")
def hidden_link_block(work: Work) -> bool:
    """Links inside display:none and its relatives."""
    return hidden_links(work, "hidden-links", "hidden")


@attack("offscreen-links", "hidden")
def offscreen_links(work: Work) -> bool:
    """Links far outside of the screen."""
    return hidden_links(work, "offscreen-links", "offscreen")


@attack("tiny-text", "hidden")
def tiny_text(work: Work) -> bool:
    """Type of no or one pixel."""
    kind = hidden_links if work.rng.random() < 0.5 else hidden_words
    return kind(work, "tiny-text", "tiny")


@attack("invisible-colour", "hidden")
def invisible_colour(work: Work) -> bool:
    """Type in the colour of its ground."""
    kind = hidden_links if work.rng.random() < 0.5 else hidden_words
    return kind(work, "invisible-colour", "colour")


@attack("marquee-links", "hidden")
def marquee_links(work: Work) -> bool:
    """Links in a marquee of one pixel."""
    rng = work.rng
    inner, spans = link_list(work, max(2, work.amount))
    attributes = rng.choice(
        (
            'height="1" width="1" scrollamount="9000"',
            "height=1 width=1 scrollamount=3000 scrolldelay=0",
            'style="height:1px;width:1px" scrollamount="5"',
            'HEIGHT="1" WIDTH="4" direction="up"',
            'width="0" height="0"',
            'style="position:absolute;width:0;height:0" scrolldelay="100"',
        )
    )
    place, at = work.spot(*ANYWHERE)
    work.mark("marquee-links", "tag", place)
    return work.insert(at, f"<marquee {attributes}>{inner}</marquee>", *spans)


@attack("noscript-links", "hidden")
def noscript_links(work: Work) -> bool:
    """Links for visitors without scripts, that is for crawlers."""
    inner, spans = link_list(work, max(2, work.amount))
    place, at = work.spot(*ANYWHERE)
    work.mark("noscript-links", "tag", place)
    return work.insert(at, f"<noscript>{inner}</noscript>", *spans)


@attack("overlay-frame", "hidden")
def overlay_frame(work: Work) -> bool:
    """A frame over the whole page, or one of no size."""
    rng, url = work.rng, work.speech.url()
    styles = (
        "position:fixed;top:0;left:0;width:100%;height:100%;z-index:99999;border:0",
        "position:absolute;inset:0;width:100vw;height:100vh;z-index:2147483647",
        "position:fixed;top:0px;left:0px;bottom:0px;right:0px;width:100%;height:100%;border:none;z-index:999999",
        "width:100%;height:100%;position:fixed;left:0;top:0;z-index:{n}",
    )
    if rng.random() < 0.3:
        tag = f'<iframe src="{url}" width="{rng.choice("01")}" height="0" frameborder="0"></iframe>'
        how = "zero-size"
    else:
        style = rng.choice(styles).replace("{n}", str(rng.randrange(9999, 10**7)))
        tag = f'<iframe src="{url}" style="{style}" frameborder="0" scrolling="yes"></iframe>'
        how = "full-viewport"
    if rng.random() < 0.25:
        from detector.learn.generate.dress import pieces

        tag = f"<script>document.write({pieces(tag, rng)})</script>"
        how += "-by-script"
    place, at = work.spot("body-start", "body-end", "head")
    work.mark("overlay-frame", how, place)
    return work.insert(at, tag, tag if "by-script" in how else url)

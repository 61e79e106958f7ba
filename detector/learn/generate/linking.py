"""Attacks by links in plain sight, and the text that addresses machines."""

from __future__ import annotations

from detector.learn.generate.dress import hide, name
from detector.learn.generate.hidden import ANYWHERE, link_list
from detector.learn.generate.sample import RelatedTruth
from detector.learn.generate.work import Work, attack, escape


def headlines(work: Work, count: int) -> list[str]:
    """Titles that have nothing to do with the page: other pages' own, or the grammar's."""
    found = list(work.titles)
    made = [work.speech.say("honest_title") for _ in range(count)]
    work.rng.shuffle(found)
    pool = (found[: count * 2] + made) if found else made
    work.rng.shuffle(pool)
    return list(dict.fromkeys(pool))[:count]


@attack("off-topic-links", "links", on_text=True)
def off_topic_links(work: Work) -> bool:
    """A block of related articles whose titles come from anywhere."""
    rng, speech = work.rng, work.speech
    titles = headlines(work, max(4, min(14, work.amount)))
    if rng.random() < 0.5:
        titles[rng.randrange(len(titles))] = speech.say("title")
    heading = speech.say("related")
    place, at = work.spot("after-article", "before-footer", "body-end")
    work.mark("off-topic-links", "related-block", place)
    rows = []
    for number, title in enumerate(titles):
        rows.append((title, f"/{name(rng)}/{rng.randrange(10**4, 10**6) + number}.html"))
    work.related += [RelatedTruth(t, u if work.is_html else "", True) for t, u in rows]
    if not work.is_html:
        excerpt = rng.random() < 0.4
        body = "".join(
            f"  • {t}\n" + (f"\n    {speech.honest(sentences=2)}\n" if excerpt else "")
            for t, _ in rows
        )
        return work.insert(at, f"\n{heading}\n\n{body}", *titles)
    items = "".join(f'<li><a href="{u}">{escape(t)}</a></li>' for t, u in rows)
    tag = rng.choice(("h3", "h2", "p", "div"))
    made = f'<div class="{name(rng)}"><{tag}>{escape(heading)}</{tag}><ul>{items}</ul></div>'
    return work.insert(at, made, *titles)


@attack("link-farm", "links")
def link_farm(work: Work) -> bool:
    """A visible list of many links to many foreign sites, mostly in the footer."""
    inner, spans = link_list(work, max(10, work.amount))
    place, at = work.spot("before-footer", "body-end", "after-article")
    work.mark("link-farm", "list", place)
    tag = work.rng.choice(("div", "section", "center"))
    return work.insert(at, f'<{tag} class="{name(work.rng)}">{inner}</{tag}>', *spans)


@attack("outbound-spam-links", "links")
def outbound_spam_links(work: Work) -> bool:
    """One to five links on trade words inside the article, its template or its sidebar."""
    rng = work.rng
    count = max(1, min(5, work.amount))
    done = False
    work.mark("outbound-spam-links", "anchor", "in-article")
    for text, url in work.speech.links(count):
        made = f'<a href="{url}">{escape(text)}</a>'
        if work.outline.runs and rng.random() < 0.7:
            start, end = rng.choice(work.outline.runs)
            spot = work.source.find(" ", rng.randrange(start, end), end)
            at = spot if spot >= 0 and "&" not in work.source[start:end] else end
            done |= work.insert(at, f" {made} ", text)
        else:
            done |= work.insert(work.spot("body-end", "before-footer")[1], made, text)
    return done


@attack("hidden-instructions", "machines")
def hidden_instructions(work: Work) -> bool:
    """Text that people do not see and that speaks to a language model or agent."""
    rng, speech = work.rng, work.speech
    text = " ".join(speech.say("instruct") for _ in range(rng.choice((1, 1, 2))))
    place, at = work.spot(*ANYWHERE)
    way = rng.choice(("hidden", "hidden", "tiny", "colour", "offscreen", "comment", "meta", "alt"))
    if way == "comment":
        work.mark("hidden-instructions", "comment", place)
        return work.insert(at, f"<!-- {text} -->", text)
    if way == "meta":
        work.mark("hidden-instructions", "meta", "head")
        plain = text.replace('"', "'")
        return work.insert(
            work.spot("head")[1], f'<meta name="description" content="{escape(plain)}">', plain
        )
    if way == "alt":
        work.mark("hidden-instructions", "alt", place)
        plain = text.replace('"', "'")
        return work.insert(
            at, f'<img src="/s.gif" width="1" height="1" alt="{escape(plain)}">', plain
        )
    work.mark("hidden-instructions", "", place)
    how = hide(work, way, escape(text), at, [text])
    return bool(how)

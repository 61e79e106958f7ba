"""Attacks on the head: title, description, structured data, canonical."""

from __future__ import annotations

import json

from detector.learn.generate.work import Work, attack, escape


def entities(text: str, work: Work) -> str:
    """Every character as a numeric reference, decimal or hex, as kits write it."""
    rng = work.rng
    style = rng.choice(("dec", "hex", "HEX", "mixed"))
    made = []
    for char in text:
        kind = rng.choice(("dec", "hex")) if style == "mixed" else style
        code = ord(char)
        made.append({"dec": f"&#{code};", "hex": f"&#x{code:x};"}.get(kind, f"&#x{code:X};"))
    return "".join(made)


def spam_title(work: Work) -> str:
    """One term, or a whole title."""
    return work.speech.term() if work.amount == 1 else work.speech.say("title")


@attack("title-hijack", "head", on_text=True)
def title_hijack(work: Work) -> bool:
    """Prefix, suffix, replacement, a second title, or document.title in a script."""
    out, rng = work.outline, work.rng
    spam = spam_title(work)
    ways = ["prefix", "suffix", "prefix", "replace"] if out.title else []
    if work.is_html:
        ways += ["second-first", "before-doctype", "script"]
    if not ways:
        return False
    way = rng.choice(ways)
    work.mark("title-hijack", way, "head")
    joint = rng.choice(("-", "_", " | ", " - ", "|", ",", " "))
    if way in ("prefix", "suffix", "replace"):
        assert out.title is not None
        start, end = out.title
        if way == "prefix":
            return work.insert(start, escape(spam) + joint, spam)
        if way == "suffix":
            return work.insert(end, joint + escape(spam), spam)
        return work.replace(start, end, escape(spam), spam)
    if way == "script":
        call = rng.choice(
            ("document.title='{}'", 'document.title = "{}"', "top.document.title='{}'")
        )
        code = call.format(spam.replace("'", "").replace('"', ""))
        _, at = work.spot("head", "body-end")
        return work.insert(at, f"<script>{code};</script>", code)
    extra = ""
    if rng.random() < 0.5:
        extra = f'<meta name="keywords" content="{escape(spam)}">'
        work.mark("meta-hijack")
    first = out.title_outer is None or way == "before-doctype"
    at = 0 if first or out.title_outer is None else out.title_outer[0]
    return work.insert(at, f"<title>{escape(spam)}</title>{extra}", spam)


@attack("meta-hijack", "head")
def meta_hijack(work: Work) -> bool:
    """Description, keywords or Open Graph values only."""
    out, rng = work.outline, work.rng
    names = ["description", "keywords", "og:title", "og:description", "twitter:title"]
    chosen = rng.sample(names, 1 if work.amount < 5 else rng.randrange(1, 4))
    done = False
    for name in chosen:
        spam = work.speech.say("line") if "description" in name else work.speech.say("title")
        if name == "keywords":
            spam = ",".join(work.speech.term() for _ in range(min(12, work.amount + 1)))
        spam = spam.replace('"', "'")
        work.mark("meta-hijack", name, "head")
        if name in out.values and rng.random() < 0.8:
            start, end = out.values[name]
            if end > start and rng.random() < 0.35:
                done |= work.insert(start, escape(spam) + rng.choice((",", "-", " ")), spam)
            else:
                done |= work.replace(start, end, escape(spam), spam)
            continue
        key = "property" if name.startswith("og:") else "name"
        tag = f'<meta {key}="{name}" content="{escape(spam)}">'
        done |= work.insert(work.spot("head", "head-start")[1], tag, spam)
    return done


@attack("entity-encoded-head", "head")
def entity_encoded_head(work: Work) -> bool:
    """Title or description in numeric references, so that grep does not see the words."""
    out, rng = work.outline, work.rng
    spam = spam_title(work)
    coded = entities(spam, work)
    work.mark("entity-encoded-head", "numeric-references", "head")
    way = rng.choice(("title", "title", "prefix", "meta"))
    if way == "meta":
        work.mark("meta-hijack")
        line = work.speech.say("line").replace('"', "'")
        tag = f'<meta name="description" content="{entities(line, work)}">'
        return work.insert(work.spot("head-start")[1], tag, line)
    work.mark("title-hijack")
    if out.title is None:
        return work.insert(out.head_start, f"<title>{coded}</title>", spam)
    start, end = out.title
    return (
        work.insert(start, coded + "-", spam)
        if way == "prefix"
        else work.replace(start, end, coded, spam)
    )


@attack("structured-data-spam", "head")
def structured_data_spam(work: Work) -> bool:
    """JSON-LD of a product with stars, or questions, on a page that sells nothing."""
    rng, speech = work.rng, work.speech
    title, line = speech.say("title"), speech.say("line")
    kind = rng.choice(("Product", "FAQPage", "Product", "SoftwareApplication"))
    if kind == "FAQPage":
        value: dict[str, object] = {
            "@context": "https://schema.org",
            "@type": "FAQPage",
            "mainEntity": [
                {
                    "@type": "Question",
                    "name": q,
                    "acceptedAnswer": {"@type": "Answer", "text": a},
                }
                for q, a in [(title, line)]
            ],
        }
    else:
        value = {
            "@context": "http://schema.org/",
            "@type": kind,
            "name": title,
            "description": line,
            "brand": {"@type": "Brand", "name": speech.brand},
            "aggregateRating": {
                "@type": "AggregateRating",
                "ratingValue": rng.choice(("4.9", "5", "4.8")),
                "ratingCount": rng.randrange(900, 99999),
            },
            "offers": {"@type": "Offer", "price": str(rng.randrange(1, 99)), "url": speech.url()},
        }
    work.mark("structured-data-spam", kind, "head")
    code = json.dumps(value, ensure_ascii=False, indent=rng.choice((None, 1)))
    place, at = work.spot("head", "body-end")
    work.mark("structured-data-spam", "", place)
    return work.insert(at, f'<script type="application/ld+json">{code}</script>', title, line)


@attack("canonical-hijack", "head")
def canonical_hijack(work: Work) -> bool:
    """canonical, hreflang or amphtml to a foreign domain."""
    out, rng = work.outline, work.rng
    url = "https://" + work.speech.domain + rng.choice(("/", "", "/index.html"))
    rel = rng.choice(("canonical", "canonical", "amphtml", "alternate"))
    work.mark("canonical-hijack", rel, "head")
    if rel == "canonical" and "canonical" in out.values and rng.random() < 0.7:
        start, end = out.values["canonical"]
        return work.replace(start, end, url, url)
    lang = (
        f' hreflang="{rng.choice(("id", "zh", "vi", "th", "x-default"))}"'
        if rel == "alternate"
        else ""
    )
    return work.insert(
        work.spot("head", "head-start")[1], f'<link rel="{rel}"{lang} href="{url}">', url
    )

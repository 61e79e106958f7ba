"""Attacks of several parts: the stolen-article kit, the hacked-site kit, cloaking pairs."""

from __future__ import annotations

from dataclasses import replace

from detector.learn.generate.sample import Sample
from detector.learn.generate.work import ATTACKS, Work

STOLEN = ("fake-byline", "spam-header", "title-fragment-interleaving", "off-topic-links")
HACKED = (
    ("title-hijack", "meta-hijack", "hidden-links"),
    ("title-hijack", "conditional-redirect"),
    ("entity-encoded-head", "obfuscated-script"),
    ("entity-encoded-head", "meta-hijack", "conditional-redirect"),
    ("structured-data-spam", "canonical-hijack", "hidden-text"),
    ("meta-hijack", "script-writes-links"),
    ("title-hijack", "spam-block", "contact-solicitation"),
    ("offscreen-links", "outbound-spam-links"),
    ("spun-text", "outbound-spam-links"),
    ("spam-header", "noise-characters", "off-topic-links"),
    ("spam-header", "bracketed-transliteration", "fake-byline"),
    ("keyword-stuffing", "template-leftover"),
    ("hidden-links", "after-html"),
    ("tiny-text", "marquee-links"),
)
# What honest pages have too: alone it proves nothing, so in training it comes with company.
COMPANIONS = {
    "fake-byline": ("spam-header", "title-fragment-interleaving"),
    "off-topic-links": ("spam-header", "title-fragment-interleaving", "fake-byline"),
    "template-leftover": ("spam-header", "spam-block", "keyword-stuffing"),
    "canonical-hijack": ("title-hijack", "meta-hijack", "hidden-links"),
    "spun-text": ("outbound-spam-links", "spam-header"),
}


def accompany(work: Work, technique: str) -> bool:
    """Give a technique that proves nothing alone a companion. True where there was one to give."""
    names = list(COMPANIONS.get(technique, ()))
    work.rng.shuffle(names)
    return any(apply(work, (name,)) for name in names)


def stolen_article(work: Work) -> bool:
    """The whole kit of a stolen article: byline, keyword line, fragments, foreign titles."""
    parts = list(STOLEN)
    if work.rng.random() < 0.3:
        parts.remove(work.rng.choice(("fake-byline", "off-topic-links")))
    return apply(work, tuple(parts))


def hacked_site(work: Work) -> bool:
    """One of the combinations that hackers leave behind."""
    return apply(work, work.rng.choice(HACKED))


def apply(work: Work, techniques: tuple[str, ...]) -> bool:
    """Each technique in turn; techniques that do not fit the page are skipped."""
    done = False
    for technique in techniques:
        member = ATTACKS[technique]
        if work.is_html or member.on_text:
            done |= member.apply(work)
    return done


def cloaked(sample: Sample) -> Sample:
    """The same attack as a pair: the crawler gets it, the visitor the page as it was."""
    return replace(
        sample,
        techniques=(*sample.techniques, "cloaking"),
        other_view=sample.clean_html,
    )

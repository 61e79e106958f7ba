"""Honest things that look like attacks. Their label is clean; they stand on attacked pages too."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TypedDict

from detector.learn.generate.layouts import anchors
from detector.learn.generate.scripts import packed
from detector.learn.generate.speech import Speech
from detector.learn.generate.words import RECIPES, half, shapes
from detector.learn.generate.work import Work, escape

RELATED = "honest-related"  # made of the page's own words, not of a template


class Decoy(TypedDict):
    """One entry of decoys.toml."""

    places: list[str]
    templates: list[str]


def decoys(root: Path = RECIPES) -> dict[str, Decoy]:
    """Decoy name → where it goes and its markup."""
    return shapes("decoys", root)


def names(root: Path = RECIPES) -> tuple[str, ...]:
    """Every decoy."""
    return (*decoys(root), RELATED)


def _slots(speech: Speech, rng: random.Random) -> dict[str, str]:
    """What the templates of decoys.toml are filled with."""
    menu = [(speech.say("menu"), f"/{i + 1}/") for i in range(rng.randrange(4, 16))]
    partners = [
        (f"{speech.say('menu')} {speech.city}", speech.url()) for _ in range(rng.randrange(3, 14))
    ]
    n = rng.randrange(10, 999)
    counter = f"var counter{n}=0;function tick{n}(){{counter{n}+=1}}window.onload=tick{n};"
    return {
        "items": anchors(menu, "<li>{}</li>"),
        "links": anchors(partners, "{} "),
        "said": escape(speech.honest("honest", 2)),
        "label": escape(speech.say("ui")),
        "title": escape(speech.say("honest_title")),
        "cookie": escape(speech.say("cookie")),
        "url": f"https://{speech.domain}/{rng.randrange(9999)}",
        "packed": packed(counter),
        "n": str(n),
    }


def put_decoy(work: Work, name: str) -> bool:
    """Put one decoy into the page; False where it does not fit. Never a span, never a technique."""
    if name == RELATED:
        return own_related(work)
    entry = decoys(work.speech.root)[name]
    if name == "foreign-canonical" and "canonical" in work.outline.values:
        return False
    made = work.rng.choice(half(entry["templates"], work.pool))
    for slot, value in _slots(work.speech, work.rng).items():
        made = made.replace("{" + slot + "}", value)
    return work.insert(work.spot(*entry["places"])[1], made)


def own_related(work: Work) -> bool:
    """Related articles about the page's own subject: their titles use its words."""
    texts = [work.source[a:b] for a, b in work.outline.runs if 12 < b - a < 400]
    texts = [t for t in texts if not set(t) & set("&<>")]
    if len(texts) < 4:
        return False
    work.rng.shuffle(texts)
    titles = [t[: work.rng.randrange(12, 40)] for t in texts[:5]]
    items = anchors([(t, f"/{i}.html") for i, t in enumerate(titles)], "<li>{}</li>")
    made = f"<div><h3>{escape(work.speech.say('related'))}</h3><ul>{items}</ul></div>"
    return work.insert(work.spot("after-article", "before-footer")[1], made)

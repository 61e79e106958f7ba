"""Structured data about something that the page does not show.

What attackers do: JSON-LD with a Product, rating or questions is put into a page that sells
nothing, so that search results show stars and prices for the attacker's words.

How it is seen: Names and descriptions in the data promote, and the body does not speak of
them.

What must not fire: Shops, recipes, reviews, events: the page shows what the data says.

Source: schema.org; Google's structured data policies, "Spammy structured markup".

Example: {"@type": "Product", "name": "SLOT GACOR", "aggregateRating": {"ratingValue": 5}}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from detector.promotion import promotion
from detector.settings import thresholds
from detector.techniques import Context, technique
from detector.types import Finding, Page

KEYS = frozenset("name headline description text keywords alternateName brand articleBody".split())
LONGEST = 200_000  # characters of one block of data
MOST_WORDS = 200


@technique("structured-data-spam", group="head")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge the words of each JSON-LD block."""
    for script in page.scripts:
        if script.kind != "json-ld" or not script.text.strip():
            continue
        words = list(_words(script.text))
        joined = "\n".join(words)[:4000]
        hits = context.hits_in(joined)
        if not hits:
            continue
        found = promotion(joined, hits, thresholds()["promotion"])
        score = max(found.score, found.words * 0.8) * context.foreignness(-1, found, joined)
        if score < context.settings["silent_below"]:
            continue
        quote = max(words, key=lambda word: len(context.hits_in(word)))
        yield Finding(
            "structured-data-spam", score, quote,
            f"Structured data promotes what the page does not show: {found.about}.",
            script.place.location(), found.category or "other", cut=script.place, replacement="",
        )  # fmt: skip


def _words(code: str) -> Iterator[str]:
    """Values of the keys that people read, in document order."""
    try:
        # The decoder recurses; what is nested deeper than the stack is no one's data.
        stack: list[Any] = [json.loads(code[:LONGEST])]
    except (ValueError, RecursionError):
        return
    given = 0
    while stack and given < MOST_WORDS:
        node = stack.pop()
        if isinstance(node, dict):
            for key, value in node.items():
                if isinstance(value, str):
                    if key in KEYS and value:
                        given += 1
                        yield value[:500]
                else:
                    stack.append(value)
        elif isinstance(node, list):
            stack.extend(reversed(node))

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

from detector.techniques import Context, technique
from detector.types import Finding, Page

KEYS = frozenset("name headline description text keywords alternateName brand articleBody".split())
LONGEST = 200_000  # characters of one block of data
MOST_WORDS = 200
MOST_QUOTES = 6
# Strangeness from which a value is none of the page's, and the share of values that must be.
STRANGE = 0.4
FOREIGN_SHARE = 0.5
DRESSED = ("aggregateRating", "AggregateRating", "FAQPage", "Product", "SoftwareApplication")


@technique("structured-data-spam", group="head")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge the words of each JSON-LD block."""
    for script in page.scripts:
        if script.kind != "json-ld" or not script.text.strip():
            continue
        words = [word for word in _words(script.text) if len(word) >= 4]
        strange = [word for word in words if context.strangeness(word) > STRANGE]
        if not strange or len(strange) < FOREIGN_SHARE * len(words):
            continue
        joined = ". ".join(strange)[:400]
        score, found = context.judge_head(
            joined, data=1.0, left=1 - len(strange) / len(words), sold=_sold(script.text)
        )
        if score < context.settings["silent_below"]:
            continue
        for quote in strange[:MOST_QUOTES]:
            yield Finding(
                "structured-data-spam", score, quote,
                f"Structured data promotes what the page does not show: {found.about}.",
                script.place.location(), found.category or "other", cut=script.place,
                replacement="",
            )  # fmt: skip


def _sold(code: str) -> float:
    """Whether the data is of a kind that search results dress with stars or questions."""
    return float(any(kind in code for kind in DRESSED))


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

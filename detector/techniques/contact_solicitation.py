"""An account to contact, beside words of the trade.

What attackers do: The page asks for a WeChat, QQ, Telegram or WhatsApp account or a phone
number under which the trade goes on.

How it is seen: An account right behind a word that asks for contact, in a block with words
of the trade, or in a title, where no honest page has one.

What must not fire: Contact pages, company footers, customer service, journalists' addresses.

Source: Common pattern of the trade.

Example: 上门服务加微信:abc12345
"""

from __future__ import annotations

from collections.abc import Iterator

from detector.offer import account_span, offer_span
from detector.patterns import pattern
from detector.promotion import promotion
from detector.settings import thresholds
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span

DIGIT = pattern("[0-9@]")


@technique("contact-solicitation", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge the words around each account."""
    knobs = context.settings
    for index in context.suspects:
        block = page.blocks[index]
        if not DIGIT.search(block.text):
            continue
        hits = context.hits(block.index)
        start, end = account_span(block.text, hits)
        if start == end:
            continue
        account = block.text[start:end]
        left, right = offer_span(block.text, hits, start, end)
        part = context.foreign_range(index) or (left, right)
        left, right = max(left, part[0]), min(right, part[1])
        text = block.text[left:right]
        found = promotion(text, context.hits_in(text), thresholds()["promotion"])
        if not found.words and not found.evidence["stems"]:
            # A service desk or press office, unless it speaks another language than the page.
            around = context.evidence(text, found, block.index)
            if around["language"] + around["script"] < knobs["strange_speech"]:
                continue
        score = context.judge_part(block.index, text, found)
        if score < knobs["silent_below"]:
            continue
        yield Finding(
            "contact-solicitation", score, text,
            f"The account {account} is offered beside {found.about}.",
            block.place.location(), found.category or "other",
            span=Span("block", left, right, block.index),
            replacement="" if score >= knobs["foreign"] else None,
            cut=block.place if (left, right) == (0, len(block.text)) else None,
        )  # fmt: skip

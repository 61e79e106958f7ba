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

import re
from collections.abc import Iterator

from detector.promotion import bare_account, contact_span, promotion
from detector.settings import thresholds
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span

ENDS = re.compile(r"[。！？!?；;]\s*|\.\s+|\n")
DIGIT = re.compile("[0-9@]")
OPENING, CLOSING = "([【（“", ")]】）”"


@technique("contact-solicitation", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge the words around each account."""
    knobs = context.settings
    for index in context.suspects:
        block = page.blocks[index]
        if not DIGIT.search(block.text):
            continue
        hits = context.hits(block.index)
        start, end = contact_span(block.text, hits) if hits else (0, 0)
        account = block.text[start:end]
        if not account:
            account = bare_account(block.text)
            if not account:
                continue
            start = block.text.index(account)
            end = start + len(account)
        left, right = _offer(block.text, start, end, knobs["reach"])
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


def _offer(text: str, start: int, end: int, reach: int) -> tuple[int, int]:
    """The bracket or sentence that holds an account, as offsets."""
    left = max(start - reach, 0)
    for match in ENDS.finditer(text, left, start):
        left = match.end()
    right = min(end + reach, len(text))
    stop = ENDS.search(text, end, right)
    if stop:
        right = stop.start()
    for open_, close in zip(OPENING, CLOSING, strict=True):
        at = text.rfind(open_, left, start)
        until = text.find(close, end, right)
        # Brackets around the account alone are its own: 微信【abc123】.
        if 0 <= at < start - 1 and until >= 0:
            return at + 1, until
    # An account ends its offer: what follows in the sentence is the page's own.
    if stop is None and right < len(text):
        right = end
    while left < right and text[left] in " -:：,，":
        left += 1
    return left, right

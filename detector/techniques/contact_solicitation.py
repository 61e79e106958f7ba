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

from detector.promotion import contact_account
from detector.techniques import Context, technique
from detector.types import Finding, Page, Span


@technique("contact-solicitation", group="visible text")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge every block that holds a contact word."""
    knobs = context.settings
    for block in page.blocks:
        hits = context.hits(block.index)
        if not any(hit.category == "contact" for hit in hits):
            continue
        account = contact_account(block.text, hits)
        if not account:
            continue
        found = context.promotion(block.index)
        if found.words < knobs["words"]:
            continue
        foreign = context.foreignness(block.index, found)
        score = knobs["base"] + (1 - knobs["base"]) * found.words * foreign
        yield Finding(
            "contact-solicitation", min(score, 0.99), block.text,
            f"The account {account} is offered beside {found.about}.",
            block.place.location(), found.category or "other",
            span=Span("block", 0, len(block.text), block.index),
            replacement="" if foreign >= knobs["foreign"] else None, cut=block.place,
        )  # fmt: skip

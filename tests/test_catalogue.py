"""The catalogue: every technique of the contract, each with a page that says what it must."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.cli._catalogue import markdown
from detector.techniques import techniques

CONTRACT = """
title-hijack meta-hijack entity-encoded-head structured-data-spam canonical-hijack
spam-header spam-block keyword-stuffing keyword-salad title-fragment-interleaving
character-substitution bracketed-transliteration noise-characters spun-text
contact-solicitation comment-spam search-reflection template-leftover fake-byline
hidden-text hidden-links offscreen-links tiny-text invisible-colour marquee-links
noscript-links overlay-frame after-html conditional-redirect script-hides-block
script-writes-links obfuscated-script meta-refresh off-topic-links link-farm
outbound-spam-links cloaking hidden-instructions
""".split()


def test_every_technique_of_the_contract_is_there() -> None:
    assert set(CONTRACT) <= set(techniques())


@pytest.mark.parametrize("name", sorted(techniques()))
def test_its_page_says_what_it_must(name: str) -> None:
    page = techniques()[name].page
    for part in ("What attackers do", "How it is seen", "What must not fire", "Source", "Example"):
        assert f"{part}:" in page, part


def test_the_document_is_what_the_command_prints() -> None:
    document = Path(__file__).parents[1] / "docs" / "techniques.md"
    assert document.read_text("utf-8") == markdown()

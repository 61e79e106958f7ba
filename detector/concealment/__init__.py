"""Hidden parts of a page, and how much they look like somebody else's.

A concealed part is everything hidden by one element (`parts`); it is compared with the visible
page (`surroundings`, `letters`), judged (`judging`) and told (`reporting`).
"""

from __future__ import annotations

from detector.concealment.judging import Suspicion, judged_parts, keyword_shape, suspicion
from detector.concealment.letters import FEW_LETTERS, alien_script, scripts_of
from detector.concealment.parts import (
    Concealed,
    common_sites,
    concealed_parts,
    domain,
    foreign_sites,
    words_weight,
)
from detector.concealment.reporting import concealment_findings, wordy_blocks
from detector.concealment.surroundings import Surroundings

__all__ = [
    "FEW_LETTERS",
    "Concealed",
    "Surroundings",
    "Suspicion",
    "alien_script",
    "common_sites",
    "concealed_parts",
    "concealment_findings",
    "domain",
    "foreign_sites",
    "judged_parts",
    "keyword_shape",
    "scripts_of",
    "suspicion",
    "words_weight",
    "wordy_blocks",
]

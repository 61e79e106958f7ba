"""Which findings are taken out of a page.

On a page that the model calls injected or spam: all that are sure enough. On one that it calls
clean: those alone that are nearly certain by themselves, because one such fact is hardly
evidence about the page and is foreign all the same. The scores from which a technique stands
alone are the table `[alone]` of `data/thresholds.toml`.
"""

from __future__ import annotations

from collections.abc import Sequence

from detector.settings import thresholds
from detector.types import Finding, Label

UNNAMED = frozenset(("", "other"))


def removable(findings: Sequence[Finding], label: Label) -> tuple[Finding, ...]:
    """The findings that cleaning a page with such a label acts on, in their order."""
    if label != "clean":
        return tuple(findings)
    return tuple(finding for finding in findings if stands_alone(finding))


def stands_alone(finding: Finding) -> bool:
    """Whether a finding is sure enough to be taken out of a page that is clean otherwise."""
    table = thresholds()["alone"]
    trade = table["trade"] if finding.category not in UNNAMED else {}
    least = trade.get(finding.technique, table["any"].get(finding.technique))
    return least is not None and finding.score >= least

"""Sentences about sites in the language of a report, and who may read addresses in them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from detector.report.printable import printable

if TYPE_CHECKING:
    from detector.sites import SiteFinding


@cache
def words(lang: str) -> Mapping[str, str]:
    """The words of reports in a language; English where there is none."""
    data = (files("detector") / "data" / "report" / "words.toml").read_text("utf-8")
    tables = tomllib.loads(data)
    found: Mapping[str, str] = tables.get(lang) or tables["en"]
    return found


def about_site(finding: SiteFinding, lang: str = "en") -> str:
    """One sentence, without the site's name and the examples."""
    known = words(lang)
    comma = "、" if lang == "zh" else ", "
    reasons = comma.join(known[f"reason_{reason}"] for reason in finding.reasons)
    form = known["site_" + finding.kind + ("" if finding.count != 1 else "_one")]
    return printable(form.format(count=f"{finding.count:,}", detail=finding.detail,
                                 reasons=reasons))  # fmt: skip

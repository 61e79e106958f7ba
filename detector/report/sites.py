"""What pages of one site say together, one JSON object a site; pages are not listed."""

from __future__ import annotations

from typing import Any, BinaryIO

from detector.report import Summary
from detector.report.jsonl import to_line
from detector.report.sentences import about_site

SCHEMA = "detector.site/1"


class Renderer:
    """A line a site at the end; the summary has them all."""

    SITES = True

    def __init__(
        self,
        out: BinaryIO,
        *,
        colour: bool = False,
        width: int = 0,
        verbose: bool = False,
        lang: str = "en",
    ) -> None:
        self._write = out.write

    def start(self) -> None:
        """Nothing until the end: the last page may be the one that tells."""

    def page(self, line: bytes) -> None:
        """Nothing: pages stand in the other formats."""

    def finish(self, summary: Summary) -> None:
        """Writes a line a site."""
        told: dict[str, list[dict[str, Any]]] = {}
        for finding in summary.sites:
            about = {"message": about_site(finding)} | finding.to_json()
            del about["site"]
            told.setdefault(finding.site, []).append(about)
        for site in dict.fromkeys((*summary.site_labels, *told)):
            labels = summary.site_labels.get(site, {})
            record = {
                "schema": SCHEMA,
                "site": site,
                "pages": sum(labels.values()),
                "labels": dict(labels),
                "findings": told.get(site, []),
            }
            self._write(to_line(record))

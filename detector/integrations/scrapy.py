"""Scrapy: pages scanned as they are downloaded, or items before they are stored.

    ITEM_PIPELINES = {"detector.integrations.scrapy.DetectorPipeline": 300}
    DOWNLOADER_MIDDLEWARES = {"detector.integrations.scrapy.DetectorMiddleware": 560}

Settings: `DETECTOR_POLICY` and `DETECTOR_MODEL` (paths), `DETECTOR_DROP` (actions for
which items are dropped and responses ignored, by default `["block"]`), `DETECTOR_FIELDS`
(where an item's page stands, the first one counts), `DETECTOR_URL_FIELD`. The stats count
`detector/allow`, `detector/review`, `detector/block`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem, IgnoreRequest
from scrapy.http import TextResponse

from detector.policy import Decision
from detector.scan import Scanner
from detector.types import Result

FIELDS = ("html", "body", "content", "text")
FIELD = "detector"


class _Scanning:
    def __init__(self, crawler: Any) -> None:
        settings = crawler.settings
        policy = settings.get("DETECTOR_POLICY")
        self.scanner = Scanner(settings.get("DETECTOR_MODEL"), Path(policy) if policy else None)
        self.drop = frozenset(settings.getlist("DETECTOR_DROP", ["block"]))
        self.fields = settings.getlist("DETECTOR_FIELDS", FIELDS)
        self.url_field = settings.get("DETECTOR_URL_FIELD", "url")
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Any) -> Any:
        """Scrapy's way to make one."""
        return cls(crawler)

    def decide(self, page: bytes | str, url: str, charset: str = "") -> dict[str, Any]:
        """What follows for a page, counted."""
        result = self.scanner.scan(page, uri=url, charset=charset)
        decision = self.scanner.decide(result)
        self.stats.inc_value(f"detector/{decision.action}")
        return _plain(result, decision)


class DetectorPipeline(_Scanning):
    """Puts the decision into the item's field `detector`; drops items of `DETECTOR_DROP`."""

    def process_item(self, item: Any, spider: Any = None) -> Any:
        """Scan one item. Items without a page pass."""
        adapter = ItemAdapter(item)
        page = next((adapter[f] for f in self.fields if adapter.get(f)), None)
        if not isinstance(page, bytes | str):
            return item
        found = self.decide(page, str(adapter.get(self.url_field) or ""))
        if found["action"] in self.drop:
            raise DropItem(" ".join(found["reasons"]))
        names = adapter.field_names()
        if adapter.is_item(item) and (isinstance(item, dict) or FIELD in names):
            adapter[FIELD] = found
        return item


class DetectorMiddleware(_Scanning):
    """Puts the decision into `response.meta["detector"]`; ignores responses of `DETECTOR_DROP`."""

    def process_response(self, request: Any, response: Any, spider: Any = None) -> Any:
        """Scan one response. What is no text passes."""
        if not isinstance(response, TextResponse) or not response.body:
            return response
        declared = (response.headers.get("Content-Type") or b"").decode("latin-1").lower()
        charset = declared.partition("charset=")[2].strip("\"' ")
        found = self.decide(response.body, response.url, charset)
        request.meta[FIELD] = found
        if found["action"] in self.drop:
            raise IgnoreRequest(" ".join(found["reasons"]))
        response.flags.append(f"detector-{found['action']}")
        return response


def _plain(result: Result, decision: Decision) -> dict[str, Any]:
    verdict = result.verdict
    return {
        "action": decision.action,
        "reasons": list(decision.reasons),
        "label": verdict.label if verdict else None,
        "categories": list(verdict.categories) if verdict else [],
    }

"""Scrapy with the pipeline and the middleware, on pages of a local server."""

from __future__ import annotations

import functools
import http.server
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"
CRAWL = """
import json, sys
import scrapy
from scrapy.crawler import CrawlerProcess

class Pages(scrapy.Spider):
    name = "pages"
    start_urls = sys.argv[2:]
    def parse(self, response):
        yield {"url": response.url, "html": response.text, "seen": response.meta.get("detector")}

found = []
process = CrawlerProcess({"LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False,
    "ROBOTSTXT_OBEY": False, **json.loads(sys.argv[1])})
crawler = process.create_crawler(Pages)
def keep(item):
    found.append(item)

crawler.signals.connect(keep, scrapy.signals.item_scraped)
process.crawl(crawler)
process.start()
stats = {k: v for k, v in crawler.stats.get_stats().items() if k.startswith("detector/")}
print(json.dumps([[{k: v for k, v in item.items() if k != "html"} for item in found], stats]))
"""


def crawl(settings: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(SAMPLES))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        names = ("en-clean-news.html", "en-injected-hidden-links.html")
        urls = [f"http://127.0.0.1:{server.server_port}/{name}" for name in names]
        run = subprocess.run(
            [sys.executable, "-c", CRAWL, json.dumps(settings), *urls],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        server.shutdown()
    assert run.returncode == 0 and not run.stderr.count("Traceback"), run.stderr
    items, stats = json.loads(run.stdout)
    return items, stats


def test_the_pipeline_adds_the_decision_and_drops_what_is_blocked() -> None:
    items, stats = crawl({"ITEM_PIPELINES": {"detector.integrations.scrapy.DetectorPipeline": 300}})
    assert [item["url"].rpartition("/")[2] for item in items] == ["en-clean-news.html"]
    assert items[0]["detector"]["action"] == "allow" and items[0]["detector"]["label"] == "clean"
    assert stats == {"detector/allow": 1, "detector/block": 1}


def test_the_middleware_marks_responses_and_ignores_what_is_told() -> None:
    middleware = {"detector.integrations.scrapy.DetectorMiddleware": 560}
    items, stats = crawl({"DOWNLOADER_MIDDLEWARES": middleware, "DETECTOR_DROP": []})
    assert {item["seen"]["action"] for item in items} == {"allow", "block"}
    assert stats == {"detector/allow": 1, "detector/block": 1}
    items, _ = crawl({"DOWNLOADER_MIDDLEWARES": middleware})
    assert [item["seen"]["label"] for item in items] == ["clean"]

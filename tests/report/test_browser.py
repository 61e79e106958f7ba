"""The HTML report in Chromium: 10,000 pages open quickly, filters work, scripts off too."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.report import Summary
from detector.report.html import Renderer
from detector.report.jsonl import to_line

pytestmark = pytest.mark.browser
PAGES = 10_000
SECONDS = 3.0
MARKS = (
    "赌场 & <b>bonus</b>",
    "</script><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">",
)


def record(number: int) -> dict[str, Any]:
    """A page: two of three honest, the others with evidence that attackers wrote."""
    label = ("clean", "injected", "spam")[number % 9 % 3] if number % 3 else "clean"
    text = f"online casino {MARKS[number % 2]} {number}"
    place = {"where": "body", "path": "html > body > p", "line": number % 90 + 1, "column": 3}
    finding = {
        "technique": ("spam-block", "hidden-links", "title-hijack")[number // 3 % 3],
        "category": "gambling",
        "score": 0.9,
        "text": text,
        "href": f"https://x{number}.example/",
        "location": place,
        "span": {"of": "text", "start": 0, "end": len(text)},
        "message": "A block promotes what the page is not about.",
    }
    shares = {"clean": 0.02, "injected": 0.03, "spam": 0.02, label: 0.95}
    removed = {"start": 0, "end": len(text), "text": text, "technique": "spam-block"}
    foreign = label != "clean"
    return {
        "schema": "detector.result/1",
        "uri": f"https://site{number % 40}.example/news/{number}.html",
        "input": {
            "kind": "html", "bytes": 4000, "encoding": "utf-8", "language": "en", "truncated": False
        },
        "label": label,
        "probabilities": shares,
        "categories": ["gambling"] if foreign else [],
        "findings": [finding] * (1 + number % 3) if foreign else [],
        "content": {
            "title": f"News {number}", "text": text + " and the news of the day." * 20,
            "clean_text": " and the news of the day." * 20, "removed": [removed] if foreign else [],
        },
        "related_links": [],
        "model": {"name": "default", "version": "1", "sha256": "0" * 64},
        "elapsed_ms": 2.0,
        "error": None,
    }  # fmt: skip


def write(path: Path, pages: int, lang: str = "en") -> Path:
    with path.open("wb") as out:
        made = Renderer(out, lang=lang)
        made.start()
        summary = Summary()
        for number in range(pages):
            one = record(number)
            summary.count(one["label"])
            made.page(to_line(one))
        summary.seconds = 60.0
        made.finish(summary)
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("report") / "report.html", PAGES)


@pytest.fixture
def browser() -> Iterator[Callable[..., Any]]:
    """Opens Chromium on a file; `scripts=False` switches scripts off."""
    from selenium import webdriver

    program = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("no Chromium here")
    opened = []

    def open_(path: Path, scripts: bool = True, width: int = 1280) -> Any:
        options = webdriver.ChromeOptions()
        options.binary_location = program
        for flag in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            f"--window-size={width},900",
        ):
            options.add_argument(flag)
        if not scripts:
            settings = {"profile.managed_default_content_settings.javascript": 2}
            options.add_experimental_option("prefs", settings)
        made = webdriver.Chrome(options, webdriver.ChromeService(driver))
        opened.append(made)
        made.get(path.as_uri())
        if folder := os.environ.get("SCREENSHOTS"):
            name = f"{path.stem}-{width}-{'scripts' if scripts else 'plain'}.png"
            made.save_screenshot(str(Path(folder) / name))
        return made

    yield open_
    for made in opened:
        made.quit()


def shown(driver: Any) -> int:
    """Rows of the list that a reader sees."""
    script = "return [...document.querySelectorAll('tbody tr')].filter(r => r.offsetParent).length"
    return int(driver.execute_script(script))


def test_it_opens_soon(report: Path, browser: Callable[..., Any]) -> None:
    driver = browser(report)
    script = (
        "const t = performance.getEntriesByType('navigation')[0];"
        "return Math.max(t.loadEventEnd, t.domComplete)"
    )
    times = []
    for _ in range(5):  # the best: what else the machine does is not the report's doing
        times.append(driver.execute_script(script))
        if 0 < times[-1] < SECONDS * 1000:
            break
        driver.refresh()
    assert 0 < min(times) < SECONDS * 1000
    assert driver.title != "run"


def test_a_link_to_the_first_page_shows_its_evidence_as_text(
    tmp_path: Path, browser: Callable[..., Any]
) -> None:
    driver = browser(write(tmp_path / "small.html", 60))
    driver.get((tmp_path / "small.html").as_uri() + "#first")
    driver.refresh()
    opened = driver.find_element("css selector", "tr.detail")
    assert "</script><script>" in opened.text  # every part is text
    assert "<script>" in opened.find_element("css selector", "del").text
    assert driver.title != "run"


def test_scripts_off(tmp_path: Path, browser: Callable[..., Any]) -> None:
    driver = browser(write(tmp_path / "small.html", 60), scripts=False)
    text = driver.find_element("tag name", "body").text
    assert "site1.example" in text
    assert "spam" in text
    assert "promotes what the page is not about" in text  # the evidence is markup then


def test_filters(report: Path, browser: Callable[..., Any]) -> None:
    from selenium.webdriver.support.ui import Select

    driver = browser(report)
    find = driver.find_element
    count = lambda: find("id", "shown").text.split(" / ")[0]  # noqa: E731
    assert count() == "10000"
    Select(find("id", "label")).select_by_value("spam")
    spam = sum(record(n)["label"] == "spam" for n in range(PAGES))
    assert count() == str(spam) == str(shown(driver))
    Select(find("id", "tech")).select_by_value("hidden-links")
    assert 0 < int(count()) < spam
    Select(find("id", "tech")).select_by_value("")
    find("id", "q").send_keys("https://site7.example")  # as people write it, not as it is shown
    time.sleep(0.5)
    assert 0 < int(count()) < spam
    driver.execute_script("document.querySelector('tbody tr[data-d]:not([hidden])').click()")
    opened = find("css selector", "tr.detail")
    assert "online casino" in opened.text
    assert not opened.find_elements("css selector", "a, b, script")
    # What several findings of one technique say in the same words stands there once.
    assert opened.text.count("promotes what the page is not about") == 1
    driver.execute_script("document.querySelector('tbody tr.open').click()")
    assert not driver.find_elements("css selector", "tr.detail, tr.open")
    if folder := os.environ.get("SCREENSHOTS"):
        driver.save_screenshot(str(Path(folder) / "filtered.png"))


@pytest.mark.parametrize("width", [400, 1280])
def test_no_width_needs_scrolling_sideways(
    tmp_path: Path, browser: Callable[..., Any], width: int
) -> None:
    driver = browser(write(tmp_path / "zh.html", 200, "zh"), width=width)
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert driver.execute_script(wide) <= 0
    assert "页" in driver.find_element("tag name", "body").text

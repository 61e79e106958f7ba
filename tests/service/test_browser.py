"""The review pages in Chromium: a reviewer's work, and what must not run there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from running import CLEAN, INJECTED, PASSWORD, SAMPLES, SPAM, Running, running
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from detector.learn.gate import promote
from detector.model import default_folder

pytestmark = pytest.mark.browser

MARK = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
HOSTILE = (
    f"<title>News {MARK}</title><body onload=\"top.document.title='owned'\"><p>The council met."
    f"{MARK}</p><svg><script>top.document.title='owned'</script></svg><iframe srcdoc=\"{MARK}\">"
    "</iframe><a href='javascript:top.document.title=1'>x</a><div style='display:none'>"
    f'<a href="https://win.example/?\'{MARK}">online casino bonus slots {MARK}</a></div>'
)


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium and shutil.which("chromedriver"), "make test-browser installs them"
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--window-size=1280,1000"):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(
        options=options, service=webdriver.ChromeService(shutil.which("chromedriver"))
    )
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service of this file's own: its queue is what is put there."""
    with running(tmp_path_factory.mktemp("browser")) as made:
        yield made


def put(api: httpx.Client, page: bytes, **query: str) -> str:
    headers = {"content-type": "text/html; charset=utf-8"}
    return str(api.post("/v1/scan", params=query, content=page, headers=headers).json()["id"])


def login(browser: webdriver.Chrome, service: Running, name: str, path: str = "/") -> None:
    browser.get(service.url + "/review/login")
    browser.delete_all_cookies()
    browser.get(service.url + "/review" + path)
    browser.find_element(By.NAME, "name").send_keys(name)
    browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
    WebDriverWait(browser, 10).until(lambda b: b.find_elements(By.CSS_SELECTOR, "form.who"))


def press(browser: webdriver.Chrome, keys: str) -> None:
    """Press keys, and wait for another page where one comes."""
    body = browser.find_element(By.TAG_NAME, "body")
    before = browser.current_url
    body.send_keys(keys)
    ends = time.monotonic() + 10
    while browser.current_url == before and time.monotonic() < ends:
        time.sleep(0.02)


def heading(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "h1").text


def test_a_reviewer_works_through_a_queue_by_keys(
    browser: webdriver.Chrome, own: Running, tmp_path: Path
) -> None:
    api = own.client()
    sides = [put(api, INJECTED.replace(b"footbridge", f"footbridge {n}".encode(), 1),
                 url=f"https://site{n}.example/") for n in range(3)]  # fmt: skip
    spam = put(api, SPAM, url="https://win.example/", author="mallory")
    kit = put(api, (SAMPLES / "zh-injected-kit.html").read_bytes(), url="https://a.example/")
    login(browser, own, "li")
    assert heading(browser) == "Queue 5"
    press(browser, Keys.ENTER)
    seen = []
    while "/pages/" in browser.current_url and len(seen) < 9:
        name = browser.current_url.split("/pages/")[1].partition("?")[0]
        seen.append(name)
        frame = browser.find_element(By.NAME, "original")
        assert frame.get_attribute("sandbox") == ""
        browser.switch_to.frame(frame)
        assert browser.find_elements(By.CSS_SELECTOR, "[id^=f]")
        browser.switch_to.default_content()
        if name == kit:
            assert browser.find_elements(By.CSS_SELECTOR, "#text del")
            spans = browser.find_element(By.ID, "spans")
            browser.execute_script(
                "const t = document.querySelector('#text').firstChild, r = document.createRange();"
                "r.setStart(t, 0); r.setEnd(t, 4); getSelection().removeAllRanges();"
                "getSelection().addRange(r);"
                "document.querySelector('#text').dispatchEvent(new Event('mouseup'));"
            )
            assert len(spans.get_property("value")) == 4
            press(browser, "p")
        else:
            press(browser, "s" if name == spam else "i")
    assert sorted(seen) == sorted([*sides, spam, kit]) and heading(browser) == "Queue 0"
    login(browser, own, "root", "/model")
    assert "100.0 %" in browser.find_element(By.TAG_NAME, "main").text
    cookies = {c["name"]: c["value"] for c in browser.get_cookies()}
    exported = httpx.get(own.url + "/review/export", cookies=cookies).text
    lines = {one["id"]: one for one in map(json.loads, exported.splitlines())}
    assert {name: lines[name]["label"] for name in seen} == {
        **dict.fromkeys(sides, "injected"), spam: "spam", kit: "injected",
    }  # fmt: skip
    assert lines[kit]["spans"][0]["text"]


def test_a_campaign_is_decided_in_one_step(browser: webdriver.Chrome, own: Running) -> None:
    api = own.client()
    page = INJECTED.replace(b"mill", b"weir")
    names = [put(api, page + b"<!-- %d -->" % n, url=f"https://c{n}.example/") for n in range(3)]
    login(browser, own, "wang", "/campaigns")
    browser.find_element(By.CSS_SELECTOR, ".campaign button.injected").click()
    WebDriverWait(browser, 10).until(lambda b: not b.find_elements(By.CLASS_NAME, "campaign"))
    assert {api.get(f"/v1/results/{n}").json()["settled"] for n in names} == {"injected"}


def test_nothing_of_a_page_runs_or_loads(browser: webdriver.Chrome, own: Running) -> None:
    api = own.client()
    name = put(api, HOSTILE.encode(), url=f"https://town.example/{MARK}", author=MARK, site=MARK)
    said = {"id": name, "label": "spam", "who": MARK[:100], "note": MARK}
    assert api.post("/v1/feedback", json=said).status_code == 201
    login(browser, own, "root")
    browser.get_log("performance")
    browser.get_log("browser")
    for path in (f"/?state=all&q={MARK}", f"/?state=all&category={MARK}", f"/pages/{name}",
                 f"/pages/{name}/original", "/campaigns?state=all", "/audit", "/model",
                 f"/pages/{MARK}", f"/login?next={MARK}"):  # fmt: skip
        browser.get(own.url + "/review" + path)
        time.sleep(0.2)
        assert browser.title not in ("owned", "1"), path
        assert not browser.find_elements(By.CSS_SELECTOR, "main img, main script, body > img")
    asked = [
        json.loads(entry["message"])["message"]["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        if '"Network.requestWillBeSent"' in entry["message"]
    ]
    assert asked and all(url.startswith((own.url, "data:")) for url in asked), asked
    assert not [e for e in browser.get_log("browser") if "Content Security" in e["message"]]


@pytest.mark.parametrize(("width", "height"), [(375, 800), (1280, 1000)])
def test_pages_fit_a_phone_and_name_their_parts(
    browser: webdriver.Chrome, own: Running, width: int, height: int
) -> None:
    name = put(own.client(), CLEAN, url="https://town.example/" + "long" * 60)
    login(browser, own, "root")
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500,
    })  # fmt: skip
    for path in ("/?state=all&action=any", "/campaigns?state=all", f"/pages/{name}", "/trends"):
        browser.get(own.url + "/review" + path)
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width, path
        unnamed = browser.execute_script(
            "return [...document.querySelectorAll('input:not([type=hidden]), select, textarea, "
            "button, iframe, svg[role=img]')].filter(e => !(e.labels?.length || e.title || "
            "e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.outerHTML)"
        )
        assert unnamed == []
        assert browser.find_elements(By.TAG_NAME, "main") and heading(browser)
        assert browser.execute_script("return document.documentElement.lang") == "en"
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_next_model_learns_from_what_was_decided(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    """A page that reviewers call clean is flagged less by the model that their export trains."""
    shutil.copytree(default_folder(), tmp_path / "model")
    with running(tmp_path, "--model", str(tmp_path / "model")) as made:
        api = made.client()
        pages = [path for path in sorted(SAMPLES.iterdir()) if path.suffix == ".html"]
        names = {put(api, p.read_bytes(), url=f"https://{p.stem}.example/"): p for p in pages}
        doubtful = min(names, key=lambda n: abs(not_clean(api, n) - 0.5))
        login(browser, made, "li", "/?state=open&action=any")
        press(browser, Keys.ENTER)
        for _ in names:
            name = browser.current_url.split("/pages/")[1].partition("?")[0]
            stem = names[name].stem
            press(browser, "s" if "spam" in stem else "c" if name == doubtful else
                  "i" if "injected" in stem else "c")  # fmt: skip
        login(browser, made, "root")
        cookies = {c["name"]: c["value"] for c in browser.get_cookies()}
        labels = tmp_path / "labelled.jsonl"
        labels.write_bytes(httpx.get(made.url + "/review/export", cookies=cookies).content)
        command = [sys.executable, "-m", "detector", "train", str(labels), "--base", "default"]
        command += ["--output", str(tmp_path / "next"), "--no-cache", "-j", "1"]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        before = not_clean(api, doubtful)
        old = api.get(f"/v1/results/{doubtful}").json()["model"]["sha256"]
        promote(tmp_path / "next", tmp_path / "model")
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            again = put(api, names[doubtful].read_bytes(), url="https://again.example/")
            if api.get(f"/v1/results/{again}").json()["model"]["sha256"] != old:
                break
            time.sleep(0.2)
        assert not_clean(api, again) < before
        browser.get(made.url + "/review/model")
        assert "next" in heading(browser)


def not_clean(api: httpx.Client, name: str) -> float:
    return 1.0 - float(api.get(f"/v1/results/{name}").json()["probabilities"]["clean"])

"""Review pages without a browser: logins, forms, roles, what is shown."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from running import CLEAN, INJECTED, PASSWORD, SAMPLES, SPAM, Running

from detector.service.figures import wilson

EVIL = (
    b"<title>News</title><script>parent.document.title='owned'</script><p>The council met.</p>"
    b"<img src=x onerror=alert(1)><a href='javascript:alert(1)'>go</a>"
    b"<iframe src=//e.example></iframe><svg onload=alert(1)><style>p{color:red}</style></svg>"
    b"<form action=//e.example><input value=v></form><div style='display:none' onclick=alert(1)><a href='https://win.example/?\"><script>'>"
    b"online casino bonus slots</a></div>"
)


def login(service: Running, name: str = "li") -> httpx.Client:
    client = service.client("")
    answer = client.post("/review/login", data={"name": name, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client


def csrf(client: httpx.Client) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/review/").text)
    assert found
    return found[1]


def scan(api: httpx.Client, page: bytes = INJECTED, **query: str) -> str:
    answer = api.post(
        "/v1/scan", params=query, content=page, headers={"content-type": "text/html; charset=utf-8"}
    )
    return str(answer.json()["id"])


RATE = re.compile(r"false alarms: (\d+) of (\d+) flagged")


@pytest.mark.parametrize(
    "path", ["/", "/campaigns", "/trends", "/model", "/audit", "/export", "/pages/res_1", "/next"]
)
def test_without_a_login_there_is_the_login_page_alone(service: Running, path: str) -> None:
    answer = service.client("").get(f"/review{path}")
    assert answer.status_code == 303
    where = urlsplit(answer.headers["location"])
    assert where.path == "/review/login" and parse_qs(where.query)["next"] == [path]


def test_a_wrong_password_is_refused_and_too_many_tries_too(service: Running) -> None:
    client = service.client("")
    statuses = [
        client.post("/review/login", data={"name": "nobody", "password": "x" * 12}).status_code
        for _ in range(8)
    ]
    assert statuses[0] == 401 and statuses[-1] == 429


@pytest.mark.parametrize("to", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_a_login_leads_nowhere_else(service: Running, to: str) -> None:
    data = {"name": "li", "password": PASSWORD, "next": to}
    answer = service.client("").post("/review/login", data=data)
    assert answer.headers["location"] == "/review/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/review" in cookie


def test_every_page_is_shown_in_both_languages(service: Running, api: httpx.Client) -> None:
    name = scan(api, INJECTED, url="https://town.example/x", author="mallory")
    client = login(service, "root")
    for language, word in (("en", "Queue"), ("zh", "待审队列")):
        headers = {"accept-language": language}
        for path in ("/", "/campaigns", "/trends", "/model", "/audit", f"/pages/{name}"):
            answer = client.get(f"/review{path}", headers=headers)
            assert answer.status_code == 200, answer.text
            assert word in answer.text and "default-src 'none'" in str(answer.headers)
    page = client.get(f"/review/pages/{name}").text
    for shown in ("after-html", "mallory", "hxxps://town[.]example/x", "link-farm"):
        assert shown in page, shown
    kit = scan(api, (SAMPLES / "zh-injected-kit.html").read_bytes())
    assert "<del>" in client.get(f"/review/pages/{kit}").text


def test_the_original_is_words_and_marks_alone(service: Running, api: httpx.Client) -> None:
    name = scan(api, EVIL, url='https://town.example/"><script>alert(1)</script>')
    client = login(service)
    answer = client.get(f"/review/pages/{name}/original")
    assert "sandbox" in answer.headers["content-security-policy"]
    text = answer.text.partition("</style>")[2]
    for gone in (
        "<script",
        "onerror",
        "onclick",
        "javascript:",
        "<iframe",
        "<svg",
        "<form",
        "src=",
    ):
        assert gone not in text, gone
    assert re.search(r'<mark id="f\d+">online casino bonus slots</mark>', text), text
    assert 'data-why="display-none"' in text and "The council met." in text
    shown = client.get(f"/review/pages/{name}").text
    assert "<script>alert" not in shown and "&lt;script&gt;" in shown


def test_a_decision_is_kept_and_the_next_page_comes(service: Running, api: httpx.Client) -> None:
    name = scan(api, SPAM, url="https://one.example/")
    client = login(service)
    token = csrf(client)
    data = {"csrf": token, "label": "spam", "back": "state=open", "note": "doorway"}
    answer = client.post(f"/review/pages/{name}/decide", data=data)
    assert answer.status_code == 303
    assert api.get(f"/v1/results/{name}").json()["settled"] == "spam"
    partly = client.post(f"/review/pages/{name}/decide", data=data | {"label": "partly"})
    assert partly.status_code == 422 and "mark the foreign words" in partly.text
    data |= {"label": "partly", "spans": "slot gacor\n\n rtp live "}
    assert client.post(f"/review/pages/{name}/decide", data=data).status_code == 303
    exported = login(service, "root").get("/review/export").text.splitlines()
    (line,) = (one for one in map(json.loads, exported) if one["id"] == name)
    assert line["label"] == "injected"
    assert line["spans"] == [{"text": "slot gacor"}, {"text": "rtp live"}]


def test_trends_tell_the_rate_of_false_alarms(service: Running, api: httpx.Client) -> None:
    client = login(service)
    before = RATE.search(client.get("/review/trends").text)
    false, judged = map(int, before.groups()) if before else (0, 0)
    for number, label in enumerate(("clean", "injected", "clean")):
        page = INJECTED.replace(b"</title>", f" rate {number}</title>".encode())
        name = scan(api, page, url=f"https://rate{number}.example/")
        data = {"csrf": csrf(client), "label": label}
        assert client.post(f"/review/pages/{name}/decide", data=data).status_code == 303
    shown = client.get("/review/trends", headers={"accept-language": "en"}).text
    after = RATE.search(shown)
    assert after and tuple(map(int, after.groups())) == (false + 2, judged + 3)
    assert f"{false + 2} / {judged + 3}</td>" in shown
    chinese = client.get("/review/trends", headers={"accept-language": "zh"}).text
    assert f"{judged + 3} 个待审与拦截页面中有 {false + 2} 个是正常的" in chinese


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.278), (5, 100, 0.0215, 0.1118)],
)
def test_the_interval_of_a_rate(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=0.0005)


def test_a_campaign_is_decided_at_once(service: Running, api: httpx.Client) -> None:
    pages = [INJECTED.replace(b"</title>", f" {n}</title>".encode()) for n in range(3)]
    names = [scan(api, page, url=f"https://site{n}.example/") for n, page in enumerate(pages)]
    campaign = api.get(f"/v1/results/{names[0]}").json()["campaign"]
    assert {api.get(f"/v1/results/{n}").json()["campaign"] for n in names} == {campaign}
    client = login(service)
    assert f"campaign={campaign}" in client.get("/review/campaigns").text
    data = {"csrf": csrf(client), "campaign": campaign, "label": "injected"}
    assert client.post("/review/decide", data=data).status_code == 303
    assert {api.get(f"/v1/results/{n}").json()["settled"] for n in names} == {"injected"}


@pytest.mark.parametrize(
    ("headers", "token", "status"),
    [
        ({"origin": "https://evil.example"}, True, 403),
        ({"sec-fetch-site": "cross-site"}, True, 403),
        ({}, False, 403),
        ({"content-type": "text/plain"}, True, 415),
    ],
)
def test_forms_of_other_sites_are_refused(
    service: Running, api: httpx.Client, headers: dict[str, str], token: bool, status: int
) -> None:
    name = scan(api, CLEAN)
    client = login(service)
    data = {"csrf": csrf(client) if token else "x", "label": "spam"}
    for path in (f"/review/pages/{name}/decide", "/review/decide"):
        assert client.post(path, data=data, headers=headers).status_code == status
    assert api.get(f"/v1/results/{name}").json()["settled"] is None


def test_a_reviewer_is_no_admin_and_a_logout_ends_the_session(service: Running) -> None:
    client = login(service)
    assert client.get("/review/export").status_code == 403
    assert client.get("/review/audit").status_code == 403
    cookie = client.cookies["detector_session"]
    assert client.post("/review/logout", data={"csrf": csrf(client)}).status_code == 303
    client.cookies.set("detector_session", cookie, path="/review")
    assert client.get("/review/").status_code == 303


def test_filters_find_pages(service: Running, api: httpx.Client) -> None:
    name = scan(api, SPAM, url="https://needle-50%_x.example/")
    client = login(service)
    for query, found in (
        ("q=needle-50%25_x", True), ("q=needle-50_x", False), ("category=gambling", True),
        ("category=loans", False), ("technique=meta-hijack", True), ("technique=meta", False),
        ("state=done", False), ("action=allow", False), ("action=any&sort=new", True),
        ("state=nonsense&sort=nonsense", True), ("site=x", False),
    ):  # fmt: skip
        assert (name in client.get(f"/review/?{query}").text) is found, query

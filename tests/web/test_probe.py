"""Fetching as several visitors: a server that cloaks in six ways, one that differs honestly in six,
and addresses that are never asked."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from detector.cli import group
from detector.compare import compare
from detector.limits import Limits
from detector.scan import Scanner
from detector.web.fetch import Budget, fetch, visitors
from detector.web.pinned import RefusedError, Resolver, public
from detector.web.probe import probe

from .serving import Answer, Asked, Site, served

NEWS = """<p>The council opened the new footbridge on Monday after a year of work, and walkers
crossed it until the evening.</p><p>The old bridge was closed when inspectors found rust in two of
its pillars; repairing it would have cost more than a new one.</p>"""
SPAM = """<p><a href="https://x.example/">online casino bonus</a>,
<a href="https://y.example/">slot gacor hari ini</a>,
<a href="https://z.example/">togel online</a></p>"""
AWAY = {"location": "https://x-slots.example/go"}


def page(body: str = NEWS, title: str = "Footbridge opens", script: str = "") -> str:
    return (
        f"<!doctype html><html><head><title>{title}</title>{script}</head>"
        f"<body><h1>Footbridge opens</h1>{body}</body></html>"
    )


CLOAKING: dict[str, Site] = {
    "/links-for-baidu": lambda a: Answer(page(NEWS + SPAM * ("Baiduspider" in a.agent))),
    "/title-for-google": lambda a: Answer(
        page(title="Online casino bonus - slot gacor - togel" if "Googlebot" in a.agent else "News")
    ),
    "/searchers-sent-away": lambda a: Answer("", 302, AWAY) if a.referrer else Answer(page()),
    "/phones-sent-away": lambda a: Answer("", 301, AWAY) if "Mobile" in a.agent else Answer(page()),
    "/script-for-searchers": lambda a: Answer(
        page(
            script="<script>location.href='https://x-slots.example/'</script>" if a.referrer else ""
        )
    ),
    "/hidden-for-bots": lambda a: Answer(
        page(NEWS + f'<div style="position:absolute;left:-9999px">{SPAM}</div>' * a.bot)
    ),
}


def session(asked: Asked) -> Answer:
    if "sid=" not in asked.cookie:
        return Answer("", 302, {"location": asked.path, "set-cookie": f"sid={asked.number}"})
    return Answer(page(NEWS + f'<a href="/next?sid={asked.number}">Next</a>'))


HONEST: dict[str, Site] = {
    "/clock": lambda a: Answer(page(f"{NEWS}<p>{time.time():.0f}, {a.number} readers</p>")),
    "/ads": lambda a: Answer(
        page(f'{NEWS}<p><a href="https://shop{a.number}.example/">Garden chairs</a></p>')
    ),
    "/session": session,
    "/language": lambda a: Answer(
        page(f'<nav><a href="/">{"Home" if a.bot else "首页"}</a></nav>{NEWS}')
    ),
    "/layout": lambda a: (
        Answer("", 302, {"location": "/m/layout"})
        if "Mobile" in a.agent
        else Answer(page(f"<nav><a href='/a'>Trams</a></nav>{NEWS}<aside><p>Events</p></aside>"))
    ),
    "/m": lambda a: Answer(page(NEWS)),
    "/refusal": lambda a: (
        Answer("<title>403</title><p>No robots</p>", 403) if a.bot else Answer(page())
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    hostile: dict[str, Site] = {
        "/bomb": lambda a: Answer(
            gzip.compress(bytes(60_000_000)), headers={"content-encoding": "gzip"}
        ),
        "/loop": lambda a: Answer("", 302, {"location": f"/loop/{a.number}"}),
        "/slow": lambda a: Answer(str(time.sleep(2))),
        "/picture": lambda a: Answer(b"\x89PNG", headers={"content-type": "image/png"}),
        "/file": lambda a: Answer("", 302, {"location": "file:///etc/passwd"}),
        "/inside": lambda a: Answer("", 302, {"location": "http://169.254.169.254/latest"}),
    }
    with served({**CLOAKING, **HONEST, **hostile}) as url:
        yield url


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


@pytest.mark.parametrize("path", CLOAKING)
def test_a_server_that_cloaks(address: str, scanner: Scanner, path: str) -> None:
    record = compare(scanner, probe(address + path, allow_private=True)).to_json()
    assert record["label"] == "injected"
    redirects = any(f["technique"] == "conditional-redirect" for f in record["findings"])
    assert redirects == ("sent-away" in path or "script" in path)


@pytest.mark.parametrize("path", [path for path in HONEST if path != "/m"])
def test_a_server_that_differs_honestly(address: str, scanner: Scanner, path: str) -> None:
    record = compare(scanner, probe(address + path, allow_private=True)).to_json()
    assert record["label"] == "clean"
    assert all(not view.get("error") for view in record["views"].values())


def test_redirects_are_told(address: str) -> None:
    views = {view.name: view for view in probe(f"{address}/layout", allow_private=True).views}
    assert views["phone"].hops == (f"{address}/m/layout",)
    assert views["browser"].hops == ()


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/loop", "redirects"), ("/slow", "timeout"), ("/picture", "not-text"), ("/file", "refused")],
)
def test_limits(address: str, path: str, kind: str) -> None:
    budget = Budget(seconds=1.0)
    found = fetch(address + path, visitors()["browser"], Resolver(allow_private=True), budget)
    assert found.document.failure
    assert found.document.failure.kind == kind


def test_a_page_that_grows_is_cut(address: str) -> None:
    budget = Budget(limits=Limits(max_bytes=100_000))
    found = fetch(f"{address}/bomb", visitors()["browser"], Resolver(allow_private=True), budget)
    assert found.document.truncated or found.document.failure
    assert len(found.document.data) <= 100_000


def test_private_addresses_are_refused(address: str) -> None:
    found = fetch(address, visitors()["browser"], Resolver())
    assert found.document.failure
    assert found.document.failure.kind == "refused"
    assert "--allow-private" in found.document.failure.message


def test_a_redirect_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first host counts as public here; the second is what a cloud gives its machines."""
    monkeypatch.setattr("detector.web.pinned.public", lambda a: a == "127.0.0.1" or public(a))
    found = fetch(f"{address}/inside", visitors()["browser"], Resolver())
    assert found.hops == ("http://169.254.169.254/latest",)
    assert found.document.failure
    assert found.document.failure.kind == "refused"


def test_a_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])

    def changing(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in next(answers)]

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    resolver = Resolver()
    assert [resolver.address("a.example", 80) for _ in range(3)] == ["93.184.216.34"] * 3
    with pytest.raises(RefusedError):
        resolver.address("b.example", 80)


@pytest.mark.parametrize(
    "refused",
    "10.1.2.3 127.0.0.1 169.254.169.254 192.168.0.1 100.64.0.1 0.0.0.0 224.0.0.1 ::1 fe80::1%eth0 "
    "fd00::1 ::ffff:127.0.0.1 64:ff9b::a01:203 2002:7f00:1::".split(),
)
def test_addresses_that_are_not_public(refused: str) -> None:
    assert not public(refused)


def test_public_addresses() -> None:
    assert public("93.184.216.34")
    assert public("2606:2800:220:1::1")


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def ran(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            group(["probe", *arguments])
        told = capfd.readouterr()
        return int(str(ended.value.code)), told.out, told.err

    return ran


def test_the_command(address: str, run: Callable[..., tuple[int, str, str]]) -> None:
    url = f"{address}/links-for-baidu"
    code, out, err = run(url, "--allow-private", "--format", "jsonl")
    assert code == 1
    record = json.loads(out)
    assert {finding["view"] for finding in record["findings"]} == {"baiduspider"}
    assert "baiduspider: 200" in err
    assert run(url, "--allow-private", "--as", "browser", "--as", "phone")[0] == 0


def test_the_command_refuses(address: str, run: Callable[..., tuple[int, str, str]]) -> None:
    code, _, err = run(address)
    assert code == 2
    assert "--allow-private" in err
    assert run(address, "--as", "nobody")[0] == 2

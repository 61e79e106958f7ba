"""`detector crawl` against a local site: links, sitemap, robots, limits, two views, going on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .serving import Answer, Asked, Site, served

ROOT = Path(__file__).parents[2]
SPAM = """<p><a href="https://x.example/">online casino bonus</a>,
<a href="https://y.example/">slot gacor hari ini</a>, <a href="https://z.example/">togel</a></p>"""
seen: list[str] = []


def page(title: str, body: str = "") -> Answer:
    return Answer(
        f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>"
        "<p>The council opened the new footbridge on Monday after a year of work.</p>"
        f"<p>Buses stop on both banks again, as the transport office said.</p>{body}</body></html>"
    )


def site(asked: Asked) -> Answer:
    seen.append(asked.path)
    if asked.path == "/robots.txt":
        return Answer("User-agent: *\nDisallow: /private\n", headers={"content-type": "text/plain"})
    if asked.path == "/sitemap.xml":
        places = "".join(f"<url><loc>http://{{host}}/s{n}</loc></url>" for n in range(3))
        host = asked.host
        return Answer(
            f'<?xml version="1.0"?><urlset>{places.format(host=host)}'
            "<url><loc>https://elsewhere.example/x</loc></url></urlset>",
            headers={"content-type": "application/xml"},
        )
    if asked.path == "/":
        links = [f"/n{n}" for n in range(6)] + ["/private/x", "https://elsewhere.example/", "/gone"]
        return page("Home", "".join(f'<a href="{link}">More news</a> ' for link in links))
    if asked.path == "/gone":
        return Answer("", 404)
    if asked.path == "/n3":
        return page("News 3", SPAM if "Baiduspider" in asked.agent else "")
    return page(f"News {asked.path}")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    sites: dict[str, Site] = {"*": site}
    with served(sites) as url:
        yield url


def crawl(*arguments: object) -> tuple[int, list[dict[str, Any]], str]:
    command = [sys.executable, "-m", "detector", "crawl", *map(str, arguments), "--delay", "0"]
    command += ["--format", "jsonl", "--workers", "1"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()], ended.stderr


def paths(records: list[dict[str, Any]]) -> set[str]:
    return {"/" + record["uri"].split("/", 3)[3] for record in records}


def test_links_are_followed_where_robots_allow_it(address: str) -> None:
    seen.clear()
    code, records, err = crawl(f"{address}/", "--allow-private")
    assert code == 0, err
    assert paths(records) == {"/", *(f"/n{n}" for n in range(6)), "/gone"}
    assert "/private/x" not in seen
    assert {r["label"] for r in records if not r["error"]} == {"clean"}


def test_a_sitemap_and_a_limit(address: str) -> None:
    assert paths(crawl(f"{address}/sitemap.xml", "--allow-private")[1]) == {"/s0", "/s1", "/s2"}
    _, records, _ = crawl(f"{address}/", "--allow-private", "--max-pages", "3")
    assert len(records) == 3


def test_two_views(address: str) -> None:
    code, records, _ = crawl(f"{address}/", "--allow-private", "--two-views")
    assert code == 1
    flagged = {r["uri"].rpartition("/")[2] for r in records if r["label"] == "injected"}
    assert flagged == {"n3"}


def test_a_crawl_goes_on(address: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = crawl(f"{address}/", "--allow-private", "--state", state, "--max-pages", "2")[1]
    seen.clear()
    second = crawl(f"{address}/", "--allow-private", "--state", state)[1]
    assert 2 <= len(first) < 8  # those under way are kept
    assert len(paths(second)) == len(second) == 8
    assert not {"/" + record["uri"].split("/", 3)[3] for record in first} & set(seen)


def test_private_addresses_are_refused(address: str) -> None:
    code, records, _ = crawl(f"{address}/")
    assert code == 2
    assert not records
    assert crawl(address.replace("127.0.0.1", "localhost"))[0] == 2

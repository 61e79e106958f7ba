"""Pages of one site against each other."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from detector.page import read_page
from detector.report import Summary, renderer
from detector.site_facts import facts, key_of, place_of, target
from detector.site_files import SiteFiles, is_site_file, random_name
from detector.sites import SiteFinding, Sites

MENU = '<nav><a href="/news/">News</a> <a href="/buses/">Buses</a> <a href="/rat/">Rat</a></nav>'
GERMAN = (
    "<p>Die neue Fußgängerbrücke über den Fluss wurde am Montag nach einem Jahr Bauzeit eröffnet. "
    "Die Stadt hat dafür zwei Millionen ausgegeben, und die Busse halten nun an beiden Ufern. "
    "Der Bürgermeister dankte den Arbeitern, die auch im Winter nicht aufgehört hatten, und "
    "den Anwohnern für ihre Geduld. Im Sommer folgt der Radweg, den der Rat beschlossen hat.</p>"
)
ENGLISH = (
    "<p>The cheapest of everything is here, and it is sent on the day on which you ask for it. "
    "Our customers come back again and again, since nobody else has so much in so many colours. "
    "Look at the list below and choose what you like; what does not fit may be sent back to us "
    "within a month, and the money comes back to you without any questions being asked.</p>"
)


@pytest.mark.parametrize(
    ("uri", "random"),
    [
        ("https://a.example/news/footbridge-opens", False),
        ("https://a.example/2024/05/12/tram.html", False),
        ("https://a.example/article/20240512.html", False),
        ("https://a.example/p/123456", False),
        ("https://a.example/schnellstrasse.html", False),
        ("https://a.example/x7k2q9w1.html", True),
        ("https://a.example/?k8f3z1q7", True),
    ],
)
def test_names_that_a_program_makes(uri: str, random: bool) -> None:
    assert random_name(uri) is random


@pytest.mark.parametrize(
    ("uri", "roots", "place"),
    [
        ("https://www.a.example/news/x.html", (), ("a.example", "news/x.html")),
        ("www/news/x.html", ("www",), ("www/", "news/x.html")),
        ("www/news/x.html", ("www/",), ("www/", "news/x.html")),
        ("news/x.html", (".",), ("./", "news/x.html")),
        ("other/x.html", ("www",), ("other/", "x.html")),
        ("x.html", ("x.html",), (".", "x.html")),
    ],
)
def test_a_page_has_a_place_in_a_site(
    uri: str, roots: tuple[str, ...], place: tuple[str, str]
) -> None:
    assert place_of(uri, roots) == place


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("/buses/", "buses"),
        ("../buses/index.html", "buses"),
        ("tram.html#top", "news/tram.html"),
        ("https://a.example/x?y=1", "x?y=1"),
        ("?page=2", "news/bridge.html?page=2"),
        ("./", "news"),
        ("../", ""),
        ("caf%C3%A9.html", "news/café.html"),
        ("#top", None),
        ("mailto:office@a.example", None),
    ],
)
def test_links_lead_to_places(href: str, path: str | None) -> None:
    assert target("news/bridge.html", href) == path


def test_a_folder_and_its_index_are_one_place() -> None:
    assert key_of("/news/index.html") == key_of("news/") == key_of("news") == "news"


def html(body: str, menu: str = MENU, language: str = "de") -> str:
    return (
        f'<!doctype html><html lang="{language}"><title>x</title><body>{menu}{body}</body></html>'
    )


def own_pages(count: int = 30) -> list[tuple[str, str, str]]:
    """Path, source and label of a site's own pages; each links to the next."""
    made = []
    for n in range(count):
        link = f'<p><a href="/news/bridge-{(n + 1) % count}.html">Mehr</a></p>'
        made.append((f"news/bridge-{n}.html", html(GERMAN + link), "clean"))
    return made


def found_in(
    pages: list[tuple[str, str, str]], files: dict[str, str] | None = None
) -> list[SiteFinding]:
    sites, listed = Sites(), SiteFiles()
    for path, source, label in pages:
        sites.add(facts(read_page(source, uri=f"https://a.example/{path}")), label)
    for name, text in (files or {}).items():
        listed.add(f"https://a.example/{name}", text.encode())
    return sites.findings(listed)


def test_a_site_alone_says_nothing() -> None:
    assert not found_in(own_pages())


def test_random_paths_in_a_foreign_language() -> None:
    pages = [(f"q{n}w7x{n}z9.html", html(ENGLISH, "", "en"), "clean") for n in range(40)]
    found = found_in(own_pages() + pages)
    (many,) = [one for one in found if one.kind == "foreign-language"]
    assert (many.site, many.detail, many.count) == ("a.example", "en", 40)
    assert len(many.examples) == 3


def test_a_site_in_two_languages_is_honest() -> None:
    pages = [(f"en/bridge-{n}.html", html(ENGLISH, MENU, "en"), "clean") for n in range(40)]
    assert not found_in(own_pages() + pages)


def test_random_names_in_the_own_language_are_honest() -> None:
    pages = [(f"q{n}w7x{n}z9.html", html(GERMAN), "clean") for n in range(40)]
    assert not found_in(pages)
    assert not found_in(own_pages() + pages)


def test_a_page_of_its_own_template_in_another_language_that_nothing_links_to() -> None:
    strange = ("wp/cheap.html", html(ENGLISH + '<a href="/wp/other.html">x</a>', "", "en"), "clean")
    (one,) = found_in([*own_pages(), strange])
    assert one.kind == "foreign-pages"
    assert one.reasons == ("own-template", "orphan", "foreign-language")
    assert one.examples == ("https://a.example/wp/cheap.html",)


@pytest.mark.parametrize(
    ("path", "body", "menu", "language"),
    [
        ("landing.html", GERMAN, "", "de"),  # a page of its own for a campaign
        ("english.html", ENGLISH, MENU, "en"),  # one translated page, with the site's menu
        ("google7f3a9b2c1d.html", "google-site-verification: google7f3a9b2c1d.html", "", "en"),
        ("404.html", "<p>Not found. Please go back to where you came from.</p>", "", "en"),
    ],
)
def test_one_or_two_reasons_are_honest(path: str, body: str, menu: str, language: str) -> None:
    assert not found_in([*own_pages(), (path, html(body, menu, language), "clean")])


def test_one_reason_is_enough_beside_a_verdict() -> None:
    strange = ("landing.html", html(GERMAN, ""), "spam")
    (one,) = found_in([*own_pages(), strange])
    assert one.reasons == ("own-template", "orphan", "flagged")


def test_doorways_that_link_to_each_other_are_orphans() -> None:
    ring = [
        (f"door-{n}.html", html(GERMAN + f'<a href="/door-{(n + 1) % 5}.html">x</a>', ""), "spam")
        for n in range(5)
    ]
    (one,) = found_in(own_pages() + ring)
    assert one.count == 5
    assert "orphan" in one.reasons


def test_nobody_is_an_orphan_where_a_part_of_a_site_was_read() -> None:
    unlinked = [(f"news/{n}/bridge.html", html(GERMAN, ""), "clean") for n in range(30)]
    assert not found_in([*unlinked, ("landing.html", html(GERMAN, ""), "spam")])


def sitemap(*addresses: str) -> str:
    return "<urlset>" + "".join(f"<url><loc>{a}</loc></url>" for a in addresses) + "</urlset>"


LISTED = tuple(f"https://a.example/news/bridge-{n}.html" for n in range(30))


def test_a_sitemap_that_lists_its_site_is_honest() -> None:
    assert not found_in(own_pages(), {"sitemap.xml": sitemap(*LISTED)})


def test_entries_of_another_site() -> None:
    files = {"sitemap.xml": sitemap(*LISTED, "https://bet.example/a", "https://bet.example/b")}
    (one,) = found_in(own_pages(), files)
    assert (one.kind, one.count, one.detail) == ("sitemap-hosts", 2, "bet.example")


def test_the_same_owner_in_another_country_is_honest() -> None:
    sites, listed = Sites(), SiteFiles()
    for path, source, label in own_pages():
        sites.add(facts(read_page(source, uri=f"https://www.bridge.de/{path}")), label)
    listed.add("https://bridge.de/sitemap.xml", sitemap("https://bridge.fr/", *LISTED).encode())
    assert [f.detail for f in sites.findings(listed)] == []


def test_random_names_that_no_page_links_to() -> None:
    names = [f"https://a.example/q{n}w7x{n}z9.html" for n in range(60)]
    (one,) = found_in(own_pages(), {"sitemap.xml": sitemap(*LISTED, *names)})
    assert (one.kind, one.count) == ("sitemap-names", 60)


def test_random_names_that_pages_link_to_are_honest() -> None:
    names = [f"q{n}w7x{n}z9.html" for n in range(60)]
    links = "".join(f'<a href="/{name}">Film</a>' for name in names)
    pages = [*own_pages(), ("films.html", html(GERMAN + links), "clean")]
    listed = sitemap(*LISTED, *(f"https://a.example/{name}" for name in names))
    assert not found_in(pages, {"sitemap.xml": listed})


def test_robots_names_a_sitemap_elsewhere() -> None:
    own = "User-agent: *\nSitemap: https://www.a.example/sitemap.xml\n"
    assert not found_in(own_pages(), {"robots.txt": own})
    (one,) = found_in(own_pages(), {"robots.txt": own + "Sitemap: https://bet.example/s.xml\n"})
    assert (one.kind, one.examples) == ("robots-sitemap", ("https://bet.example/s.xml",))


def test_a_hostile_sitemap_is_read_in_linear_time_and_bounded() -> None:
    files = SiteFiles()
    spaces = "<urlset><loc>" + " " * 2_000_000 + "</loc>"
    many = "".join(f"<loc>https://h{n}.example/x</loc>" for n in range(60_000))
    files.add("https://a.example/sitemap.xml", (spaces + many).encode())
    files.add("https://a.example/robots.txt", b" \t" * 500_000 + b"sitemap" + b" " * 500_000)
    (listed,) = files.sites.values()
    assert listed.entries == 50_000
    assert len(listed.hosts) <= 200


def test_a_packed_sitemap_unpacks_to_its_limit() -> None:
    files = SiteFiles()
    files.add("https://a.example/sitemap.xml.gz", gzip.compress(sitemap(*LISTED).encode()))
    files.add("https://a.example/sitemap.xml.gz", b"\x1f\x8bdamaged")
    assert files.sites["a.example"].entries == len(LISTED)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("www/robots.txt", True),
        ("www/sitemap.xml", True),
        ("www/post-sitemap2.xml.gz", True),
        ("https://a.example/sitemap_index.xml", True),
        ("www/robots.html", False),
        ("www/about-sitemaps.html", False),
    ],
)
def test_files_that_are_no_pages(name: str, found: bool) -> None:
    assert is_site_file(name) is found


def test_memory_does_not_grow_with_the_pages() -> None:
    sites = Sites()
    page = facts(read_page(html(ENGLISH, "", "en"), uri="https://a.example/q1w7x1z9.html"))
    for n in range(30_000):
        sites.add(page | {"path": n, "links": [n], "marks": [n + 7], "language": "en"}, "spam")
    (site,) = sites._sites.values()
    assert len(site.candidates) == 20_000
    assert site.numbers.itemsize * len(site.numbers) == 120_000


@pytest.mark.parametrize("form", ["table", "html", "sites"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_reports_tell_of_sites(form: str, lang: str) -> None:
    out = io.BytesIO()
    made = renderer(form)(out, lang=lang)
    made.start()
    example = "https://a.example/<b>x7k2q9.html"
    reasons = ("own-template", "orphan", "foreign-language", "random-name", "flagged")
    finding = SiteFinding("a.example", "foreign-pages", 7, (example,), reasons)
    made.finish(Summary(9, {"clean": 9}, sites=[finding], site_labels={"a.example": {"clean": 9}}))
    text = out.getvalue().decode()
    assert "<b>x7k2q9" not in text or form != "html"
    chinese = "7 个页面不像是本站自己的" in text
    assert chinese is (form == "html" and lang == "zh")
    assert chinese or "7 pages do not look like the site" in text


def test_every_finding_has_a_sentence_in_both_languages() -> None:
    from detector.report.sentences import about_site

    kinds = ("foreign-language", "foreign-pages", "sitemap-hosts", "sitemap-names")
    for kind in (*kinds, "robots-sitemap"):
        finding = SiteFinding("a.example", kind, 50, (), ("orphan",), "ja")
        assert about_site(finding, "zh") != about_site(finding, "en")


def test_a_scan_of_a_folder_compares_its_pages(tmp_path: Path) -> None:
    root = tmp_path / "www"
    strange = ("wp/cheap.html", html(ENGLISH, "", "en"), "")
    for path, source, _ in [*own_pages(), strange]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(source, "utf-8")
    (root / "robots.txt").write_text("Sitemap: https://bet.example/sitemap.xml\n")
    (root / "sitemap.xml").write_text(sitemap(*LISTED), "utf-8")
    command = [sys.executable, "-m", "detector", "scan", str(root), "-j", "1"]
    done = subprocess.run([*command, "-f", "sites"], capture_output=True, text=True, check=True)
    (site,) = map(json.loads, done.stdout.splitlines())
    assert (site["schema"], site["pages"]) == ("detector.site/1", 31)
    kinds = {one["kind"]: one for one in site["findings"]}
    assert kinds["foreign-pages"]["examples"] == [str(root / "wp/cheap.html")]
    assert kinds["robots-sitemap"]["count"] == 1

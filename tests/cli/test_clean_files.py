"""`detector clean` on files and folders of hacked pages: the page as it was comes out."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from detector.cli import group

BEFORE = """<!doctype html>
<html lang="zh"><head><meta charset="{charset}"><title>河岸步道本月开放</title></head>
<body>
<h1>河岸步道本月开放</h1>
<p>市园林处介绍，步道全长六公里，沿线种了三百棵树，设了四个饮水点，夜里有灯。</p>
<p>周末上午有志愿者带队，从东门出发，走到旧码头折返，全程大约两个小时。</p>
</body>
</html>
"""
LINKS = (
    '<a href="https://a1.example/">百家乐平台</a> <a href="https://b2.invalid/">时时彩开户</a>'
    ' <a href="https://c3.example/">真人娱乐城</a>'
)
PUT_IN = (
    f'<div style="position:absolute;top:-9999px">{LINKS}</div>',
    f'<style>#qk7{{display:none}}</style><div id="qk7">{LINKS}</div>',
    f"<div id=\"qk8\">{LINKS}</div><script>document.getElementById('qk8').hidden=true</script>",
    f"<script>document.write(\"<div style='height:0;overflow:hidden'>\")</script>{LINKS}"
    '<script>document.write("</div>")</script>',
    "<script>if(/baidu|sogou/.test(document.referrer))location.href='https://a1.example/'</script>",
)


def clean(*arguments: object) -> Result:
    return CliRunner().invoke(group, ["clean", *map(str, arguments)])


def pages(put_in: str, charset: str = "utf-8", newline: str = "\n") -> tuple[bytes, bytes]:
    """A page before and after the attack, in an encoding."""
    before = BEFORE.replace("{charset}", charset).replace("\n", newline)
    after = before.replace("</body>", put_in + "</body>")
    return before.encode(charset), after.encode(charset)


@pytest.mark.parametrize("put_in", PUT_IN)
@pytest.mark.parametrize(("charset", "newline"), [("utf-8", "\n"), ("gb18030", "\r\n")])
def test_a_hacked_page_is_as_it_was(
    tmp_path: Path, put_in: str, charset: str, newline: str
) -> None:
    before, after = pages(put_in, charset, newline)
    path = tmp_path / "page.html"
    path.write_bytes(after)
    run = clean(path, "--as", "html")
    assert run.exit_code == 0
    assert run.stdout_bytes == before


def test_a_clean_page_stays_as_it_is_byte_for_byte(tmp_path: Path) -> None:
    data = pages("")[0].replace(b"<h1>", b"\xff<h1>\x00")  # damaged, as many are
    path = tmp_path / "page.html"
    path.write_bytes(data)
    assert clean(path).stdout_bytes == data


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a hacked page, a clean one and a file that is none."""
    folder = tmp_path / "site"
    (folder / "news").mkdir(parents=True)
    before, after = pages(PUT_IN[0])
    (folder / "index.html").write_bytes(before)
    (folder / "news" / "a.html").write_bytes(after)
    (folder / "style.css").write_text("p{color:#333}")
    return folder


def test_a_folder_is_written_to_another_one(site: Path, tmp_path: Path) -> None:
    hacked = (site / "news" / "a.html").read_bytes()
    run = clean(site, "--output", tmp_path / "cleaned")
    assert run.exit_code == 0
    assert run.stdout.split() == [str(site / "news" / "a.html")]
    assert (tmp_path / "cleaned" / "news" / "a.html").read_bytes() == pages("")[0]
    assert (tmp_path / "cleaned" / "index.html").read_bytes() == pages("")[0]
    assert (tmp_path / "cleaned" / "style.css").read_text() == "p{color:#333}"
    assert (site / "news" / "a.html").read_bytes() == hacked


def test_in_place_the_first_original_is_kept(site: Path) -> None:
    page, kept = site / "news" / "a.html", site / "news" / "a.html.orig"
    hacked = page.read_bytes()
    assert clean(site, "--in-place").exit_code == 0
    assert page.read_bytes() == pages("")[0]
    assert kept.read_bytes() == hacked
    page.write_bytes(pages(PUT_IN[1])[1])  # hacked again
    assert clean(page, "--in-place").exit_code == 0
    assert page.read_bytes() == pages("")[0]
    assert kept.read_bytes() == hacked
    assert not (site / "index.html.orig").exists()


def test_a_folder_needs_a_place_that_is_not_itself(site: Path, tmp_path: Path) -> None:
    assert "--in-place" in clean(site).output
    assert clean(site, "--output", site / "cleaned").exit_code == 2
    assert clean(site, "--output", tmp_path).exit_code == 2
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("a")
    assert "is there already" in clean(site, "--output", tmp_path / "full").output
    assert "no such file" in clean(tmp_path / "nothing", "--in-place").output

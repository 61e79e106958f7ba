"""Every command line of the guides is run; the site builds; every command is known everywhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from detector.cli import group

ROOT = Path(__file__).parents[1]
# Guides of which every line is run; a line that ends in `# network` needs one.
FOLDERS = ("docs/tutorials", "docs/zh")
GUIDES = ["docs/index.md", "docs/why-flagged.md", "docs/clean-my-site.md", "README.zh.md"]
GUIDES += sorted(str(path.relative_to(ROOT)) for f in FOLDERS for path in (ROOT / f).glob("*.md"))
COMMANDS = group.list_commands(click.Context(group))
LINE = re.compile(r"^ {4,8}(detector [^\n]+)$", re.M)


def lines(name: str) -> list[str]:
    return LINE.findall((ROOT / name).read_text("utf-8"))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that the guides name."""
    samples = ROOT / "datasets" / "samples"
    (tmp_path / "site").mkdir()
    hacked = samples / "en-injected-hidden-links.html"
    for sample in (hacked, samples / "en-clean-news.html", samples / "zh-injected-kit.html"):
        shutil.copy(sample, tmp_path / "site")
    for name in ("hacked.html", "page.html", "crawler.html"):
        shutil.copy(hacked, tmp_path / name)
    shutil.copy(samples / "en-clean-news.html", tmp_path / "visitor.html")
    shutil.copy(samples / "zh-injected-kit.txt", tmp_path / "article.txt")
    (tmp_path / "detector.toml").write_text('workers = 1\n[scan]\nfail-on = "spam"\n')
    (tmp_path / "policy.toml").write_text('allowed_hosts = ["partner.example"]\n')
    archive(tmp_path / "crawl.warc.gz", hacked.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def archive(path: Path, page: bytes) -> None:
    import gzip

    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://town.example/\r\n"
        "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        "WARC-Date: 2026-01-01T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    path.write_bytes(gzip.compress(head.encode() + body + b"\r\n\r\n"))


@pytest.mark.parametrize("name", GUIDES)
def test_every_command_line_runs(name: str, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = lines(name)
    assert found
    for line in found:
        if line.endswith("# network"):
            continue
        with pytest.raises(SystemExit) as ended:
            group(shlex.split(line, comments=True)[1:])
        told = capfd.readouterr()
        assert ended.value.code in (0, 1, None), f"{line}\n{told.err}"


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda p: p.name)
def test_every_option_exists(path: Path) -> None:
    for line in LINE.findall(path.read_text("utf-8")):
        words = shlex.split(line.partition(" | ")[0].partition(" \\")[0], comments=True)[1:]
        if words[0] == "--config":
            words = words[2:]
        command = group.get_command(click.Context(group), words[0])
        while isinstance(command, click.Group) and len(words) > 1 and words[1] in command.commands:
            command, words = command.commands[words[1]], words[1:]
        assert command, line
        known = {option for given in command.params for option in given.opts}
        known |= {option for given in command.params for option in given.secondary_opts}
        asked = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
        assert asked <= known | {"--help"}, line


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_line_in_the_readme_and_a_test(name: str) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"detector {name}" in readme
    tests = [p for p in (ROOT / "tests").rglob("test_*.py") if p != Path(__file__)]
    assert any(f'"{name}"' in path.read_text("utf-8") for path in tests)


def test_links_between_documents_lead_somewhere() -> None:
    for path in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "README.zh.md"]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_site_builds(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "--strict", "-d", str(tmp_path)]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    page = (tmp_path / "commands.html").read_text("utf-8")
    assert all(f"detector {name}" in page for name in COMMANDS)
    assert "Scan one page" in (tmp_path / "api.html").read_text("utf-8")

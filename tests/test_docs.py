"""Every command line of the guides is run; the site builds; every command is known everywhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.cli import group

ROOT = Path(__file__).parents[1]
DOCUMENTS = ["README.md", "README.zh.md", "CONTRIBUTING.md"]
DOCUMENTS += sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
COMMANDS = group.list_commands(click.Context(group))
LINE = re.compile(r"^(?: {4,8}|(?<=\n))((?:[^\n`]*\| )?detector [a-z-][^\n]*)$", re.M)
# What is not run here, and why. A line is named by how it begins.
NOT_RUN = {
    "detector probe https://example.com": "asks the net; tests/web/test_probe.py a local server",
    "detector crawl https://example.com": "asks the net; tests/web/test_crawl.py a local server",
    "curl -s https://example.com/": "asks the net",
    'detector scan "s3://': "needs a bucket; tests/sources/test_remote.py has one in memory",
    "detector watch /var/www": "never ends; with --once it is run, in the tutorials",
    "detector serve": "never ends; tests/service run it",
    "detector service user add": "asks for a password; tests/cli/test_service.py gives one",
    "detector train": "takes minutes; tests/learn/test_train.py trains on a small set",
    "detector evaluate": "needs labelled pages; tests/learn/test_models.py has some",
    "detector models promote": "changes this project's model; tests/learn/test_models.py promotes",
    "detector scan /var/www": "a line of a script that tests/test_ci_files.py runs",
}


def lines(name: str) -> list[str]:
    """The command lines of a document, those of its shell blocks too."""
    text = (ROOT / name).read_text("utf-8")
    return [line.strip() for line in LINE.findall(text)]


def why_not(line: str) -> str:
    """The reason why a line is not run, or ""."""
    return next((why for begin, why in NOT_RUN.items() if line.startswith(begin)), "")


RUN = [name for name in DOCUMENTS if any(not why_not(line) for line in lines(name))]


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
    shutil.copytree(tmp_path / "site", tmp_path / "htdocs")
    shutil.copytree(tmp_path / "site", tmp_path / "crawl")
    posts = [{"html": hacked.read_text("utf-8")}, {"text": "The council met on Monday."}]
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in posts))
    rows = [{"url": "https://town.example/", "raw": post.get("html", "<p>tea")} for post in posts]
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, tmp_path / "crawl.parquet")
    pq.write_table(table.rename_columns(["url", "html"]), tmp_path / "pages.parquet")
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


@pytest.mark.parametrize("name", RUN)
def test_every_command_line_runs(name: str, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for line in lines(name):
        if why_not(line):
            continue
        if set("<>|") & set(line.partition(" # ")[0]):
            code, told = in_a_shell(line, place)
        else:
            with pytest.raises(SystemExit) as ended:
                group(shlex.split(line, comments=True)[1:])
            code, told = int(ended.value.code or 0), capfd.readouterr().err
        assert code in (0, 1), f"{line}\n{told}"


def in_a_shell(line: str, place: Path) -> tuple[int, str]:
    """Exit code and messages of a line with pipes or redirections."""
    command = place / "bin" / "detector"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m detector "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}:{os.environ['PATH']}"
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], cwd=place, capture_output=True, text=True,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    return ended.returncode, ended.stderr


@pytest.mark.parametrize("begin", NOT_RUN)
def test_what_is_not_run_is_still_written_somewhere(begin: str) -> None:
    assert any(line.startswith(begin) for name in DOCUMENTS for line in lines(name))
    named = re.search(r"tests/\S+[a-z]", NOT_RUN[begin])
    assert named is None or (ROOT / named[0]).exists()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_option_exists(name: str) -> None:
    for line in lines(name):
        line = line[line.index("detector ") :]
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

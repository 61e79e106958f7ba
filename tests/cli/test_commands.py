"""The command's front: quick help, lazy commands, errors that say what to do."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from detector.cli import Commands, group
from detector.cli._progress import line

COMMANDS = group.list_commands(None) if isinstance(group, Commands) else []  # type: ignore[arg-type]
FAKE = [sys.executable, str(Path(__file__).with_name("fake_detector.py"))]
HEAVY = {"numpy", "scipy", "sklearn", "rich", "joblib", "bs4", "turbohtml", "rjieba", "opencc"}


def fake(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [*FAKE, *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


def test_a_module_is_a_command() -> None:
    assert {"clean", "scan", "techniques"} <= set(COMMANDS)
    assert not any(name.startswith(("_", "-")) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name: str) -> None:
    run = CliRunner().invoke(group, [name, "--help"])
    assert run.exit_code == 0
    assert "Examples:" in run.output
    assert f"detector {name}" in run.output


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom detector.cli import group\n"
        "try:\n    group.main(['--help'], prog_name='detector')\nexcept SystemExit:\n    pass\n"
        "print('MODULES', *{name.partition('.')[0] for name in sys.modules})"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    loaded = set(run.stdout.rpartition("MODULES")[2].split())
    assert "click" in loaded
    assert not loaded & HEAVY
    assert "multiprocessing" not in loaded


def test_an_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(group, ["scam"]).exit_code == 2


def test_the_version_is_told() -> None:
    from detector import __version__

    assert __version__ in CliRunner().invoke(group, ["--version"]).output


def test_clean_gives_the_text_without_the_injection(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("tea injected tea injected!")
    assert fake("clean", path, "--as", "text").stdout == b"tea  tea !\n"


def test_clean_leaves_a_clean_page_as_it_is(tmp_path: Path) -> None:
    path, out = tmp_path / "x.html", tmp_path / "out.html"
    path.write_bytes(b"<p>t\xe9a\r\n")
    assert fake("clean", path, "-o", out).returncode == 0
    assert out.read_bytes() == b"<p>t\xe9a\r\n"
    assert fake("clean", "-", stdin=b"<p>a<p>b<p>").stdout == b"<p>a<p>b<p>"


def two_pages() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.html", "<p>tea")
        archive.writestr("b.html", "<p>coffee")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("nowhere.html", None, "no such file"),
        ("x.html", b"", "the file is empty"),
        ("x.png", b"\x89PNG\r\n\x1a\n", "a PNG image"),
        ("x.zip", two_pages(), "more than one page"),
        ("x.html", b"bug!", "KeyError"),
    ],
)
def test_clean_says_what_is_wrong(
    tmp_path: Path, name: str, data: bytes | None, words: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    run = fake("clean", tmp_path / name)
    assert run.returncode == 2
    assert words in run.stderr.decode()
    assert b"Traceback" not in run.stderr


def test_text_has_no_markup_to_repair(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("tea")
    assert b"use --as text" in fake("clean", tmp_path / "x.txt", "--as", "html").stderr


def test_the_progress_line() -> None:
    assert line(500, 2, 0, 0) == "500 pages  250 pages/s"
    assert line(500, 2, 25, 100) == f"[{'#' * 6}{'.' * 18}]  25%  500 pages  250 pages/s  0:06 left"
    assert line(1_000_000, 3600, 50, 100).endswith("1:00:00 left")

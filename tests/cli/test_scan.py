"""`detector scan` as users and scripts run it; the scanner reads its verdict off the page."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

FAKE = [sys.executable, str(Path(__file__).with_name("fake_detector.py"))]


def detector(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [*FAKE, *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


def results(output: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    pages = {"a.html": "tea", "b.html": "injected!", "c.txt": "spam!", "d.html": "coffee"}
    folder = tmp_path / "site"
    folder.mkdir()
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    return folder


def many(folder: Path, count: int, text: str) -> Path:
    path = folder / "many.jsonl"
    lines = (json.dumps({"url": f"https://a.example/{i}", "text": text}) for i in range(count))
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_line_a_page_in_input_order(site: Path) -> None:
    run = detector("scan", site, "--format", "jsonl")
    lines = results(run.stdout)
    assert [(Path(str(r["uri"])).name, r["label"]) for r in lines] == [
        ("a.html", "clean"),
        ("b.html", "injected"),
        ("c.txt", "spam"),
        ("d.html", "clean"),
    ]
    assert run.returncode == 1
    assert b"4 pages: 2 clean, 1 injected, 1 spam; skipped: 1 of other types" in run.stderr


def test_the_table_is_the_default(site: Path) -> None:
    run = detector("scan", site)
    assert b"strongest evidence" in run.stdout
    assert b"4 pages: 2 clean, 1 injected, 1 spam" in run.stdout
    assert b"\x1b" not in run.stdout


def test_json_and_csv(site: Path) -> None:
    assert len(json.loads(detector("scan", site, "--format", "json").stdout)) == 4
    text = detector("scan", site, "--format", "csv").stdout.decode()
    assert [row["label"] for row in csv.DictReader(io.StringIO(text))] == [
        *["clean", "injected", "spam", "clean"]
    ]


@pytest.mark.parametrize(
    ("page", "level", "code"),
    [
        ("tea", "injected", 0),
        ("injected!", "none", 0),
        ("injected!", "injected", 1),
        ("injected!", "spam", 0),
        ("spam!", "injected", 1),
        ("spam!", "spam", 1),
        ("spam!", "none", 0),
    ],
)
def test_exit_codes_follow_fail_on(page: str, level: str, code: int) -> None:
    run = detector("scan", "-", "--fail-on", level, "--format", "jsonl", stdin=page.encode())
    assert run.returncode == code
    assert results(run.stdout)[0]["uri"] == "-"


def test_a_missing_path_is_told_and_the_rest_is_scanned(site: Path) -> None:
    run = detector("scan", site / "nowhere", site / "a.html", "--format", "jsonl")
    assert run.returncode == 2
    assert len(results(run.stdout)) == 1
    assert f"detector: no such file or folder: {site / 'nowhere'}".encode() in run.stderr
    assert b"Traceback" not in run.stderr


def test_a_folder_without_pages_says_so(tmp_path: Path) -> None:
    run = detector("scan", tmp_path, "--format", "jsonl")
    assert (run.returncode, run.stdout) == (2, b"")
    assert b"no page in" in run.stderr


def test_nothing_readable_is_2_and_the_reason_is_in_the_result(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_bytes(b"")
    run = detector("scan", tmp_path / "x.html", "--format", "jsonl")
    assert run.returncode == 2
    assert results(run.stdout)[0]["error"] == {"kind": "empty", "message": "the file is empty"}


def test_pages_that_hang_or_break_cost_themselves_alone(site: Path) -> None:
    (site / "b.html").write_text("hang!", "utf-8")
    (site / "c.txt").write_text("bug!", "utf-8")
    run = detector("scan", site, "--format", "jsonl", "--timeout", "0.5")
    assert [r["error"] and r["error"]["kind"] for r in results(run.stdout)] == [  # type: ignore[index]
        *[None, "timeout", "internal", None]
    ]
    assert run.returncode == 0


def test_large_pages_are_cut(site: Path) -> None:
    run = detector("scan", site / "b.html", "--max-bytes", "3", "--format", "jsonl")
    record = results(run.stdout)[0]
    assert record["input"]["bytes"] == 3  # type: ignore[index]
    assert record["input"]["truncated"] is True  # type: ignore[index]


@pytest.mark.parametrize("size", ["3x", "", "-1", "MB"])
def test_wrong_sizes_are_refused(size: str, site: Path) -> None:
    run = detector("scan", site, "--max-bytes", size)
    assert run.returncode == 2
    assert b"write 500K, 20MB or a number of bytes" in run.stderr


def test_the_output_names_its_format(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run = detector("scan", site, "-o", out)
    assert (run.stdout, len(results(out.read_bytes()))) == (b"", 4)


def test_an_output_that_cannot_be_written_is_one_line(site: Path, tmp_path: Path) -> None:
    run = detector("scan", site, "-o", tmp_path / "no" / "out.jsonl")
    assert run.returncode == 2
    assert b"No such file or directory" in run.stderr
    assert b"Traceback" not in run.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_one_line(site: Path) -> None:
    run = detector("scan", site, "-o", "/dev/full", "--format", "jsonl")
    assert run.returncode == 2
    assert b"No space left on device" in run.stderr
    assert b"Traceback" not in run.stderr


def test_a_model_that_is_missing_leaves_the_output_alone(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("precious")
    run = detector("scan", site, "--model", "missing", "-o", out)
    assert run.returncode == 2
    assert b"detector: missing: no model here" in run.stderr
    assert out.read_text() == "precious"


def test_a_policy_that_is_wrong_is_one_line(site: Path, tmp_path: Path) -> None:
    run = detector("scan", site, "--policy", tmp_path / "nowhere.toml")
    assert run.returncode == 2
    assert b"nowhere.toml" in run.stderr
    assert b"Traceback" not in run.stderr


def test_workers_give_the_same_as_one(tmp_path: Path) -> None:
    path = many(tmp_path, 300, "injected!")
    one = detector("scan", path, "--workers", "1", "--format", "jsonl").stdout
    assert len(one.splitlines()) == 300
    assert detector("scan", path, "--workers", "3", "--format", "jsonl").stdout == one


def test_a_reader_that_leaves_ends_the_scan_quietly(tmp_path: Path) -> None:
    path = many(tmp_path, 3000, "x" * 2000)
    with subprocess.Popen(
        [*FAKE, "scan", path, "--format", "jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(60) == 141
    assert b"Traceback" not in said
    assert b"Exception" not in said


def _wait_for(path: Path, size: int) -> None:
    for _ in range(600):
        if path.exists() and path.stat().st_size > size:
            return
        time.sleep(0.05)
    raise AssertionError("nothing was written")


@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_an_interruption_leaves_valid_results(tmp_path: Path, form: str) -> None:
    path, out = many(tmp_path, 2000, "slow!" + "x" * 3000), tmp_path / f"out.{form}"
    with subprocess.Popen([*FAKE, "scan", path, "-o", out], stderr=subprocess.PIPE) as process:
        _wait_for(out, 1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130
    assert b"interrupted" in said
    assert b"Traceback" not in said
    data = out.read_bytes()
    count = len(results(data)) if form == "jsonl" else len(json.loads(data))
    assert 0 < count < 2000


def test_resume_after_a_kill_gives_what_an_undisturbed_run_gives(tmp_path: Path) -> None:
    path, out = many(tmp_path, 250, "slow!" + "x" * 3000), tmp_path / "out.jsonl"
    command = [*FAKE, "scan", str(path), "-o", str(out)]
    with subprocess.Popen(command) as process:
        _wait_for(out, 1)
        process.kill()
    kept = out.read_bytes()
    assert 0 < len(kept.splitlines()) < 250
    out.write_bytes(kept[:-100])  # and its last line was torn
    run = detector("scan", path, "-o", out, "--resume")
    assert run.returncode == 0
    assert b"250 pages: 250 clean" in run.stderr
    assert [r["uri"] for r in results(out.read_bytes())] == [
        f"https://a.example/{i}" for i in range(250)
    ]


def test_resume_counts_an_address_as_often_as_it_comes(tmp_path: Path) -> None:
    path, out = tmp_path / "twice.jsonl", tmp_path / "out.jsonl"
    line = '{"url": "https://a.example/", "text": "%s"}\n'
    path.write_text(line % "spam!" + line % "tea" + line % "tea")
    detector("scan", path, "-o", out)
    whole = out.read_bytes()
    out.write_bytes(b"".join(whole.splitlines(keepends=True)[:2]))
    run = detector("scan", path, "-o", out, "--resume")
    assert out.read_bytes() == whole
    assert run.returncode == 1  # the spam of the first run counts
    detector("scan", path, "-o", out, "--resume")
    assert out.read_bytes() == whole


def test_resume_refuses_a_file_of_something_else(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "notes.jsonl"
    out.write_text("my notes\nand more\n")
    run = detector("scan", site, "-o", out, "--resume")
    assert run.returncode == 2
    assert b"line 1 of" in run.stderr
    assert out.read_text() == "my notes\nand more\n"


def test_resume_needs_jsonl(site: Path) -> None:
    run = detector("scan", site, "--resume")
    assert run.returncode == 2
    assert b"--resume needs --output FILE with --format jsonl or parquet" in run.stderr


def _rows(table: Path) -> list[str]:
    return [str(uri) for uri in pq.read_table(table)["uri"].to_pylist()]


def test_a_table_is_gone_on_with_after_a_kill(tmp_path: Path) -> None:
    path, out = many(tmp_path, 250, "slow!" + "x" * 3000), tmp_path / "out.parquet"
    kept = tmp_path / "out.parquet.jsonl"
    with subprocess.Popen([*FAKE, "scan", path, "-o", out, "--resume"]) as process:
        _wait_for(kept, 1)
        process.kill()
    assert 0 < len(kept.read_bytes().splitlines()) < 250
    assert not out.exists()
    run = detector("scan", path, "-o", out, "--resume")
    assert run.returncode == 0
    assert b"250 pages: 250 clean" in run.stderr
    assert _rows(out) == [f"https://a.example/{i}" for i in range(250)]
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, "out.parquet"]


def test_an_interrupted_table_keeps_its_lines(tmp_path: Path) -> None:
    path, out = many(tmp_path, 2000, "slow!" + "x" * 3000), tmp_path / "out.parquet"
    kept = tmp_path / "out.parquet.jsonl"
    command = [*FAKE, "scan", path, "-o", out, "--resume"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        _wait_for(kept, 1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 130
    assert 0 < len(results(kept.read_bytes())) < 2000
    assert not out.exists()


def test_a_finished_table_takes_what_was_added(tmp_path: Path) -> None:
    path, out = many(tmp_path, 5, "tea"), tmp_path / "out.parquet"
    assert detector("scan", path, "-o", out).returncode == 0
    with path.open("a") as stream:
        stream.write('\n{"url": "https://b.example/", "text": "more tea"}\n')
    assert detector("scan", path, "-o", out, "--resume").returncode == 0
    assert _rows(out) == [*(f"https://a.example/{i}" for i in range(5)), "https://b.example/"]


def test_resume_refuses_a_table_of_something_else(site: Path, tmp_path: Path) -> None:
    for number, table in enumerate(({"size": [3]}, None)):
        out = tmp_path / f"{number}.parquet"
        if table:
            pq.write_table(pa.table(table), out)
        else:
            out.write_text("my notes\n")
        before = out.read_bytes()
        run = detector("scan", site, "-o", out, "--resume")
        assert run.returncode == 2
        assert b"is no table of results" in run.stderr
        assert out.read_bytes() == before


def _on_a_terminal(*arguments: object, environment: dict[str, str] | None = None) -> str:
    """What a terminal of 80 columns gets from standard output and error."""
    import pty

    leader, follower = pty.openpty()
    command = [*FAKE, *map(str, arguments)]
    given = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    given |= {"COLUMNS": "80", "TERM": "xterm"} | (environment or {})
    with subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, env=given
    ) as process:
        os.close(follower)
        said = b""
        try:
            while part := os.read(leader, 1 << 16):
                said += part
        except OSError:  # the last writer has closed
            pass
        os.close(leader)
        process.wait(60)
    return said.decode()


def test_long_scans_show_progress_on_a_terminal_and_take_it_away(tmp_path: Path) -> None:
    path = many(tmp_path, 120, "slow!")
    said = _on_a_terminal("scan", path, "-o", tmp_path / "out.jsonl", "--workers", "1")
    assert "pages/s" in said
    assert "left\x1b[K" in said
    assert "\r\x1b[K120 pages: 120 clean" in said


def test_colour_on_a_terminal_unless_the_user_wants_none(site: Path) -> None:
    assert "\x1b[33minjected" in _on_a_terminal("scan", site)
    assert "\x1b[" not in _on_a_terminal("scan", site, environment={"NO_COLOR": "1"})
    assert "\x1b[" not in _on_a_terminal("scan", site, environment={"TERM": "dumb"})


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    path, out = many(tmp_path, 5000, "slow!" + "x" * 3000), tmp_path / "out.jsonl"
    with subprocess.Popen([*FAKE, "scan", str(path), "-o", str(out)]) as process:
        _wait_for(out, 1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.kill()
    assert children
    for _ in range(600):
        if not any(_alive(child) for child in children):
            return
        time.sleep(0.05)
    raise AssertionError("a worker outlived its parent")


def _alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

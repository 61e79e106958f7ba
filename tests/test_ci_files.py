"""Files for CI, timers and containers: their shell steps run, their formats are what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "ci.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.M | re.S)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with pages, and the programs that the scripts call."""
    (tmp_path / "site").mkdir()
    for name in ("en-clean-news.html", "en-injected-hidden-links.html"):
        shutil.copy(ROOT / "datasets" / "samples" / name, tmp_path / "site")
    program(tmp_path, "detector", f'exec "{sys.executable}" -m detector "$@"')
    program(tmp_path, "mail", 'cat > "$MAILED"')
    return tmp_path


def program(place: Path, name: str, script: str) -> None:
    path = place / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def sh(place: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    names = os.environ | environment
    names |= {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    names["MAILED"] = str(place / "mailed.txt")
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=place, env=names, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_action_scans_and_tells_where_its_result_is(place: Path) -> None:
    action: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    steps = action["runs"]["steps"]
    (scan,) = (step for step in steps if step.get("id") == "scan")
    named = re.findall(r"inputs\.([a-z-]+)", json.dumps(action["runs"]))
    assert set(named) == set(action["inputs"])
    given = {"PATHS": "site", "CHANGED": "", "BASELINE": "", "POLICY": "", "FAIL_ON": "injected"}
    output = place / "output"
    ended = sh(place, scan["run"], **given, RUNNER_TEMP=str(place), GITHUB_OUTPUT=str(output))
    assert ended.returncode == 1, ended.stderr
    folder = Path(output.read_text().strip().removeprefix("sarif="))
    assert json.loads((folder / "detector.sarif").read_text())["version"] == "2.1.0"
    # what an input says is never run
    hostile = given | {"PATHS": "site $(touch hit) `touch hit`; touch hit"}
    sh(place, scan["run"], **hostile, RUNNER_TEMP=str(place), GITHUB_OUTPUT=str(output))
    assert not (place / "hit").exists()


def test_the_gitlab_job_scans(place: Path) -> None:
    (job,) = (yaml.safe_load(text) for text in blocks("yaml") if "pages-scan" in text)
    lines = [line for line in job["pages-scan"]["script"] if line.startswith("detector ")]
    (place / "site").rename(place / "public")
    assert sh(place, "\n".join(lines)).returncode == 1
    for name in job["pages-scan"]["artifacts"]["paths"]:
        assert (place / name).stat().st_size


def test_the_other_yaml_is_yaml() -> None:
    for text in blocks("yaml"):
        assert yaml.safe_load(text)
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert hook["entry"] == "detector scan"


def test_the_night_script_mails_what_is_new_once(place: Path) -> None:
    script, _ = blocks("sh")
    (place / "state").mkdir()
    script = script.replace("/var/lib/detector", str(place / "state"))
    script = script.replace("/var/www", str(place / "site"))
    mailed = place / "mailed.txt"
    assert sh(place, f"set +e\n{script}").returncode == 0
    assert "injected" in mailed.read_text()
    mailed.unlink()
    assert sh(place, f"set +e\n{script}").returncode == 0
    assert not mailed.exists()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    service, timer, watching = blocks("ini")
    program(tmp_path, "detector-nightly.sh", "exit 0")
    program(tmp_path, "detector", "exit 0")
    named = {"detector.service": service, "detector.timer": timer, "watching.service": watching}
    for name, text in named.items():
        text = text.replace("/usr/local/bin/", f"{tmp_path}/bin/")
        (tmp_path / name).write_text(text.replace("User=detector", "User=root"))
    units = [str(tmp_path / name) for name in named]
    ended = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_the_container_runs_without_rights() -> None:
    lines = (ROOT / "Containerfile").read_text("utf-8").splitlines()
    order = [line.split()[0] for line in lines if line[:1].isupper()]
    assert order[-3:] == ["WORKDIR", "ENTRYPOINT", "CMD"]
    user = next(line.split()[1] for line in lines if line.startswith("USER"))
    assert user.isdigit()
    assert int(user) > 0
    assert "--require-hashes -r requirements.lock" in "\n".join(lines)


def test_the_watching_service_mails_the_names_of_what_it_found(place: Path) -> None:
    _, script = blocks("sh")
    program(place, "detector-mail.sh", script.removeprefix("#!/bin/sh\n"))
    (unit,) = (text for text in blocks("ini") if "detector watch" in text)
    line = re.search(r"^ExecStart=(.*?[^\\])$", unit, re.M | re.S)
    assert line
    command = line[1].replace("\\\n", " ").replace("/usr/local/bin/", "")
    command = command.replace("/var/www", "site").replace("/var/lib/detector/", "")
    assert sh(place, command + " --once").returncode == 1
    mailed = (place / "mailed.txt").read_text()
    assert "en-injected-hidden-links.html" in mailed and "en-clean-news.html" not in mailed

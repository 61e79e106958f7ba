"""The bill of materials names all that is installed, and every licence goes with the project's."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sbom() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / ".ci" / "sbom.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_licence_goes_with_the_projects(sbom: ModuleType) -> None:
    assert sbom.wrong() == []


@pytest.mark.parametrize(
    ("expression", "goes"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("MIT AND BSD-3-Clause", True),
        ("GPL-3.0-only", False),
        ("MIT AND AGPL-3.0-only", False),
        ("LGPL-3.0-only", False),
        ("", False),
        ("UNKNOWN", False),
    ],
)
def test_licences_are_told_apart(sbom: ModuleType, expression: str, goes: bool) -> None:
    assert sbom.allowed(expression, sbom.FREE) is goes


def test_the_bill_names_every_dependency_with_version_digest_and_licence(sbom: ModuleType) -> None:
    bill = json.loads(sbom.bill())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"]: part for part in bill["components"]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for requirement in sbom.wanted(project["dependencies"]):
        part = parts[requirement.name]
        assert part["version"] == version(requirement.name)
        assert part["licenses"]
        assert part["purl"] == f"pkg:pypi/{requirement.name}@{part['version']}"
        assert part["externalReferences"][0]["hashes"]
    known = {"root"} | {part["bom-ref"] for part in bill["components"]}
    for entry in bill["dependencies"]:
        assert {entry["ref"], *entry.get("dependsOn", ())} <= known

"""Imports go one way, so that a part can be read, tested and replaced without those above it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "detector"
# From the ground up; a module may import from its own layer and those before it.
LAYERS = (
    "types limits stages settings",
    "decode dom hosts hashing style scripts language normalise lexicon disguise",
    "blocks roles related page concealment promotion offer",
    "context",
    "techniques",
    "features model model_folder",
    "scan",
    "report",
    "cli",
)
LAYER = {name: at for at, names in enumerate(LAYERS) for name in names.split()}


def imports(path: Path) -> set[str]:
    """Top-level parts of the package that a file imports, for types alone or not."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {n.split(".")[1] for n in names if n.startswith("detector.")}
    return found


def files_of(name: str) -> list[Path]:
    return [PACKAGE / f"{name}.py", *sorted((PACKAGE / name).rglob("*.py"))]


@pytest.mark.parametrize("name", sorted(LAYER))
def test_a_layer_imports_from_none_above_it(name: str) -> None:
    paths = [path for path in files_of(name) if path.is_file()]
    above = {
        f"{path.relative_to(PACKAGE)} imports {other}"
        for path in paths
        for other in imports(path)
        if LAYER.get(other, -1) > LAYER[name]
    }
    assert not above

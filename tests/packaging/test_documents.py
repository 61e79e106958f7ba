"""What README and CONTRIBUTING tell users to type exists."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import click
import pytest

from detector.cli import group

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/scale.md"]


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.M))
    named = set(re.findall(r"(?:`|^ +)make ([a-z-]+)", text(name), re.M))
    assert named
    assert named <= targets


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_line_is_understood(name: str) -> None:
    lines = re.findall(r"(?:^    (?:.*\| )?|`)detector ([a-z][^`#>\n]*)", text(name), re.M)
    assert lines
    for line in lines:
        command, *arguments = line.split()
        found = group.get_command(click.Context(group), command)
        assert found is not None, line
        options = {option for given in found.params for option in given.opts}
        assert {a for a in arguments if a.startswith("-") and a != "-"} <= options, line


@pytest.mark.parametrize("name", DOCUMENTS)
def test_python_examples_are_python(name: str) -> None:
    blocks = re.findall(r"^( *)```python\n(.*?)^ *```", text(name), re.M | re.S)
    assert blocks
    for _, code in blocks:
        ast.parse(textwrap.dedent(code))

"""Settings of a project: `detector.toml`, or `[tool.detector]` in `pyproject.toml`.

They are defaults of options and no more: a flag wins over the environment, the environment over
the file, the file over what is built in.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

# May stand above the tables, for all commands that have them.
SHARED = ("lang", "max-bytes", "model", "policy", "timeout", "workers")
OWN, PROJECT = "detector.toml", "pyproject.toml"


class ConfigError(click.UsageError):
    """A settings file that cannot be used; the message names file and key."""


def find(folder: Path) -> Path | None:
    """The nearest settings file of a folder or those above it, up to the root of a repository."""
    for place in (folder, *folder.parents):
        if (place / OWN).is_file():
            return place / OWN
        project = place / PROJECT
        if project.is_file() and read(project):
            return project
        if (place / ".git").exists():
            return None
    return None


def read(path: Path) -> Mapping[str, Any]:
    """The settings of a file. Raises ConfigError."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if path.name == PROJECT:
        table = table.get("tool", {}).get("detector", {})
    return table


def tables(path: Path) -> list[str]:
    """The tables of a file: each is of one command."""
    return [name for name, value in read(path).items() if isinstance(value, dict)]


def defaults(command: click.Command, name: str, path: Path) -> dict[str, Any]:
    """The file's values for one command, by parameter. Raises ConfigError for an unknown key."""
    table = read(path)
    options = {
        flag.removeprefix("--"): option
        for option in command.params
        if isinstance(option, click.Option)
        for flag in option.opts
        if flag.startswith("--")
    }
    mine = table.get(name, {})
    if not isinstance(mine, dict):
        raise ConfigError(f"{path}: {name} must be a table: write [{name}]")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            continue
        if key not in SHARED:
            known = ", ".join(SHARED)
            raise ConfigError(f"{path}: unknown key {key!r}; above the tables stand {known}")
        if key in options:
            values[str(options[key].name)] = _value(options[key], value, path)
    for key, value in mine.items():
        if key not in options:
            known = ", ".join(sorted(options))
            raise ConfigError(f"{path}: {name} has no option {key!r}; it has {known}")
        values[str(options[key].name)] = _value(options[key], value, path)
    return values


def _value(option: click.Option, value: Any, path: Path) -> Any:
    """A value as the option takes it; paths count from the file's folder."""
    if isinstance(option.type, click.Path) and isinstance(value, str):
        return os.path.join(path.parent, os.path.expanduser(value))
    return value

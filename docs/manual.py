"""Pages of the site that are generated: the commands' help, and the shipped model's card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]


def commands() -> str:
    """The help of every command, a section each."""
    from detector.cli import group

    context = click.Context(group, info_name="detector")
    parts = ["# Commands\n", f"```text\n{group.get_help(context)}\n```\n"]
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        inner = click.Context(found, info_name=f"detector {name}")
        parts.append(f"## detector {name}\n\n```text\n{found.get_help(inner)}\n```\n")
    return "\n".join(parts)


def card() -> str:
    """The model's card, or where it has none what its file says of it."""
    folder = ROOT / "models" / "default"
    if (folder / "CARD.md").is_file():
        return (folder / "CARD.md").read_text("utf-8")
    model: dict[str, Any] = json.loads((folder / "model.json").read_text("utf-8"))
    plain = {key: value for key, value in model.items() if isinstance(value, str | int | float)}
    rows = "\n".join(f"| {key} | {value} |" for key, value in plain.items())
    return f"# The model `default`\n\n| | |\n|---|---|\n{rows}\n"


def schema() -> str:
    """The JSON Schema of a result."""
    return f"```json\n{(ROOT / 'docs' / 'result.schema.json').read_text('utf-8')}\n```\n"


GENERATED = {"commands.md": commands, "model-card.md": card, "result.md": schema}


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """mkdocs asks this for every page."""
    made = GENERATED.get(page.file.src_uri)
    return f"{markdown}\n\n{made()}" if made else markdown

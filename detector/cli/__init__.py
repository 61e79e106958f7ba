"""The command `detector`: one thin module a command, found by listing this folder.

A module `name.py` here with a click command named `command` is the subcommand
`name` (`_` becomes `-`); names that start with `_` are parts of others. Command
modules import click and the standard library at their top and the rest when
they run, so that `detector --help` stays quick.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import click

from detector import __version__
from detector.cli._config import ConfigError, defaults, find, tables


class Commands(click.Group):
    """Subcommands that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The modules of this folder."""
        stems = (os.path.splitext(name) for name in os.listdir(os.path.dirname(__file__)))
        names = (stem for stem, ending in stems if ending == ".py" and not stem.startswith("_"))
        return sorted(name.replace("_", "-") for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that module; None where there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = import_module(f"{__name__}.{cmd_name.replace('-', '_')}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant, with the project's settings as its defaults."""
        name, command, rest = super().resolve_command(ctx, args)
        path: Path | None = ctx.params.get("config")
        if name and command and not ctx.resilient_parsing and not {"-h", "--help"} & set(rest):
            path = path or find(Path.cwd())
            unknown = set(tables(path)) - set(self.list_commands(ctx)) if path else ()
            if unknown:
                raise ConfigError(f"{path}: no command is called {', '.join(sorted(unknown))}")
            if path:
                ctx.default_map = {name: defaults(command, name, path)}
        return name, command, rest


@click.group(
    cls=Commands,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "auto_envvar_prefix": "DETECTOR",
    },
    epilog="Options have defaults in detector.toml or [tool.detector] of pyproject.toml, here or "
    "above, and in DETECTOR_<COMMAND>_<OPTION>. Completion: detector completion --help.",
)
@click.version_option(__version__, prog_name="detector")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="This settings file instead of the nearest one.",
)
def group(config: Path | None) -> None:
    """Find spam and SEO injections in web pages, show the evidence, take them out.

    \b
    Examples:
      detector scan site/                        every page of a folder, as a table
      detector scan crawl.warc.gz -o out.jsonl   an archive, a JSON line a page
      detector clean page.html                   the page without what was injected
      detector techniques                        what is found, and how
    """


def main() -> None:
    """Entry point of the installed command."""
    # Scoring one page is too small for threads, and processes with threads fork badly.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    group.main(prog_name="detector")

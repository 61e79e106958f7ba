"""`detector completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", short_help="The script that completes commands in your shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell: bash, zsh or fish.

    \b
    Examples:
      eval "$(detector completion bash)"             in ~/.bashrc
      eval "$(detector completion zsh)"              in ~/.zshrc
      detector completion fish > ~/.config/fish/completions/detector.fish
    """
    made = get_completion_class(shell)
    assert made is not None
    root = ctx.find_root().command
    click.echo(made(root, {}, "detector", "_DETECTOR_COMPLETE").source())

"""`detector techniques`: the catalogue of what is found, and how."""

from __future__ import annotations

import click


@click.command("techniques", short_help="The catalogue: what is found, and how.")
@click.argument("name", required=False)
@click.option("--markdown", is_flag=True, help="The whole catalogue as one Markdown page.")
def command(name: str | None, markdown: bool) -> None:
    """List the techniques, or explain one: what it is, how it is found, an example.

    \b
    Examples:
      detector techniques
      detector techniques title-fragment-interleaving
    """
    if markdown:
        from detector.cli._catalogue import markdown as page

        click.echo(page(), nl=False)
        return
    from detector.techniques import techniques

    catalogue = techniques()
    if name is None:
        width = max((len(entry.name) for entry in catalogue.values()), default=0)
        groups = dict.fromkeys(entry.group for entry in catalogue.values())
        for group in groups:
            click.echo(f"{group}:")
            for entry in catalogue.values():
                if entry.group == group:
                    click.echo(f"  {entry.name:{width}}  {entry.summary}")
        return
    found = catalogue.get(name.strip().lower().replace("_", "-"))
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(name, catalogue, 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise click.UsageError(f"no technique {name!r}{hint} `detector techniques` lists them.")
    click.echo(f"{found.name} ({found.group})\n\n{found.page.strip()}")

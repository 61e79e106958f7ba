"""Options that several commands share."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detector.limits import DEFAULT
from detector.report import formats

if TYPE_CHECKING:
    from detector.cli._reporting import Wanted

LEVELS = ("none", "injected", "spam")
EXTRA = tuple(name for name in formats() if name != "table")  # formats of further outputs
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?)b?", re.I)


def size(value: str | int) -> int:
    """A number of bytes, also as `500K`, `20MB`, `1G`."""
    match = _SIZE.fullmatch(str(value).strip())
    if not match:
        raise click.BadParameter(f"{value!r} is no size; write 500K, 20MB or a number of bytes")
    return int(float(match[1]) * {"": 1, "k": 1e3, "m": 1e6, "g": 1e9}[match[2].lower()])


def _all(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


reporting = _all(
    click.option(
        "-f",
        "--format",
        "form",
        type=click.Choice(formats()),
        help="How results are shown; by default as the extension of --output says, else a table.",
    ),
    click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False),
        help="Write results there, not to stdout.",
    ),
    *(
        click.option(
            f"--{name}-output",
            metavar="FILE",
            type=click.Path(dir_okay=False),
            help=f"Write {name.upper()} there too, whatever --format says.",
        )
        for name in EXTRA
    ),
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="The table also shows the source lines, with what was found marked.",
    ),
    click.option(
        "--lang",
        type=click.Choice(["en", "zh"]),
        help="Language of the HTML report; by default as LC_ALL or LANG says.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(LEVELS),
        default="injected",
        show_default=True,
        help="Exit with 1 at this label or a higher one (injected < spam); none: never.",
    ),
    click.option("--exit-zero", is_flag=True, help="The same as --fail-on none."),
)
"""What is written, and when the exit code is 1. `wanted` reads these options."""

judging = _all(
    click.option(
        "-j",
        "--workers",
        type=click.IntRange(min=1),
        help="Processes that scan; by default one a core, started as pages come.",
    ),
    click.option(
        "--policy",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="TOML with thresholds, allowed hosts and terms, suppressions.",
    ),
    click.option("--model", metavar="NAME|DIR", help="Another model than the shipped one."),
    click.option(
        "--max-bytes",
        type=size,
        metavar="SIZE",
        default=DEFAULT.max_bytes,
        show_default="20MB",
        help="Read no more of one page; the result says `truncated`.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=DEFAULT.timeout,
        show_default=True,
        help="Seconds for one page; longer is an error of that page.",
    ),
)
"""How pages are judged, and what one may cost."""


def wanted(options: dict[str, Any], append: bool = False) -> Wanted:
    """Take the options of `reporting` out of all options."""
    from detector.cli._reporting import Wanted

    output = options.pop("output")
    extra = {name: file for name in EXTRA if (file := options.pop(f"{name}_output"))}
    fail_on = options.pop("fail_on")
    return Wanted(
        options.pop("form") or _format_of(output),
        output,
        extra,
        options.pop("verbose"),
        options.pop("lang") or _language(),
        "none" if options.pop("exit_zero") else fail_on,
        append,
    )


def _format_of(output: str | None) -> str:
    ending = os.path.splitext(output or "")[1].lstrip(".").lower()
    return ending if ending in formats() else "table"


def _language() -> str:
    named = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if named.lower().startswith("zh") else "en"

"""Steps of a long run on standard error: lines that stay, and on a terminal a moving one."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

import click


class Steps:
    """`say` begins a step, `tell` says how many pages of it are done.

    A moving line (by rich, imported only then) is drawn on a terminal alone.
    """

    def __init__(self, shown: bool | None = None) -> None:
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._started = time.monotonic()
        self._progress: Any = None
        self._task: Any = None

    def __enter__(self) -> Steps:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def say(self, step: str, total: int | None = None) -> None:
        """A step begins, of `total` pages where that is known."""
        self.close()
        click.echo(f"[{time.monotonic() - self._started:4.0f} s] {step}", err=True)
        if self._shown:
            self._progress = _bar(total is not None)
            self._task = self._progress.add_task(step, total=total, said="")
            self._progress.start()

    def tell(self, pages: int) -> None:
        """That many pages of the step are done."""
        if self._progress is not None:
            self._progress.update(self._task, completed=pages, said=f"{pages:,} pages")

    def tell_bytes(self, there: int, size: int) -> None:
        """That much of a download is there; `size` 0 where it is not known."""
        if self._progress is not None:
            share = f" of {size / 1e6:,.1f}" if size else ""
            self._progress.update(self._task, said=f"{there / 1e6:,.1f}{share} MB")

    def close(self) -> None:
        """Take the moving line away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _bar(total: bool) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    known = (BarColumn(), TextColumn("of {task.total:,}"), TimeRemainingColumn()) if total else ()
    return Progress(
        SpinnerColumn(), TextColumn("{task.fields[said]}"), *known,
        console=Console(stderr=True), transient=True,
    )  # fmt: skip

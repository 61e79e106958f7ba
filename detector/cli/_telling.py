"""A command that is told what was found: `--on-found` of `detector watch`."""

from __future__ import annotations

import subprocess
from collections.abc import Generator, Sequence

from detector.cli._decisions import Decisions
from detector.cli._reporting import say
from detector.report.printable import printable
from detector.work import split

SECONDS = 60.0  # that the command may take: scanning waits for it
MOST_BYTES = 4_000_000  # of lines that are handed on; what is over stays in the output


class Told:
    """Gathers the found pages of a batch, and runs the command with them."""

    def __init__(self, command: Sequence[str], decisions: Decisions) -> None:
        """`command` as words: no shell reads them. What `decisions` accept is not told."""
        self._command, self._decisions = command, decisions
        self._lines: list[bytes] = []
        self._size = 0

    def noting(self, messages: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
        """The messages of a batch, while found pages are kept."""
        self._lines.clear()
        self._size = 0
        try:
            for message in messages:
                label, line, source, _ = split(message)
                if self._decisions.any:
                    label, line, _ = self._decisions.apply(label, line, source)
                if label in ("injected", "spam") and self._size + len(line) <= MOST_BYTES:
                    self._lines.append(line)
                    self._size += len(line)
                yield message
        finally:
            messages.close()

    def tell(self) -> None:
        """Run the command, where there is something to tell. What goes wrong with it is said."""
        if not self._lines:
            return
        try:
            done = subprocess.run(
                self._command, input=b"".join(self._lines), timeout=SECONDS, check=False
            )
            if done.returncode:
                say(f"{printable(self._command[0])} ended with {done.returncode}")
        except (OSError, subprocess.TimeoutExpired) as error:
            say(f"--on-found: {printable(str(error), 300)}")

"""All results as one JSON array, written as they come."""

from __future__ import annotations

from typing import BinaryIO

from detector.report import Summary


class Renderer:
    """An array with a result a line; also `[]` of no page is valid."""

    def __init__(
        self,
        out: BinaryIO,
        *,
        colour: bool = False,
        width: int = 0,
        verbose: bool = False,
        lang: str = "en",
    ) -> None:
        self._write = out.write
        self._before = b"\n"

    def start(self) -> None:
        """Opens the array."""
        self._write(b"[")

    def page(self, line: bytes) -> None:
        """Adds an element."""
        self._write(self._before + line.rstrip(b"\n"))
        self._before = b",\n"

    def finish(self, summary: Summary) -> None:
        """Closes the array."""
        self._write(b"\n]\n")

"""The command with a scanner that reads its verdict off the page: for tests of the command.

Run as a program it is `detector` with that scanner.
"""

from __future__ import annotations

import sys
import time
import types
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from detector.types import (
    Content,
    Document,
    Finding,
    Head,
    Label,
    Location,
    ModelId,
    Page,
    Result,
    Span,
    Verdict,
)


class Scanner:
    """`spam!` is spam, `injected!` is injected; `hang!`, `bug!` and `slow!` do so."""

    def __init__(self, model: Any = None, policy: Any = None, limits: Any = None, **_: Any) -> None:
        if model == "missing":
            from detector.model import ModelError

            raise ModelError("missing: no model here")
        self.model = ModelId("fake", "1", "0" * 64)

    def scan(self, data: bytes, **_: Any) -> Result:
        return self.scan_document(Document("", data))

    def scan_document(self, document: Document) -> Result:
        kind = document.kind or "html"
        if document.failure:
            return Result(document.uri, kind, 0, error=document.failure)
        text = document.data.decode("utf-8", "replace")
        if "hang!" in text:
            pow(10, 10**9)
        if "bug!" in text:
            raise KeyError("a mistake")
        if "slow!" in text:
            time.sleep(0.02)
        label: Label = "spam" if "spam!" in text else "injected" if "injected!" in text else "clean"
        sure: dict[Label, float] = {"clean": 0.05, "injected": 0.05, "spam": 0.05, label: 0.9}
        found = ()
        if label != "clean":
            at = text.index(label)
            place = Location("body", "html > body", 1, at + 1)
            span = Span("text", at, at + len(label))
            words = "Foreign words."
            found = (Finding("spam-block", 0.9, label, words, place, "gambling", span=span),)
        return Result(
            document.uri,
            kind,
            len(document.data),
            "utf-8",
            truncated=document.truncated,
            verdict=Verdict(label, sure, ("gambling",) if found else ()),
            findings=found,
            content=Content(text=text, clean_text=text.replace(label, "")),
            model=self.model,
        )

    def scan_page(self, document: Document) -> tuple[Result, Page | None]:
        result = self.scan_document(document)
        page = self.page(document.data, uri=document.uri, kind=document.kind)
        return result, None if result.error else page

    def page(self, data: bytes, **named: Any) -> Page:
        text = data.decode("utf-8", "replace")
        kind = named["kind"] or "html"
        return Page(named["uri"], kind, text, len(data), "utf-8", "", Head(), (), (), ())

    def analyse(self, page: Page) -> types.SimpleNamespace:
        return types.SimpleNamespace(page=page, found=())

    def judge(self, analysis: types.SimpleNamespace) -> Result:
        page = analysis.page
        return self.scan_document(Document(page.uri, page.source.encode(), page.kind))


def module() -> types.ModuleType:
    """What stands in for `detector.scan`."""
    made = types.ModuleType("detector.scan")
    made.Scanner = Scanner  # type: ignore[attr-defined]
    return made


if __name__ == "__main__":
    from detector.cli import main

    sys.modules["detector.scan"] = module()
    main()

"""datatrove: a filter that drops injected and spam documents, or takes the spam out of them.

    from detector.integrations.datatrove import InjectionFilter
    step = InjectionFilter(exclusion_writer=JsonlWriter("dropped/"))
    LocalPipelineExecutor([reader, step, writer]).run()

Put it before the extraction, where `text` still holds the HTML: hidden links and scripts
are the surest evidence. It reads extracted text too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from datatrove.pipeline.filters.base_filter import BaseFilter

from detector.limits import DEFAULT, Limits
from detector.pool import Pool
from detector.types import Document, Kind
from detector.work import fail, make, split

BATCH = 32  # documents that are handed over together


class InjectionFilter(BaseFilter):  # type: ignore[misc]
    """Drops documents by their label, with the label as the reason.

    `drop` names the labels that go; a document that cannot be scanned stays. With
    `clean`, an injected document that stays gets the clean text in place of its own.
    `kind` says what `text` holds, None tells it from each document. Every document
    gets strings in its metadata, as all writers take them: `detector_label`,
    `detector_categories` and `detector_techniques` (by spaces), with `full` the whole
    result as JSON in `detector_result`. Needs
    `pip install "seo-injection-detector[datatrove]"`.
    """

    name = "🧹 SEO injection"
    _requires_dependencies = ("regex",)

    def __init__(
        self,
        drop: Sequence[str] = ("injected", "spam"),
        clean: bool = False,
        kind: Kind | None = None,
        full: bool = False,
        model: str | None = None,
        policy: str | Path | None = None,
        limits: Limits = DEFAULT,
        exclusion_writer: Any = None,
        batch_size: int = BATCH,
    ) -> None:
        super().__init__(exclusion_writer, batch_size)
        self.drop, self.clean, self.kind, self.full = tuple(drop), clean, kind, full
        self.limits = limits
        self._make = partial(make, model, Path(policy) if policy else None, limits)
        self._pool: Pool | None = None  # of this process: tasks are sent to others pickled

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Filters one task's documents."""
        self._pool = Pool(self._make, fail, 1, self.limits)
        try:
            yield from super().run(data, rank, world_size)
        finally:
            self._pool.close()
            self._pool = None

    def filter(self, doc: Any) -> bool | tuple[bool, str]:
        """Whether the document stays, or False with its label."""
        return self.filter_batch([doc])[0]

    def filter_batch(self, batch: list[Any]) -> list[bool | tuple[bool, str]]:
        """The same for several."""
        pool = self._pool or Pool(self._make, fail, 1, self.limits)
        try:
            messages = pool.results(map(self._document, batch))
            return [self._decide(*pair) for pair in zip(batch, messages, strict=True)]
        finally:
            if self._pool is None:
                pool.close()

    def _document(self, doc: Any) -> Document:
        uri = str(doc.metadata.get("url") or doc.id)
        data = doc.text.encode("utf-8", "replace")
        made = Document(uri, data[: self.limits.max_bytes], self.kind, "utf-8")
        return replace(made, truncated=True) if len(data) > self.limits.max_bytes else made

    def _decide(self, doc: Any, message: bytes) -> bool | tuple[bool, str]:
        label, line, *_ = split(message)
        record = json.loads(line)
        techniques = dict.fromkeys(f["technique"] for f in record["findings"])
        doc.metadata["detector_label"] = label
        doc.metadata["detector_categories"] = " ".join(record["categories"])
        doc.metadata["detector_techniques"] = " ".join(techniques)
        if self.full:
            doc.metadata["detector_result"] = line.decode().rstrip("\n")
        if label in self.drop:
            return False, label
        if self.clean and label == "injected":
            doc.text = record["content"]["clean_text"]
        return True

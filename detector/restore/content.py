"""The page's own words, with what findings mark taken out.

Offsets of techniques count in blocks; here they become offsets of
`Content.text`, which is the content blocks joined by the gaps between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from detector.normalise.edits import apply
from detector.restore.spacing import with_spaces
from detector.types import Content, Finding, Page, Removed, Span

# A finding less sure than this is evidence for the model, not a reason to cut.
SURE_ENOUGH = 0.5


def place_findings(
    page: Page, content: Sequence[int], findings: Iterable[Finding]
) -> tuple[str, tuple[Finding, ...]]:
    """`Content.text`, and the findings with spans counted in it, strongest first."""
    starts: dict[int, int] = {}
    parts: list[str] = []
    length = 0
    for index in content:
        block = page.blocks[index]
        if parts:
            parts.append(block.gap)
            length += len(block.gap)
        starts[index] = length
        parts.append(block.text)
        length += len(block.text)
    placed = []
    for finding in findings:
        span = finding.span
        if span is not None and span.of == "block":
            words = page.blocks[span.block].text[span.start : span.end]
            if not words.startswith(finding.quote):  # a link that goes on in other blocks
                finding = replace(finding, quote=words)
            at = starts.get(span.block)
            moved = None if at is None else Span("text", at + span.start, at + span.end, span.block)
            finding = replace(finding, span=moved)
        placed.append(finding)
    placed.sort(key=lambda f: -f.score)
    return "".join(parts), tuple(placed)


def in_blocks(
    page: Page, content: Sequence[int], findings: Iterable[Finding]
) -> tuple[Finding, ...]:
    """The findings with spans of `Content.text` counted in their blocks again.

    The inverse of what `place_findings` does to spans; others stay.
    """
    starts: dict[int, int] = {}
    length = 0
    for order, index in enumerate(content):
        block = page.blocks[index]
        length += len(block.gap) if order else 0
        starts[index] = length
        length += len(block.text)
    back = []
    for finding in findings:
        span = finding.span
        if span is not None and span.of == "text" and span.block in starts:
            at, size = span.start - starts[span.block], span.end - span.start
            words = page.blocks[span.block].text
            if words[max(at, 0) : at + size] != finding.quote:
                # Counted in another choice of blocks: the quote says where.
                at = words.find(finding.quote)
            moved = Span("block", at, at + size, span.block) if at >= 0 else None
            finding = replace(finding, span=moved)
        back.append(finding)
    return tuple(back)


def restore(page: Page, content: Sequence[int], text: str, findings: Sequence[Finding]) -> Content:
    """The content as shown, and restored by the findings that are to be removed."""
    title, description = page.title, page.head.first("description")
    keywords = page.head.first("keywords")
    if not findings:
        return Content(title, text, title, text, description, keywords)
    clean, removed = _apply_by_block(page, content, _edits(text, findings, "text"))
    clean_title = apply(title, _edits(title, findings, "title")).strip(" -_|,，—·:：")
    if not clean_title:
        clean_title = next((b.text for b in page.blocks if b.role == "title"), "")
    return Content(title, text, clean_title, clean, description, keywords, removed)


def restored_blocks(page: Page, found: Sequence[Finding]) -> list[str]:
    """Each block's text without what the findings, their spans in blocks, take out of it."""
    by_block: dict[int, list[Finding]] = {}
    for finding in found:
        if finding.span is not None and finding.span.block >= 0:
            by_block.setdefault(finding.span.block, []).append(finding)
    return [
        apply(b.text, with_spaces(b.text, _edits(b.text, by_block[b.index], "block"))).strip()
        if b.index in by_block
        else b.text
        for b in page.blocks
    ]


def _edits(text: str, findings: Iterable[Finding], of: str) -> tuple[Removed, ...]:
    """Edits that do not overlap, in order; of two that do, the longer first-come wins."""
    wanted = sorted(
        (f.span.start, -f.span.end, f.technique, f.replacement)
        for f in findings
        if f.replacement is not None
        and f.score >= SURE_ENOUGH
        and f.span is not None
        and f.span.of == of
    )
    edits: list[Removed] = []
    reached = 0
    for start, minus_end, technique, replacement in wanted:
        end = -minus_end
        if end <= reached:
            continue
        if start < reached:
            # The rest of a cut can still go; the rest of a substitution has no meaning.
            if replacement:
                continue
            start = reached
        edits.append(Removed(start, end, text[start:end], technique, replacement or ""))
        reached = end
    return tuple(edits)


def _apply_by_block(
    page: Page, content: Sequence[int], edits: Sequence[Removed]
) -> tuple[str, tuple[Removed, ...]]:
    """The text after the edits, and these with the spaces that go along.

    A block that they empty goes with its gap.
    """
    parts: list[str] = []
    removed: list[Removed] = []
    at = 0
    number = 0
    for order, index in enumerate(content):
        block = page.blocks[index]
        if order:
            at += len(block.gap)
        end = at + len(block.text)
        here: list[Removed] = []
        while number < len(edits) and edits[number].start < end:
            edit = edits[number]
            start, stop = max(edit.start, at) - at, min(edit.end, end) - at
            if stop > start:
                here.append(replace(edit, start=start, end=stop, text=block.text[start:stop]))
            if edit.end > end:
                break
            number += 1
        text = block.text
        if here:
            here = list(with_spaces(text, here))
            removed += [replace(one, start=one.start + at, end=one.end + at) for one in here]
            text = apply(text, here).strip()
        if text:
            if parts:
                parts.append(block.gap)
            parts.append(text)
        at = end
    return "".join(parts), tuple(removed)

"""Repairs the source: what findings mark is cut, every other byte stays.

The parse's offsets drive the cuts; the tree is never written out again, so a
diff of the repaired file shows removals alone (and the undone substitutions).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from detector import roles
from detector.decode import decode
from detector.dom import BlockPlace, ElementPlace, RangePlace, value_span
from detector.restore.content import SURE_ENOUGH, in_blocks
from detector.restore.leftovers import Edit, Gone, between, companions, emptied
from detector.restore.spacing import merged
from detector.types import Finding, Page, Place

# Elements that are the page itself: what marks them is cut out of them, never they.
WHOLE = frozenset(("html", "head", "body", "main", "article"))
SEPARATORS = " \t\n-_|,，、—–·:：|｜"


def repair(data: bytes, page: Page, findings: Sequence[Finding], charset: str = "") -> bytes:
    """The file's bytes with every sure finding taken out. No finding, no change."""
    edits = edits_for(page, findings)
    if not edits:
        return data
    return decode(data, charset=charset).replace(edits)


def edits_for(page: Page, findings: Sequence[Finding]) -> list[Edit]:
    """What to change in `Page.source`, in order and apart."""
    return merged(edits_of(page, findings), page.source, page.kind)


def edits_of(page: Page, findings: Sequence[Finding]) -> Iterator[Edit]:
    """What to change in `Page.source`, finding by finding; edits may overlap.

    Spans may count in their block or, as in a result, in `Content.text`.
    """
    blocks = page.blocks
    gone: Gone = {}
    cut_out: dict[int, list[tuple[int, int]]] = {}  # by block, characters of its text
    for finding in in_blocks(page, roles.content(blocks), findings):
        span, cut = finding.span, finding.cut
        if finding.score < SURE_ENOUGH:
            continue
        if finding.replacement is None and (cut is None or span is not None):
            continue  # evidence alone; what has no text is taken out by its place
        if span is not None and span.of == "title" and cut is None:
            yield from _title_edit(page, finding)
            continue
        block = blocks[span.block] if span is not None and span.block >= 0 else None
        if cut is not None:
            if finding.cut_attribute:
                attribute = cut.attribute(finding.cut_attribute)
                if attribute is not None:
                    start, end = attribute
                    while start > 0 and page.source[start - 1].isspace():
                        start -= 1
                    yield start, end, ""
                continue
            if not isinstance(cut, ElementPlace) or _whole(cut, block, finding):
                outer = cut.outer()
                if outer is not None:
                    if isinstance(cut, ElementPlace) and type(cut) is not RangePlace:
                        gone[cut.node] = cut
                    yield (*outer, "")
                    continue
        if block is not None and span is not None and isinstance(block.place, BlockPlace):
            if not finding.replacement:
                cut_out.setdefault(block.index, []).append((span.start, span.end))
            for index in block.links if finding.replacement == "" else ():
                link = page.links[index]
                if span.start <= link.start < link.end <= span.end:
                    outer = link.place.outer()
                    if outer is not None and isinstance(link.place, ElementPlace):
                        gone[link.place.node] = link.place
                        yield (*outer, "")
            spans = block.place.source_spans(page.source, span.start, span.end)
            for number, (start, end) in enumerate(spans or ()):
                yield start, end, escape(finding.replacement or "", False) if number == 0 else ""
        elif block is not None and span is not None and page.kind == "text":
            outer = block.place.outer()
            if outer is not None:
                yield outer[0] + span.start, outer[0] + span.end, finding.replacement or ""
    for index, spans in cut_out.items():
        place = blocks[index].place
        if isinstance(place, BlockPlace):
            gone.update(dict.fromkeys(place.texts_inside(spans)))
    for wrapper in emptied(gone, page):
        outer = wrapper.outer()
        if outer is not None:
            yield (*outer, "")
    yield from between(gone, page.source)
    yield from companions(page, [place for place in gone.values() if place is not None])


def _whole(cut: ElementPlace, block: object, finding: Finding) -> bool:
    """Whether the element holds nothing but what the finding marks."""
    if cut.node.tag in WHOLE:
        return False
    if not isinstance(cut, BlockPlace):
        return True
    return " ".join(cut.node.text.split()) == " ".join(finding.quote.split())


def _title_place(page: Page) -> Place | None:
    """Where the title stands that `Page.title` shows."""
    for entry in page.head.all("title")[:1]:
        return entry.place
    if page.kind == "text":
        return next((b.place for b in page.blocks[:3] if b.text == page.title), None)
    return None


def _title_edit(page: Page, finding: Finding) -> Iterator[Edit]:
    """Cut a part of the title with the separator that joins it to the rest."""
    span, place = finding.span, _title_place(page)
    outer = place.outer() if place is not None else None
    if span is None or outer is None:
        return
    found: tuple[int, int] | None
    if page.kind == "text":
        inner_start, inner_end = outer
        found = inner_start + span.start, inner_start + span.end
    else:
        inner_start = page.source.find(">", outer[0]) + 1
        inner_end = page.source.rfind("<", 0, outer[1])
        found = value_span(page.source, inner_start, inner_end, span.start, span.end)
    if found is None:
        return
    start, end = found
    source = page.source
    before = source[inner_start:start].strip()
    if before:
        while start > inner_start and source[start - 1] in SEPARATORS:
            start -= 1
    else:
        while end < inner_end and source[end] in SEPARATORS:
            end += 1
    yield start, end, finding.replacement or ""

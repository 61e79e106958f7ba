"""Repairs the source: what findings mark is cut, every other byte stays.

The parse's offsets drive the cuts; the tree is never written out again, so a
diff of the repaired file shows removals alone (and the undone substitutions).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from detector import roles, scripts
from detector.decode import decode
from detector.dom import COMMENT, ELEMENT, BlockPlace, ElementPlace, RangePlace, value_span
from detector.patterns import pattern
from detector.restore.content import SURE_ENOUGH, in_blocks
from detector.types import Finding, Page

Edit = tuple[int, int, str]
# Elements that are the page itself: what marks them is cut out of them, never they.
WHOLE = frozenset(("html", "head", "body", "main", "article"))
WRAPPERS = frozenset(
    """div span section center ul ol li p font b i strong em marquee table tbody tr td dl dt
    dd""".split()
)
LONGEST_COMPANION = 1000  # characters of a style element or script that only hides
# Names in a selector: ids, classes and attributes.
NAME = pattern(r"[#.]([\w-]+)|\[([\w-]+)")
SEPARATORS = " \t\n-_|,，、—–·:：|｜"


def repair(data: bytes, page: Page, findings: Sequence[Finding], charset: str = "") -> bytes:
    """The file's bytes with every sure finding taken out. No finding, no change."""
    edits = merged(edits_of(page, findings), page.source)
    if not edits:
        return data
    return decode(data, charset=charset).replace(edits)


def edits_of(page: Page, findings: Sequence[Finding]) -> Iterator[Edit]:
    """What to change in `Page.source`, finding by finding; edits may overlap.

    Spans may count in their block or, as in a result, in `Content.text`.
    """
    blocks = page.blocks
    gone: dict[Any, ElementPlace] = {}
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
    for place in emptied(gone, page.source):
        outer = place.outer()
        if outer is not None:
            yield (*outer, "")
    yield from between(gone, page.source)
    yield from companions(page, tuple(gone.values()))


def emptied(gone: dict[Any, ElementPlace], source: str) -> list[ElementPlace]:
    """Wrappers that hold nothing once the elements are gone, which are gone then too.

    They are nameless, or their names stand nowhere else. Adds them to `gone`.
    """
    found: list[ElementPlace] = []
    waiting = list(gone.values())
    while waiting:
        place = waiting.pop()
        parent = place.node.parent
        if getattr(parent, "tag", "") not in WRAPPERS or parent in gone:
            continue
        if any(child not in gone and not _empty(child) for child in parent.children):
            continue
        names = _names(parent)
        if names and any(source.count(name) > source_uses(name, source) for name in names):
            continue
        gone[parent] = ElementPlace(parent, place.where)
        found.append(gone[parent])
        waiting.append(gone[parent])
    return found


def _empty(node: Any) -> bool:
    """Whether a node shows nothing by itself: a break, a comment, separators between links."""
    if type(node) is ELEMENT:
        return bool(node.tag == "br")
    return type(node) is COMMENT or not any(c.isalnum() for c in str(getattr(node, "data", "")))


def between(gone: Mapping[Any, ElementPlace], source: str) -> Iterator[Edit]:
    """Separators between neighbours that are gone, and the one that follows the last alike.

    A list that was put in among other things leaves its commas and breaks otherwise.
    """
    for node, place in gone.items():
        if node.parent in gone:
            continue
        span = place.outer()
        after = node.next_sibling
        while after is not None and after not in gone and _empty(after):
            after = after.next_sibling
        if span is None or after is None or after not in gone:
            continue
        follower = gone[after].outer()
        if follower is None or follower[0] <= span[1]:
            continue
        yield span[1], follower[0], ""
        sign, last = source[span[1] : follower[0]], follower[1]
        if sign.strip() and source.startswith(sign.rstrip(), last) and not _goes_on(after, gone):
            more = len(sign) if source.startswith(sign, last) else len(sign.rstrip())
            yield last, last + more, ""


def _goes_on(node: Any, gone: Mapping[Any, ElementPlace]) -> bool:
    """Whether another element that is gone follows behind separators."""
    after = node.next_sibling
    while after is not None and after not in gone and _empty(after):
        after = after.next_sibling
    return after is not None and after in gone


def source_uses(name: str, source: str) -> int:
    """How often a name may stand in the source of a page that knows it from one rule alone."""
    return 2 if f"#{name}" in source or f".{name}" in source else 1


def companions(page: Page, gone: Sequence[ElementPlace]) -> Iterator[Edit]:
    """Style elements and scripts that do nothing but hide what is cut.

    Their names must stand nowhere else in the page: a rule that something honest
    needs is left.
    """
    spans = [outer for place in gone if (outer := place.outer()) is not None]
    names = {name for place in gone for name in _all_names(place)}
    if not names:
        return
    for script in page.scripts:
        if not script.text or len(script.text) > LONGEST_COMPANION or script.src:
            continue
        outer = script.place.outer()
        if outer is None:
            continue
        if script.kind == "style":
            selectors = [rule.rpartition("}")[2] for rule in script.text.split("{")[:-1]]
            used = {a or b for selector in selectors for a, b in NAME.findall(selector)}
        elif script.kind == "script":
            hidden = scripts.hides(script.text)
            used = {name.lstrip("#.") for _, name, _ in hidden}
        else:
            continue
        if used and used & names and all(_unused(n, page.source, [*spans, outer]) for n in used):
            yield (*outer, "")


def _unused(name: str, source: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a name stands in no place but the given ones."""
    at = source.find(name)
    tries = 0
    while at >= 0:
        tries += 1
        if tries > 50 or not any(start <= at < end for start, end in spans):
            return False
        at = source.find(name, at + 1)
    return True


def _names(node: Any) -> list[str]:
    attributes = node.attrs
    found = [attributes.get("id") or "", *(attributes.get("class") or ())]
    return [name for name in (*found, *(a for a in attributes if a.startswith("data-"))) if name]


def _all_names(place: ElementPlace) -> Iterator[str]:
    yield from _names(place.node)
    for number, node in enumerate(place.node.descendants):
        if number >= 50:
            return
        if hasattr(node, "attrs"):
            yield from _names(node)


def _whole(cut: ElementPlace, block: object, finding: Finding) -> bool:
    """Whether the element holds nothing but what the finding marks."""
    if cut.node.tag in WHOLE:
        return False
    if not isinstance(cut, BlockPlace):
        return True
    return " ".join(cut.node.text.split()) == " ".join(finding.quote.split())


def _title_edit(page: Page, finding: Finding) -> Iterator[Edit]:
    """Cut a part of the title with the separator that joins it to the rest."""
    entry = next(iter(page.head.all("title")), None)
    if entry is None or finding.span is None:
        return
    outer = entry.place.outer()
    if outer is None:
        return
    inner_start = page.source.find(">", outer[0]) + 1
    inner_end = page.source.rfind("<", 0, outer[1])
    found = value_span(page.source, inner_start, inner_end, finding.span.start, finding.span.end)
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


def merged(edits: Iterator[Edit], source: str) -> list[Edit]:
    """Edits in order, overlapping cuts joined; a cut that fills its lines takes them along."""
    return _joined([_with_line(edit, source) for edit in _joined(edits)])


def _joined(edits: Iterable[Edit]) -> list[Edit]:
    out: list[Edit] = []
    for start, end, new in sorted(edits, key=lambda e: (e[0], -e[1])):
        if out and start < out[-1][1]:
            first, last, before = out[-1]
            if not before and not new and end > last:
                out[-1] = (first, end, "")
            continue
        out.append((start, end, new))
    return out


def _with_line(edit: Edit, source: str) -> Edit:
    """Take the line end along where nothing else stands on the line."""
    start, end, new = edit
    if new or not source[start:end].lstrip().startswith("<"):
        return edit
    line = source.rfind("\n", 0, start) + 1
    stop = source.find("\n", end)
    if stop >= 0 and not source[line:start].strip() and not source[end:stop].strip():
        return line, stop + 1, ""
    return edit

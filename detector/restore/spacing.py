"""White space around what is cut: a line that is empty then goes, two words keep one space."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from detector.patterns import pattern
from detector.types import Removed

Edit = tuple[int, int, str]
BLANK = " \t"
# Tags between which a line of text stands; white space beside them shows nothing.
BLOCK_TAGS = frozenset(
    """address article aside blockquote body br center dd details div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section table tbody
    td tfoot th thead title tr ul""".split()
)
TAG = pattern(r"</?([A-Za-z][A-Za-z0-9]*)")
LONGEST_TAG = 2000


def merged(edits: Iterable[Edit], source: str, kind: str = "html") -> list[Edit]:
    """Edits in order, overlapping cuts joined, with the white space that goes along."""
    wider = _whole_line if kind == "text" else _with_space
    return _joined([wider(edit, source) for edit in _joined(edits)])


def _joined(edits: Iterable[Edit]) -> list[Edit]:
    out: list[Edit] = []
    for start, end, new in sorted(edits, key=lambda e: (e[0], -e[1])):
        if out and start < out[-1][1]:
            first, last, before = out[-1]
            if not before and not new and end > last:
                out[-1] = (first, end, "")
            continue
        if out and start == out[-1][1] and not new and not out[-1][2]:
            out[-1] = (out[-1][0], end, "")
            continue
        out.append((start, end, new))
    return out


def _whole_line(edit: Edit, source: str) -> Edit:
    """In extracted text: take the line's end along where nothing else stands on the line."""
    start, end, new = edit
    if new or start == end:
        return edit
    line = source.rfind("\n", 0, start) + 1
    stop = source.find("\n", end)
    last = len(source) if stop < 0 else stop
    before, after = source[line:start], source[end:last]
    if before.strip() or after.strip():
        return _one_space(edit, source, not before.strip(), not after.strip())
    if stop >= 0:
        return line, stop + 1, ""
    return max(line - 1, 0), last, ""  # the last line has only the end before it


def _with_space(edit: Edit, source: str) -> Edit:
    """In HTML: the same for lines of markup; between two words one space is enough."""
    start, end, new = edit
    if new or start == end:
        return edit
    markup = source[start:end].lstrip().startswith("<")
    line = source.rfind("\n", 0, start) + 1
    stop = source.find("\n", end)
    if markup and stop >= 0 and not source[line:start].strip() and not source[end:stop].strip():
        return line, stop + 1, ""
    if markup and _is_block(source, start):
        return edit
    left, right = _blanks(source, start, end)
    if left == start and right == end:
        return edit
    first, last = _opens(source, left), _closes(source, right)
    return edit if first and last else _one_space(edit, source, first, last)


def _one_space(edit: Edit, source: str, first: bool, last: bool) -> Edit:
    """Blanks around a cut: none at the beginning or end of a line, one between words."""
    start, end, _ = edit
    left, right = _blanks(source, start, end)
    if first and (left == 0 or source[left - 1] == "\n"):
        left = start  # an indent is the line's own
    if first or last:
        return left, right, ""
    if left == start:
        return edit
    # What was put in brought a plain space along; a tab is the page's own.
    return (left, end, "") if "\t" in source[end:right] else (start, right, "")


def _blanks(source: str, start: int, end: int) -> tuple[int, int]:
    """The stretch widened by the blanks on both sides."""
    while start > 0 and source[start - 1] in BLANK:
        start -= 1
    while end < len(source) and source[end] in BLANK:
        end += 1
    return start, end


def _is_block(source: str, at: int) -> bool:
    match = TAG.match(source, at)
    return match is not None and match[1].lower() in BLOCK_TAGS


def _opens(source: str, at: int) -> bool:
    """Whether a line of text begins here: behind a tag of a block, or where a line does.

    Starts of elements inside of the line may stand between.
    """
    for _ in range(MOST_TAGS):
        if at == 0 or source[at - 1] == "\n":
            return True
        tag = source.rfind("<", max(at - LONGEST_TAG, 0), at) if source[at - 1] == ">" else -1
        if tag < 0 or _is_block(source, tag):
            return tag >= 0
        if source.startswith("</", tag):
            return False
        at = tag
    return False


def _closes(source: str, at: int) -> bool:
    """Whether a line of text ends here, perhaps behind ends of elements inside of it."""
    for _ in range(MOST_TAGS):
        if at >= len(source) or source[at] == "\n" or _is_block(source, at):
            return True
        end = source.find(">", at, at + LONGEST_TAG) if source.startswith("</", at) else -1
        if end < 0:
            return False
        at = end + 1
    return False


MOST_TAGS = 8


def with_spaces(text: str, edits: Sequence[Removed]) -> Iterator[Removed]:
    """Cuts of folded text, each with the space that would stand double, or at an end."""
    reached = 0
    for number, edit in enumerate(edits):
        start, end = edit.start, edit.end
        if not edit.replacement:
            upto = edits[number + 1].start if number + 1 < len(edits) else len(text)
            opening = start == 0 or text[start - 1] == " " or start == reached == 0
            if opening and end < upto and text[end] == " ":
                end += 1
            elif end == len(text) and start > reached and text[start - 1] == " ":
                start -= 1
        reached = end
        yield (
            edit
            if (start, end) == (edit.start, edit.end)
            else replace(edit, start=start, end=end, text=text[start:end])
        )

"""From bytes to a `Page`: decode, one parse, one walk, roles, language."""

from __future__ import annotations

from collections.abc import Sequence

from detector import language, roles
from detector.blocks import LinkDraft, Walk, Walked, link_text, make_place
from detector.decode import decode, looks_like_html
from detector.dom import ElementPlace
from detector.hosts import host_of, own_sites, site_of
from detector.limits import DEFAULT, Limits
from detector.patterns import pattern
from detector.related import find_related_blocks
from detector.stages import done
from detector.types import Block, Head, Kind, Link, Location, Page, RelatedBlock

# A sample is enough to tell a language, and bounds the cost on long pages.
LANGUAGE_SAMPLE = 4000
_MARKDOWN_LINK = pattern(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()]{1,500})\)")


class LinePlace:
    """The `Place` of a line of extracted text."""

    __slots__ = ("column", "end", "number", "start")

    def __init__(self, number: int, column: int, start: int, end: int) -> None:
        self.number = number
        self.column = column
        self.start = start
        self.end = end

    def location(self) -> Location:
        """The line, 1-based."""
        return Location("text", f"line {self.number}", self.number, self.column)

    def outer(self) -> tuple[int, int] | None:
        """Offsets of the line's words in the source."""
        return self.start, self.end

    def attribute(self, name: str) -> tuple[int, int] | None:
        """Lines have no attributes."""
        return None


def read_page(
    data: bytes | str,
    *,
    uri: str = "",
    kind: Kind | None = None,
    charset: str = "",
    limits: Limits = DEFAULT,
) -> Page:
    """Read one document. Any input gives a page; a limit reached sets `truncated`."""
    truncated = len(data) > limits.max_bytes
    if truncated:
        data = data[: limits.max_bytes]
    if isinstance(data, bytes):
        decoded = decode(data, charset=charset)
        done("decode")
        source, encoding, size = decoded.text, decoded.encoding, len(data)
    else:
        source = data.replace("\r\n", "\n").replace("\r", "\n")
        encoding, size = "utf-8", len(data)
    if kind is None:
        sniffed = data if isinstance(data, bytes) else source[: limits.sniff_bytes].encode()
        kind = "html" if looks_like_html(sniffed) else "text"
    if kind == "text":
        page = _read_text(source, uri, size, encoding, truncated)
    else:
        walked = Walk(source, limits).run()
        done("walk")
        page = _assemble(walked, source, uri, size, encoding, truncated)
    done("page")
    return page


def _assemble(
    walked: Walked, source: str, uri: str, size: int, encoding: str, truncated: bool
) -> Page:
    head = Head(tuple(walked.entries), walked.language, walked.base)
    drafts = walked.drafts
    named = (head.base, head.first("og:url"))
    # Injected lists would outvote the site's own links: only those in sight count.
    hrefs = [
        link.href
        for link in walked.links
        if not link.after and (link.frame.hidden is None or link.frame.hidden.benign)
    ]
    own = own_sites(uri, named, hrefs)
    links: list[Link] = []
    members: list[list[int]] = [[] for _ in drafts]
    for index, link in enumerate(walked.links):
        host = host_of(link.href)
        if host and own and site_of(host) in own:
            host = ""
        block = link.block.index if link.block is not None else -1
        if block >= 0:
            members[block].append(index)
        frame = link.frame
        rel = frame.attributes.get("rel")
        where = "after-html" if link.after else "body"
        links.append(
            Link(
                index, _anchor(link), link.href, host, block, link.start, link.end,
                ElementPlace(frame.node, where), " ".join(rel) if rel else "",
                frame.attributes.get("title") or "", frame.hidden, link.after,
            )
        )  # fmt: skip
    assigned = roles.assign(drafts, head.first("title"))
    blocks = tuple(
        Block(
            index, draft.frame.tag, role, draft.text, tuple(members[index]), make_place(draft),
            draft.hidden, draft.after, "\n", draft.link_chars,
        )
        for index, (draft, role) in enumerate(zip(drafts, assigned, strict=True))
    )  # fmt: skip
    host = host_of(uri) or host_of(head.base) or host_of(head.first("og:url"))
    blocks, lists = _with_lists(blocks, links)
    return Page(
        uri, "html", source, size, encoding, _language(blocks, head.language), head, blocks,
        tuple(links), tuple(walked.scripts), tuple(walked.comments), lists, host,
        truncated or walked.truncated,
    )  # fmt: skip


def _with_lists(
    blocks: tuple[Block, ...], links: Sequence[Link]
) -> tuple[tuple[Block, ...], tuple[RelatedBlock, ...]]:
    """The lists of related links, and the blocks with their roles corrected by them."""
    end = max((b.index for b in blocks if b.role == "article"), default=-1)
    lists = tuple(find_related_blocks(blocks, links, article_end=end))
    if lists:
        blocks = roles.mark_related(blocks, lists, links)
    return roles.trim_ending(blocks), lists


def _anchor(link: LinkDraft) -> str:
    """Anchor text; as the block shows it where the whole link stands in one block."""
    parts = link.parts
    words = parts[0] if len(parts) == 1 and parts[0][:1] != "\0" else link_text(parts)
    if link.block is not None and link.block.index >= 0 and link.end > link.start:
        shown = link.block.text[link.start : link.end]
        if shown == words or shown.replace(" ", "") == words.replace(" ", ""):
            return shown
    return words


def _language(blocks: Sequence[Block], hint: str) -> str:
    """Of what the page shows most of: article first, then the rest."""
    parts: list[str] = []
    length = 0
    for wanted in (True, False):
        for block in blocks:
            if (block.role == "article") is wanted and block.hidden is None:
                parts.append(block.text)
                length += len(block.text)
                if length > LANGUAGE_SAMPLE:
                    break
        if length > LANGUAGE_SAMPLE // 8:
            break
    return language.detect("\n".join(parts)[:LANGUAGE_SAMPLE], hint)


def _read_text(source: str, uri: str, size: int, encoding: str, truncated: bool) -> Page:
    """Extracted text: each line that is not blank is a block."""
    lines: list[tuple[str, str, LinePlace]] = []
    gap = ""
    at = 0
    for number, raw in enumerate(source.split("\n"), 1):
        text = raw.strip()
        if text:
            column = len(raw) - len(raw.lstrip())
            place = LinePlace(number, column + 1, at + column, at + column + len(text))
            lines.append((text, gap or "\n", place))
            gap = "\n"
        elif lines:
            gap = "\n\n"
        at += len(raw) + 1
    assigned = roles.assign_lines([text for text, _, _ in lines])
    links: list[Link] = []
    blocks: list[Block] = []
    for index, ((text, before, place), role) in enumerate(zip(lines, assigned, strict=True)):
        members: list[int] = []
        if "](http" in text:
            for match in _MARKDOWN_LINK.finditer(text):
                members.append(len(links))
                links.append(
                    Link(
                        len(links), match[1], match[2], host_of(match[2]), index,
                        match.start(1), match.end(1), place,
                    )
                )  # fmt: skip
        chars = sum(links[m].end - links[m].start for m in members)
        blocks.append(
            Block(index, "line", role, text, tuple(members), place, gap=before, link_chars=chars)
        )
    found, lists = _with_lists(tuple(blocks), links)
    return Page(
        uri, "text", source, size, encoding, _language(found, ""), Head(), found, tuple(links),
        (), (), lists, host_of(uri), truncated,
    )  # fmt: skip

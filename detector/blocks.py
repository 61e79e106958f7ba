"""The one walk: a parsed document becomes blocks, links, head entries, scripts.

Every element is opened once, in document order, with the state it inherits:
hiding, style, the enclosing link, whether it stands after `</html>`. Text is
folded (runs of white space become one space) and collected into the paragraph
it is shown in; what is hidden inside a paragraph becomes a block of its own, so
that the paragraph around it stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from detector import dom, scripts
from detector.decode import line_column
from detector.dom import BlockPlace, ElementPlace, RangePlace
from detector.limits import Limits
from detector.patterns import pattern
from detector.stages import done
from detector.style import Hiding, InheritedStyle, StyleSheet, benign, cascade, hiding, inline
from detector.style.lengths import no_room, pixels
from detector.types import Comment, Hidden, Meta, Script

BLOCK_TAGS = frozenset(
    """address article aside blockquote body button caption center dd details dialog dir div dl dt
    fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup html legend li
    main marquee menu nav noscript ol option p pre search section summary table tbody td template
    tfoot th thead title tr ul xmp listing textarea select hr""".split()
)
# Their text is code, values or drawings, not words of the page.
SILENT_TAGS = frozenset(
    "script style svg math select textarea title iframe noembed noframes object".split()
)
HEAD_TAGS = frozenset("title meta link base".split())
SCRIPT_TAGS = frozenset("script style iframe frame embed".split())
# Elements that need more than their names and styles looked at when they open.
_SPECIAL = SILENT_TAGS | HEAD_TAGS | SCRIPT_TAGS | {"html", "area", "a", "br"}
# Void elements that show no text: they pass nothing on, and need no frame.
_TEXTLESS = frozenset("img input source wbr col track param".split())
# In silent elements they say nothing and hold nothing: their attributes are not read.
_DRAWN = frozenset("path circle rect line polygon polyline use ellipse stop option".split())
# Elements that may be hidden by what they are.
_HIDING_TAGS = frozenset("noscript template marquee dialog".split())
TINY_MARQUEE = 2  # px: a marquee that small shows nothing
LONGEST_COMMENT = 300
READABLE_FONT = 2.0  # px: a child above it shows itself again in a parent of no size
_COLOURS = frozenset(("color", "background-color", "background-image"))


_DOCTYPE = pattern("<!doctype", re.IGNORECASE)


class Frame:
    """An open element and what it passes on. Satisfies `style.ElementLike`."""

    __slots__ = (
        "attributes", "classes", "depth", "hidden", "id", "node", "parent", "silent", "style",
        "tag", "tokens",
    )  # fmt: skip

    def __init__(
        self, node: Any, tag: str, parent: Frame | None, attributes: Mapping[str, Any]
    ) -> None:
        self.node = node
        self.tag = tag
        self.parent = parent
        self.attributes = attributes
        if attributes:
            self.id: str = attributes.get("id") or ""
            self.classes: Sequence[str] = attributes.get("class") or ()
        else:
            self.id = ""
            self.classes = ()
        self.tokens: Any = None  # a cache for `roles`
        if parent is None:
            self.depth = 0
            self.hidden: Hidden | None = None
            self.style = InheritedStyle()
            self.silent = False
        else:
            self.depth = parent.depth + 1
            self.hidden = parent.hidden
            self.style = parent.style
            self.silent = parent.silent


_NOTHING: Mapping[str, Any] = {}


class Draft:
    """A block while it is read: what `roles` looks at, before `Block` is made."""

    __slots__ = (
        "after", "frame", "hidden", "index", "length", "link_chars", "linked", "pieces", "runs",
        "space",
    )  # fmt: skip

    def __init__(self, frame: Frame, hidden: Hidden | None, after: bool) -> None:
        self.frame = frame  # of the nearest block-level element
        self.hidden = hidden
        self.after = after
        self.index = -1
        self.pieces: list[str] = []
        self.runs: list[tuple[int, Any]] = []
        self.linked = False  # whether a link stands in it
        self.length = 0
        self.link_chars = 0
        self.space = False

    @property
    def text(self) -> str:
        """The text, white space folded."""
        pieces = self.pieces
        if len(pieces) > 1:  # joined once: 100,000 links of one block ask for it
            self.pieces = pieces = ["".join(pieces)]
        return pieces[0] if pieces else ""


class LinkDraft:
    """A link while it is read."""

    __slots__ = ("after", "block", "end", "frame", "href", "parts", "start")

    def __init__(self, frame: Frame, href: str, after: bool) -> None:
        self.frame = frame
        self.href = href
        self.after = after
        self.parts: list[str] = []
        self.block: Draft | None = None
        self.start = 0
        self.end = 0


@dataclass(slots=True)
class Walked:
    """What the walk found, in document order."""

    drafts: list[Draft] = field(default_factory=list)
    links: list[LinkDraft] = field(default_factory=list)
    entries: list[Meta] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    language: str = ""
    base: str = ""
    truncated: bool = False


class Walk:
    """One traversal of one document."""

    def __init__(self, source: str, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.out = Walked()
        self.after = False
        self.link: LinkDraft | None = None
        self.written: Hidden | None = None  # a wrapper that document.write left open
        self.doctype_at = _doctype_offset(source)
        self.sheet = StyleSheet.parse((), limits)
        self.script_hidden: dict[tuple[str, str], str] = {}
        self.script_sheet: StyleSheet | None = None  # of selectors that scripts hide
        self.handlers = any(mark in source for mark in ("eval(", "atob(", "unescape(", "location"))
        self.styled = self.sheet.names()
        self.judged: dict[tuple[int, int], tuple[Hiding | None, InheritedStyle, object]] = {}
        # Only a long source is worth counting in: 100,000 attributes of one letter are none.
        self.long = len(source) > min(limits.max_attribute_chars, 100 * limits.max_attributes)
        root = Frame(None, "#document", None, _NOTHING)
        self.draft = Draft(root, None, False)
        # Elements that changed the draft, with the one to go back to.
        self.suspended: list[tuple[Frame, Draft]] = []

    def run(self) -> Walked:
        """Walk the document; never raises on any input."""
        source = self.source
        document = dom.parse(source)
        done("parse")
        self._prepare(document)
        boundary = dom.end_of_html(document, source)
        tail = source[boundary:].strip() if boundary < len(source) else ""
        limit_line, limit_column = (1 << 62, 0)
        tail_text = ""
        if tail:
            limit_line, limit_column = line_column(source, boundary)
            tail_text = tail.partition("<")[0].strip()
        element, text, comment = dom.ELEMENT, dom.TEXT, dom.COMMENT
        frame = self.draft.frame
        frame.node = document
        stack = [frame]
        node_limit, depth_limit = self.limits.max_nodes, self.limits.max_depth
        at = document  # the node that the frame on top of the stack stands for
        deep: list[Any] = []  # open elements below the deepest that is followed
        seen = 0
        # The loop runs for every node of the page: what is rare stands in functions.
        for node in document.descendants:
            kind = type(node)
            parent = node.parent
            while at is not parent:
                if deep:
                    deep.pop()
                    at = deep[-1] if deep else frame.node
                    continue
                tag = frame.tag
                if (
                    tag in BLOCK_TAGS
                    or (self.link is not None and self.link.frame is frame)
                    or (self.suspended and self.suspended[-1][0] is frame)
                ):
                    self._close(frame)
                stack.pop()
                frame = stack[-1]
                at = frame.node
            seen += 1
            if seen > node_limit:
                self.out.truncated = True
                break
            if kind is text:
                if not frame.silent:
                    data = node.data
                    if tail_text and not self.after and tail_text in data:
                        self._set_after()
                    if data.isspace() and self.written is None:  # half of all texts
                        self.draft.space = True
                    else:
                        self._text(data, node)
                continue
            if kind is element:
                if tail and not self.after:
                    line = node.source_line
                    if line is not None and (
                        line > limit_line
                        or (line == limit_line and node.source_col + 1 >= limit_column)
                    ):
                        self._set_after()
                if deep or frame.depth >= depth_limit:
                    # As in browsers, what stands too deep belongs to the deepest that is kept.
                    self.out.truncated = True
                    deep.append(node)
                    at = node
                    continue
                tag = node.tag
                if tag in _TEXTLESS and not node.children:  # in a drawing they may hold something
                    if self.handlers or (tag == "img" and self.link is not None):
                        self._textless(node, tag, frame)
                    continue
                frame = self._open(node, tag, frame)
                stack.append(frame)
                at = node
            elif kind is comment:
                words = node.data.strip()
                if words and len(self.out.comments) < self.limits.max_comments:
                    self.out.comments.append(Comment(words[:LONGEST_COMMENT], len(self.out.drafts)))
            else:  # a template's fragment, a doctype
                frame = Frame(node, "#fragment", frame, _NOTHING)
                stack.append(frame)
                at = node
        while len(stack) > 1:
            self._close(stack.pop())
        self._flush()
        self.out.truncated = self.out.truncated or self.sheet.truncated
        return self.out

    def _prepare(self, document: Any) -> None:
        """Read what decides about elements before it stands: styles and scripts."""
        sheets: list[str] = []
        for node in document.iter_elements(("style", "script")):
            code = node.text
            if node.tag == "style":
                media = node.attr("media") or ""
                if "print" not in media or "screen" in media:
                    sheets.append(code)
            else:
                for kind, name, how in scripts.hides(code[: self.limits.max_script_chars]):
                    self.script_hidden.setdefault((kind, name), how)
        self.sheet = StyleSheet.parse(sheets, self.limits)
        self.styled = self.sheet.names()
        for key, how in list(self.script_hidden.items()):
            if how[:1] == ".":  # a class that is put on: the page's own rule says what it does
                rule = self.sheet.of_class(how[1:])
                found = hiding(rule, InheritedStyle()) if rule else None
                if found is None:
                    del self.script_hidden[key]
                else:
                    self.script_hidden[key] = f"{how}{{{found[1]}}}"
        rules = [f"{n}{{display:none}}" for (k, n) in self.script_hidden if k == "selector"]
        if rules:
            self.script_sheet = StyleSheet.parse(rules, self.limits)

    def _set_after(self) -> None:
        self._flush()
        self.after = True
        self.draft = Draft(self.draft.frame, self.draft.hidden, True)

    # ------------------------------------------------------------------ elements

    def _open(self, node: Any, tag: str, parent: Frame) -> Frame:
        attributes = _NOTHING
        if not (parent.silent and tag in _DRAWN) and len(found := node.attrs):
            attributes = dict(found.items())
            if self.long and self._too_much(attributes):
                attributes = self._cut(attributes)
        frame = Frame(node, tag, parent, attributes)
        special = tag in _SPECIAL
        if special:
            if tag in SILENT_TAGS:
                frame.silent = True
            if tag in SCRIPT_TAGS:
                self._script(frame)
            elif tag in HEAD_TAGS:
                self._head(frame)
            elif tag == "html":
                self.out.language = self.out.language or (attributes.get("lang") or "")
        if not frame.silent:
            if self._may_hide(frame):
                self._hide(frame, parent)
            if self.handlers and attributes:
                self._handlers(frame)
        hidden = frame.hidden
        draft = self.draft
        if tag in BLOCK_TAGS:
            if draft.length:
                self._flush()
            if hidden is not parent.hidden:
                self.suspended.append((frame, draft))
                self.draft = Draft(frame, hidden, self.after)
            else:
                self._begin(frame, hidden)
        elif hidden is not draft.hidden:
            self.suspended.append((frame, draft))
            self.draft = Draft(draft.frame, hidden, self.after)
        elif tag == "br":
            if draft.length:
                self._flush()
            self._begin(draft.frame, hidden)
        if special and (tag == "a" or tag == "area"):
            self._open_link(frame)
        return frame

    def _begin(self, frame: Frame, hidden: Hidden | None) -> None:
        """A new draft; the one at hand again where nothing was put into it."""
        draft = self.draft
        if draft.length or draft.linked:
            self.draft = Draft(frame, hidden, self.after)
        else:
            draft.frame = frame
            draft.hidden = hidden
            draft.after = self.after
            draft.space = False

    def _textless(self, node: Any, tag: str, parent: Frame) -> None:
        """A picture in a link, or a handler on an element that holds no text."""
        found = node.attrs
        if not len(found):
            return
        attributes: Mapping[str, Any] = dict(found.items())
        if self.long and self._too_much(attributes):
            attributes = self._cut(attributes)
        frame = Frame(node, tag, parent, attributes)
        if self.handlers and not frame.silent:
            self._handlers(frame)
        if tag == "img" and self.link is not None and not self.link.parts:
            self._image_text(frame)

    def _too_much(self, attributes: Mapping[str, Any]) -> bool:
        return (
            len(attributes) > self.limits.max_attributes
            or sum(map(len, filter(None, attributes.values()))) > self.limits.max_attribute_chars
        )

    def _cut(self, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        """The attributes up to the limits of their number and of the length of each."""
        self.out.truncated = True
        most = self.limits.max_attribute_chars
        kept = list(attributes.items())[: self.limits.max_attributes]
        return {name: value and value[:most] for name, value in kept}

    def _may_hide(self, frame: Frame) -> bool:
        """Whether `_hide` could change anything: the cheap test before it."""
        styled = self.styled
        if styled.all or frame.tag in styled.tags or self.written is not None or self.script_sheet:
            return True
        attributes = frame.attributes
        if attributes:
            if "style" in attributes or "hidden" in attributes:
                return True
            if frame.id and (frame.id in styled.ids or self.script_hidden):
                return True
            if frame.classes and (
                not styled.classes.isdisjoint(frame.classes) or self.script_hidden
            ):
                return True
        return frame.tag in _HIDING_TAGS

    def _close(self, frame: Frame) -> None:
        tag = frame.tag
        if self.link is not None and self.link.frame is frame:
            self._close_link()
        if self.suspended and self.suspended[-1][0] is frame:
            self._flush()
            before = self.suspended.pop()[1]
            self.draft = before
            if before.index >= 0:  # flushed meanwhile
                self.draft = Draft(before.frame, before.hidden, self.after)
        if tag in BLOCK_TAGS:
            if self.draft.length:
                self._flush()
            parent = frame.parent or frame
            self._begin(_block_frame(parent), parent.hidden)

    def _hide(self, frame: Frame, parent: Frame) -> None:
        """Decide whether the element is seen, from everything that could hide it."""
        attributes = frame.attributes
        tag = frame.tag
        declared = self.sheet.declarations(frame)
        by = "stylesheet"
        style = attributes.get("style")
        if style:
            own = inline(style)
            if own:
                declared = cascade(declared, own)
                by = "inline"
        hidden = frame.hidden
        if declared:
            inherited = frame.style
            if by == "inline":
                found, frame.style = hiding(declared, inherited), inherited.child(declared)
            else:
                # Many elements share what the sheet declares; both live as long as the walk.
                key = (id(declared), id(inherited))
                known = self.judged.get(key)
                if known is None:
                    known = hiding(declared, inherited), inherited.child(declared), inherited
                    self.judged[key] = known
                found, frame.style = known[:2]
            if found is not None:
                if hidden is None or hidden.benign:
                    self._mark(frame, found[0], found[1], by)
            elif hidden is not None and _restored(hidden, declared, frame.style):
                frame.hidden = None
        if frame.hidden is not None and frame.hidden is hidden:
            return
        if attributes:
            if "hidden" in attributes and attributes.get("hidden") != "until-found":
                self._mark(frame, "hidden-attribute", "hidden", "attribute")
            elif tag == "dialog" and "open" not in attributes:
                self._mark(frame, "hidden-attribute", "dialog without open", "tag")
            elif self.script_hidden:
                how = self._hidden_by_script(frame)
                if how:
                    self._mark(frame, "script", how, "script")
        if tag == "noscript":
            self._mark(frame, "noscript", "<noscript>", "tag")
        elif tag == "template":
            self._mark(frame, "template", "<template>", "tag")
        elif tag == "marquee" and (_tiny_marquee(attributes) or _tiny_box(declared)):
            self._mark(frame, "marquee", "<marquee> of no size", "tag")
        elif self.written is not None and frame.hidden is None:
            frame.hidden = self.written

    def _mark(self, frame: Frame, reason: Any, how: str, by: str) -> None:
        frame.hidden = Hidden(
            reason, how[:120], by, ElementPlace(frame.node, self._where(frame)),
            benign(frame, reason, self.sheet),
        )  # fmt: skip

    def _hidden_by_script(self, frame: Frame) -> str:
        names = self.script_hidden
        how = names.get(("id", frame.id), "") if frame.id else ""
        if how:
            return how
        for name in frame.classes:
            if ("class", name) in names:
                return names["class", name]
        found = self.script_sheet.declarations(frame) if self.script_sheet is not None else None
        return names.get(("selector", found["display"].selector), "") if found else ""

    def _where(self, frame: Frame) -> str:
        return "after-html" if self.after else "body"

    # ------------------------------------------------------------- head and scripts

    def _head(self, frame: Frame) -> None:
        node, attributes, tag = frame.node, frame.attributes, frame.tag
        parent = frame.parent.tag if frame.parent else ""
        if tag == "title":
            if parent == "svg" or (frame.parent and frame.parent.silent):
                return
            self._entry("title", " ".join(node.text.split()), frame)
        elif tag == "meta":
            name = attributes.get("name") or attributes.get("property")
            name = name or attributes.get("http-equiv") or attributes.get("itemprop")
            content = attributes.get("content")
            if name and content:
                self._entry(str(name).strip().lower(), " ".join(str(content).split()), frame)
        elif tag == "link":
            rel = attributes.get("rel")
            names = rel if isinstance(rel, list) else (rel or "").split()
            for name in names:
                lowered = name.lower()
                if lowered in ("canonical", "amphtml", "alternate"):
                    key = "hreflang" if attributes.get("hreflang") else lowered
                    self._entry(key, (attributes.get("href") or "").strip(), frame)
        elif tag == "base":
            self.out.base = self.out.base or (attributes.get("href") or "").strip()

    def _entry(self, name: str, value: str, frame: Frame) -> None:
        if len(self.out.entries) >= self.limits.max_head_entries:
            return
        place = ElementPlace(frame.node, "head")
        span = place.outer() if name == "title" else place.attribute("content")
        position = span[0] if span else -1
        seen = name == "title" and any(e.name == "title" for e in self.out.entries)
        misplaced = seen or 0 <= position < self.doctype_at or not _in_head(frame)
        raw = self.source[span[0] : span[1]] if span else ""
        if name == "title":
            raw = raw.partition(">")[2].rpartition("<")[0]
        self.out.entries.append(Meta(name, value, place, raw[:4000], misplaced))

    def _script(self, frame: Frame) -> None:
        if len(self.out.scripts) >= self.limits.max_scripts:
            self.out.truncated = True
            return
        node, attributes, tag = frame.node, frame.attributes, frame.tag
        plain = {k: _flat(v) for k, v in attributes.items()}
        code = node.text if tag in ("script", "style") else plain.get("srcdoc", "")
        if len(code) > self.limits.max_script_chars:
            self.out.truncated = True
            code = code[: self.limits.max_script_chars]
        kind = tag
        if tag == "script":
            if "json" in plain.get("type", "").lower():
                kind = "json-ld" if "ld+json" in plain["type"].lower() else "data"
        elif tag != "style":
            kind = "iframe"
            self._hide(frame, frame.parent or frame)
            if frame.hidden is not None:
                plain["hidden"] = frame.hidden.reason
        where = "after-html" if self.after else ("script" if tag == "script" else "body")
        place = ElementPlace(node, where)
        src = (plain.get("src") or plain.get("data-src") or "").strip()
        self.out.scripts.append(Script(kind, code, src, place, plain, self.after))
        if kind == "script" and code:
            self._wrapper(code, place)

    def _wrapper(self, code: str, place: ElementPlace) -> None:
        """A tag that one script writes and a later one closes hides all between."""
        found = scripts.wrapper(code)
        if found is None:
            return
        if found.closes and self.written is not None:
            self._flush()
            self.draft = Draft(self.draft.frame, self.draft.frame.hidden, self.after)
            if isinstance(self.written.place, RangePlace):
                self.written.place.last = place.node
            self.written = None
        if found.opens:
            declared = inline(found.style)
            hit = hiding(declared, InheritedStyle()) if declared else None
            if hit is None and found.tag == "marquee":
                hit = ("marquee", "<marquee> written by script")
            if hit is not None:
                how = f"document.write: {hit[1]}"[:120]
                self.written = Hidden("script", how, "script", RangePlace(place.node))

    def _handlers(self, frame: Frame) -> None:
        if len(self.out.scripts) >= self.limits.max_scripts:
            return
        for name, value in frame.attributes.items():
            if name[:2] == "on" and value and len(value) > 8:
                place = ElementPlace(frame.node, self._where(frame))
                self.out.scripts.append(
                    Script("handler", _flat(value), "", place, {"on": name}, self.after)
                )

    # ---------------------------------------------------------------- text and links

    def _text(self, data: str, node: Any) -> None:
        draft = self.draft
        if self.written is not None and draft.hidden is None:
            self._flush()
            draft = self.draft = Draft(draft.frame, self.written, self.after)
        if data.isspace():
            draft.space = True
            return
        piece = " ".join(data.split())
        if draft.length and (draft.space or data[0].isspace()):
            draft.pieces.append(" ")
            draft.length += 1
        start = draft.length
        draft.runs.append((start, node))
        draft.pieces.append(piece)
        draft.length = start + len(piece)
        draft.space = data[-1].isspace()
        link = self.link
        if link is not None:
            link.parts.append(piece)
            draft.link_chars += len(piece)
            if link.block is None:
                link.block, link.start = draft, start
                draft.linked = True
            if link.block is draft:
                link.end = draft.length

    def _flush(self) -> None:
        draft = self.draft
        if draft.length and draft.index < 0:
            if len(self.out.drafts) >= self.limits.max_blocks:
                self.out.truncated = True
                return
            draft.index = len(self.out.drafts)
            self.out.drafts.append(draft)

    def _open_link(self, frame: Frame) -> None:
        href = frame.attributes.get("href")
        if href is None:
            return
        if len(self.out.links) >= self.limits.max_links:
            self.out.truncated = True
            return
        if self.link is not None:
            self._close_link()
        self.link = LinkDraft(frame, href.strip(), self.after)
        self.out.links.append(self.link)

    def _image_text(self, frame: Frame) -> None:
        alt = frame.attributes.get("alt")
        if alt and self.link is not None:
            self.link.parts.append("\0" + " ".join(alt.split()))

    def _close_link(self) -> None:
        link = self.link
        self.link = None
        if link is not None and link.block is None:
            draft = self.draft
            link.block, link.start, link.end = draft, draft.length, draft.length
            draft.linked = True


def link_text(parts: Iterable[str]) -> str:
    """Anchor text of a link's pieces; an image's alt only where there is no text."""
    words = [part for part in parts if part[:1] != "\0"]
    return " ".join(words) if words else " ".join(part[1:] for part in parts)


def make_place(draft: Draft) -> BlockPlace:
    """The place of a finished block."""
    return BlockPlace(draft.frame.node, "after-html" if draft.after else "body", draft.runs)


def _block_frame(frame: Frame) -> Frame:
    while frame.tag not in BLOCK_TAGS and frame.parent is not None:
        frame = frame.parent
    return frame


def _in_head(frame: Frame) -> bool:
    parent = frame.parent
    while parent is not None and parent.tag == "noscript":
        parent = parent.parent
    return parent is not None and parent.tag == "head"


def _restored(hidden: Hidden, declared: Mapping[str, Any], style: InheritedStyle) -> bool:
    """A child may show itself again where the hiding is an inherited property.

    `style` is the child's own, its declarations applied; the caller knows that they do not
    hide it anew.
    """
    if hidden.reason == "tiny":
        return "font-size" in declared and style.font_size > READABLE_FONT
    if hidden.reason == "colour":
        return not _COLOURS.isdisjoint(declared)
    return hidden.reason == "visibility" and "visibility" in declared


def _tiny_marquee(attributes: Mapping[str, Any]) -> bool:
    for name in ("width", "height"):
        size = pixels(_flat(attributes.get(name)).strip().lower())
        if size is not None and 0 <= size <= TINY_MARQUEE:
            return True
    amount = _flat(attributes.get("scrollamount")).strip()
    return amount.isdecimal() and int(amount[:9]) >= 1000


def _tiny_box(declared: Mapping[str, Any] | None) -> bool:
    """Whether styles give a marquee, which hides what overflows, no room."""
    return declared is not None and any(
        name in declared and no_room(declared[name].value, TINY_MARQUEE)
        for name in ("width", "height")
    )


def _flat(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else (value or "")


def _doctype_offset(source: str) -> int:
    """Where the doctype stands, 0 where it is first or absent."""
    if source[:9].lower() == "<!doctype":
        return 0
    found = _DOCTYPE.search(source, 0, 65536)
    return found.start() if found else 0

"""Text in the colour of its background.

What attackers do: White on white, transparent, or nearly equal colours hide keywords and links
from readers.

How it is seen: The declared colour is compared with the effective background. Where the page
does not say what lies under a white text, the text alone is no evidence: then links to several
unrelated sites or words of the trade in it must speak, in an element that has no name.

What must not fire: White text over a background image or a coloured parent, gradient text
(`background-clip:text`), hover effects, white text in a header whose ground an outer sheet gives.

Source: Google Search spam policies, "Hidden text and link abuse"; Geng et al. 2014.

Example: <p style="color:#fff;background:#fff"><a href="https://bet.example/">казино онлайн</a></p>
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detector.concealment import (
    Concealed,
    Surroundings,
    Suspicion,
    concealment_findings,
    suspicion,
)
from detector.dom import ElementPlace
from detector.patterns import pattern
from detector.settings import thresholds
from detector.style import benign, inline
from detector.style.colours import parse_colour
from detector.techniques import Context, technique
from detector.types import Block, Finding, Hidden, Link, Page

REASONS = frozenset(["colour"])
# A colour near white as it is written; only a page that holds one is read further. The gate
# begins with plain letters, which are searched for many times as fast.
_WHITE = (
    r"\s{0,9}:(?:/\*\*/)?\s{0,9}"
    r"(?i:#f[a-f0-9](?:f[a-f0-9]){0,2}|white|rgba?\(2[45]\d|hsl\(0, ?0%, ?100)"
)
GATES = (pattern("olor" + _WHITE), pattern("OLOR" + _WHITE))
PALE = pattern("(?<![a-zA-Z-])(?i:color)" + _WHITE)
WHITE = 240  # of each channel
STEPS = 5  # elements outward that may carry the colour


@technique("invisible-colour", group="hidden")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge each part hidden in this way, then what is white on an unknown ground."""
    for part, found in context.concealed():
        if part.hidden.reason in REASONS:
            message = f"Text in the colour of its background ({part.hidden.how}): {found.about}."
            yield from concealment_findings("invisible-colour", part, found, message)
    if page.kind == "html" and any(gate.search(page.source) for gate in GATES):
        for part, found in _pale_parts(page, context):
            message = f"White text, on a ground that the page does not name: {found.about}."
            yield from concealment_findings("invisible-colour", part, found, message)


def _pale_parts(page: Page, context: Context) -> Iterator[tuple[Concealed, Suspicion]]:
    knobs = thresholds()["concealment"] | context.settings
    knobs["reason"] = {"colour": knobs["unknown_ground"]}
    around = Surroundings(page)
    rules = [
        s.text for s in page.scripts
        if s.kind == "style" and len(s.text) <= knobs["small_sheet"] and PALE.search(s.text)
    ]  # fmt: skip
    groups: dict[Any, tuple[Any, list[Block], list[Link]]] = {}
    links = {}
    for link in page.links:
        if link.host and link.hidden is None and link.block >= 0:
            node = _carrier(link.place, rules)
            if node is not None:
                links[link.index] = node
                groups.setdefault(node, (node, [], []))[2].append(link)
    for block in page.blocks:
        if block.hidden is not None:
            continue
        node = next((links[i] for i in block.links if i in links), None)
        if node is None and context.hits(block.index):
            node = _carrier(block.place, rules)
        if node is not None:
            groups.setdefault(node, (node, [], []))[1].append(block)
    known = around.hosts
    for node, blocks, inside in groups.values():
        place = ElementPlace(node)
        sheet = not node.attrs.get("style")
        hidden = Hidden(
            "colour", "color:#fff on an unknown ground", "stylesheet" if sheet else "inline", place
        )
        if benign(_Element(node), "colour") is not None:
            continue
        part = Concealed(hidden, tuple(blocks), tuple(inside))
        hits = [hit for block in blocks for hit in context.hits(block.index)]
        around.hosts = known - {link.host for link in inside}
        found = suspicion(part, hits, knobs, around)
        # A button's one link is white on a colour that some outer sheet gives.
        if found.score >= knobs["silent_below"] and (found.terms or found.sites > 1):
            yield part, found


class _Element:
    """The carrier as `benign` reads it, with what surrounds it."""

    def __init__(self, node: Any) -> None:
        self.tag: str = getattr(node, "tag", "")
        attributes = getattr(node, "attrs", {})
        self.attributes = attributes
        self.id: str = attributes.get("id") or ""
        self.classes = attributes.get("class") or ()
        self._above = getattr(node, "parent", None)

    @property
    def parent(self) -> _Element | None:
        """Made when asked for: pages nest deeper than calls may."""
        return _Element(self._above) if getattr(self._above, "tag", None) else None


def _carrier(place: Any, rules: list[str]) -> Any:
    """The nearest element whose own style, or a small rule for it, is white without a ground."""
    node: Any = getattr(place, "node", None)
    for _ in range(STEPS):
        attributes = getattr(node, "attrs", None)
        if attributes is None:
            return None
        style = attributes.get("style")
        if style and PALE.search(style):
            declared = inline(style)
            if "background-color" in declared or "background-image" in declared:
                return None
            colour = parse_colour(declared["color"].value) if "color" in declared else None
            if colour is not None and min(colour[:3]) >= WHITE:
                return node
        if rules:
            names = [attributes.get("id") or "", *(attributes.get("class") or ())]
            names += [name for name in attributes if name.startswith("data-")]
            if any(name and name in rule for rule in rules for name in names):
                return node
        node = node.parent
    return None

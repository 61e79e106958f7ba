"""What is left of an injection once its words are cut: wrappers, separators, style rules.

`emptied` finds elements that hold nothing any more, `between` the separators of a list that is
gone, `companions` the style elements and scripts that did nothing but hide it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from detector import scripts
from detector.dom import COMMENT, ELEMENT, ElementPlace
from detector.patterns import pattern
from detector.types import Page, Script

Edit = tuple[int, int, str]
Gone = dict[Any, ElementPlace | None]
"""Nodes that are cut: elements with their places, text nodes with None."""

WRAPPERS = frozenset(
    """div span section center ul ol dl li dt dd p font a b i u s strong em small cite marquee
    blockquote h1 h2 h3 h4 h5 h6 table tbody thead tr td th""".split()
)
LONGEST_COMPANION = 1000  # characters of a style element or script that only hides
# Names in a selector: ids, classes and attributes.
NAME = pattern(r"[#.]([\w-]+)|\[([\w-]+)")
# A name in code stands in quotes, perhaps with others or behind a mark.
QUOTED = pattern(r"""["'][^"'\n]{0,200}["']""")
WORD = pattern(r"[\w-]+")


def emptied(gone: Gone, page: Page) -> list[ElementPlace]:
    """Wrappers that hold nothing once the nodes are gone, which are gone then too.

    They are nameless, or nothing else of the page uses their names: an honest list that spam
    was put into stays. Adds them to `gone`.
    """
    found: list[ElementPlace] = []
    uses: Uses | None = None
    waiting = list(gone)
    while waiting:
        parent = waiting.pop().parent
        if getattr(parent, "tag", "") not in WRAPPERS or parent in gone:
            continue
        if any(child not in gone and not empty(child) for child in parent.children):
            continue
        if own_names(parent):
            uses = uses or Uses(page, parent, gone)
            if uses.elsewhere(parent):
                continue
        place = ElementPlace(parent)
        gone[parent] = place
        if uses is not None:
            uses.dying.update(own_names(parent))
        found.append(place)
        waiting.append(parent)
    return found


def empty(node: Any) -> bool:
    """Whether a node shows nothing by itself: a break, a comment, separators between links."""
    if type(node) is ELEMENT:
        return bool(node.tag == "br")
    return type(node) is COMMENT or not any(c.isalnum() for c in str(getattr(node, "data", "")))


class Uses:
    """What of a page uses a name: ids and classes of elements, rules and strings of code.

    Names are told apart as selectors do: `#id`, `.class`, `[data-name`. `dying` counts those of
    elements that are gone, what is inside of them too.
    """

    def __init__(self, page: Page, node: Any, gone: Gone) -> None:
        root = node
        while root.parent is not None:
            root = root.parent
        self._elements = Counter(
            name for inner in root.descendants if type(inner) is ELEMENT
            for name in own_names(inner)
        )  # fmt: skip
        self.dying: Counter[str] = Counter()
        counted: set[Any] = set()
        for lost in gone:
            waiting = [lost] if type(lost) is ELEMENT else []
            while waiting:
                inner = waiting.pop()
                if inner not in counted:
                    counted.add(inner)
                    self.dying.update(own_names(inner))
                    waiting += [child for child in inner.children if type(child) is ELEMENT]
        self._codes: dict[str, list[frozenset[str]]] = {}
        for script in page.scripts:
            if script.kind in ("style", "script") and script.text:
                served = frozenset(spoken_of(script))
                for name in _named(script):
                    self._codes.setdefault(name, []).append(served)

    def elsewhere(self, node: Any) -> bool:
        """Whether anything but the element, what is gone and what only serves it uses a name."""
        names = own_names(node)
        here = Counter(names)
        known = {name[1:] for name in names}
        for name in here:
            if self._elements[name] > here[name] + self.dying[name]:
                # An id that stands twice was put in; a class may serve both.
                if name[0] == "#":
                    continue
                return True
            for served in (*self._codes.get(name, ()), *self._codes.get(name[1:], ())):
                if not served or not all(
                    one in known or any(self.dying[mark + one] for mark in MARKS) for one in served
                ):
                    return True
        return False


MARKS = ("#", ".", "[")


def _named(code: Script) -> frozenset[str]:
    """The names that a sheet's rules or a script's strings may speak of, with their marks.

    A string's words may be ids as well as classes: they have none.
    """
    if code.kind == "style":
        return frozenset(match[0] for match in NAME.finditer(code.text))
    return frozenset(word for text in QUOTED.findall(code.text) for word in WORD.findall(text))


def spoken_of(code: Script) -> set[str]:
    """The names that a short style element has rules for, or a short script hides."""
    if len(code.text) > LONGEST_COMPANION or code.src:
        return set()
    if code.kind == "style":
        selectors = [rule.rpartition("}")[2] for rule in code.text.split("{")[:-1]]
        return {a or b for selector in selectors for a, b in NAME.findall(selector)}
    if code.kind == "script":
        return {name.lstrip("#.") for _, name, _ in scripts.hides(code.text)}
    return set()


def between(gone: Mapping[Any, ElementPlace | None], source: str) -> Iterator[Edit]:
    """Separators between neighbours that are gone, and the one that follows the last alike.

    A list that was put in among other things leaves its commas and breaks otherwise.
    """
    for node, place in gone.items():
        if place is None or node.parent in gone:
            continue
        span = place.outer()
        after = node.next_sibling
        while after is not None and after not in gone and empty(after):
            after = after.next_sibling
        if span is None or after is None:
            continue
        next_place = gone.get(after)
        follower = next_place.outer() if next_place is not None else None
        if follower is None or follower[0] <= span[1]:
            continue
        yield span[1], follower[0], ""
        sign, last = source[span[1] : follower[0]], follower[1]
        if sign.strip() and source.startswith(sign.rstrip(), last) and not _goes_on(after, gone):
            more = len(sign) if source.startswith(sign, last) else len(sign.rstrip())
            yield last, last + more, ""


def _goes_on(node: Any, gone: Mapping[Any, ElementPlace | None]) -> bool:
    """Whether another element that is gone follows behind separators."""
    after = node.next_sibling
    while after is not None and after not in gone and empty(after):
        after = after.next_sibling
    return after is not None and gone.get(after) is not None


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
        outer = script.place.outer() if script.text else None
        used = spoken_of(script) if outer is not None else set()
        if outer is not None and used & names:
            inside = [*spans, outer]
            if all(_unused(name, page.source, inside) for name in used):
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


def own_names(node: Any) -> list[str]:
    """An element's `#id`, `.classes` and `[data-attributes`."""
    attributes = node.attrs
    own = attributes.get("id")
    found = [f"#{own}"] if own else []
    found += [f".{name}" for name in attributes.get("class") or () if name]
    return found + [f"[{name}" for name in attributes if name.startswith("data-")]


def _all_names(place: ElementPlace) -> Iterator[str]:
    for number, node in enumerate(chain((place.node,), place.node.descendants)):
        if number > 50:
            return
        if hasattr(node, "attrs"):
            yield from (name[1:] for name in own_names(node))

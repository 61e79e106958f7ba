"""What a page's own style sheets say about the visibility of an element.

The sheets are split once (`css_rules`), rules that concern visibility are kept in tables by
the id, class or tag of their innermost compound, and an element looks up its own names. Rules
of one plain name are merged into one answer when the sheet is read, so that neither 100,000
rules nor 10,000 elements of one class cost more than their sum; other rules are tested under a
budget for the page.

Rules that depend on a reader's act, on the window or on a state class never hide anything;
where they reveal, they say that a name is *interactive*: a menu opened by `:hover` or `.open`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from functools import cache
from typing import NamedTuple

from detector.benign import benign
from detector.css_rules import (
    LONGEST_SELECTOR,
    Compound,
    ElementLike,
    Selector,
    compile_selector,
    rules,
)
from detector.css_values import (
    Declared,
    declarations,
    inline,
    number_unit,
    percent,
    pixels,
    split_outside,
)
from detector.hiding import InheritedStyle, hiding, style_limits
from detector.limits import DEFAULT, Limits
from detector.settings import data_table

__all__ = [
    "Declared",
    "ElementLike",
    "InheritedStyle",
    "StyleSheet",
    "benign",
    "cascade",
    "hiding",
    "inline",
]

_OFFSETS = frozenset(["left", "top", "right", "bottom"])
_MARGINS = frozenset(("margin-left", "margin-top"))
_BOX = frozenset(["width", "height", "max-width", "max-height", "line-height"])
# Kept only where the sheet has a value of the group that could hide: most sheets have none,
# and then thousands of widths and margins need not be looked at.
_GROUPS = (
    (_OFFSETS, _OFFSETS),
    (_MARGINS, _MARGINS),
    (_BOX | {"overflow"}, _BOX),
    (frozenset(("z-index",)), frozenset(("z-index",))),
    (
        frozenset(("position",)),
        _OFFSETS | {"clip", "z-index"},
    ),
)
_ROUTINE = frozenset().union(*(group for group, _ in _GROUPS))

Declarations = Mapping[str, Declared]


def cascade(sheet: Declarations | None, own: Declarations) -> Declarations:
    """The winning declarations of an element's sheet rules and its style attribute."""
    if not sheet:
        return own
    merged = dict(sheet)
    _merge(merged, own)
    return merged


class StyleSheet:
    """The rules of all `<style>` elements of a page that concern visibility."""

    __slots__ = (
        "_around", "_classes", "_empty", "_everywhere", "_ids", "_outer", "_reveals", "_steps",
        "_tags", "_universal", "truncated",
    )  # fmt: skip

    def __init__(self) -> None:
        self._ids: dict[str, _Bucket] = {}
        self._classes: dict[str, _Bucket] = {}
        self._tags: dict[str, _Bucket] = {}
        self._everywhere: dict[str, Declared] = {}
        self._universal: list[_Rule] = []
        self._reveals: dict[str, set[str]] = {}
        self._outer: set[str] = set()  # names that selectors ask of ancestors
        self._around: dict[ElementLike | None, frozenset[str]] = {None: frozenset()}
        self._steps = style_limits().match_steps
        self._empty = True
        self.truncated = False
        """A limit was reached: some rules were not kept or not tested."""

    @classmethod
    def parse(cls, css_texts: Iterable[str], limits: Limits = DEFAULT) -> StyleSheet:
        """Read the sheets in document order. Never raises; linear in their length.

        `limits.max_css_chars` and `max_css_rules` (selectors) cap what is read.
        """
        sheet = cls()
        kept: list[tuple[str, dict[str, Declared]]] = []
        suspicious: set[str] = set()
        left = limits.max_css_chars
        selectors_left = limits.max_css_rules
        order = 0
        for css in css_texts:
            if len(css) > left:
                css = css[:left]
                sheet.truncated = True
            left -= len(css)
            for rule in rules(css):
                order += 1
                found = declarations(rule.body)
                if not found:
                    continue
                if rule.conditional or rule.printed:
                    sheet._note_reveal(rule.selectors, found)
                    continue
                selectors_left -= 1 + rule.selectors.count(",")
                if selectors_left < 0:
                    sheet.truncated = True
                    break
                suspicious.update(n for n, d in found.items() if _suspicious(n, d.value))
                kept.append((rule.selectors, found))
            if selectors_left < 0 or left <= 0:
                break
        routine = set(_ROUTINE)
        for group, triggers in _GROUPS:
            if not triggers.isdisjoint(suspicious):
                routine -= group
        for order, (selectors, found) in enumerate(kept):
            sheet._add(selectors, found, routine, order)
        return sheet

    def declarations(self, element: ElementLike) -> Declarations | None:
        """The winning declarations of the sheet's rules for an element; None for none.

        The mapping is shared: do not change it.
        """
        if self._empty:
            return None
        answers: list[Declarations] = []
        if self._everywhere:
            answers.append(self._everywhere)
        if self._universal:
            answers += self._tested_rules(self._universal, element)
        bucket = self._tags.get(element.tag)
        if bucket is not None:
            self._look(bucket, element, answers)
        classes = element.classes
        if classes:
            table = self._classes
            for name in classes:
                bucket = table.get(name)
                if bucket is not None:
                    self._look(bucket, element, answers)
        if element.id:
            bucket = self._ids.get(element.id)
            if bucket is not None:
                self._look(bucket, element, answers)
        if not answers:
            return None
        if len(answers) == 1:
            return answers[0]
        merged = dict(answers[0])
        for answer in answers[1:]:
            _merge(merged, answer)
        return merged

    def interactive(self, element: ElementLike, properties: Iterable[str] = ()) -> bool:
        """Whether some rule reveals the element when a reader or a script acts.

        `properties` limits the answer to rules about these, for instance `display`.
        """
        reveals = self._reveals
        if not reveals:
            return False
        keys = [*element.classes]
        if element.id:
            keys.append("#" + element.id)
        around = element.parent
        steps = 0
        while around is not None and steps < 6:
            keys.append(f"{element.tag}<{around.tag}")
            keys += [f"{element.tag}<{name}" for name in around.classes[:20]]
            if around.id:
                keys.append(f"{element.tag}<#{around.id}")
            around = around.parent
            steps += 1
        wanted = set(properties)
        return any(
            key in reveals and (not wanted or not wanted.isdisjoint(reveals[key])) for key in keys
        )

    def names(self) -> Names:
        """What an element must be or have for a rule to name it."""
        every = bool(self._everywhere or self._universal)
        return Names(every, self._tags.keys(), self._ids.keys(), self._classes.keys())

    @property
    def steps_left(self) -> int:
        """What is left of the page's budget for testing selectors."""
        return self._steps

    # ------------------------------------------------------------------ reading

    def _add(
        self, selectors: str, found: dict[str, Declared], routine: set[str], order: int
    ) -> None:
        if not routine.isdisjoint(found):
            found = {name: value for name, value in found.items() if name not in routine}
            if not found:
                return
        for text in _each(selectors):
            selector = compile_selector(text)
            if selector is None:
                continue
            if selector.dynamic or selector.unsure:
                self._note(selector, found)
                continue
            if _has_state(selector):
                self._note(selector, found)
            weight = (selector.specificity << 30) + order
            declared = {
                name: Declared(d.value, d.important, weight, selector.text)
                for name, d in found.items()
            }
            self._keep(selector, declared)

    def _keep(self, selector: Selector, declared: dict[str, Declared]) -> None:
        self._empty = False
        innermost = selector.compounds[0]
        names = bool(innermost.id) + len(innermost.classes) + bool(innermost.tag)
        plain = (
            len(selector.compounds) == 1
            and names <= 1
            and not innermost.attributes
            and not innermost.excluded
        )
        if innermost.id:
            bucket = self._ids.setdefault(innermost.id, _Bucket())
        elif innermost.classes:
            bucket = self._classes.setdefault(innermost.classes[-1], _Bucket())
        elif innermost.tag:
            bucket = self._tags.setdefault(innermost.tag, _Bucket())
        elif plain:
            _merge(self._everywhere, declared)
            return
        elif len(self._universal) < style_limits().rules_without_name:
            self._universal.append(self._rule(selector, declared))
            return
        else:
            self.truncated = True
            return
        if plain:
            _merge(bucket.plain, declared)
        elif len(bucket.rules) < style_limits().rules_per_name:
            bucket.rules.append(self._rule(selector, declared))
        else:
            self.truncated = True

    def _rule(self, selector: Selector, declared: dict[str, Declared]) -> _Rule:
        rule = _Rule(selector, declared)
        if rule.needs:
            self._outer |= rule.needs
        return rule

    def _note_reveal(self, selectors: str, found: dict[str, Declared]) -> None:
        """A rule for some windows or for paper: it hides nothing, but may reveal."""
        if not _reveals(found):
            return
        for text in _each(selectors):
            selector = compile_selector(text)
            if selector is not None:
                self._note(selector, found)

    def _note(self, selector: Selector, found: dict[str, Declared]) -> None:
        shown = _reveals(found)
        if not shown:
            return
        innermost = selector.compounds[0]
        states = _states()
        keys = [name for name in innermost.classes if name.lower() not in states]
        if innermost.id:
            keys.append("#" + innermost.id)
        if not keys and innermost.tag:
            # Nothing but a tag: it counts inside of what surrounds it in the selector.
            for around in selector.compounds[1:]:
                keys += [f"{innermost.tag}<{name}" for name in around.classes]
                if around.id:
                    keys.append(f"{innermost.tag}<#{around.id}")
                elif around.tag and not around.classes:
                    keys.append(f"{innermost.tag}<{around.tag}")
        for key in keys[:20]:
            self._reveals.setdefault(key, set()).update(shown)

    # ----------------------------------------------------------------- matching

    def _look(self, bucket: _Bucket, element: ElementLike, answers: list[Declarations]) -> None:
        if bucket.plain:
            answers.append(bucket.plain)
        if bucket.rules:
            answers += self._tested_rules(bucket.rules, element)

    def _tested_rules(self, rules: list[_Rule], element: ElementLike) -> list[Declarations]:
        found: list[Declarations] = []
        around: frozenset[str] | None = None
        steps = self._steps
        for rule in rules:
            steps -= 1
            needs = rule.needs
            if needs is not None:
                # Most rules fail on a name that no ancestor has: asked of a set, not a climb.
                if around is None:
                    self._steps = steps
                    around = self._names_around(element.parent)
                    steps = self._steps
                if not needs <= around:
                    continue
            self._steps = steps
            if self._matches(rule.selector, element):
                found.append(rule.declared)
            steps = self._steps
            if steps <= 0:
                break
        self._steps = steps
        if steps <= 0:
            self.truncated = True
        return found

    def _names_around(self, element: ElementLike | None) -> frozenset[str]:
        """Which of the names that selectors ask for an element and its ancestors have."""
        known = self._around
        chain: list[ElementLike] = []
        while element is not None and element not in known:
            chain.append(element)
            element = element.parent
        names = known[element]
        outer = self._outer
        for inner in reversed(chain):
            self._steps -= 1 + (len(inner.classes) >> 3)
            own = [name for c in inner.classes if (name := "." + c) in outer]
            if inner.tag in outer:
                own.append(inner.tag)
            if inner.id and (name := "#" + inner.id) in outer:
                own.append(name)
            if own and not names.issuperset(own):
                self._steps -= len(names) >> 3
                names = names.union(own)
            known[inner] = names
        return names

    def _matches(self, selector: Selector, element: ElementLike) -> bool:
        return self._tested(selector.compounds[0], element) and (
            len(selector.compounds) == 1 or self._climb(selector, 1, element.parent)
        )

    def _climb(self, selector: Selector, index: int, element: ElementLike | None) -> bool:
        """Whether the rest of a selector is found among the ancestors."""
        compound = selector.compounds[index]
        last = index + 1 == len(selector.compounds)
        child = selector.combinators[index - 1] == ">"
        # Under descendant combinators alone the nearest match is as good as any.
        final = ">" not in selector.combinators[index:]
        while element is not None and self._steps > 0:
            if self._tested(compound, element):
                if last or self._climb(selector, index + 1, element.parent):
                    return True
                if final:
                    return False
            if child:
                return False
            element = element.parent
        return False

    def _tested(self, compound: Compound, element: ElementLike) -> bool:
        steps = self._steps - 1 - (len(element.classes) >> 3)
        if steps <= 0:
            self._steps = 0
            self.truncated = True
            return False
        self._steps = steps
        return compound.matches(element)


class Names(NamedTuple):
    """The names by which a sheet's rules find elements, for a test that costs little."""

    all: bool  # some rule names every element
    tags: Set[str]
    ids: Set[str]
    classes: Set[str]


class _Rule:
    """A selector that needs testing, with what it declares."""

    __slots__ = ("declared", "needs", "selector")

    def __init__(self, selector: Selector, declared: dict[str, Declared]) -> None:
        self.selector = selector
        self.declared = declared
        names: list[str] = []
        for outer in selector.compounds[1:]:
            names += [f".{name}" for name in outer.classes]
            if outer.id:
                names.append("#" + outer.id)
            if outer.tag:
                names.append(outer.tag)
        self.needs = frozenset(names) if len(selector.compounds) > 1 else None


class _Bucket:
    """The rules of one id, class or tag: plain ones merged, others to be tested."""

    __slots__ = ("plain", "rules")

    def __init__(self) -> None:
        self.plain: dict[str, Declared] = {}
        self.rules: list[_Rule] = []


def _merge(into: dict[str, Declared], new: Declarations) -> None:
    for name, value in new.items():
        old = into.get(name)
        if old is None or (value[1], value[2]) >= (old[1], old[2]):
            into[name] = value


def _each(selectors: str) -> list[str]:
    if "," not in selectors:
        return [selectors] if len(selectors) <= 2 * LONGEST_SELECTOR else []
    if "(" not in selectors and "[" not in selectors:
        return selectors.split(",")
    return split_outside(selectors, ",")


@cache
def _states() -> frozenset[str]:
    """Classes that a script or a server sets on what is open, chosen or ready."""
    return frozenset(data_table("benign_hiding")["states"]["classes"])


def _has_state(selector: Selector) -> bool:
    states = _states()
    return any(
        name in states or name.lower() in states
        for compound in selector.compounds
        for name in compound.classes
    )


def _suspicious(name: str, value: str) -> bool:
    """Whether a value of a routine property could take part in hiding."""
    if name in _OFFSETS or name in _MARGINS:
        return (value[:1] == "-" and len(value) > 4) or len(value) > 5 or "%" in value
    if name in _BOX:
        if value[:1] not in "01.":
            return False
        length = pixels(value)
        return (length is not None and length <= 1) or percent(value) == 0
    if name == "z-index":
        return value[:1] == "-"
    return True


_SHOWING = frozenset(
    ["left", "top", "right", "bottom", "margin-left", "margin-top", "clip", "clip-path"]
)


def _reveals(found: Declarations) -> set[str]:
    """The properties by which a rule's declarations show what another rule hides."""
    shown: set[str] = set()
    for name, (value, *_) in found.items():
        if name == "display":
            if value != "none":
                shown.add(name)
        elif name == "visibility":
            if value not in ("hidden", "collapse"):
                shown.add(name)
        elif name == "opacity":
            number = number_unit(value)
            if number is not None and number[0] > style_limits().opacity:
                shown.add(name)
        elif name in _SHOWING:
            if not value.startswith("-") or len(value) < 5:
                shown.add(name)
        elif name == "transform":
            if "scale(0)" not in value and "-100%" not in value:
                shown.add(name)
        elif name in ("height", "max-height", "width", "max-width", "font-size"):
            number = number_unit(value)
            if number is None or number[0] > 2:
                shown.add(name)
        elif name in ("color", "background-color", "overflow", "z-index", "text-indent"):
            shown.add(name)
    return shown

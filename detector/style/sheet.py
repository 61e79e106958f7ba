"""What a page's own style sheets say about the visibility of an element.

The sheets are split once (`rules`), rules that concern visibility are kept in tables by
the id, class or tag of their innermost compound, and an element looks up its own names. Rules
of one plain name are merged into one answer when the sheet is read, so that neither 100,000
rules nor 10,000 elements of one class cost more than their sum; other rules are tested under a
budget for the page.

Rules that depend on a reader's act, on the window or on a state class never hide anything;
where they reveal, they say that a name is *interactive*: a menu opened by `:hover` or `.open`.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import NamedTuple

from detector.limits import DEFAULT, Limits
from detector.style.declarations import Declared, declarations, split_outside
from detector.style.inherited import style_limits
from detector.style.matching import Matcher, TestedRule
from detector.style.reveals import (
    BOX,
    MARGINS,
    OFFSETS,
    Declarations,
    has_state,
    reveals_of,
    state_classes,
    suspicious,
)
from detector.style.rules import rules
from detector.style.selectors import LONGEST_SELECTOR, ElementLike, Selector, compile_selector

# Kept only where the sheet has a value of the group that could hide: most sheets have none,
# and then thousands of widths and margins need not be looked at.
_GROUPS = (
    (OFFSETS, OFFSETS),
    (MARGINS, MARGINS),
    (BOX | {"overflow"}, BOX),
    (frozenset(("z-index",)), frozenset(("z-index",))),
    (
        frozenset(("position",)),
        OFFSETS | {"clip", "z-index"},
    ),
)
_ROUTINE = frozenset().union(*(group for group, _ in _GROUPS))


def cascade(sheet: Declarations | None, own: Declarations) -> Declarations:
    """The winning declarations of an element's sheet rules and its style attribute."""
    if not sheet:
        return own
    merged = dict(sheet)
    _merge(merged, own)
    return merged


class StyleSheet(Matcher):
    """The rules of all `<style>` elements of a page that concern visibility."""

    __slots__ = (
        "_classes", "_empty", "_everywhere", "_ids", "_reveals", "_tags", "_together",
        "_universal",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._ids: dict[str, _Bucket] = {}
        self._classes: dict[str, _Bucket] = {}
        self._tags: dict[str, _Bucket] = {}
        self._everywhere: dict[str, Declared] = {}
        self._universal: list[TestedRule] = []
        self._reveals: dict[str, set[str]] = {}
        self._empty = True
        self._together: dict[tuple[int, ...], Declarations] = {}  # by the answers' identities

    @classmethod
    def parse(cls, css_texts: Iterable[str], limits: Limits = DEFAULT) -> StyleSheet:
        """Read the sheets in document order. Never raises; linear in their length.

        `limits.max_css_chars` and `max_css_rules` (selectors) cap what is read.
        """
        sheet = cls()
        kept: list[tuple[str, dict[str, Declared]]] = []
        doubtful: set[str] = set()
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
                doubtful.update(n for n, d in found.items() if suspicious(n, d.value))
                kept.append((rule.selectors, found))
            if selectors_left < 0 or left <= 0:
                break
        routine = set(_ROUTINE)
        for group, triggers in _GROUPS:
            if not triggers.isdisjoint(doubtful):
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
        # Elements of one kind get the same answers, which live as long as the sheet.
        key = tuple(map(id, answers))
        merged = self._together.get(key)
        if merged is None:
            merged = dict(answers[0])
            for answer in answers[1:]:
                _merge(merged, answer)
            self._together[key] = merged
        return merged

    def of_class(self, name: str) -> Declarations | None:
        """What plain rules of one class declare, None for no such rule."""
        bucket = self._classes.get(name)
        return bucket.plain if bucket is not None else None

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
            if has_state(selector):
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

    def _rule(self, selector: Selector, declared: dict[str, Declared]) -> TestedRule:
        rule = TestedRule(selector, declared)
        if rule.needs:
            self._outer |= rule.needs
        return rule

    def _note_reveal(self, selectors: str, found: dict[str, Declared]) -> None:
        """A rule for some windows or for paper: it hides nothing, but may reveal."""
        if not reveals_of(found):
            return
        for text in _each(selectors):
            selector = compile_selector(text)
            if selector is not None:
                self._note(selector, found)

    def _note(self, selector: Selector, found: dict[str, Declared]) -> None:
        shown = reveals_of(found)
        if not shown:
            return
        innermost = selector.compounds[0]
        states = state_classes()
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

    def _look(self, bucket: _Bucket, element: ElementLike, answers: list[Declarations]) -> None:
        if bucket.plain:
            answers.append(bucket.plain)
        if bucket.rules:
            answers += self._tested_rules(bucket.rules, element)


class Names(NamedTuple):
    """The names by which a sheet's rules find elements, for a test that costs little."""

    all: bool  # some rule names every element
    tags: Set[str]
    ids: Set[str]
    classes: Set[str]


class _Bucket:
    """The rules of one id, class or tag: plain ones merged, others to be tested."""

    __slots__ = ("plain", "rules")

    def __init__(self) -> None:
        self.plain: dict[str, Declared] = {}
        self.rules: list[TestedRule] = []


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

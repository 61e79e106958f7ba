"""Selectors tested against elements, under a budget for the page."""

from __future__ import annotations

from detector.style.declarations import Declared
from detector.style.inherited import style_limits
from detector.style.reveals import Declarations
from detector.style.selectors import Compound, ElementLike, Selector


class Matcher:
    """Tests selectors against elements, under a budget for the page."""

    __slots__ = ("_around", "_outer", "_steps", "truncated")

    def __init__(self) -> None:
        self._outer: set[str] = set()  # names that selectors ask of ancestors
        self._around: dict[ElementLike | None, frozenset[str]] = {None: frozenset()}
        self._steps = style_limits().match_steps
        self.truncated = False
        """A limit was reached: some rules were not kept or not tested."""

    @property
    def steps_left(self) -> int:
        """What is left of the page's budget for testing selectors."""
        return self._steps

    def _tested_rules(self, rules: list[TestedRule], element: ElementLike) -> list[Declarations]:
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


class TestedRule:
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

"""The catalogue of techniques: one module each, found by its decorator.

A technique asserts facts about a page and yields findings; it has no cut-off
for the label, which is the model's to judge. Adding one is adding a module here
and a folder of cases under `tests/cases/<name>/`; nothing else is touched.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from detector.context import Context
from detector.types import Finding, Page

__all__ = ["Context", "Technique", "find_all", "technique", "techniques"]

Find = Callable[[Page, Context], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Technique:
    """One entry of the catalogue."""

    name: str
    group: str
    find: Find
    page: str  # the module's docstring: what, how seen, what must not fire, source

    @property
    def summary(self) -> str:
        """The first sentence of its page."""
        return self.page.strip().partition("\n\n")[0].replace("\n", " ")


_REGISTRY: dict[str, Technique] = {}


def technique(name: str, *, group: str) -> Callable[[Find], Find]:
    """Register a function as the technique of that name."""

    def register(find: Find) -> Find:
        if name in _REGISTRY:
            raise ValueError(f"two techniques are named {name}")
        page = import_module(find.__module__).__doc__ or ""
        _REGISTRY[name] = Technique(name, group, find, page)
        return find

    return register


@cache
def techniques() -> Mapping[str, Technique]:
    """All techniques by name, in the order of their modules' names."""
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        import_module(f"{__name__}.{module}")
    return {entry.name: entry for entry in sorted(_REGISTRY.values(), key=_module)}


def _module(entry: Technique) -> str:
    return entry.find.__module__


def find_all(page: Page, context: Context, off: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Every finding of every technique that is not switched off."""
    for name, entry in techniques().items():
        if name not in off:
            context.name = name
            yield from entry.find(page, context)

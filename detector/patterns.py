"""Regular expressions that are compiled when first used.

Classes of characters beyond Latin take milliseconds to compile each, and most pages need few of
the patterns: those of all modules together would be a fifth of a cold start.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

_KEPT = (
    "search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn", "pattern",
    "flags", "groups", "groupindex",
)  # fmt: skip


class _Made:
    """A compiled pattern by its methods, which are attributes of the object."""


class _Later(_Made):
    """Becomes a compiled one with the first use of anything of it."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        made = re.compile(self._source, self._flags)
        for method in _KEPT:
            setattr(self, method, getattr(made, method))
        # A class that has `__getattr__` pays for it with every look at an attribute.
        self.__class__ = _Made  # type: ignore[assignment]
        return getattr(made, name)


if TYPE_CHECKING:

    def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
        """`re.compile` of a text's pattern, done when it is first used."""

else:

    def pattern(source, flags=0):
        """`re.compile` of a text's pattern, done when it is first used."""
        return _Later(source, flags)

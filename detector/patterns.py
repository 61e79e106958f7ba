"""Regular expressions that are compiled when first used.

Classes of characters beyond Latin take milliseconds to compile each, and most pages need few of
the patterns: those of all modules together would be a fifth of a cold start.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn")


class _Later:
    """Becomes the pattern: its methods are the object's own after the first use of one."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        # Asked only for what is not there yet; later calls cost what those of a pattern do.
        made = re.compile(self._source, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(made, method))
        return getattr(made, name)


if TYPE_CHECKING:

    def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
        """`re.compile` of a text's pattern, done when it is first used."""

else:

    def pattern(source, flags=0):
        """`re.compile` of a text's pattern, done when it is first used."""
        return _Later(source, flags)

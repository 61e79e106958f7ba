"""Text of pages made harmless for terminals and tables."""

from __future__ import annotations

import re

# Controls, and the format characters that reorder or hide what a terminal shows.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def printable(text: str, limit: int = 0) -> str:
    """One line without raw control characters; cut to `limit` code points with an ellipsis.

    Line ends and tabs become spaces, other controls their code (`<U+001B>`).
    """
    if limit and len(text) > limit:
        text = text[: limit - 1] + "…"
    return _CONTROL.sub(_show, text)


def _show(match: re.Match[str]) -> str:
    char = match[0]
    return " " if char in "\t\n\r" else f"<U+{ord(char):04X}>"

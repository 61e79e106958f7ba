"""In which scripts a text is written, and which of them its page does not use."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

# A sentence or a list of anchors; fewer letters of another script are a name.
FEW_LETTERS = 4


@lru_cache(maxsize=8192)
def _script(char: str) -> str:
    code = ord(char)
    if not char.isalpha() and not 0x0E00 <= code < 0x0E80:
        return ""
    at = bisect_right(_FIRST, code) - 1
    return _SCRIPTS[at][2] if at >= 0 and code <= _SCRIPTS[at][1] else "other"


def scripts_of(text: str) -> dict[str, float]:
    """Share of the letters by script; the number of letters under ""."""
    found: Counter[str] = Counter()
    for char, count in Counter(text).items():
        name = _script(char)
        if name:
            found[name] += count
    letters = found.total()
    shares = {name: count / letters for name, count in found.items()} if letters else {}
    shares[""] = letters
    return shares


def alien_script(part: Mapping[str, float], page: Mapping[str, float], few: int) -> str:
    """The script that most of a part is in and the page is not; "" where there is none."""
    if part[""] < few or page[""] < few:
        return ""
    name = max((n for n in part if n), key=lambda n: part[n])
    if part[name] < 0.5 or page.get(name, 0.0) > _ALLOWED.get(name, 0.005):
        return ""
    if name == "Han" and page.get("Kana"):
        return ""
    return name


# Start, end, name; of the scripts that pages of the project's languages are written in.
_SCRIPTS = (
    (0x41, 0x24F, "Latin"),
    (0x370, 0x3FF, "Greek"),
    (0x400, 0x52F, "Cyrillic"),
    (0x590, 0x5FF, "Hebrew"),
    (0x600, 0x77F, "Arabic"),
    (0x900, 0x97F, "Devanagari"),
    (0xE00, 0xE7F, "Thai"),
    (0x1100, 0x11FF, "Hangul"),
    (0x1E00, 0x1EFF, "Latin"),
    (0x3040, 0x30FF, "Kana"),
    (0x3400, 0x9FFF, "Han"),
    (0xAC00, 0xD7A3, "Hangul"),
)
_FIRST = tuple(first for first, _, _ in _SCRIPTS)
# Latin letters stand on most pages of other scripts (names, units, brands).
_ALLOWED = {"Latin": 0.02}

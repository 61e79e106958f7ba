"""The inputs of html5lib's published parser tests: what made parsers stumble, for scans.

`make parser-tests` fetches them (html5lib's source package from PyPI) to `.cache/html5lib`.
Tokenizer tests are JSON (`input`, perhaps with escapes in escapes, and the element whose
content is tokenized); tree-construction and encoding tests hold `#data` parts.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".cache" / "html5lib"
# The element that brings a tokenizer to the state in which a test starts.
STATES = {
    "RCDATA state": "textarea", "RAWTEXT state": "style", "Script data state": "script",
    "PLAINTEXT state": "plaintext", "CDATA section state": "svg",
}  # fmt: skip
_PARTS = re.compile(rb"^#data\n(.*?)\n?^#(?:errors|encoding)\b", re.M | re.S)
_FRAGMENT = re.compile(rb"^#document-fragment\n(?:\w+ )?(\w+)", re.M)


def inputs(folder: Path = CACHE) -> list[tuple[str, bytes]]:
    """(name of the file and number, input) of every test. Empty without the folder."""
    found: list[tuple[str, bytes]] = []
    for path in sorted(folder.rglob("*.test")):
        if path.parent.name == "tokenizer":
            found += [(f"tokenizer/{path.name}/{n}", i) for n, i in enumerate(_tokenizer(path))]
    for path in sorted(folder.rglob("*.dat")):
        if {"tree-construction", "encoding"} & set(path.parts):
            parts = enumerate(_parts(path.read_bytes()))
            found += [(f"{path.parent.name}/{path.name}/{n}", i) for n, i in parts]
    return found


def _tokenizer(path: Path) -> list[bytes]:
    made = []
    for tests in json.loads(path.read_text("utf-8")).values():
        for test in tests:
            text = test["input"]
            if test.get("doubleEscaped"):
                text = re.sub(r"\\u([0-9A-Fa-f]{4})", lambda m: chr(int(m[1], 16)), text)
            for state in test.get("initialStates", [""]):
                tag = test.get("lastStartTag") or STATES.get(state, "")
                opened = f"<{tag}>{text}" if tag else text
                made.append(opened.encode("utf-8", "surrogatepass"))
    return made


def _parts(data: bytes) -> list[bytes]:
    made = []
    for test in re.split(rb"\n(?=#data\n)", data):
        part = _PARTS.match(test)
        if part:
            within = _FRAGMENT.search(test)
            made.append((b"<%s>" % within[1] if within else b"") + part[1])
    return made

"""What a script hides in its own text, the addresses it loads, the titles it sets."""

from __future__ import annotations

from dataclasses import dataclass

from detector.scripts.load import at_load, obfuscated, reading_of
from detector.scripts.values import HOLE
from detector.scripts.writing import sources_of, written_by


@dataclass(frozen=True, slots=True)
class Unfolded:
    """What a script hides in its own text."""

    text: str  # decoded code, texts and addresses, one a line
    layers: tuple[
        str, ...
    ]  # concat escapes unescape percent atob charcode join reverse packer eval
    literals: tuple[str, ...]  # every string literal, decoded


def unfold(code: str) -> Unfolded:
    """What the script's text hides: decoded layers, texts and all literals."""
    if not obfuscated(code):
        return Unfolded("", (), ())
    reading = reading_of(code)
    written = written_by(reading)
    parts = dict.fromkeys(part for part in (*reading.decoded, written) if part)
    text = "\n".join(parts).replace(HOLE, "")[:500_000]
    return Unfolded(text, tuple(reading.layers), tuple(reading.literals))


def encoded(code: str) -> bool:
    """Whether the script decodes any text, be it only brackets and quotes."""
    if not obfuscated(code):
        return False
    reading = reading_of(code)
    return bool(reading.lightly) or any(name != "concat" for name in reading.layers)


def titles(code: str) -> tuple[str, ...]:
    """The titles that the script sets at load, where they are constant."""
    if "document.title" not in code and not obfuscated(code):
        return ()
    out: dict[str, None] = {}
    for ran in at_load(reading_of(code)):
        effect = ran.effect
        if effect.kind == "set" and effect.path in ("document.title", "top.document.title"):
            value = effect.args[0]
            if isinstance(value, str) and value.strip(HOLE + " "):
                out[value.replace(HOLE, "").strip()] = None
    return tuple(out)


def remote(code: str) -> tuple[str, ...]:
    """Addresses of scripts and frames that hidden code loads."""
    if not obfuscated(code):
        return ()
    reading = reading_of(code)
    found: dict[str, None] = {}
    for ran in at_load(reading):
        found.update(dict.fromkeys(sources_of(ran.effect)))
    return tuple(found)

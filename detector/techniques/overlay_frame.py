"""A frame of a foreign site laid over the whole page, or too small to be seen.

What attackers do: A frame with `position:fixed` and the size of the window hides the real page
behind the attacker's; a frame of no size loads it for counters, cookies or exploits. Both come as
HTML, or are written by a script.

How it is seen: Size and position of each frame, in its attributes, its style and the style that
hides it, and the frames that scripts write; the host is foreign and no known service.

What must not fire: Tag managers in `<noscript>`, counters, consent and log-in frames, video and
maps (however large), payment, and the page's own frames.

Source: HTML, section 4.8.5 (iframe); Provos et al., All Your iFRAMEs Point to Us, 2008.

Example: <iframe src="https://bet.example/" style="position:fixed;top:0;width:100%;height:100%">
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from detector import scripts
from detector.patterns import pattern
from detector.script_evidence import first_words, joined, own, trade
from detector.style.lengths import no_room, percent, pixels
from detector.style.rules import rules
from detector.techniques import Context, technique
from detector.types import Finding, Page, Script

FRAME = pattern(r"<i?frame\b([^>]{0,3000})", re.IGNORECASE)
PAIR = pattern(
    r"([a-zA-Z-]{2,20})\s{0,4}=\s{0,4}(?:\"([^\"]{0,1000})|'([^']{0,1000})|([^\s\"'>]{1,1000}))"
)
FULL = frozenset(("100%", "100vw", "100vh", "100vmax", "100dvh"))
NOTHING = 2  # pixels


@technique("overlay-frame", group="hidden")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge frames in the page and frames that scripts write."""
    sites = None
    for script in page.scripts:
        if script.kind == "iframe" and script.src:
            frames = [(_styled(page, script), 0.0)]
        elif script.kind == "script" and (
            "rame" in script.text
            or "document.write" in script.text
            or scripts.obfuscated(script.text)
        ):
            html = scripts.writes(script.text)
            if "frame" not in html.lower():
                continue
            hidden = 0.5 if scripts.unfold(script.text).layers else 0.0
            frames = [(_attributes(match[1]), hidden) for match in FRAME.finditer(html[:50_000])]
        else:
            continue
        for attributes, hidden in frames:
            src = (attributes.get("src") or "").strip()
            shape = _shape(attributes)
            if not shape:
                continue
            sites = sites or own(page)
            if not sites.foreign(src):
                continue
            knobs = context.settings
            if shape == "covers":
                base = knobs.get("covering", 0.8)
            else:
                base = knobs.get("landing", 0.55) if _landing(src) else knobs.get("unseen", 0.35)
            words, category = trade(context.hits_in(re.sub(r"[-/.?=&]", " ", src)))
            late = 0.2 if script.after_html else 0.0
            score = joined(base, hidden, late, words * 0.6, context.head_promotion * 0.5)
            what = "covers the whole page" if shape == "covers" else "is too small to be seen"
            yield Finding(
                "overlay-frame", score, src[:500] or first_words(script.text),
                f"A frame of {src[:120]} {what}.", script.place.location(), category, src,
                cut=script.place,
            )  # fmt: skip


def _styled(page: Page, script: Script) -> dict[str, str]:
    """A frame's attributes, with what the page's own rules for its id or classes declare."""
    attributes = dict(script.attributes)
    names = {
        f"#{attributes.get('id', '')}",
        *(f".{c}" for c in attributes.get("class", "").split()),
    }
    names.discard("#")
    found = [
        rule.body
        for sheet in page.scripts
        if names and sheet.kind == "style" and any(name in sheet.text for name in names)
        for rule in rules(sheet.text)
        if not rule.conditional and not names.isdisjoint(map(str.strip, rule.selectors.split(",")))
    ]
    attributes["style"] = ";".join([*found, attributes.get("style", "")])
    return attributes


def _landing(src: str) -> bool:
    """Whether an address is a site's front door: counters have a file name or a query."""
    host, _, path = src.partition("//")[2].rstrip("/").partition("/")
    return "?" not in host and not any(sign in path for sign in ".?#=;") and path.count("/") < 2


def _attributes(text: str) -> dict[str, str]:
    return {m[1].lower(): m[2] or m[3] or m[4] or "" for m in PAIR.finditer(text)}


def _shape(attributes: Mapping[str, str]) -> str:
    """`covers`, `nothing` or "" for a frame's size and position."""
    style = {}
    for part in attributes.get("style", "")[:2000].lower().split(";"):
        name, colon, value = part.partition(":")
        if colon:
            style[name.strip()] = value.replace("!important", "").strip()
    width = style.get("width") or attributes.get("width", "").strip().lower()
    height = style.get("height") or attributes.get("height", "").strip().lower()
    if no_room(width, NOTHING) or no_room(height, NOTHING) or attributes.get("hidden"):
        return "nothing"
    if style.get("position") in ("fixed", "absolute"):
        whole = width in FULL or style.get("min-width") in FULL
        high = height in FULL or style.get("min-height") in FULL or _thousands(height)
        pinned = all(no_room(style.get(side, ""), 0) for side in ("top", "left"))
        ended = all(no_room(style.get(side, ""), 0) for side in ("right", "bottom"))
        inset = style.get("inset", "").split()
        if (whole and high and (pinned or style["position"] == "fixed")) or (
            (pinned and ended) or (inset and all(no_room(side, 0) for side in inset))
        ):
            return "covers"
    return ""


def _thousands(value: str) -> bool:
    size = pixels(value)
    return (percent(value) or 0) >= 900 if size is None else size >= 900

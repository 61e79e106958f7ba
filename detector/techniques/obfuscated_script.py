"""A script that hides what it does: encoded, packed or cut in pieces.

What attackers do: `eval(function(p,a,c,k,e,d)…)`, `String.fromCharCode`, `\\x` chains,
`unescape`, `atob`, reversed or offset texts hide an address, links or a test of the referrer from
people who look at the source, and from scanners.

How it is seen: The text is decoded statically, layer by layer. What comes out decides: an address
of a foreign host that is loaded, written or visited, words of the trade, a test of the referrer.

What must not fire: Packed and minified libraries, encoded counters of known services, mail
addresses hidden from harvesters, translations with escapes, data in base64.

Source: Curtsinger et al., ZOZZLE, USENIX Security 2011; Dean Edwards' packer.

Example: <script>eval(atob("bG9jYXRpb249Jy8veC5leGFtcGxlJw=="))</script>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector import scripts
from detector.script_evidence import Own, addresses_in, first_words, joined, own, trade
from detector.techniques import Context, technique
from detector.types import Finding, Page

# Ways of hiding that minifiers and hand-written code have little use for.
UNSURE = frozenset(("part", "cookie", "storage", "host"))
DELIBERATE = frozenset("atob charcode escapes reverse packer unescape".split())


@technique("obfuscated-script", group="script")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Decode each script that hides its text and judge what comes out."""
    sites = None
    for script in page.scripts:
        if script.kind not in ("script", "handler") or not script.text:
            continue
        unfolded = scripts.unfold(script.text)
        layers = [name for name in unfolded.layers if name in DELIBERATE]
        if not layers and "concat" not in unfolded.layers:
            continue
        sites = sites or own(page)
        score, reveals, category = _judge(script.text, unfolded, layers, sites, context)
        if script.kind == "handler" and score >= 0.3:
            score = joined(score, 0.4)
        if score < context.settings.get("silent_below", 0.25):
            continue
        yield Finding(
            "obfuscated-script", score, first_words(unfolded.text or script.text),
            f"A script hidden by {' and '.join(layers or ['cut words'])} {reveals}.",
            script.place.location(), category,
            next((a for a in addresses_in(unfolded.text) if sites.foreign(a)), None),
            cut=script.place,
            cut_attribute=script.attributes.get("on", "") if script.kind == "handler" else "",
        )  # fmt: skip


def _judge(
    code: str, unfolded: scripts.Unfolded, layers: list[str], own_sites: Own, context: Context
) -> tuple[float, str, str]:
    """Score, what the decoded text does, category."""
    knobs = context.settings
    visits = [
        r.target
        for r in scripts.redirects(code)
        if own_sites.foreign(r.target) and not UNSURE & set(r.guards)
    ]
    loads = [address for address in scripts.remote(code) if own_sites.foreign(address)]
    hidden_text = unfolded.text
    words, category = trade(context.hits_in(hidden_text[:20_000]))
    named = [a for a in addresses_in(hidden_text) if own_sites.foreign(a)] if layers else []
    deep = min(len(layers), 3) * 0.2
    if visits and (layers or words):
        return (
            joined(knobs.get("visits", 0.75), deep, words * 0.5),
            f"goes to {visits[0][:100]}",
            category,
        )
    if loads and layers and {"eval", "unescape"} & set(unfolded.layers):
        return (
            joined(knobs.get("loads", 0.5), deep, words * 0.5),
            f"loads {loads[0][:100]}",
            category,
        )
    if words >= 0.3 and layers:
        return joined(words * 0.8, deep / 2), f"holds words of {category}", category
    if loads and layers:  # services against ad blockers hide their hosts like this
        return joined(knobs.get("hides_host", 0.3), deep), f"loads {loads[0][:100]}", category
    if layers and "document.referrer" in hidden_text and named:
        return joined(0.6, deep), "looks where the visitor comes from", category
    if named and layers:
        return joined(knobs.get("names", 0.2), deep / 2), f"names {named[0][:100]}", category
    return 0.0, "", ""

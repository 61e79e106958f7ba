"""A script that sends away the visitors who come from a search engine, or all of them.

What attackers do: The page shows its own content to its owner and to crawlers; a script looks at
`document.referrer` or `navigator.userAgent` and moves everybody who came from Baidu, Sogou,
Google or Naver, or with a telephone, to the attacker's site.

How it is seen: The script is read without being run: its address may be split, escaped or
packed. A target on a foreign host under a test that names search engines is proof; under a test
of the user agent, behind a timer or without a test it needs support (hidden code, trade words).

What must not fire: The telephone site of the same owner, log-in and time-out redirects by cookie,
leaving a frame, a move to https or to the main host, interstitials of the own site.

Source: MITRE ATT&CK T1608.006 (SEO poisoning); Unit 42 on malicious traffic redirection systems.

Example: <script>if(/baidu|sogou/.test(document.referrer))location.href="https://x.example/"</script>
"""

from __future__ import annotations

from collections.abc import Iterator

from detector import scripts
from detector.script_evidence import first_words, joined, own, trade
from detector.scripts import Redirect
from detector.techniques import Context, technique
from detector.types import Finding, Page

OWN_REASONS = frozenset(("host", "protocol", "cookie", "storage"))
MESSAGES = {
    "referrer": "Visitors who come from a search engine are sent to {}.",
    "user-agent": "Visitors with some browsers are sent to {}.",
    "timer": "All visitors are sent to {} after a while.",
    "none": "All visitors are sent to {}.",
}
# Handlers that run without the visitor.
LOADS_ON = frozenset(("onload", "onerror", "onpageshow"))
LOADS = "Visitors who come from a search engine get a script or frame of {}."


@technique("conditional-redirect", group="script")
def find(page: Page, context: Context) -> Iterator[Finding]:
    """Judge every redirect to a foreign host that a page load takes."""
    sites = None
    for script in page.scripts:
        if not script.text or (
            script.kind != "script" and script.attributes.get("on") not in LOADS_ON
        ):
            continue
        found = scripts.redirects(script.text)
        if not found:
            continue
        sites = sites or own(page)
        abroad = [redirect for redirect in found if sites.foreign(redirect.target)]
        if not abroad:
            continue
        layers = len(scripts.unfold(script.text).layers)
        best = max(abroad, key=lambda redirect: _score(redirect, layers, context)[0])
        score, category = _score(best, layers, context)
        if score < context.settings.get("silent_below", 0.25):
            continue
        message = (LOADS if best.how == "load" else MESSAGES[best.condition]).format(
            best.target[:120]
        )
        if best.engines:
            message = f"{message[:-1]} (its test names {', '.join(best.engines)})."
        yield Finding(
            "conditional-redirect", score, first_words(script.text), message,
            script.place.location(), category, best.target, cut=script.place,
            cut_attribute=script.attributes.get("on", "") if script.kind == "handler" else "",
        )  # fmt: skip


def shown(page: Page) -> int:
    """Bytes of UTF-8 that the page shows: one that says that it has moved is short."""
    return sum(len(block.text.encode()) for block in page.blocks if block.hidden is None)


def _score(redirect: Redirect, layers: int, context: Context) -> tuple[float, str]:
    """How sure it is that the redirect is an attacker's."""
    knobs = context.settings
    if redirect.how == "load":
        base = knobs["load"]
    elif redirect.engines and redirect.condition in ("referrer", "user-agent"):
        base = knobs.get("engines", 0.9)
    elif redirect.condition == "referrer":
        base = knobs.get("referrer", 0.6)
    elif OWN_REASONS & set(redirect.guards):
        base = 0.1
    elif redirect.condition == "user-agent":
        base = knobs.get("user_agent", 0.4)
    elif "if" in redirect.guards or "part" in redirect.guards:
        base = 0.2
    elif shown(context.page) >= knobs["article"]:
        base = knobs["with_article"]
    else:
        base = knobs.get("always", 0.4)
    target = redirect.target.replace("-", " ").replace("/", " ").replace(".", " ")
    words, category = trade(context.hits_in(target))
    hidden = knobs.get("obfuscated", 0.7) if layers and "part" not in redirect.guards else 0.0
    own = joined(base, hidden, words * 0.6)
    # The head lifts what is half sure by itself; other scripts of a hijacked page are honest.
    promoting = context.head_promotion if own >= HALF_SURE else 0.0
    return joined(own, promoting * 0.5), category


HALF_SURE = 0.35

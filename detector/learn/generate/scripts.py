"""Attacks by script: redirects on referrer or crawler, written links, packed code, refresh."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import quote

from detector.learn.generate.dress import hide, name, pieces
from detector.learn.generate.hidden import link_list
from detector.learn.generate.words import RECIPES, half, shapes
from detector.learn.generate.work import Work, attack

WRAPPINGS = ("packer", "atob", "from-char-code", "hex-escapes", "unescape", "unicode-escapes")


def fill(pattern: str, **slots: str) -> str:
    """A pattern of scripts.toml with its `{SLOT}`s filled; other braces are code."""
    for slot, value in slots.items():
        pattern = pattern.replace("{" + slot + "}", value)
    return pattern


def pick(work: Work, key: str, **slots: str) -> str:
    """One of the pool's patterns under a key, filled."""
    found = shapes("scripts", work.speech.root)[key]
    return fill(work.rng.choice(half(found, work.pool)), **slots).strip()


def packed(code: str, root: Path = RECIPES) -> str:
    """`code` in the shape of the common packer (its text is a true packing)."""
    words = list(dict.fromkeys(re.findall(r"\w+", code)))[:36]
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    index = {w: digits[i] for i, w in enumerate(words)}
    body = re.sub(r"\w+", lambda m: index.get(m.group(), m.group()), code)
    body = body.replace("\\", "\\\\").replace("'", "\\'")
    pattern: str = shapes("scripts", root)["packer"]
    return fill(pattern, COUNT=str(len(words)), WORDS="|".join(words), BODY=body)


def obfuscate(work: Work, code: str) -> tuple[str, str]:
    """The code in one of the usual wrappings, and the wrapping's name."""
    rng = work.rng
    way = rng.choice(half(WRAPPINGS, work.pool))
    if way == "packer":
        return packed(code, work.speech.root), way
    if way == "atob":
        made = base64.b64encode(code.encode("utf-8")).decode("ascii")
        return rng.choice(("eval(atob('{}'))", 'new Function(atob("{}"))()')).format(made), way
    if way == "from-char-code":
        codes = ",".join(str(ord(c)) for c in code)
        return f"eval(String.fromCharCode({codes}))", way
    if way == "hex-escapes":
        chain = "".join(f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}" for c in code)
        array = f"_0x{rng.randrange(4096, 65535):x}"
        return rng.choice(
            (
                f'eval("{chain}")',
                f"var {array}=[\"{chain}\"];window['\\x65\\x76\\x61\\x6c']({array}[0])",
            )
        ), way
    if way == "unescape":
        return f"eval(unescape('{quote(code, safe='')}'))", way
    chain = "".join(f"\\u{ord(c) & 0xFFFF:04x}" for c in code)
    return f'eval("{chain}")', way


def put(work: Work, code: str, technique: str, how: str, places: tuple[str, ...] = ()) -> bool:
    """Insert a script; its code is the span."""
    place, at = work.spot(*(places or ("head", "head-start", "body-start", "body-end")))
    kind = work.rng.choice(("", "", ' type="text/javascript"', ' language="javascript"'))
    work.mark(technique, how, place)
    return work.insert(at, f"<script{kind}>{code}</script>", code)


@attack("conditional-redirect", "script")
def conditional_redirect(work: Work) -> bool:
    """Visitors from search engines are sent away; others see the page."""
    rng = work.rng
    engines = rng.sample(shapes("scripts", work.speech.root)["engines"], rng.randrange(2, 6))
    code = pick(
        work,
        "test",
        ENGINES="|".join(e.replace(".", "\\.") for e in engines),
        A=engines[0],
        B=engines[1],
        GO=pick(work, "go", URL=work.speech.url()),
        N=str(rng.randrange(0, 3000)),
    )
    if rng.random() < 0.3:
        code, how = obfuscate(work, code)
        work.mark("obfuscated-script")
        return put(work, code, "conditional-redirect", how)
    return put(work, code, "conditional-redirect", "plain")


@attack("script-hides-block", "script")
def script_hides(work: Work) -> bool:
    """A block in plain sight of crawlers that a script hides from people."""
    rng = work.rng
    inner, spans = link_list(work, max(2, work.amount))
    key = name(rng)
    sheet = pieces(f"<style>#{key}{{display:none}}</style>", rng)
    code = pick(work, "hide", KEY=key, SPLIT=pieces(key, rng), SHEET=sheet)
    place, at = work.spot("body-start", "before-footer", "body-end", "in-article")
    work.mark("script-hides-block", "script", place)
    block = f'<div id="{key}">{inner}</div><script>{code}</script>'
    return work.insert(at, block, *spans)


@attack("script-writes-links", "script")
def script_writes(work: Work) -> bool:
    """document.write of links, or of a hiding wrapper around links in the source."""
    rng = work.rng
    if rng.random() < 0.35:
        inner, spans = link_list(work, max(2, work.amount))
        place, at = work.spot("body-start", "before-footer", "body-end")
        style = rng.choice(
            ("display:none", "position:absolute;left:-9999px", "height:0;overflow:hidden")
        )
        opened = f"<div style='{style}'>"
        made = (
            f"<script>document.write({pieces(opened, rng, chr(34))})</script>{inner}"
            f"<script>document.write({pieces('</div>', rng, chr(34))})</script>"
        )
        work.mark("script-writes-links", "wrapper", place)
        work.mark("hidden-links")
        return work.insert(at, made, *spans)
    inner, _ = link_list(work, max(1, min(30, work.amount)))
    inner = inner.replace("\n", "")
    if rng.random() < 0.5:
        inner = f'<div style="display:none">{inner}</div>'
    way = rng.choice(("plain", "split", "from-char-code", "escapes", "unescape"))
    safe = inner.replace("\\", "\\\\").replace("'", "\\'").replace("</", "<\\/")
    if way == "plain":
        code = f"document.write('{safe}');"
    elif way == "split":
        code = f"document.writeln({pieces(inner.replace(chr(39), chr(34)), rng)});"
    elif way == "from-char-code":
        code = "document.write(String.fromCharCode(" + ",".join(str(ord(c)) for c in inner) + "));"
    elif way == "escapes":
        code = 'document.write("' + "".join(f"\\u{ord(c) & 0xFFFF:04x}" for c in inner) + '");'
    else:
        code = f"document.write(unescape('{quote(inner, safe='')}'));"
    return put(work, code, "script-writes-links", way, ("body-start", "body-end", "before-footer"))


@attack("obfuscated-script", "script")
def obfuscated_script(work: Work) -> bool:
    """Packed or encoded code that loads a foreign script, redirects or writes links."""
    rng = work.rng
    payload = pick(work, "load", URL=work.speech.url(), TERM=work.speech.term())
    code, how = obfuscate(work, payload)
    if rng.random() < 0.15 and how == "atob" and '"' not in code:
        place, at = work.spot("body-start", "in-article")
        work.mark("obfuscated-script", "handler", place)
        return work.insert(at, f'<img src="x.gif" onmouseover="{code}" width="1">', code)
    return put(work, code, "obfuscated-script", how)


@attack("meta-refresh", "script")
def meta_refresh(work: Work) -> bool:
    """The browser is sent to a foreign address after a moment."""
    rng = work.rng
    url = "https://" + work.speech.domain + "/"
    seconds = rng.choice(("0", "0", "1", "3", "5", "0.1"))
    pattern = rng.choice(
        (
            '<meta http-equiv="refresh" content="{};url={}">',
            "<META HTTP-EQUIV='Refresh' CONTENT='{}; URL={}'>",
            '<meta content="{}; url=\'{}\'" http-equiv="refresh" />',
        )
    )
    place, at = work.spot("head", "head-start", "body-start")
    work.mark("meta-refresh", "meta", place)
    return work.insert(at, pattern.format(seconds, url), url)


@attack("after-html", "source")
def after_html(work: Work) -> bool:
    """Text or links behind the end of the document."""
    if "</html" not in work.source[-20000:].lower():
        return False
    rng = work.rng
    at = len(work.source)
    end = "\n" if work.source.endswith("\n") else ""  # appended as files are
    work.mark("after-html", "", "after-html")
    shape = rng.choice(("hidden", "links", "text", "script"))
    if shape == "hidden":
        inner, spans = link_list(work, work.amount)
        work.mark("hidden-links")
        return bool(hide(work, "hidden", inner, at, spans))
    if shape == "links":
        inner, spans = link_list(work, work.amount)
        return work.insert(at, inner + end, *spans)
    if shape == "script":
        code, how = obfuscate(work, f"location.href='{work.speech.url()}'")
        work.mark("obfuscated-script", how)
        return work.insert(at, f"<script>{code}</script>{end}", code)
    text = work.speech.say("header")
    return work.insert(at, f"<div>{text}</div>{end}", text)

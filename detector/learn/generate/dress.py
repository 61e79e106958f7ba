"""How attackers hide a block: the declaration, its spelling, and what carries it.

Two disjoint sets: even places of each list are for training, odd ones held out.
"""

from __future__ import annotations

import random
from pathlib import Path

from detector.learn.generate.words import RECIPES, Pool, half, shapes
from detector.learn.generate.work import Work

HARMLESS = ("margin:0", "padding:2px", "line-height:20px", "width:600px", "float:left", "border:0")
CARRIERS = (
    "inline",
    "style-id",
    "style-class",
    "style-descendant",
    "style-attribute",
    "style-list",
    "script-id",
    "script-jquery",
    "script-wrapper",
    "script-style",
)
# Even places train, odd ones held out, so that each pool has stylesheets and scripts;
# plain inline style is in both.
TAGS = ("div", "span", "ul", "section", "p", "table")


def declaration(kind: str, rng: random.Random, pool: Pool, root: Path = RECIPES) -> str:
    """A hiding declaration in one of the spellings found in the wild."""
    text = rng.choice(half(shapes("hiding", root)[kind], pool))
    digits = rng.choice((999, 1000, 2000, 5000, 9999, rng.randrange(800, 99999)))
    if rng.random() < 0.1:
        digits = rng.randrange(10**6, 10**9)
    pieces = text.replace("{n}", str(digits)).split(";")
    if rng.random() < 0.35:
        pieces.insert(rng.randrange(len(pieces) + 1), rng.choice(HARMLESS))
    style = rng.random()
    if style < 0.2:
        pieces = [p.replace(":", ": ", 1) for p in pieces]
    elif style < 0.3:
        pieces = [p.replace(":", " : ", 1) for p in pieces]
    elif style < 0.38:
        pieces = [p.upper() if "url" not in p else p for p in pieces]
    elif style < 0.45:
        pieces[0] += " !important"
    elif style < 0.5:
        pieces[0] = pieces[0].replace(":", ":/**/", 1)
    return rng.choice((";", "; ")).join(pieces) + rng.choice(("", ";"))


def name(rng: random.Random) -> str:
    """A class or id as kits make them."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    word = "".join(rng.choice(letters) for _ in range(rng.randrange(3, 8)))
    return word + rng.choice(("", str(rng.randrange(10, 9999)), "-box", "_nav", "-links"))


def pieces(text: str, rng: random.Random, quote: str = "'") -> str:
    """A script expression of split strings that gives `text`."""
    cut: list[str] = []
    while text:
        size = rng.randrange(2, 7)
        cut.append(quote + text[:size].replace("\\", "\\\\").replace("</", "<\\/") + quote)
        text = text[size:]
    return "+".join(cut)


def carrier(work: Work) -> str:
    """One carrier of the pool; inline style is everywhere and most frequent."""
    choices = [c for c in half(CARRIERS, work.pool) if c != "inline"]
    return "inline" if work.rng.random() < 0.45 else work.rng.choice(choices)


def hide(work: Work, kind: str, inner: str, at: int, spans: list[str]) -> str:
    """Insert `inner` as a block that is hidden by `kind`; returns the name of the dress."""
    rng, how = work.rng, carrier(work)
    work.mark("", how)
    style = declaration(kind, rng, work.pool, work.speech.root)
    tag = rng.choice(TAGS)
    if tag in ("ul", "p") and "<" in inner:
        tag = "div"
    if tag == "table":  # a cell alone is dropped by parsers, and hides nothing
        inner = f"<tr><td>{inner}</td></tr>"
    key = name(rng)
    if how == "inline":
        quote = "'" if rng.random() < 0.2 else '"'
        attribute = rng.choice(("style", "style", "STYLE"))
        made = f"<{tag} {attribute}={quote}{style}{quote}>{inner}</{tag}>"
        return _put(work, at, made, spans, "inline")
    rules = {
        "style-id": (f"#{key}{{{style}}}", f'<{tag} id="{key}">{inner}</{tag}>'),
        "style-class": (f".{key}{{{style}}}", f'<{tag} class="{key}">{inner}</{tag}>'),
        "style-descendant": (
            f"#{key} div{{{style}}}",
            f'<div id="{key}"><div>{inner}</div></div>',
        ),
        "style-attribute": (
            f"div[data-{key}]{{{style}}}",
            f'<div data-{key}="1">{inner}</div>',
        ),
        "style-list": (
            f".{name(rng)}, .{key} , .{name(rng)} {{ {style} }}",
            f'<{tag} class="clear {key}">{inner}</{tag}>',
        ),
    }
    if how in rules:
        rule, made = rules[how]
        sheet = f"<style>{rule}</style>"
        if rng.random() < 0.5 and work.outline.head_end and at > work.outline.head_end:
            work.insert(work.outline.head_end, sheet)
        else:
            made = sheet + made
        return _put(work, at, made, spans, how)
    work.mark("script-hides-block")
    return _put(work, at, scripted(work, how, style, tag, key, inner), spans, how)


def scripted(work: Work, how: str, style: str, tag: str, key: str, inner: str) -> str:
    """The block and the script that hides it."""
    rng = work.rng
    block = f'<{tag} id="{key}">{inner}</{tag}>'
    first = style.split(";")[0].replace("/**/", "").replace("!important", "").lower()
    prop, _, value = (s.strip() for s in first.partition(":"))
    camel = "".join(w if i == 0 else w.title() for i, w in enumerate(prop.split("-")))
    if how == "script-id":
        find = f'document.getElementById("{key}")'
        set_one = f'{find}.style.{camel}="{value}"'
        set_all = f"{find}.style.cssText={pieces(style, rng)}"
        set_attribute = f"{find}.setAttribute('style','{style}')"
        code = set_one if ";" not in style.strip(";") else rng.choice((set_all, set_attribute))
        return f"{block}<script>{code};</script>"
    if how == "script-jquery":
        code = rng.choice((f"$('#{key}').hide();", f"jQuery('#{key}').css('display','none');"))
        return f"{block}<script>{code}</script>"
    if how == "script-wrapper":
        opened = f'<div id="{key}" style="{style}">'
        return (
            f"<script>document.write({pieces(opened, rng)});</script>{inner}"
            f"<script>document.write({pieces('</div>', rng)});</script>"
        )
    rule = f"#{key}{{{style}}}"
    return (
        f"<script>var s=document.createElement('style');s.innerHTML={pieces(rule, rng)};"
        f"document.head.appendChild(s);</script>{block}"
    )


def _put(work: Work, at: int, made: str, spans: list[str], how: str) -> str:
    return how if work.insert(at, made, *spans) else ""

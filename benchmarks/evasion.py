"""What the free changes of a spammer cost in recall: the same attacks, written a little otherwise.

    python benchmarks/evasion.py [CORPUS] [--samples 20] [--technique NAME|GROUP ...]

Each change rewrites the injected markup alone, in a way that a browser shows alike: letter case,
white space, entities, order and quotes of attributes, CSS shorthands and units, one more wrapper,
comments inside of words. A cell is recall with the change minus recall without, in points, over
the attacks that the change alters at all; more than two points lost are marked.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from detector.learn.generate import Edit, Sample
from detector.learn.recall import bases, chosen, measure, samples

Change = Callable[[str], str]
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s[^<>]*)?)>")
WORDS = re.compile(r">([^<>&]{4,})<")
ATTRIBUTES = re.compile(r'\s([a-zA-Z-]+)="([^"<>]*)"')
CODE = re.compile(r"<(?:script|style|noscript|title|textarea)\b", re.I)
LONE = re.compile(r"<(?:meta|link|title|script|style|base|li)\b", re.I)
MOST_LOST = 2.0  # points


def upper_case(markup: str) -> str:
    """Names of elements and attributes in capitals, CSS too: none of it has a case."""

    def tag(m: re.Match[str]) -> str:
        rest = re.sub(r'\b(style|href|class|id)="', lambda a: a[1].upper() + '="', m[3])
        rest = re.sub(r'STYLE="([^"]*)"', lambda a: f'STYLE="{a[1].upper()}"', rest)
        return f"<{m[1]}{m[2].upper()}{rest}>"

    return TAG.sub(tag, markup)


def white_space(markup: str) -> str:
    """Line ends and tabs in tags, spaces around the colons of styles; not in scripts' strings."""
    if "<script" in markup.lower():
        return markup
    spaced = re.sub(r'style="([^"]*)"', lambda m: f'style="{m[1].replace(":", " : ")}"', markup)
    return TAG.sub(lambda m: f"<{m[1]}{m[2]}{ATTRIBUTES.sub(_own_line, m[3])}\n>", spaced)


def _own_line(match: re.Match[str]) -> str:
    return f'\n\t{match[1]} = "{match[2]}"'


def entities(markup: str) -> str:
    """Every third character of the words as a numeric reference."""

    def encoded(m: re.Match[str]) -> str:
        return (
            ">"
            + "".join(
                f"&#x{ord(c):x};" if i % 3 == 1 and not c.isspace() else c
                for i, c in enumerate(m[1])
            )
            + "<"
        )

    return markup if CODE.search(markup) else WORDS.sub(encoded, markup)


def attribute_order(markup: str) -> str:
    """Attributes in another order and in single quotes; not in scripts' strings."""
    if "<script" in markup.lower():
        return markup

    def tag(m: re.Match[str]) -> str:
        found = ATTRIBUTES.findall(m[3])
        if ATTRIBUTES.sub("", m[3]).strip() or any("'" in v for _, v in found):
            return m[0]
        made = "".join(f" {name}='{value}'" for name, value in reversed(found))
        return f"<{m[1]}{m[2]}{made}>"

    return TAG.sub(tag, markup)


def units(markup: str) -> str:
    """Lengths in other units, zeros with one, !important behind."""

    def style(text: str) -> str:
        text = re.sub(r"(-?\d+)px\b", lambda m: f"{int(m[1]) * 0.75:g}pt", text)
        return re.sub(r"(?<!opacity)(?<!index):\s*0(?=[;\s\"}]|$)", ":0em", text)

    found = re.sub(r'style="([^"]*)"', lambda m: f'style="{style(m[1])}"', markup)
    return re.sub(r"(<style[^>]*>)([^<]*)", lambda m: m[1] + style(m[2]), found)


SHORT = (
    (r"(?<![\w-])left:\s*(-\d[\w.]*)", r"inset:auto auto auto \1"),
    (r"(?<![\w-])top:\s*(-\d[\w.]*)", r"inset:\1 auto auto"),
    (r"margin-left:\s*(-\d[\w.]*)", r"margin:0 0 0 \1"),
    (r"margin-top:\s*(-\d[\w.]*)", r"margin:\1 0 0"),
    (r"font-size:\s*([\d.]+\w*)", r"font:\1/1 serif"),
    (r"background-color:", "background:"),
)


def shorthand(markup: str) -> str:
    """Properties written as the shorthands that set them."""

    def style(text: str) -> str:
        for pattern, short in SHORT:
            if len(re.findall(pattern, text)) == 1 and "inset" not in text:
                text = re.sub(pattern, short, text)
        return text

    found = re.sub(r'style="([^"]*)"', lambda m: f'style="{style(m[1])}"', markup)
    return re.sub(
        r"(<style[^>]*>)([^<]*)",
        lambda m: m[1] + re.sub(r"\{[^{}]*\}", lambda body: style(body[0]), m[2]),
        found,
    )


def wrapper(markup: str) -> str:
    """One more element around it."""
    if not markup.startswith("<") or LONE.match(markup):
        return markup
    return f'<section class="row"><div>{markup}</div></section>'


def comments(markup: str) -> str:
    """A comment inside of every longer word."""

    def split(m: re.Match[str]) -> str:
        return ">" + re.sub(r"(\w{2})(\w{2,})", r"\1<!-- -->\2", m[1]) + "<"

    return markup if CODE.search(markup) else WORDS.sub(split, markup)


def split_anchors(markup: str) -> str:
    """Words of links in two elements."""
    made = r"\1<b>\2</b><i>\3</i>\4"
    return re.sub(r"(<a\b[^<>]*>)([^<>&]{2})([^<>&]{2,})(</a>)", made, markup)


CHANGES: dict[str, Change] = {
    f.__name__.replace("_", " "): f
    for f in (upper_case, white_space, entities, attribute_order, units, shorthand, wrapper,
              comments, split_anchors)
}  # fmt: skip


def changed(sample: Sample, change: Change) -> Sample | None:
    """The sample with its injected source rewritten; None where nothing changes."""
    parts: list[str] = []
    edits: list[Edit] = []
    at = size = 0
    for edit in sample.edits:
        before, made = sample.html[at : edit.start], change(sample.html[edit.start : edit.end])
        parts += [before, made]
        size += len(before)
        edits.append(Edit(size, size + len(made), edit.original))
        size += len(made)
        at = edit.end
    source = "".join([*parts, sample.html[at:]])
    return None if source == sample.html else replace(sample, html=source, edits=tuple(edits))


def main() -> None:
    """Compose, rewrite, scan, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", nargs="?", type=Path)
    parser.add_argument("-t", "--technique", action="append", default=[], metavar="NAME|GROUP")
    parser.add_argument("-n", "--samples", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model")
    parser.add_argument("--show", type=int, default=0, help="lost ones told, for a cell")
    options = parser.parse_args()
    names = chosen(options.technique)
    pages, _ = bases(options.corpus, options.seed, 0.0)
    lost: dict[tuple[str, str], list[int]] = defaultdict(list)
    for batch in samples(pages, names, options.samples, options.seed, False):
        for sample in (s for s in batch if s.kind == "html"):
            made = [(n, s) for n, c in CHANGES.items() if (s := changed(sample, c)) is not None]
            found = measure([sample, *(s for _, s in made)], options.model)
            for (name, _), other in zip(made, found[1:], strict=True):
                cell = lost[found[0].technique, name]
                cell.append(other.found - found[0].found)
                if cell[-1] < 0 and sum(points < 0 for points in cell) <= options.show:
                    print(f"lost: {found[0].technique}, {name}: {other.told}")
    print(f"{'technique':30}" + "".join(f"{name[:14]:>16}" for name in CHANGES))
    for technique in names:
        cells = []
        for name in CHANGES:
            some = lost[technique, name]
            points = 100 * sum(some) / len(some) if some else 0.0
            mark = "!" if points < -MOST_LOST else ""
            cells.append(f"{points:+.0f} ({len(some)}){mark}" if some else "-")
        print(f"{technique:30}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()

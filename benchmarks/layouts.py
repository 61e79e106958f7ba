"""Does a page say the same as extracted text and as HTML?

    python benchmarks/layouts.py page.txt

Wraps an extracted page (title, byline, paragraphs, a related block of `•` items) in three
HTML layouts and prints the verdict, the pieces removed and the related links of each
beside the text's. Exits with 1 when one differs.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from detector import Scanner
from detector.types import Result

ITEM = "•"
DATE = re.compile(r"\d{4}-\d\d-\d\d")
HEADING = ("相关文章", "相关阅读", "related")


@dataclass
class Extract:
    """The parts of an extracted page; `items` are (anchor, teaser, date)."""

    title: str
    byline: str
    paragraphs: list[str]
    heading: str
    items: list[tuple[str, str, str]]


def read(text: str) -> Extract:
    """The parts, by line: what follows a related heading are items."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    cut = next(
        (n for n, line in enumerate(lines) if line.lower().strip(":：") in HEADING), len(lines)
    )
    items: list[list[str]] = []
    for line in lines[cut + 1 :]:
        if line.startswith(ITEM):
            items.append([line.lstrip(ITEM).strip(), "", ""])
        elif items and not items[-1][2]:
            items[-1][2 if DATE.fullmatch(line) else 1] += line
    return Extract(
        lines[0],
        lines[1],
        lines[2:cut],
        lines[cut] if cut < len(lines) else "",
        [(a, t, d) for a, t, d in items],
    )


def wrap(page: Extract) -> Iterator[tuple[str, str]]:
    """(name, HTML) in three layouts: semantic elements, divs with classes, a bare table."""
    title, byline, heading = escape(page.title), escape(page.byline), escape(page.heading)
    body = [escape(p) for p in page.paragraphs]
    items = [(escape(a), escape(t), d, f"/a/{n}.html") for n, (a, t, d) in enumerate(page.items)]
    head = f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title></head><body>'
    end = "</body></html>"
    cards = "".join(
        f'<li><a href="{u}">{a}</a><p>{t}</p><time>{d}</time></li>' for a, t, d, u in items
    )
    yield (
        "semantic",
        (
            f'{head}<header><nav><a href="/">首页</a> <a href="/n/">新闻</a></nav></header><main>'
            f"<article><h1>{title}</h1><p class=meta>{byline}</p>"
            + "".join(f"<p>{p}</p>" for p in body)
            + f"</article><aside><h2>{heading}</h2><ul>{cards}</ul></aside></main>{end}"
        ),
    )
    rows = "".join(
        f'<div class="item"><div class="t"><a href="{u}" title="{a}">{a}</a></div>'
        f'<div class="d">{t}</div><span>{d}</span></div>'
        for a, t, d, u in items
    )
    yield (
        "divs",
        (
            f'{head}<div class="wrap"><div class="title"><h1>{title}</h1></div>'
            f'<div class="info">{byline}</div><div class="content">'
            + "".join(f"<div>{p}</div>" for p in body)
            + f'</div><div class="xg"><h3>{heading}</h3>{rows}</div></div>{end}'
        ),
    )
    lines = "".join(f'<tr><td><a href="{u}">{a}</a> {d}<br>{t}</td></tr>' for a, t, d, u in items)
    yield (
        "table",
        (
            f"{head}<table><tr><td><b>{title}</b></td></tr><tr><td>{byline}</td></tr><tr><td>"
            + "<br><br>".join(body)
            + f"</td></tr></table><table><tr><td>{heading}</td></tr>{lines}</table>{end}"
        ),
    )


def outline(result: Result) -> tuple[object, ...]:
    """What must be the same in every dress."""
    assert result.verdict is not None and result.content is not None
    return (
        result.verdict.label,
        result.verdict.categories[:1],
        [piece.text for piece in result.content.removed],
        re.sub(r"\s", "", result.content.clean_text),
        [link.off_topic for link in result.related_links],
    )


def main() -> None:
    """Compare and print."""
    scanner = Scanner()
    source = Path(sys.argv[1]).read_text("utf-8")
    wanted = outline(scanner.scan(source.encode(), uri="page.txt"))
    differs = False
    print("text", wanted[0], wanted[1], wanted[2], wanted[4])
    for name, html in wrap(read(source)):
        got = outline(scanner.scan(html.encode(), uri="page.html"))
        same = [a == b for a, b in zip(wanted, got, strict=True)]
        differs = differs or not all(same)
        print(name, got[0], got[1], got[2], got[4], "same" if all(same) else f"DIFFERS {same}")
        if not same[3]:
            print("  text ", wanted[3])
            print("  html ", got[3])
    sys.exit(differs)


if __name__ == "__main__":
    main()

"""Plots as inline SVG: no script, no file, readable by a screen reader's table beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT, FLOOR = 640, 200, 26


def bars(
    title: str, columns: Sequence[tuple[str, Mapping[str, int]]], series: Mapping[str, str]
) -> Markup:
    """Stacked bars: columns are `(name, count by series)`; `series` has class names and words."""
    most = max((sum(counts.values()) for _, counts in columns), default=0) or 1
    step = WIDTH / max(len(columns), 1)
    parts = [
        Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            WIDTH, HEIGHT + FLOOR, title
        ),
        Markup('<text class="n" x="0" y="15">{}</text>').format(f"{most:,}"),
    ]
    for number, (name, counts) in enumerate(columns):
        x, y = number * step, float(HEIGHT)
        for kind, words in series.items():
            count = counts.get(kind, 0)
            if not count:
                continue
            high = (HEIGHT - 22) * count / most
            y -= high
            parts.append(
                Markup(
                    '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
                    "<title>{}: {} {}</title></rect>"
                ).format(kind, x + 1, y, max(step - 2, 1), high, name, count, words)
            )
        if number % max(len(columns) // 6, 1) == 0:
            parts.append(
                Markup('<text class="n" x="{:.1f}" y="{}">{}</text>').format(x, HEIGHT + 20, name)
            )
    parts.append(Markup("</svg>"))
    legend = Markup("").join(
        Markup('<span class="key {}">{}</span> ').format(kind, words)
        for kind, words in series.items()
    )
    return Markup("<figure><figcaption>{}</figcaption>{}<p>{}</p></figure>").format(
        escape(title), Markup("").join(parts), legend
    )

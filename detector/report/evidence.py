"""What a report in HTML shows of one page, as text that nothing in it can change.

Everything that pages say is escaped, in markup and in embedded JSON; addresses are defanged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape as _escape
from typing import Any

from detector.report.printable import printable
from detector.report.translation import translated

MAX_FINDINGS = 20  # of one page
MAX_TEXT = 6_000  # characters of a page's text, before and after
AROUND = 200  # of them kept on both sides of what was removed
MAX_LINKS = 30  # related links of one page
TOP = 10  # bars of one plot
Run = tuple[str, str]  # element ("" for plain text) and its text


def escape(value: object) -> str:
    """Any value as text of an element or of a quoted attribute, controls made visible."""
    return _escape(printable(str(value)), quote=True)


def embedded(value: object) -> str:
    """JSON that no byte of can end or change the script element around it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def defanged(address: str) -> str:
    """An address that nothing makes a link of: `hxxps://a[.]example/`."""
    scheme, found, rest = address.partition("://")
    if not found:
        return printable(address.replace(":", "[:]", 1) if ":" in address else address, 300)
    host, slash, path = rest.partition("/")
    scheme = scheme.replace("t", "x").replace("T", "x")
    return printable(f"{scheme}://{host.replace('.', '[.]')}{slash}{path}", 300)


def runs_of(content: Mapping[str, Any]) -> tuple[list[Run], list[Run]]:
    """The text before, with what was removed as `del`, and after, with `ins`.

    Long stretches that stayed are shortened to what stands around a change.
    """
    text, at = content["text"], 0
    before: list[Run] = []
    after: list[Run] = []
    room = MAX_TEXT
    for cut in content["removed"]:
        if room <= 0:
            break
        kept = _shortened(text[at : cut["start"]], at == 0)
        new = cut.get("replacement", "")
        before += [("", kept), ("del", cut["text"][:room])]
        after += [("", kept), ("ins", new)]
        room -= len(kept) + len(cut["text"])
        at = cut["end"]
    if before:
        rest = text[at:]
        end = rest if len(rest) <= AROUND else rest[:AROUND] + "…"
        before.append(("", end))
        after.append(("", end))
    return _shown(before), _shown(after)


def _shortened(text: str, first: bool) -> str:
    if len(text) <= 2 * AROUND:
        return text
    return ("" if first else text[:AROUND]) + " … " + text[-AROUND:]


def _shown(runs: Iterable[Run]) -> list[Run]:
    """Runs as people read them: line ends stay, other controls become visible."""
    return [(tag, "\n".join(map(printable, text.split("\n")))) for tag, text in runs if text]


def detail(record: Mapping[str, Any], words: Mapping[str, str], lang: str = "en") -> dict[str, Any]:
    """What an opened row shows: plain text in runs, nothing that is markup."""
    marks = record.get("source", {}).get("findings", [])
    findings = []
    for number, finding in enumerate(record["findings"][:MAX_FINDINGS]):
        mark = (marks[number] if number < len(marks) else None) or {"lines": []}
        given = finding.get("suppressed")
        findings.append(
            {
                "technique": finding["technique"],
                "score": f"{finding['score']:.2f}",
                "message": printable(translated(finding["technique"], finding["message"], lang)),
                "text": printable(finding["text"]),
                "href": defanged(finding["href"]) if finding["href"] else "",
                "note": f"{words['suppressed_by']}: {printable(given['reason'])}" if given else "",
                "lines": [{"line": one["line"], "runs": _marked(one)} for one in mark["lines"]],
            }
        )
    left = len(record["findings"]) - len(findings)
    before, after = runs_of(record["content"])
    links = [
        (
            printable(link["text"], 120),
            defanged(link["href"] or ""),
            f"{link['relevance']:.2f}" + (f" {words['off_topic']}" if link["off_topic"] else ""),
            link["off_topic"],
        )
        for link in record["related_links"][:MAX_LINKS]
    ]
    more = f"{left} {words['more']}" if left else ""
    return {"findings": findings, "more": more, "before": before, "after": after, "links": links}


def _marked(line: Mapping[str, Any]) -> list[Run]:
    start, end = line["mark"]
    text = line["text"]
    runs = [("", text[:start]), ("mark", text[start:end]), ("", text[end:])]
    return [(tag, printable(part)) for tag, part in runs if part]


def plot(
    title: str, counts: Iterable[tuple[str, int]], words: Mapping[str, str] | None = None
) -> str:
    """A horizontal bar chart as SVG; "" of nothing. `words`: bars are labels, named so."""
    bars = list(counts)[:TOP]
    if not bars:
        return ""
    most = max(n for _, n in bars)
    parts = [f"<div><h3>{escape(title)}</h3>"]
    parts.append(f'<svg viewBox="0 0 320 {len(bars) * 22}" role="img">')
    for row, (name, n) in enumerate(bars):
        y = row * 22
        shown = words[name] if words else name if len(name) <= 22 else "…" + name[-21:]
        kind = f' class="{escape(name)}"' if words else ""
        parts.append(
            f'<text x="0" y="{y + 15}">{escape(shown)}</text>'
            f'<rect{kind} x="150" y="{y + 4}" width="{max(120 * n / most, 1):.1f}" height="14"/>'
            f'<text class="n" x="{156 + 120 * n / most:.1f}" y="{y + 15}">{n:,}</text>'
        )
    return "".join([*parts, "</svg></div>"])


def markup(runs: Iterable[Run]) -> str:
    """Runs as markup."""
    parts = ((tag, _escape(text)) for tag, text in runs)
    return "".join(f"<{tag}>{text}</{tag}>" if tag else text for tag, text in parts)

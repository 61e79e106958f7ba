"""A table for the terminal: page, label, probability, category, strongest evidence.

Long scans show what is not clean; short ones show every page. The verbose form
shows, page by page, the source lines of the evidence as compilers do. rich is
imported when the table is drawn, not before.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from detector.report import Summary
from detector.report.printable import printable
from detector.report.sentences import about_site

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

SHOW_CLEAN = 40  # scans of up to so many pages list clean ones too
MAX_ROWS = 1000  # more than a terminal can use; JSONL has them all
NARROW = 72  # columns below which a table has no room for its evidence
WIDE = 120  # columns where the output is no terminal
MAX_SITES = 10  # rows of the summary by site
MAX_SITE_FINDINGS = 30
MAX_SHOWN = 10  # findings of one page that the verbose form shows
_STYLES = {
    "clean": "green",
    "injected": "yellow",
    "spam": "red",
    "error": "magenta",
    "suppressed": "dim",
}


class _Row:
    """What one page shows."""

    __slots__ = (
        *("category", "evidence", "label", "more", "place", "probability", "source", "uri"),
    )

    def __init__(self, record: dict[str, Any]) -> None:
        error, findings = record["error"], record["findings"]
        self.uri = printable(record["uri"])
        label = record["label"] or "error"
        self.label = "suppressed" if record.get("suppressed") else label
        self.source: list[tuple[str, list[dict[str, Any]]]] = []
        self.category = " ".join(record["categories"][:2])
        self.probability = ""
        self.place = self.more = ""
        if error:
            self.evidence = printable(f"{error['kind']}: {error['message']}", 200)
            return
        self.probability = f"{record['probabilities'][label]:.3f}"
        self.evidence = ""
        if findings and self.label != "clean":
            first = findings[0]
            self.evidence = f"{first['technique']}: {printable(first['text'], 100)}"
            line = (first["location"] or {}).get("line")
            view = first.get("view", "")  # of two compared views, the one that has it
            self.place = ", ".join(filter(None, (view, f"line {line}" if line else "")))
            self.more = f"+{len(findings) - 1} more" if len(findings) > 1 else ""

    def evidence_text(self) -> Text:
        from rich.text import Text

        text = Text(self.evidence)
        notes = ", ".join(note for note in (self.place, self.more) if note)
        if notes:
            text.append(f" ({notes})", style="dim")
        return text


class Renderer:
    """Collects the rows worth showing and draws them at the end."""

    SOURCE = "verbose"
    SITES = True

    def __init__(
        self,
        out: BinaryIO,
        *,
        colour: bool = False,
        width: int = 0,
        verbose: bool = False,
        lang: str = "en",
    ) -> None:
        self._out, self._colour, self._width = out, colour, width or WIDE
        self._rows: list[_Row] = []
        self._hidden = self._clean = 0
        self._techniques: Counter[str] = Counter()
        self._sites: dict[str, Counter[str]] = {}
        self._verbose = verbose

    def start(self) -> None:
        """Nothing until the end: columns fit their content."""

    def page(self, line: bytes) -> None:
        """Notes one page."""
        record = json.loads(line)
        row = _Row(record)
        if self._verbose and row.label not in ("clean", "error"):
            row.source = source_lines(record)
        site = site_of(record["uri"])
        self._sites.setdefault(site, Counter())[row.label] += 1
        if row.label == "clean":
            self._clean += 1
            if self._clean > SHOW_CLEAN:
                return
        else:
            found = (f for f in record["findings"] if "suppressed" not in f)
            self._techniques.update({f["technique"] for f in found})
        if len(self._rows) < MAX_ROWS:
            self._rows.append(row)
        else:
            self._hidden += 1

    def finish(self, summary: Summary) -> None:
        """Draws the table and the summary."""
        from rich.console import Console

        text = io.StringIO()
        console = Console(
            file=text,
            width=self._width,
            force_terminal=self._colour,
            color_system="standard" if self._colour else None,
            no_color=not self._colour,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )
        rows = self._rows
        if summary.pages > SHOW_CLEAN:
            rows = [row for row in rows if row.label != "clean"]
        if rows:
            if self._verbose:
                self._compile(console, rows)
            elif self._width < NARROW:
                self._stack(console, rows)
            else:
                self._table(console, rows)
        self._totals(console, summary)
        lines = (line.rstrip() + "\n" for line in text.getvalue().splitlines())
        self._out.write("".join(lines).encode("utf-8", "replace"))

    def _table(self, console: Console, rows: list[_Row]) -> None:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False, show_edge=False)
        table.add_column("page", overflow="fold", ratio=None, max_width=self._width // 3)
        table.add_column("label", no_wrap=True)
        table.add_column("prob.", no_wrap=True, justify="right")
        table.add_column("category", overflow="fold", max_width=20)
        table.add_column("strongest evidence", overflow="fold")
        for row in rows:
            table.add_row(
                Text(row.uri),
                Text(row.label, style=_STYLES[row.label]),
                row.probability,
                Text(row.category),
                row.evidence_text(),
            )
        console.print(table)

    def _stack(self, console: Console, rows: list[_Row]) -> None:
        from rich.padding import Padding
        from rich.text import Text

        for row in rows:
            head = Text(row.label, style=_STYLES[row.label])
            head.append(f" {row.probability} {row.category}".rstrip())
            console.print(head, Text(row.uri), sep=" ", overflow="fold")
            if row.evidence:
                console.print(Padding(row.evidence_text(), (0, 0, 0, 2)), overflow="fold")

    def _compile(self, console: Console, rows: list[_Row]) -> None:
        """Page by page: each finding with its source lines, gutter and marks."""
        from rich.text import Text

        for row in rows:
            head = Text(row.uri, style="bold")
            head.append(f": {row.label}", style=_STYLES[row.label])
            head.append(f" {row.probability} {row.category}".rstrip())
            console.print(head, overflow="fold")
            if not row.source and row.evidence:
                console.print(Text("  "), row.evidence_text(), sep="", overflow="fold")
            for title, lines in row.source:
                console.print(Text(f"  {title}"), overflow="fold")
                gutter = max((len(str(line["line"])) for line in lines), default=0)
                for line in lines:
                    above, below = marked(line, self._width - gutter - 6)
                    number = Text(f"  {line['line']:>{gutter}} | ", style="dim")
                    console.print(number + Text(above), overflow="crop", no_wrap=True)
                    marks = Text(f"  {'':>{gutter}} | ", style="dim")
                    marks.append(below, style="bold red")
                    console.print(marks, overflow="crop", no_wrap=True)
            if row.source:
                console.print()

    def _by_site(self, console: Console) -> None:
        from rich.text import Text

        hit = {s: n for s, n in self._sites.items() if n.keys() & {"injected", "spam"}}
        if len(self._sites) < 2 or not hit:
            return
        ranked = sorted(hit, key=lambda s: (-hit[s]["injected"] - hit[s]["spam"], s))
        console.print(Text("sites:"))
        for site in ranked[:MAX_SITES]:
            counts = ", ".join(f"{n:,} {label}" for label, n in _by_weight(hit[site]))
            console.print(Text(f"  {printable(site)}: {counts}"), overflow="fold")
        if len(ranked) > MAX_SITES:
            console.print(Text(f"  and {len(ranked) - MAX_SITES:,} more"))

    def _totals(self, console: Console, summary: Summary) -> None:
        from rich.text import Text

        counts = [f"{n:,} {label}" for label, n in _by_weight(summary.labels)]
        pages = "1 page" if summary.pages == 1 else f"{summary.pages:,} pages"
        line = f"{pages}: {', '.join(counts)}" if counts else pages
        if summary.seconds:
            line += f" in {summary.seconds:.1f} s ({summary.pages / summary.seconds:,.0f} a second)"
        console.print(Text("\n" + line if self._rows else line, style="bold"))
        if self._techniques:
            found = ", ".join(f"{name} {n:,}" for name, n in self._techniques.most_common())
            console.print(Text(f"techniques (pages): {found}"))
        self._by_site(console)
        for finding in summary.sites[:MAX_SITE_FINDINGS]:
            console.print(
                Text(printable(f"site {finding.site}: {about_site(finding)}")), overflow="fold"
            )
            for example in finding.examples:
                console.print(Text(printable(f"  {example}", 300)), overflow="fold")
        if len(summary.sites) > MAX_SITE_FINDINGS:
            more = len(summary.sites) - MAX_SITE_FINDINGS
            console.print(Text(f"{more:,} more about sites: --sites-output FILE has all"))
        if self._hidden:
            console.print(Text(f"{self._hidden:,} more rows not shown: --format jsonl has all"))
        if summary.skipped:
            console.print(Text(f"skipped: {summary.skipped}"))
        if summary.interrupted:
            console.print(Text("interrupted: the pages after these were not scanned"))


def _by_weight(labels: Mapping[str, int]) -> list[tuple[str, int]]:
    order = ("clean", "injected", "spam", "suppressed", "known", "error")
    return [(label, labels[label]) for label in order if labels.get(label)]


def site_of(uri: str) -> str:
    """What groups pages: the host of an address, the folder of a file."""
    scheme, found, rest = uri.partition("://")
    if found and scheme != "file":
        return rest.partition("/")[0].rpartition("@")[2].lower()
    folder, slash, _ = uri.rpartition("/")
    return folder + slash or "."


def source_lines(record: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """A title for each of a page's findings, and its source lines where they are known."""
    marks = record.get("source", {}).get("findings", [])
    shown = []
    for number, finding in enumerate(record["findings"][:MAX_SHOWN]):
        mark = (marks[number] if number < len(marks) else None) or {"lines": []}
        title = f"{finding['technique']} ({finding['score']:.2f}): {printable(finding['message'])}"
        if "suppressed" in finding:
            title += f" [suppressed: {printable(finding['suppressed']['reason'])}]"
        shown.append((title, mark["lines"]))
    left = len(record["findings"]) - len(shown)
    return [*shown, (f"and {left} more findings", [])] if left else shown


def marked(line: Mapping[str, Any], width: int) -> tuple[str, str]:
    """A source line made visible, and the line of `^` below what is marked.

    Both are at most `width` columns; wide characters have two marks.
    """
    from rich.cells import cell_len

    start, end = line["mark"]
    before, inside = printable(line["text"][:start]), printable(line["text"][start:end])
    after = printable(line["text"][end:])
    if line["from"]:
        before = "…" + before
    while before and cell_len(before) > max(width // 3, 8):
        before = "…" + before[len(before) // 8 + 2 :]
    room = max(width - cell_len(before), 1)
    if cell_len(inside) > room:
        inside, after = _fitting(inside, room - 1) + "…", ""
    room -= cell_len(inside)
    if cell_len(after) > room:
        after = _fitting(after, room - 1) + "…" if room else ""
    return before + inside + after, " " * cell_len(before) + "^" * max(cell_len(inside), 1)


def _fitting(text: str, columns: int) -> str:
    from rich.cells import set_cell_size

    return set_cell_size(text, max(columns, 0)).rstrip()

"""One self-contained HTML file: summary, list, evidence, text before and after.

Everything that pages say is escaped, in markup and in the embedded JSON; addresses
are shown defanged and never as links; the policy in the head lets nothing load and
only this file's own script run. With scripts off the list and the evidence of the
first pages are plain markup. Evidence is built by the script when a row is opened,
so that reports of ten thousand pages open at once.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape as _escape
from importlib.resources import files
from typing import Any, BinaryIO

from detector.report import Summary
from detector.report.evidence import TOP, defanged, detail, embedded, escape, markup, plot
from detector.report.printable import printable
from detector.report.sentences import about_site
from detector.report.sentences import words as words_of
from detector.report.table import site_of
from detector.report.translation import category

MAX_ROWS = 20_000  # pages that are listed; browsers stay quick up to there
MAX_SITE_FINDINGS = 200
MAX_STATIC = 300  # pages whose evidence is also there without scripts
SPOOL = 8_000_000  # bytes of embedded details before they go to a temporary file


class Renderer:
    """Collects rows and counts; details wait in a spooled file for the end."""

    SOURCE = "always"
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
        self._out = out
        self._lang = lang if lang in ("en", "zh") else "en"
        data = files("detector") / "data" / "report"
        self._words = words_of(self._lang)
        self._css = (data / "report.css").read_text("utf-8")
        self._js = (data / "report.js").read_text("utf-8")
        self._rows: list[str] = []
        self._clean: list[str] = []
        self._static: list[str] = []
        self._left = self._number = 0
        self._counts: dict[str, Counter[str]] = {
            name: Counter() for name in ("techniques", "categories", "sites")
        }

    def start(self) -> None:
        """Nothing until the end: the summary stands first."""
        self._details = tempfile.SpooledTemporaryFile(SPOOL, "w+b")  # noqa: SIM115 - `finish`

    def page(self, line: bytes) -> None:
        """Notes one page."""
        record = json.loads(line)
        label = record["label"] or "error"
        shown = "suppressed" if record.get("suppressed") else label
        flagged = label not in ("clean", "error")
        techniques = list(dict.fromkeys(f["technique"] for f in record["findings"]))
        if shown in ("injected", "spam"):
            self._counts["techniques"].update(techniques)
            self._counts["categories"].update(category(c, self._lang) for c in record["categories"])
            self._counts["sites"][site_of(record["uri"])] += 1
        rows = self._rows if shown != "clean" else self._clean
        if len(rows) >= MAX_ROWS:
            self._left += 1
            return
        rows.append(self._row(record, label, shown, techniques if flagged else []))
        if flagged:
            about = detail(record, self._words, self._lang)
            number = self._number
            text = f'<script type="application/json" id="d{number}">{embedded(about)}</script>\n'
            self._details.write(text.encode("utf-8", "replace"))
            if len(self._static) < MAX_STATIC:
                self._static.append(self._section(record, about))
            self._number += 1

    def _row(self, record: Mapping[str, Any], label: str, shown: str, techniques: list[str]) -> str:
        error, findings = record["error"], record["findings"]
        evidence = probability = data = ""
        if error:
            evidence = f"{error['kind']}: {error['message']}"
        else:
            probability = f"{record['probabilities'][label]:.3f}"
        if techniques and findings:
            evidence = f"{findings[0]['technique']}: {printable(findings[0]['text'], 100)}"
            data = f' data-d="{self._number}" data-t="{escape(" ".join(techniques))}"'
        uri = record["uri"]
        name = defanged(uri) if "://" in uri else uri
        return (
            f'<tr data-l="{shown}"{data}><td>{escape(name)}<td class="{shown}">'
            f"{escape(self._words[shown])}<td>{probability}"
            f"<td>{escape(self._named(record['categories'][:2]))}<td>{escape(evidence)}\n"
        )

    def _named(self, categories: Iterable[str]) -> str:
        return " ".join(category(name, self._lang) for name in categories)

    def _section(self, record: Mapping[str, Any], about: Mapping[str, Any]) -> str:
        """The same evidence as markup, for readers without scripts."""
        words = self._words
        parts = [f'<section class="page"><h3>{escape(record["uri"])}</h3>']
        for finding in about["findings"][:5]:
            parts.append(f"<p><b>{escape(finding['technique'])}</b> {escape(finding['message'])}")
            lines = [f"{line['line']} | {markup(line['runs'])}" for line in finding["lines"]]
            parts.append(f"<pre>{chr(10).join(lines) or escape(finding['text'])}</pre>")
        for name in ("before", "after"):
            if about["before"]:
                text = markup(about[name])
                parts.append(f'<h3>{escape(words[name])}</h3><div class="text">{text}</div>')
        links = "".join(
            f"<li>{escape(t)} {escape(a)} · {escape(r)}" for t, a, r, _ in about["links"]
        )
        if links:
            parts.append(f"<h3>{escape(words['related'])}</h3><ul>{links}</ul>")
        return "".join([*parts, "</section>\n"])

    def finish(self, summary: Summary) -> None:
        """Writes the file."""
        words = self._words
        digest = base64.b64encode(sha256(self._js.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
            "base-uri 'none'; form-action 'none'"
        )
        order = ("clean", "injected", "spam", "suppressed", "known", "error")
        labels = [(name, summary.labels[name]) for name in order if summary.labels.get(name)]
        counts = words["comma"].join(f"{n:,} {words[name]}" for name, n in labels)
        notes = [words["interrupted"]] if summary.interrupted else []
        if summary.skipped:
            notes.append(f"{words['skipped']}: {summary.skipped}")
        if self._left:
            notes.append(f"{self._left:,} {words['left_out']}")
        lang = "zh-CN" if self._lang == "zh" else "en"
        self._write(
            f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_escape(policy)}">\n'
            '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
            '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">\n'
            f"<title>{escape(words['title'])}</title>\n<style>\n{self._css}</style></head><body>\n"
            f"<h1>{escape(words['title'])}</h1>\n"
            f"<p>{summary.pages:,} {escape(words['pages'])}{words['colon']}{escape(counts)} "
            f'<span class="dim">({summary.seconds:.1f} {escape(words["seconds"])})</span></p>\n'
        )
        self._write("".join(f'<p class="dim">{escape(note)}</p>\n' for note in notes))
        plots = [plot(words["labels"], labels, words)]
        plots += [plot(words[n], c.most_common(TOP)) for n, c in self._counts.items()]
        self._write(
            f'<details open id="overview"><summary>{escape(words["overview"])}</summary>'
            f'<div class="plots">{"".join(plots)}</div></details>\n'
        )
        self._sites(summary)
        self._list(labels)
        self._write(f"<noscript><h2>{escape(words['details'])}</h2>\n")
        for section in self._static:
            self._write(section)
        self._write("</noscript>\n")
        self._details.seek(0)
        while part := self._details.read(1 << 20):
            self._out.write(part)
        self._details.close()
        self._write(f'<script type="application/json" id="words">{embedded(words)}</script>\n')
        self._write(f"<script>{self._js}</script>\n</body></html>\n")

    def _sites(self, summary: Summary) -> None:
        """What pages of one site say together, with examples."""
        if not summary.sites:
            return
        self._write(f'<h2>{escape(self._words["site_findings"])}</h2>\n<ul class="sites">')
        for found in summary.sites[:MAX_SITE_FINDINGS]:
            some = "".join(f"<li>{escape(defanged(example))}" for example in found.examples)
            self._write(
                f"<li><b>{escape(found.site)}</b>: {escape(about_site(found, self._lang))}"
                f'<ul class="dim">{some}</ul>\n'
            )
        self._write("</ul>\n")

    def _list(self, labels: list[tuple[str, int]]) -> None:
        words = self._words
        kinds = "".join(f'<option value="{n}">{escape(words[n])}' for n, _ in labels)
        names = sorted(self._counts["techniques"])
        techniques = "".join(f'<option value="{escape(n)}">{escape(n)}' for n in names)
        first = {
            name: f'<option value="">{escape(words[name] + words["colon"] + words["all"])}'
            for name in ("label", "technique")
        }
        search = escape(words["search"])
        columns = ("page", "label", "probability", "category", "evidence")
        head = "".join(f'<th class="c{i}">{escape(words[c])}' for i, c in enumerate(columns, 1))
        self._write(
            f"<h2>{escape(words['list'])}</h2>\n"
            f'<div class="bar"><input id="q" type="search" placeholder="{search}" '
            f'aria-label="{search}"><select id="label" aria-label="{escape(words["label"])}">'
            f"{first['label']}{kinds}</select>"
            f'<select id="tech" aria-label="{escape(words["techniques"])}">'
            f'{first["technique"]}{techniques}</select><span id="shown" class="dim"></span></div>\n'
            f'<table id="list"><thead><tr>{head}</thead><tbody>\n'
        )
        room = max(MAX_ROWS - len(self._rows), 0)
        for row in [*self._rows, *self._clean[:room]]:
            self._write(row)
        self._write("</tbody></table>\n")

    def _write(self, text: str) -> None:
        self._out.write(text.encode("utf-8", "replace"))

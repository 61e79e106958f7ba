"""SARIF 2.1.0: a log for code scanning, with rules, evidence and fixes.

Pages that are labelled clean give no results. Where results exceed what GitHub
takes in one upload, the log goes on in further files (`out-2.sarif`), or in
further runs where it has no file.

Source: OASIS SARIF 2.1.0 with errata 01; GitHub's limits of an upload (25,000
results a run, 10 MB compressed).
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO
from urllib.parse import quote

from detector import __version__
from detector.baseline import KEY, fingerprints, page_name
from detector.report import Summary
from detector.report.printable import printable

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MAX_RESULTS = 25_000
MAX_PACKED = 9_000_000  # bytes, compressed; the rest of the run needs room too
MAX_NOTIFICATIONS = 1_000  # of one run; the last one counts what is left out
QUOTE = 80  # characters of the evidence in a message
_LEVELS = ((0.8, "error"), (0.5, "warning"), (0.0, "note"))
_LOOSE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def artifact(uri: str) -> dict[str, Any]:
    """A page as an artifactLocation: web addresses as they are, files by relative paths."""
    if "://" in uri:
        given = quote(uri, safe="/:?#@!$&'()*+,;=%~")
        return {"uri": _LOOSE_PERCENT.sub("%25", given)}
    if uri == "-":
        return {"uri": "stdin"}
    name = page_name(uri)
    if os.path.isabs(name):
        return {"uri": "file://" + quote(name)}
    return {"uri": quote(name), "uriBaseId": "SRCROOT"}


def rules() -> list[dict[str, Any]]:
    """The catalogue of techniques as reporting descriptors, in its order."""
    from detector.techniques import techniques

    made = []
    for entry in techniques().values():
        head, _, example = entry.page.strip().partition("\nExample: ")
        _, _, rest = head.partition("\n\n")
        parts = [f"## {entry.name}", head.strip()]
        if example:
            parts += ["Example:", f"```html\n{example.strip()}\n```"]
        name = "".join(part.capitalize() for part in entry.name.split("-"))
        made.append(
            {
                "id": entry.name,
                # validators want a name that says more than the identifier
                **({"name": name} if name.lower() != entry.name else {}),
                "shortDescription": {"text": _sentence(entry.summary)},
                "fullDescription": {"text": _sentence(_plain(rest) or entry.summary)},
                "help": {"text": _plain(entry.page), "markdown": "\n\n".join(parts)},
                "defaultConfiguration": {"level": "warning"},
                "properties": {
                    "tags": ["security", "seo-injection", entry.group.replace(" ", "-")],
                    "precision": "high",
                    "security-severity": "7.0",
                },
            }
        )
    return made


def result(
    record: Mapping[str, Any], number: int, mark: Mapping[str, Any] | None, print_: str
) -> dict[str, Any]:
    """One finding of a page's record as a result; `mark` is what `marks` tells of it."""
    finding = record["findings"][number]
    place = finding["location"] or {}
    # Of several views the one that has it, the first by name.
    view = record.get("views", {}).get(finding.get("view", "").partition(",")[0], {})
    at = artifact(view.get("uri") or record["uri"])
    physical: dict[str, Any] = {"artifactLocation": at}
    if mark:
        physical["region"] = _region(mark["region"]) | {"snippet": {"text": mark["region"]["text"]}}
    elif place.get("line"):
        physical["region"] = {"startLine": place["line"], "startColumn": place.get("column") or 1}
    location: dict[str, Any] = {"physicalLocation": physical}
    if place.get("path"):
        location["logicalLocations"] = [
            {"fullyQualifiedName": printable(place["path"]), "kind": "element"}
        ]
    words = f"{finding['message']} Found: “{printable(finding['text'], QUOTE)}”."
    out: dict[str, Any] = {
        "ruleId": finding["technique"],
        "level": next(level for least, level in _LEVELS if finding["score"] >= least),
        "message": {"text": _message(words)},
        "locations": [location],
        "partialFingerprints": {KEY: print_},
        "rank": round(finding["score"] * 100, 2),
        "properties": {
            "label": record["label"],
            "probability": record["probabilities"][record["label"]],
            "category": finding["category"],
            "href": finding["href"],
        },
    }
    if "baseline" in record:
        out["baselineState"] = "new"
    if given := finding.get("suppressed"):
        kind = "inSource" if given["by"] == "comment" else "external"
        until = f" (until {given['until']})" if given["until"] else ""
        out["suppressions"] = [{"kind": kind, "justification": given["reason"] + until}]
    if mark and mark.get("fix"):
        changes = [_replacement(cut) for cut in mark["fix"]]
        out["fixes"] = [
            {
                "description": {"text": "Take out what was injected; all else stays as it is."},
                "artifactChanges": [{"artifactLocation": at, "replacements": changes}],
            }
        ]
    return out


def _region(given: Mapping[str, Any]) -> dict[str, Any]:
    region = {
        "startLine": given["line"],
        "startColumn": given["column"],
        "endLine": given["end_line"],
        "endColumn": given["end_column"],
    }
    if "offset" in given:
        region |= {"charOffset": given["offset"], "charLength": given["length"]}
    if "byte" in given:
        region |= {"byteOffset": given["byte"], "byteLength": given["bytes"]}
    return region


def _replacement(cut: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"deletedRegion": _region(cut)}
    if cut["new"]:
        made["insertedContent"] = {"text": cut["new"]}
    return made


def _plain(text: str) -> str:
    return " ".join(text.split())


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."


def _message(text: str) -> str:
    """Text without the marks of SARIF's embedded links."""
    return re.sub(r"([\[\]\\])", r"\\\1", printable(text))


class Renderer:
    """Results as they come, in order; the tool, its rules and notifications at each run's end."""

    SOURCE = "always"

    def __init__(
        self,
        out: BinaryIO,
        *,
        colour: bool = False,
        width: int = 0,
        verbose: bool = False,
        lang: str = "en",
    ) -> None:
        self._out = self._first = out
        self._rules = rules()
        self._index = {rule["id"]: i for i, rule in enumerate(self._rules)}
        self._part = 1
        self._model: Mapping[str, Any] | None = None

    def start(self) -> None:
        """Opens the log and its first run."""
        self._started = _now()
        self._open()

    def _open(self) -> None:
        self._results = self._packed = self._errors = 0
        self._notes: list[dict[str, Any]] = []
        self._packer = zlib.compressobj(6)
        head = f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [\n'
        self._write(head if self._out is not self._first or self._part == 1 else ",\n")
        self._write('{"results": [')

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._packed += len(self._packer.compress(data))
        self._out.write(data)

    def page(self, line: bytes) -> None:
        """Adds a result for each finding of a page that is not clean."""
        record = json.loads(line)
        self._model = record["model"] or self._model
        if record["error"]:
            self._error(record)
        if record["label"] in (None, "clean"):
            return
        marks = record.get("source", {}).get("findings", [])
        for number, print_ in enumerate(fingerprints(record)):
            mark = marks[number] if number < len(marks) else None
            if mark is None and number and number < len(marks) and _goes_on(record, number):
                continue  # the record cuts long evidence; its first part has the region
            full = self._results >= MAX_RESULTS or self._packed > MAX_PACKED
            if full and self._results:
                self._next()
            one = result(record, number, mark, print_)
            if one["ruleId"] in self._index:
                one["ruleIndex"] = self._index[one["ruleId"]]
            text = json.dumps(one, ensure_ascii=False)
            self._write((",\n" if self._results else "\n") + text)
            self._results += 1

    def _error(self, record: Mapping[str, Any]) -> None:
        self._errors += 1
        if len(self._notes) < MAX_NOTIFICATIONS:
            error = record["error"]
            place = {"artifactLocation": artifact(record["uri"])}
            self._notes.append(
                {
                    "descriptor": {"id": error["kind"]},
                    "level": "error",
                    "message": {"text": _sentence(_message(error["message"]))},
                    "locations": [{"physicalLocation": place}],
                }
            )

    def _next(self) -> None:
        """Ends this run and begins the next: in a further file where the first is one."""
        self._close(True)
        self._part += 1
        name = getattr(self._first, "name", None)
        if isinstance(name, str) and os.path.isfile(name):
            self._end_file()
            stem, ending = os.path.splitext(name)
            self._out = open(f"{stem}-{self._part}{ending}", "wb")  # noqa: SIM115 - `_end_file`
        self._open()

    def _end_file(self) -> None:
        self._out.write(b"]}\n")
        if self._out is not self._first:
            self._out.close()

    def _close(self, successful: bool) -> None:
        if self._errors > len(self._notes):
            rest = self._errors - len(self._notes)
            self._notes.append({"level": "error", "message": {"text": f"{rest} more errors."}})
        kinds = dict.fromkeys(n["descriptor"]["id"] for n in self._notes if "descriptor" in n)
        driver = {
            "name": "seo-injection-detector",
            "semanticVersion": __version__,
            "version": __version__,
            "fullName": f"seo-injection-detector {__version__}",
            "rules": self._rules,
            "notifications": [
                {"id": kind, "shortDescription": {"text": f"No result for a page: {kind}."}}
                for kind in kinds
            ],
            "properties": {"model": self._model},
        }
        invocation: dict[str, Any] = {
            "executionSuccessful": successful,
            "startTimeUtc": self._started,
            "endTimeUtc": _now(),
            "toolExecutionNotifications": self._notes,
        }
        run: dict[str, Any] = {
            "tool": {"driver": driver},
            "invocations": [invocation],
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                "SRCROOT": {"description": {"text": "The folder that the scan was started in."}}
            },
        }
        if self._part > 1:
            run["automationDetails"] = {"id": f"part-{self._part}/"}
        self._write("\n], " + json.dumps(run, ensure_ascii=False)[1:] + "\n")

    def finish(self, summary: Summary) -> None:
        """Closes the last run and the log."""
        read = summary.pages == 0 or summary.labels.get("error", 0) < summary.pages
        self._close(read and not summary.interrupted)
        self._end_file()


def _goes_on(record: Mapping[str, Any], number: int) -> bool:
    """Whether a finding is a further part of the one before it."""
    before, this = record["findings"][number - 1 : number + 1]
    return all(before[key] == this[key] for key in ("technique", "location", "message", "score"))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

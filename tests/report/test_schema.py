"""`docs/result.schema.json` describes what the scan writes, and refuses what it never may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from detector.report.jsonl import to_json
from detector.types import CATEGORIES, Content, Failure, Finding, Location, Result, Span, Verdict

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "result.schema.json").read_text("utf-8"))


def valid(record: dict[str, Any]) -> bool:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    made = jsonschema.Draft202012Validator(SCHEMA, format_checker=checker)
    return bool(made.is_valid(record))


def record(**changes: Any) -> dict[str, Any]:
    place = Location("body", "p", 1, 1)
    found = Finding(
        "spam-block", 0.9, "slots", "Words.", place, "gambling", span=Span("text", 0, 5)
    )
    verdict = Verdict("spam", {"clean": 0.0, "injected": 0.0, "spam": 1.0}, ("gambling",))
    content = Content(text="slots")
    result = Result("a", "html", 5, verdict=verdict, findings=(found,), content=content)
    return to_json(result) | changes


def test_the_schema_is_one_and_knows_the_categories() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert tuple(SCHEMA["$defs"]["category"]["enum"]) == CATEGORIES


def test_results_are_valid() -> None:
    assert valid(record())
    assert valid(to_json(Result("a", "html", 0, error=Failure("empty", "nothing"))))


@pytest.mark.parametrize(
    "changes",
    [
        {"findings": []},
        {"label": "dirty"},
        {"label": None},
        {"error": {"kind": "a", "message": "b"}},
        {"categories": ["gambling", "gambling"]},
        {"schema": "detector.result/2"},
    ],
)
def test_what_contradicts_the_contract_is_refused(changes: dict[str, Any]) -> None:
    assert not valid(record(**changes))


def test_real_results_are_valid() -> None:
    from detector.scan import Scanner

    scanner = Scanner()
    for path in sorted((ROOT / "datasets" / "samples").glob("*.*")):
        assert valid(to_json(scanner.scan(path.read_bytes(), uri=path.name))), path.name

"""Patterns that are compiled late."""

from __future__ import annotations

import re

import pytest

from detector import patterns
from detector.patterns import pattern


def test_a_late_pattern_finds_what_a_compiled_one_does() -> None:
    late, text = pattern(r"(\d)\s*([a-z])", re.IGNORECASE), "1 a, 2B, 3"
    plain = re.compile(r"(\d)\s*([a-z])", re.IGNORECASE)
    assert late.findall(text) == plain.findall(text) == [("1", "a"), ("2", "B")]
    assert late.sub(r"\2\1", text) == plain.sub(r"\2\1", text)
    assert (late.pattern, late.flags, late.groups) == (plain.pattern, plain.flags, plain.groups)
    assert [m.span() for m in late.finditer(text)] == [(0, 3), (5, 7)]


def test_it_is_compiled_once_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []

    class Counting:
        @staticmethod
        def compile(source: str, flags: int) -> re.Pattern[str]:
            compiled.append(source)
            return re.compile(source, flags)

    monkeypatch.setattr(patterns, "re", Counting)
    late = pattern("a+")
    assert not compiled
    assert late.search("baa") and late.match("aa") and late.search("c") is None
    assert compiled == ["a+"]

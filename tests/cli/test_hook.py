"""`detector hook`: a decision a line, in order, at once."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

PAGE = (
    "<title>News</title><p>The town council met on Monday.</p><div style='display:none'>"
    "<a href='https://win.example'>online casino bonus slots</a></div>"
)
HOOK = [sys.executable, "-m", "detector", "hook", "--workers", "1"]


def hook(text: str, *options: str) -> list[dict[str, Any]]:
    run = subprocess.run(
        [*HOOK, *options], input=text, capture_output=True, text=True, timeout=60, check=True
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_lines_are_answered_in_order_with_what_they_brought() -> None:
    lines = [{"id": n, "url": "https://a.example/", "html": PAGE} for n in range(8)]
    lines[3] = {"id": 3, "author": "li", "text": "The council met on Monday about the road."}
    given = hook("".join(json.dumps(line) + "\n" for line in lines))
    assert [line["id"] for line in given] == list(range(8))
    assert [line["action"] for line in given] == ["block"] * 3 + ["allow"] + ["block"] * 4
    assert given[3]["author"] == "li" and "text" not in given[3]
    assert given[0]["techniques"] == ["hidden-links"] and given[0]["reasons"]


def test_a_bad_line_costs_itself_alone() -> None:
    given = hook('{"id": 1, "text": "hello"}\n{\n[]\n\n{"id": 4}\n{"id": 5, "html": ""}\n')
    kinds = [line["error"] and line["error"]["kind"] for line in given]
    assert kinds == [None, "damaged", "damaged", "no-content", "empty"]
    assert [line["action"] for line in given] == ["allow", None, None, None, "allow"]
    assert [line.get("line") for line in given] == [None, 2, 3, 5, None]
    assert given[3]["id"] == 4


def test_a_line_is_answered_before_the_next_is_written() -> None:
    with subprocess.Popen(HOOK, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdin and run.stdout
        for number in range(3):
            print(json.dumps({"id": number, "html": PAGE}), file=run.stdin, flush=True)
            assert json.loads(run.stdout.readline())["id"] == number
        run.stdin.close()
        assert run.wait(30) == 0


def test_full_has_the_result() -> None:
    result = hook(json.dumps({"html": PAGE, "uri": "a"}), "--full")[0]["result"]
    assert result["schema"] == "detector.result/1" and result["content"]["clean_text"]


def test_a_wrong_policy_or_model_is_told(tmp_path: Any) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("blok = 1\n")
    for options, words in (
        (["--policy", path], ":1: unknown key"),
        (["--model", "/x"], "no model"),
    ):
        run = subprocess.run(
            [*HOOK, *options], input="", capture_output=True, text=True, check=False
        )
        assert run.returncode == 2 and words in run.stderr

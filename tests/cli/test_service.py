"""`detector service`: users, keys and webhooks from the shell."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from detector.cli import group


def run(database: Path, *arguments: str, text: str = "") -> Result:
    command = ["service", *arguments, "--database", str(database)]
    return CliRunner().invoke(group, command, input=text)


def test_users_keys_and_webhooks_are_made_listed_and_taken_back(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    assert (
        run(store, "user", "add", "li", "--role", "admin", text="long enough words\n").exit_code
        == 0
    )
    assert run(store, "user", "list").output == "li\tadmin\n"
    key = run(store, "key", "add", "blog", "--scope", "scan").output.strip()
    assert key.startswith("det_") and key not in run(store, "key", "list").output
    hook, secret = run(store, "webhook", "add", "https://cms.example/h").output.split()
    assert secret.startswith("whsec_")
    assert run(store, "webhook", "rotate", hook).output.strip() not in ("", secret)
    for kind, name in (("user", "li"), ("key", key.split("_")[1]), ("webhook", hook)):
        end = "revoke" if kind == "key" else "disable"
        assert run(store, kind, end, name).exit_code == 0
        assert "disabled" in run(store, kind, "list").output or end == "revoke"
    assert "revoked" in run(store, "key", "list").output
    assert run(store, "export").output == ""


@pytest.mark.parametrize(
    ("arguments", "text", "words"),
    [
        (["user", "add", "li"], "short\n", "10 characters"),
        (["user", "disable", "nobody"], "", "no user nobody"),
        (["key", "revoke", "0"], "", "no key 0"),
        (["webhook", "add", "ftp://x"], "", "no http(s) address"),
        (["webhook", "rotate", "x"], "", "no webhook x"),
    ],
)
def test_what_cannot_be_is_told(
    tmp_path: Path, arguments: list[str], text: str, words: str
) -> None:
    made = run(tmp_path / "store.db", *arguments, text=text)
    assert made.exit_code == 2 and words in made.output

"""Decisions train the next model, and the service takes it up without losing a request."""

from __future__ import annotations

import json
import shutil
import threading
import time
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from running import CLEAN, SPAM, Running, running

from detector.cli import group
from detector.learn.gate import promote
from detector.model import default_folder
from detector.model_folder import digest_of
from detector.service.fetch import FetchError, fetch


def other_model(folder: Path, version: str) -> str:
    """The shipped model under another version; its digest."""
    shutil.copytree(default_folder(), folder)
    path = folder / "model.json"
    card = json.loads(path.read_text("utf-8")) | {"version": version}
    card["sha256"] = digest_of(card)
    path.write_text(json.dumps(card), "utf-8")
    return str(card["sha256"])


def label(api: httpx.Client, page: bytes, said: str) -> str:
    name = str(api.post("/v1/scan", json={"html": page.decode()}).json()["id"])
    body = {"id": name, "label": said, "who": "li"}
    assert api.post("/v1/feedback", json=body).status_code == 201
    return name


def test_labels_come_from_a_service_and_from_its_store(
    service: Running, api: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {label(api, SPAM, "spam"), label(api, CLEAN, "ham")}
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    monkeypatch.setenv("DETECTOR_API_KEY", service.key)
    counts = [fetch(place, file) for place, file in zip(
        (service.url + "/", service.database), files, strict=True)]  # fmt: skip
    assert counts[0] == counts[1] >= 2 and files[0].read_bytes() == files[1].read_bytes()
    found = {json.loads(line)["id"] for line in files[0].read_text("utf-8").splitlines()}
    assert names <= found


def test_what_cannot_be_had_is_told(
    service: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DETECTOR_API_KEY", raising=False)
    for place, words in (
        (service.url, "--scope export"),
        ("http://127.0.0.1:9", "127.0.0.1:9"),
        (str(tmp_path / "none.db"), "no such store"),
    ):
        with pytest.raises(FetchError, match=words):
            fetch(place, tmp_path / "x.jsonl")
    run = CliRunner().invoke(
        group, ["train", "--feedback", str(tmp_path / "none.db"), "-o", str(tmp_path / "m")]
    )
    assert run.exit_code == 2 and "no such store" in run.output


def test_a_promoted_model_is_taken_up_without_losing_a_request(tmp_path: Path) -> None:
    first = other_model(tmp_path / "model", "1.0.0")
    second = other_model(tmp_path / "next", "2.0.0")
    with running(tmp_path, "--model", str(tmp_path / "model")) as made:
        seen: list[tuple[int, str]] = []
        done = threading.Event()

        def ask() -> None:
            client = made.client()
            while not done.is_set():
                answer = client.post("/v1/scan", json={"text": "The council met on Monday."})
                seen.append((answer.status_code, answer.json()["model"]["sha256"]))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        while not seen:
            time.sleep(0.01)
        promote(tmp_path / "next", tmp_path / "model")
        ends = time.monotonic() + 20
        while seen[-1][1] != second and time.monotonic() < ends:
            time.sleep(0.05)
        done.set()
        for thread in threads:
            thread.join()
        assert {status for status, _ in seen} == {200}
        assert {digest for _, digest in seen} == {first, second}
        (tmp_path / "model" / "model.json").write_text("{}")  # one that cannot be read: goes on
        ends = time.monotonic() + 20
        while "not reloaded" not in made.log() and time.monotonic() < ends:
            time.sleep(0.05)
        answer = made.client().post("/v1/scan", json={"text": "The council met."})
        assert answer.json()["model"]["sha256"] == second
        assert "not reloaded" in made.log() and second[:12] in made.log()

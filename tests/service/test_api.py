"""The HTTP API as programs use it, against a real process."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from running import CLEAN, INJECTED, SPAM, Running, free_port, running

from detector.service import accounts
from detector.service.database import Database

HTML = {"content-type": "text/html; charset=utf-8"}


def scan(api: httpx.Client, page: bytes = INJECTED, **headers: str) -> dict[str, Any]:
    answer = api.post("/v1/scan?url=https://town.example/a", content=page, headers=HTML | headers)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_page_is_scanned_as_a_body_or_in_json(api: httpx.Client) -> None:
    body = scan(api)
    given = {"html": INJECTED.decode(), "url": "https://town.example/a"}
    given_json = api.post("/v1/scan", json=given).json()
    for one in (body, given_json):
        assert one["schema"] == "detector.result/1"
        assert one["decision"]["action"] == "block" and one["decision"]["reasons"]
        assert one["content"]["clean_text"] and one["uri"] == "https://town.example/a"
    assert body["id"] != given_json["id"] and body["findings"] == given_json["findings"]
    text = api.post("/v1/scan", content="A short text.", headers={"content-type": "text/plain"})
    assert text.json()["input"]["kind"] == "text"
    assert scan(api, CLEAN)["decision"]["action"] == "allow"


def test_a_result_is_kept_without_the_page(api: httpx.Client) -> None:
    context = {"author": "li", "site": "comments"}
    given = api.post("/v1/scan", json={"html": SPAM.decode(), "context": context}).json()
    kept = api.get(f"/v1/results/{given['id']}").json()
    assert kept["content"] is None and kept["context"] == context and kept["settled"] is None
    assert kept["findings"] == given["findings"] and kept["decision"] == given["decision"]
    assert api.get("/v1/results/res_none").status_code == 404


def test_feedback_is_kept_and_exported_for_training(api: httpx.Client, tmp_path: Path) -> None:
    from detector.learn.datasets import read_labelled

    spam, fine, open_ = scan(api, SPAM)["id"], scan(api, CLEAN)["id"], scan(api)["id"]
    say = [(spam, "spam", "li"), (fine, "ham", "li"), (open_, "injected", "li")]
    say += [(open_, "clean", "wang")]
    for name, label, who in say:
        answer = api.post("/v1/feedback", json={"id": name, "label": label, "who": who})
        assert answer.status_code == 201, answer.text
    assert answer.json()["settled"] == "disputed"
    path = tmp_path / "labels.jsonl"
    path.write_bytes(api.get("/v1/export").content)
    lines = {line["id"]: line for line in map(json.loads, path.read_text("utf-8").splitlines())}
    assert lines[spam]["label"] == "spam" and lines[spam]["category"] == ["gambling"]
    assert lines[fine]["label"] == "clean" and open_ not in lines
    pages = [p for p in read_labelled([path]) if p.extra["id"] in (spam, fine)]
    assert [(p.label, p.data) for p in pages] == [("spam", SPAM), ("clean", CLEAN)]


def test_an_idempotency_key_keeps_one_result(api: httpx.Client) -> None:
    key = {"idempotency-key": "page-7"}
    first, again = scan(api, **key), scan(api, **key)
    assert first["id"] == again["id"] and again["content"] == first["content"]
    other = api.post("/v1/scan", content=CLEAN, headers=HTML | key)
    assert other.status_code == 409 and "another page" in other.text
    body = {"id": first["id"], "label": "spam", "who": "li"}
    said = [api.post("/v1/feedback", json=body, headers=key).json()["id"] for _ in range(2)]
    assert said[0] == said[1]


def test_a_batch_answers_in_order_while_it_is_sent(service: Running) -> None:
    lines = [json.dumps({"html": p.decode()}) for p in (SPAM, CLEAN, INJECTED)]
    text = "\n".join([lines[0], "{", *lines[1:], json.dumps({"html": "a", "text": "b"})])
    answer = service.client().post(
        "/v1/scan/batch", content=text, headers={"content-type": "application/x-ndjson"}
    )
    given = [json.loads(line) for line in answer.text.splitlines()]
    assert [line.get("label") for line in given] == ["spam", None, "clean", "injected", None]
    assert [line.get("line") for line in given] == [None, 2, None, None, 5]
    # both ways at once: a line's answer comes before the next line is sent
    with socket.create_connection(("127.0.0.1", service.port), 20) as wire:
        head = (
            "POST /v1/scan/batch HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n"
            f"content-type: application/x-ndjson\r\nauthorization: Bearer {service.key}\r\n\r\n"
        )
        wire.sendall(head.encode())
        for label in ("spam", "spam"):
            line = lines[0].encode() + b"\n"
            wire.sendall(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            seen = b""
            while not seen.rstrip().endswith(b"}"):
                seen += wire.recv(1 << 16)
            assert f'"label": "{label}"'.encode() in seen
        wire.sendall(b"0\r\n\r\n")
        assert wire.recv(100).endswith(b"0\r\n\r\n")


def test_a_client_that_reads_last_gets_a_large_batch(service: Running) -> None:
    page = json.dumps({"text": "The council met on Monday. " * 400}) + "\n"
    answer = service.client().post(
        "/v1/scan/batch", content=page * 300, headers={"content-type": "application/x-ndjson"}
    )
    assert answer.text.count("\n") == 300


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("POST", "/v1/scan", b"<p>", {"content-type": "image/png"}, 415),
        ("POST", "/v1/scan", b"{", {"content-type": "application/json"}, 422),
        ("POST", "/v1/scan", b'{"htlm": "a"}', {"content-type": "application/json"}, 422),
        ("POST", "/v1/scan", b'{"html": 1}', {"content-type": "application/json"}, 422),
        ("POST", "/v1/scan", b"x", {"content-length": "30000000"}, 413),
        ("POST", "/v1/feedback", b'{"id": "none", "label": "spam", "who": "li"}', {}, 404),
        ("POST", "/v1/feedback", b'{"id": "none", "label": "maybe", "who": "li"}', {}, 422),
        ("GET", "/v1/results/..%2f..%2fetc%2fpasswd", b"", {}, 404),
        ("GET", "/static/../detector/policy.py", b"", {}, 404),
        ("GET", "/review/static/..%2f..%2fpolicy.py", b"", {}, 404),
        ("DELETE", "/v1/scan", b"", {}, 405),
    ],
)
def test_what_is_wrong_is_refused_with_words(
    service: Running, method: str, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 20) as wire:
        given = {"content-length": str(len(body)), "authorization": f"Bearer {service.key}"}
        lines = "".join(f"{k}: {v}\r\n" for k, v in (given | headers).items())
        wire.sendall(f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n".encode() + body)
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        text = answer.read().decode()
    assert answer.status == status, text
    assert "message" in text or "<h1>" in text


@pytest.mark.parametrize("path", ["/v1/results/res_1", "/v1/export", "/metrics"])
def test_without_a_valid_key_nothing_is_given(service: Running, path: str) -> None:
    for key in ("", "det_0_wrong", service.key + "x", service.key.replace("det_", "DET_")):
        answer = service.client(key).get(path)
        assert answer.status_code == 401 and "Bearer" in answer.headers["www-authenticate"]
    assert service.client("").post("/v1/scan", json={"text": "a"}).status_code == 401
    assert httpx.get(f"{service.url}/healthz").json() == {"status": "ok"}


def test_a_key_does_what_its_scopes_say_until_it_is_revoked(service: Running) -> None:
    database = Database(service.database)
    key = database.write(lambda c: accounts.add_key(c, "blog", frozenset(["scan"]), "tests"))
    stored = database.read(lambda c: c.exec_driver_sql("select hash from keys").scalars().all())
    assert key.split("_", 2)[2] not in str(stored)
    client = service.client(key)
    assert client.post("/v1/scan", json={"text": "a"}).status_code == 200
    assert client.get("/v1/export").status_code == 403
    assert database.write(lambda c: accounts.revoke_key(c, key.split("_")[1], "tests"))
    fresh = accounts.find_key
    assert database.read(lambda c: fresh(c, key)) is None
    database.close()


def test_metrics_count_pages_and_requests(api: httpx.Client) -> None:
    scan(api)
    text = api.get("/metrics").text
    assert 'detector_pages_total{action="block"}' in text
    assert 'detector_requests_total{route="/v1/scan",status="200"}' in text
    assert "detector_model_info{" in text
    if shutil.which("promtool"):  # Debian's package `prometheus`
        run = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, check=False)
        assert run.returncode == 0


def test_a_slow_client_is_let_go(tmp_path: Path) -> None:
    code = (
        "import sys; from detector.service import server; "
        "from detector.service.settings import Settings; "
        "server.run(Settings(sys.argv[1], port=int(sys.argv[2]), workers=1, slow=0.3))"
    )
    made = Running(tmp_path, free_port(), "")
    command = [sys.executable, "-c", code, made.database, str(made.port)]
    with subprocess.Popen(command) as process:
        made.wait(process)
        for sent, status in (
            ("POST /v1/scan HTTP/1.1\r\nhost: loc", 0),
            ("POST /v1/scan HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{", 408),
        ):
            with socket.create_connection(("127.0.0.1", made.port), 20) as wire:
                wire.sendall(sent.encode())
                answer = wire.recv(1 << 16)
                assert answer.startswith(f"HTTP/1.1 {status}".encode()) if status else not answer
        process.terminate()


def test_without_keys_loopback_answers_and_other_sites_do_not_reach_it(tmp_path: Path) -> None:
    with running(tmp_path, start=False) as made:
        database = Database(made.database)
        database.write(lambda c: accounts.revoke_key(c, made.key.split("_")[1], "tests"))
        database.close()
        made.start()
        client = made.client("")
        assert client.post("/v1/scan", json={"text": "a"}).status_code == 200
        for headers in (
            {"origin": "https://evil.example"},
            {"sec-fetch-site": "cross-site"},
            {"host": "evil.example"},
        ):
            answer = client.post("/v1/scan", json={"text": "a"}, headers=headers)
            assert answer.status_code == 403, headers


def test_others_are_reached_with_keys_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "detector", "serve", "--host", "0.0.0.0"]
    run = subprocess.run(
        [*command, "--database", str(tmp_path / "x.db")], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 2 and "detector service key add" in run.stderr


def test_one_caller_has_its_rate_and_accepted_work_ends(tmp_path: Path) -> None:
    with running(tmp_path, "--rate", "2") as made:
        client = made.client()
        statuses = [client.post("/v1/scan", json={"text": "a"}) for _ in range(8)]
        refused = [a for a in statuses if a.status_code == 429]
        assert refused and int(refused[0].headers["retry-after"]) >= 1
        assert statuses[0].status_code == 200
        time.sleep(1)
        page = "<p>" + "word " * 1_000_000
        with ThreadPoolExecutor() as threads:
            answer = threads.submit(client.post, "/v1/scan", json={"html": page})
            time.sleep(0.4)
            code = made.stop()
        assert answer.result().json()["label"] == "clean"
        assert code == 0

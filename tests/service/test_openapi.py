"""The API against its own description, with cases that schemathesis makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
from running import Running

FOLDER = Path(__file__).parent


def test_schemathesis_finds_no_failure(service: Running, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{service.url}/openapi.json"]
    command += ["-H", f"Authorization: Bearer {service.key}", "--seed", "1", "--no-color"]
    command += ["--max-examples", "10", "--phases", "examples,coverage,fuzzing"]
    env = os.environ | {
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
        "PYTHONPATH": os.pathsep.join([str(FOLDER), *sys.path]),
    }
    run = subprocess.run(
        command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert "8 selected / 8 total" in run.stdout


def test_the_description_is_of_openapi_3_1_with_examples(api: httpx.Client) -> None:
    made = api.get("/openapi.json").json()
    assert made["openapi"].startswith("3.1")
    page = made["paths"]["/v1/scan"]["post"]["requestBody"]["content"]
    assert page["text/html"]["example"] and made["components"]["schemas"]["ScanRequest"]["examples"]
    assert made["components"]["securitySchemes"]

"""One service for all tests that only ask it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from postgres import new_database, postgres, programs
from running import Running, running

from detector.service.accounts import new_id
from detector.service.database import Database


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("service")) as made:
        yield made


@pytest.fixture(scope="session")
def api(service: Running) -> httpx.Client:
    return service.client()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty store, of each kind."""
    place = str(tmp_path / "new" / "store.db")
    if request.param == "postgresql":
        place = new_database(request.getfixturevalue("server"), new_id("t"))
    opened = Database(place)
    yield opened
    opened.close()

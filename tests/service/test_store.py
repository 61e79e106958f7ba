"""The store: migrations, votes, campaigns, retention, and writes that survive a crash."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from detector.policy import Policy, Retention
from detector.service import accounts, schema, store
from detector.service.database import Database, StoreError, url_of
from detector.service.store import Origin, Vote, agreed
from detector.service.tasks import Answer, Task, answer
from detector.types import Document, Finding, Label, Location, Result, Verdict

NOTHING = Retention()
WORDS = "online casino bonus free spins welcome offer slots jackpot roulette live dealer"


def keep(
    database: Database, uri: str = "https://a.example/", words: str = WORDS, foreign: float = 0.95,
    retention: Retention = NOTHING,
) -> str:  # fmt: skip
    finding = Finding("spam-block", 0.9, words, "Spam.", Location("body", "p", 1, 1), "gambling")
    shares: dict[Label, float] = {"clean": 1 - foreign, "injected": 0.0, "spam": foreign}
    verdict = Verdict("spam" if foreign > 0.9 else "clean", shares, ("gambling",))
    task = Task(accounts.new_id("res"), Document(uri, words.encode(), "text"))
    result = Result(uri, "text", len(words), verdict=verdict, findings=(finding,))
    made = Answer.read(answer(Policy(), task, result))
    database.write(lambda c: store.add_result(c, task, made, Origin("s", "li"), retention))
    return task.id


def test_migrations_make_the_tables_that_the_code_uses(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, schema.metadata) == []
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("pragma journal_mode")).scalar() == "wal"


def test_a_database_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<p>hello</p>" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        Database(str(path))
    with pytest.raises(StoreError, match="is no database"):
        Database("nonsense://")
    assert url_of("postgres://u@h/d") == "postgresql+psycopg://u@h/d"


def test_writes_of_many_threads_are_committed_and_a_bad_one_fails_alone(
    database: Database,
) -> None:
    failed = []

    def write(number: int) -> None:
        try:
            database.write(lambda c: store.remember(c, f"k{number % 40}", "r", str(number)))
        except IntegrityError:
            failed.append(number)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = database.read(lambda c: c.execute(select(schema.idempotency.c.key)).scalars().all())
    assert sorted(kept) == sorted(f"k{n}" for n in range(40)) and len(failed) == 10


def test_near_duplicate_findings_make_a_campaign(database: Database) -> None:
    one = keep(database)
    two = keep(database, "https://b.example/", WORDS + " today")
    other = keep(database, words="cheap replica watches, free shipping to all countries, order")
    rows = {n: database.read(lambda c, n=n: store.find_result(c, n)) for n in (one, two, other)}
    campaigns = {name: row.campaign for name, row in rows.items() if row}
    assert campaigns[one] == campaigns[two] == one and campaigns[other] == other


def vote(who: str, label: str, role: str = "reviewer", at: float = 1.0) -> Vote:
    return Vote(who, label, role, at)


@pytest.mark.parametrize(
    ("votes", "label"),
    [
        ([], None),
        ([vote("a", "spam")], "spam"),
        ([vote("a", "spam"), vote("b", "clean")], "disputed"),
        ([vote("a", "spam"), vote("b", "clean"), vote("c", "clean", "api")], "clean"),
        ([vote("a", "partly"), vote("b", "injected")], "injected"),
        ([vote("a", "spam"), vote("b", "clean"), vote("root", "injected", "admin")], "injected"),
        ([vote("r", "spam", "admin", 1), vote("q", "clean", "admin", 2)], "clean"),
    ],
)
def test_what_people_agree_on(votes: list[Vote], label: str | None) -> None:
    assert agreed(votes) == label


def test_a_person_s_last_word_counts(database: Database) -> None:
    name = keep(database)
    for label in ("spam", "clean"):
        assert database.write(lambda c, s=label: store.decide(c, [name], s, "li", "reviewer")) == 1
    row = database.read(lambda c: store.find_result(c, name))
    assert row and (row.settled, row.votes) == ("clean", 1)
    assert database.write(lambda c: store.decide(c, ["none"], "spam", "li", "reviewer")) == 0
    log = database.read(lambda c: c.execute(select(schema.audit.c.what)).scalars().all())
    assert log == ["decision", "decision"]


@pytest.mark.parametrize(
    ("kept", "flagged", "clean"), [("none", 0, 0), ("flagged", 1, 0), ("all", 1, 1)]
)
def test_text_is_kept_as_the_policy_says(
    database: Database, kept: str, flagged: int, clean: int
) -> None:
    for foreign, count in ((0.95, flagged), (0.1, clean)):
        name = keep(database, foreign=foreign, retention=Retention(kept))
        assert (database.read(lambda c, n=name: store.text_of(c, n)) is not None) == bool(count)


def test_what_is_old_is_deleted(database: Database) -> None:
    retention = Retention("all", text_days=1, days=2)
    old, young = keep(database, retention=retention), keep(database, retention=retention)
    past = time.time() - 3 * store.DAY
    table = schema.results
    database.write(lambda c: c.execute(update(table).where(table.c.id == old).values(at=past)))
    database.write(lambda c: c.execute(update(schema.texts).values(until=past)))
    assert database.write(lambda c: store.forget(c, retention)) == 1
    assert database.read(lambda c: store.find_result(c, young)) is not None
    assert database.read(lambda c: c.execute(select(schema.texts)).all()) == []


def test_passwords_and_sessions(database: Database) -> None:
    with pytest.raises(accounts.AccountError, match="10 characters"):
        database.write(lambda c: accounts.add_user(c, "li", "reviewer", "short", "t"))
    database.write(lambda c: accounts.add_user(c, "li", "admin", "long enough words", "t"))
    stored = database.read(lambda c: accounts.stored_password(c, "li"))
    assert stored and stored.startswith("$argon2id$")
    assert accounts.password_is(stored, "long enough words")
    assert not accounts.password_is(stored, "other words") and not accounts.password_is(None, "x")
    token = database.write(lambda c: accounts.open_session(c, "li"))
    session = database.read(lambda c: accounts.find_session(c, token))
    assert session and (session.user, session.role) == ("li", "admin")
    database.write(lambda c: accounts.disable_user(c, "li", "t"))
    assert database.read(lambda c: accounts.find_session(c, token)) is None


def test_nul_and_lone_surrogates_are_no_text(database: Database) -> None:
    assert store.plain("a\0b\ud800") == "a\ufffdb?"
    database.write(
        lambda c: c.execute(
            insert(schema.audit).values(at=1.0, who=store.plain("\ud800"), what="", about="")
        )
    )

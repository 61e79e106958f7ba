"""The service's tables. Times are seconds since 1970 (UTC); text in JSON is `report.jsonl`'s.

A change here needs a migration in `migrations/versions` (`alembic revision`); a
test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite counts upwards by itself only in columns of this very type.
_Number = BigInteger().with_variant(Integer, "sqlite")

results = Table(
    "results",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("at", Float, nullable=False),
    Column("uri", Text, nullable=False),
    Column("site", String(255), nullable=False),
    Column("source", String(200), nullable=False),
    Column("author", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("action", String(10), nullable=False),
    Column("label", String(10)),
    Column("uncertain", Float, nullable=False),  # 0 sure to 1: how far from a sure verdict
    Column("foreign_share", Float),  # probability of not being clean
    Column("category", String(40), nullable=False),
    Column("techniques", Text, nullable=False),  # " a b ": names between spaces
    Column("campaign", String(40), index=True),
    Column("model", String(12), nullable=False),
    Column("error", String(40), nullable=False),
    Column("elapsed_ms", Float, nullable=False),
    Column("record", Text, nullable=False),  # JSON without the page's own text
    Column("votes", Integer, nullable=False),  # decisions and feedback on it
    Column("settled", String(10)),  # clean | injected | spam | disputed
    Index("ix_results_at", "at", "action"),
    Index("ix_results_queue", "settled", "action", "uncertain"),
)

texts = Table(
    "texts",
    metadata,
    Column("result", String(40), ForeignKey("results.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(4), nullable=False),
    Column("charset", String(40), nullable=False),
    Column("data", LargeBinary, nullable=False),  # zlib
    Column("until", Float, nullable=False, index=True),
)

bands = Table(
    "bands",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("campaign", String(40), nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("result", String(40), ForeignKey("results.id", ondelete="CASCADE"), nullable=False),
    Column("who", String(100), nullable=False),
    Column("role", String(10), nullable=False),
    Column("label", String(10), nullable=False),  # clean | injected | spam | partly
    Column("spans", Text, nullable=False),  # JSON: the foreign words of a page that is partly so
    Column("note", Text, nullable=False),
    Column("at", Float, nullable=False, index=True),
    Index("ix_decisions_result", "result"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("result", String(40), ForeignKey("results.id", ondelete="CASCADE"), nullable=False),
    Column("who", String(100), nullable=False),
    Column("label", String(10), nullable=False),  # clean | injected | spam
    Column("note", Text, nullable=False),
    Column("key", String(40), nullable=False),
    Column("at", Float, nullable=False),
    Index("ix_feedback_result", "result"),
)

users = Table(
    "users",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("role", String(10), nullable=False),  # reviewer | admin
    Column("password", String(200), nullable=False),  # argon2id
    Column("at", Float, nullable=False),
    Column("disabled", Boolean, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),  # SHA-256 of the cookie's
    Column("user", String(100), ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("until", Float, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("hash", String(64), nullable=False),  # SHA-256: the secret has 256 random bits
    Column("scopes", String(200), nullable=False),
    Column("at", Float, nullable=False),
    Column("revoked", Boolean, nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", String(200), nullable=False),
    Column("former", String(200), nullable=False),  # also signs until `former_until`
    Column("former_until", Float, nullable=False),
    Column("actions", String(40), nullable=False),
    Column("at", Float, nullable=False),
    Column("disabled", String(200), nullable=False),  # "" or why
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("webhook", String(40), ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Float),  # None: delivered, or given up
    Column("delivered", Float),
    Column("error", Text, nullable=False),
    Index("ix_outbox_due", "due"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("at", Float, nullable=False, index=True),
    Column("who", String(100), nullable=False),
    Column("what", String(40), nullable=False),
    Column("about", Text, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", String(64), primary_key=True),  # SHA-256 of who and the key given
    Column("request", String(64), nullable=False),  # SHA-256 of what was asked
    Column("answer", String(40), nullable=False),  # id of the result or feedback
    Column("at", Float, nullable=False, index=True),
)

"""Who may do what: API keys, users and their sessions, and the audit log.

Keys are random, so a plain SHA-256 keeps them at rest; passwords are people's, so
argon2id does. Comparisons take the same time whatever differs.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from detector.service import schema

SCOPES = ("scan", "feedback", "results", "export", "metrics")
ROLES = ("reviewer", "admin")
SESSION = 12 * 3600.0  # seconds
SHORTEST_PASSWORD = 10


class AccountError(ValueError):
    """A name, role or password that cannot be; the message says what is wanted."""


@dataclass(frozen=True, slots=True)
class Key:
    """An API key without its secret."""

    id: str
    name: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Session:
    """A logged-in user. `csrf` is in every form that changes something."""

    user: str
    role: str
    csrf: str


def new_id(prefix: str) -> str:
    """A name that sorts by time: milliseconds, then 72 random bits."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(9)}"


def digest(secret: str) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def note(connection: Connection, who: str, what: str, about: str) -> None:
    """Write a line of the audit log."""
    connection.execute(
        insert(schema.audit).values(at=time.time(), who=who, what=what, about=about[:2000])
    )


# ---------------------------------------------------------------------- keys


def add_key(connection: Connection, name: str, scopes: frozenset[str], who: str) -> str:
    """A new key; its text is returned this once. Raises AccountError."""
    unknown = sorted(scopes - set(SCOPES))
    if unknown or not scopes:
        raise AccountError(f"unknown scope {unknown[:1]}; known: {', '.join(SCOPES)}")
    number = secrets.token_hex(6)
    secret = secrets.token_urlsafe(32)
    connection.execute(
        insert(schema.keys).values(
            id=number, name=name[:100], hash=digest(secret), scopes=" ".join(sorted(scopes)),
            at=time.time(), revoked=False,
        )
    )  # fmt: skip
    note(connection, who, "key added", f"{number} {name}")
    return f"det_{number}_{secret}"


def revoke_key(connection: Connection, number: str, who: str) -> bool:
    """Take a key back; whether there was one."""
    done = connection.execute(
        update(schema.keys).where(schema.keys.c.id == number).values(revoked=True)
    )
    note(connection, who, "key revoked", number)
    return done.rowcount > 0


def has_keys(connection: Connection) -> bool:
    """Whether any key is valid."""
    count = select(func.count()).select_from(schema.keys).where(~schema.keys.c.revoked)
    return bool(connection.execute(count).scalar())


def find_key(connection: Connection, given: str) -> Key | None:
    """The valid key of that text."""
    kind, _, rest = given.partition("_")
    number, _, secret = rest.partition("_")
    row = connection.execute(select(schema.keys).where(schema.keys.c.id == number[:40])).first()
    stored = row.hash if row else digest("")
    same = hmac.compare_digest(digest(secret), stored)
    if row is None or not same or kind != "det" or row.revoked:
        return None
    return Key(row.id, row.name, frozenset(row.scopes.split()))


# ---------------------------------------------------------------------- users


def add_user(connection: Connection, name: str, role: str, password: str, who: str) -> None:
    """A new user, or another password and role for one. Raises AccountError."""
    from argon2 import PasswordHasher

    if not name.strip() or len(name) > 100 or any(ord(c) < 32 for c in name):
        raise AccountError("a name of 1 to 100 characters is needed")
    if role not in ROLES:
        raise AccountError(f"the role must be one of {', '.join(ROLES)}")
    if len(password) < SHORTEST_PASSWORD:
        raise AccountError(f"a password of at least {SHORTEST_PASSWORD} characters is needed")
    values = {
        "role": role, "password": PasswordHasher().hash(password), "at": time.time(),
        "disabled": False,
    }  # fmt: skip
    users = schema.users
    done = connection.execute(update(users).where(users.c.name == name).values(**values))
    if not done.rowcount:
        connection.execute(insert(users).values(name=name, **values))
    connection.execute(delete(schema.sessions).where(schema.sessions.c.user == name))
    note(connection, who, "user set", f"{name} {role}")


def disable_user(connection: Connection, name: str, who: str) -> bool:
    """Log a user out for good; whether there was one."""
    users = schema.users
    done = connection.execute(update(users).where(users.c.name == name).values(disabled=True))
    connection.execute(delete(schema.sessions).where(schema.sessions.c.user == name))
    note(connection, who, "user disabled", name)
    return done.rowcount > 0


def has_users(connection: Connection) -> bool:
    """Whether anybody can log in."""
    count = select(func.count()).select_from(schema.users).where(~schema.users.c.disabled)
    return bool(connection.execute(count).scalar())


def password_is(stored: str | None, given: str) -> bool:
    """Whether it is the password; takes its time for a name that is not there too."""
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError

    hasher = PasswordHasher()
    if stored is None:
        hasher.hash(given)
        return False
    try:
        return hasher.verify(stored, given)
    except (Argon2Error, InvalidHashError):
        return False


def stored_password(connection: Connection, name: str) -> str | None:
    """The hash of a user who may log in."""
    users = schema.users
    row = connection.execute(select(users).where(users.c.name == name, ~users.c.disabled)).first()
    return str(row.password) if row else None


def open_session(connection: Connection, user: str) -> str:
    """A new session; the cookie's token is returned this once."""
    token = secrets.token_urlsafe(32)
    now = time.time()
    sessions = schema.sessions
    connection.execute(delete(sessions).where(sessions.c.until < now))
    connection.execute(
        insert(sessions).values(
            token=digest(token), user=user, csrf=secrets.token_urlsafe(24), until=now + SESSION
        )
    )
    note(connection, user, "login", "")
    return token


def find_session(connection: Connection, token: str) -> Session | None:
    """The session of a cookie's token."""
    sessions, users = schema.sessions, schema.users
    row = connection.execute(
        select(users.c.name, users.c.role, sessions.c.csrf)
        .join(users, users.c.name == sessions.c.user)
        .where(
            sessions.c.token == digest(token),
            sessions.c.until > time.time(),
            ~users.c.disabled,
        )
    ).first()
    return Session(row.name, row.role, row.csrf) if row else None


def close_session(connection: Connection, token: str) -> None:
    """Log out."""
    connection.execute(delete(schema.sessions).where(schema.sessions.c.token == digest(token)))

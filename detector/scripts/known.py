"""What script, frame and source techniques know by name: `data/scripts.toml`."""

from __future__ import annotations

from functools import cache

from detector.hosts import host_of, site_of
from detector.settings import data_table


@cache
def _engines() -> tuple[tuple[str, tuple[str, ...]], ...]:
    table = data_table("scripts")["engines"]
    return tuple((name, tuple(words)) for name, words in table.items())


@cache
def _mobile() -> tuple[str, ...]:
    return tuple(data_table("scripts")["mobile"]["words"])


@cache
def _services() -> tuple[frozenset[str], tuple[str, ...]]:
    table = data_table("scripts")["services"]
    return frozenset(table["sites"]), tuple(table["words"])


@cache
def markers(kind: str) -> tuple[str, ...]:
    """Marker words of a kind: `link_exchange` or `blocks`."""
    return tuple(data_table("scripts")["markers"][kind])


def engines_in(words: str) -> tuple[str, ...]:
    """Search engines that a test's literals name; `words` is lower case."""
    return tuple(name for name, marks in _engines() if any(mark in words for mark in marks))


def mobile_in(words: str) -> bool:
    """Whether a test's literals mean phones; `words` is lower case."""
    return any(mark in words for mark in _mobile())


def is_service(address: str) -> bool:
    """Whether an address belongs to a service that honest pages embed."""
    host = host_of(address)
    sites, words = _services()
    return site_of(host) in sites or host in sites or any(word in f".{host}" for word in words)


@cache
def hiding_classes() -> frozenset[str]:
    """Classes by which the common style frameworks hide an element."""
    return frozenset(data_table("scripts")["hiding"]["classes"])

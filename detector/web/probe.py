"""One address asked as several visitors, one after the other, to be compared."""

from __future__ import annotations

from collections.abc import Sequence

from detector.compare import View, Views
from detector.web.fetch import Budget, fetch, visitors
from detector.web.pinned import Resolver


def probe(
    url: str,
    names: Sequence[str] = (),
    *,
    allow_private: bool = False,
    budget: Budget | None = None,
) -> Views:
    """What each of the named visitors gets of an address; all of them by default.

    The name is resolved once for all, so that everybody asks the same server. Raises KeyError
    for an unknown visitor.
    """
    resolver = Resolver(allow_private)
    chosen = [visitors()[name] for name in names or visitors()]
    views = []
    for visitor in chosen:
        found = fetch(url, visitor, resolver, budget)
        views.append(View(visitor.name, visitor.who, found.document, found.hops, found.status))
    return Views.of(url, *views)

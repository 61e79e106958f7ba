"""Finds and removes spam and SEO injections in web pages.

from detector import Scanner
result = Scanner().scan(html, uri="https://city.example/news")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detector.policy import Decision, Policy
    from detector.scan import Scanner
    from detector.types import Result

__version__ = "0.1.0"
__all__ = ["Decision", "Policy", "Result", "Scanner", "__version__"]

_HOMES = {"Scanner": "scan", "Policy": "policy", "Decision": "policy", "Result": "types"}


def __getattr__(name: str) -> Any:
    """Import on first use: `detector --help` must not wait for numpy."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'detector' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"detector.{home}"), name)

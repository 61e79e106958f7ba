"""What a user decides over the model: thresholds, allowed hosts and terms, what follows.

A policy is TOML; `Policy.load` names the line that is wrong. What a page's result
means for publishing is a `Decision`: allow it, let a person look, or block it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from detector.suppressions import Suppression
from detector.types import CATEGORIES, Label

if TYPE_CHECKING:
    from detector.types import Finding, Result

Action = Literal["allow", "review", "block"]
ACTIONS: tuple[Action, ...] = ("allow", "review", "block")
KEEP = ("none", "flagged", "all")
# From here on a page is blocked where the policy says nothing: of 234 honest pages of the
# development corpus none reaches 0.8, of 147 spam pages 132 reach this.
BLOCK = 0.99
REASONS = 3  # findings that a decision names


class PolicyError(ValueError):
    """A policy file that cannot be used; the message names file, line and key."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Probabilities of not being clean from which a page is reviewed, and blocked."""

    review: float | None = None
    block: float | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """What the service keeps, and for how many days. `text`: of which pages the text."""

    text: str = "none"  # of `KEEP`: of no page, of reviewed and blocked ones, of all
    text_days: int = 30
    days: int = 365  # results, decisions and feedback

    def keeps(self, action: Action) -> bool:
        """Whether a page's own text is kept after that action."""
        return self.text == "all" or (self.text == "flagged" and action != "allow")


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a page, and why: sentences for a moderator, the deciding one first."""

    action: Action
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Knobs of a scan. Every field is a key of the file's top table.

    `flag` is the probability of not being clean from which a page is labelled
    so; None takes the model's own, chosen for its false-alarm rate. `review` and
    `block` are those from which a person looks and from which a page is kept
    out; None reviews what is labelled, and blocks it from `BLOCK` on. Tables
    `[category.NAME]` and `[source.NAME]` give others; a source (what the caller
    calls it, or the page's host) goes before a category, and of several
    categories the stricter one counts. `off_topic` is the relevance under which
    a related link is off-topic. `allowed_terms` are no evidence, findings that
    lead to `allowed_hosts` or promote `categories_off` are left out, and
    `suppressions` mark findings that a person has accepted, each with a reason.
    """

    flag: float | None = None
    off_topic: float | None = None
    techniques_off: frozenset[str] = frozenset()
    allowed_hosts: frozenset[str] = frozenset()
    allowed_terms: frozenset[str] = frozenset()
    categories_off: frozenset[str] = frozenset()
    suppressions: tuple[Suppression, ...] = ()
    review: float | None = None
    block: float | None = None
    category: Mapping[str, Bands] = field(default_factory=dict)
    source: Mapping[str, Bands] = field(default_factory=dict)
    retention: Retention = Retention()

    @classmethod
    def load(cls, path: Path) -> Policy:
        """Read a TOML file. Raises PolicyError for anything it does not know."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise PolicyError(f"{path}: {error}") from error
        return cls.parse(data, str(path))

    @classmethod
    def parse(cls, data: bytes, name: str = "policy") -> Policy:
        """Read the bytes of a TOML file that is called so. Raises PolicyError."""
        try:
            text = data.decode()
            table = tomllib.loads(text)
        except RecursionError:
            raise PolicyError(f"{name}: values are nested too deep") from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PolicyError(f"{name}: {error}") from error
        return cls.of(table, name, text)

    @classmethod
    def of(cls, table: Mapping[str, Any], name: str = "policy", text: str = "") -> Policy:
        """Make a policy of a table of values. Raises PolicyError.

        `text` is the TOML the table was read from, so that errors name the line.
        """
        from detector.policy_file import Reader

        reader = Reader(name, text)
        values: dict[str, Any] = {}
        reader.known(table, (), {f.name for f in fields(cls)})
        for key, value in table.items():
            if key in ("flag", "off_topic", "review", "block"):
                values[key] = reader.share(value, (key,))
            elif key == "suppressions":
                values[key] = reader.suppressions(value)
            elif key in ("category", "source"):
                values[key] = reader.bands(value, key, CATEGORIES if key == "category" else ())
            elif key == "retention":
                values[key] = reader.retention(value)
            else:
                values[key] = reader.strings(value, (key,))
        reader.ordered(values.get("review"), values.get("block"), ("block",))
        reader.names(values.get("categories_off", ()), CATEGORIES, "categories_off")
        if values.get("techniques_off"):
            from detector.techniques import techniques

            reader.names(values["techniques_off"], tuple(techniques()), "techniques_off")
        for key in ("allowed_hosts", "source"):
            given = values.get(key, ())
            if isinstance(given, dict):
                values[key] = {host.lower(): bands for host, bands in given.items()}
            elif given:
                values[key] = frozenset(host.lower() for host in given)
        return cls(**values)

    def label(self, probabilities: Mapping[Label, float], flag: float) -> Label:
        """The label that follows from probabilities and the threshold."""
        threshold = flag if self.flag is None else self.flag
        if 1.0 - probabilities["clean"] < threshold:
            return "clean"
        return "injected" if probabilities["injected"] >= probabilities["spam"] else "spam"

    def decide(self, result: Result, source: str = "", today: date | None = None) -> Decision:
        """What the result means for publishing. A page that cannot be read is for a person."""
        if result.error is not None or result.verdict is None:
            what = result.error.message if result.error else "it has no verdict"
            if result.error is not None and result.error.kind == "empty":
                return Decision("allow", ("The page has no content.",))
            return Decision("review", (f"The page could not be scanned: {what}.",))
        verdict, findings = result.verdict, self._standing(result, today or date.today())
        foreign = 1.0 - verdict.probabilities["clean"]
        if verdict.label != "clean" and result.findings and not findings:
            return Decision("allow", ("All that was found is accepted by this policy.",))
        action, said = self._banded(result, source, foreign)
        if action == "allow":
            if not findings:
                return Decision("allow", ("Nothing foreign was found.",))
            return Decision("allow", (said, "What was found is too weak to matter by itself."))
        reasons = [said]
        first = {f.technique: f for f in reversed(findings)}  # the strongest of each technique
        for finding in [f for f in findings if first[f.technique] is f][:REASONS]:
            quote = " ".join(finding.quote.split())[:80]
            reasons.append(f"{finding.message} ({quote})" if quote else finding.message)
        return Decision(action, tuple(reasons))

    def _banded(self, result: Result, source: str, foreign: float) -> tuple[Action, str]:
        """The strictest action over the page's categories, and the sentence that says why."""
        assert result.verdict is not None
        label = result.verdict.label
        called = {
            "clean": "is called clean",
            "injected": "has foreign matter in it",
            "spam": "is spam as a whole",
        }[label]
        action: Action = "allow"
        threshold, of = 0.0, ""
        for category in result.verdict.categories or ("",):
            bands = list(self._bands(source, result.uri, category))
            block = next((b.block for b in bands if b.block is not None), None)
            review = next((b.review for b in bands if b.review is not None), None)
            reviewed = foreign >= review if review is not None else label != "clean"
            # Without a threshold of the policy's own only a labelled page is kept out.
            blocked = foreign >= block if block is not None else (
                label != "clean" and foreign >= max(BLOCK, review or 0.0)
            )  # fmt: skip
            found: Action = "block" if blocked else "review" if reviewed else "allow"
            if ACTIONS.index(found) > ACTIONS.index(action):
                action, of = found, category
                threshold = (block or BLOCK) if blocked else (review or 0.0)
        sure = f"with a probability of {foreign:.3f} that it is not clean"
        trade = f" for {of}" if of else ""
        follows = {
            "allow": "which is under this policy's thresholds",
            "review": "so a person should look"
            + (f" (from {threshold:g}{trade})" if threshold else ""),
            "block": f"and this policy blocks from {threshold:g}{trade}",
        }[action]
        return action, f"The page {called}, {sure}, {follows}."

    def _bands(self, source: str, uri: str, category: str) -> Iterator[Bands]:
        """The tables that speak of a page, the most particular first."""
        from detector.hosts import host_of, site_of

        if self.source:
            host = host_of(uri)
            for name in (source.lower(), host, site_of(host)):
                if name and name in self.source:
                    yield self.source[name]
        if category in self.category:
            yield self.category[category]
        yield Bands(self.review, self.block)

    def _standing(self, result: Result, today: date) -> tuple[Finding, ...]:
        """The findings that no suppression accepts."""
        active = [one for one in self.suppressions if one.active(today)]
        if not active:
            return result.findings
        return tuple(
            f
            for f in result.findings
            if not any(
                one.covers(result.uri, {"technique": f.technique, "text": f.quote, "href": f.href})
                for one in active
            )
        )

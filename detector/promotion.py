"""How much a stretch of text reads like promotion, whatever the language.

Three kinds of evidence, none enough alone: words of the trade (the lexicon),
the shape of keyword lines (short segments around one stem, 「城市+词-城市+词V-…」,
or one phrase over and over), and a way to be contacted (an account beside a
word that asks for it). The page around it decides how foreign it is.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detector.concealment import words_weight
from detector.lexicon import Hit

SEPARATORS = re.compile(r"[-_|｜,，、;；/·•—–~]+|\s{1,9}[-–—]\s{1,9}|【|】|\[|\]|。")
# An account or number as spammers print it: 5 to 20 of letters, digits, - and _, with a digit.
ACCOUNT = re.compile(r"(?<![0-9A-Za-z_.@/-])[0-9A-Za-z][0-9A-Za-z_-]{4,19}(?![0-9A-Za-z_@/-])")
# How far behind a contact word its account may stand.
REACH = 12


@dataclass(frozen=True, slots=True)
class Promotion:
    """What speaks for promotion in a text. Scores are 0 to 1."""

    score: float
    category: str
    terms: tuple[str, ...]
    words: float  # of the trade's words
    density: float  # share of the characters that the words cover
    shape: float  # of a keyword line
    stem: str  # what the segments share, "" without that shape
    contact: str  # the account asked to contact, "" without one

    @property
    def about(self) -> str:
        """What a moderator reads."""
        parts = []
        if self.terms:
            of = f"words of {self.category} such as " if self.category else "words such as "
            parts.append(of + ", ".join(self.terms[:3]))
        if self.stem:
            parts.append(f"a keyword line around “{self.stem[:20]}”")
        if self.contact:
            parts.append(f"an account to contact ({self.contact[:30]})")
        return " and ".join(parts)


def segments(text: str) -> list[str]:
    """The parts between separators, empty ones left out."""
    return [part for part in (p.strip() for p in SEPARATORS.split(text)) if part]


def shared_stem(parts: Sequence[str]) -> tuple[str, float]:
    """The longest piece (2 to 12 characters) that most segments hold, and their share.

    Spaced languages share whole words, others any run of characters.
    """
    if len(parts) < 3:
        return "", 0.0
    counts: Counter[str] = Counter()
    for part in parts[:40]:
        words = part.lower().split()
        held: set[str] = set()
        if len(words) > 1 or part.isascii():
            for size in (1, 2, 3):
                held.update(
                    " ".join(words[i : i + size]) for i in range(len(words) - size + 1)
                )
            held = {piece for piece in held if len(piece) > 3}
        else:
            short = part[:24].lower()
            held.update(
                short[i : i + n] for n in range(2, 9) for i in range(len(short) - n + 1)
            )
        counts.update(held)
    wanted = max(3, math.ceil(len(parts[:40]) * 0.6))
    best = max(
        ((piece, count) for piece, count in counts.items() if count >= wanted),
        key=lambda item: (item[1] * len(item[0]), item[0]),
        default=("", 0),
    )
    return best[0], best[1] / len(parts[:40]) if best[1] else 0.0


def contact_account(text: str, hits: Sequence[Hit]) -> str:
    """The account or number that stands right behind a word that asks for contact."""
    for hit in hits:
        if hit.category == "contact":
            match = ACCOUNT.search(text, hit.end, hit.end + REACH + 24)
            if match and match.start() - hit.end <= REACH and any(c.isdigit() for c in match[0]):
                return match[0]
    return ""


def repetition(text: str) -> float:
    """Share of a text that its most repeated phrase covers, 0 to 1."""
    words = text.lower().split()
    if len(words) >= 12:
        pairs = Counter(zip(words, words[1:], strict=False))
        top, count = pairs.most_common(1)[0]
        return min(count * 2 / len(words), 1.0) if count > 2 else 0.0
    if len(text) >= 24 and len(words) < 12:
        grams = Counter(text[i : i + 4] for i in range(len(text) - 3))
        _, count = grams.most_common(1)[0]
        return min(count * 4 / len(text), 1.0) if count > 2 else 0.0
    return 0.0


def promotion(text: str, hits: Sequence[Hit], knobs: Mapping[str, Any]) -> Promotion:
    """Judge a text by itself. `knobs` is the table `[promotion]` of thresholds.toml."""
    words, category, terms = words_weight(hits)
    covered = sum(h.end - h.start for h in hits if h.category == category and h.weight >= 0.2)
    density = min(covered / max(len(text), 1), 1.0)
    parts = segments(text[:400])
    stem, share = shared_stem(parts)
    short = sum(len(part) <= 30 for part in parts)
    shape = share * min(short / 3, 1.0) if stem else 0.0
    contact = contact_account(text, hits)
    # Density lifts words: a sentence of 8 trade words in 20 is an advertisement, one in a
    # paragraph of 300 characters is a report.
    dense = min(density / knobs["dense"], 1.0)
    score = words * (knobs["words_alone"] + (1 - knobs["words_alone"]) * dense)
    score = 1 - (1 - score) * (1 - knobs["shape"] * shape * (1.0 if words else 0.7))
    if contact:
        score = 1 - (1 - score) * (1 - (knobs["contact"] if words else knobs["contact_alone"]))
    return Promotion(min(score, 0.99), category, terms, words, density, shape, stem, contact)


def foreign_to(text: str, rest: str) -> float:
    """Share of a text's distinct character pairs that the rest of the page lacks."""
    letters = "".join(c for c in text.lower() if c.isalnum())
    pairs = {letters[i : i + 2] for i in range(len(letters) - 1)}
    if not pairs:
        return 0.0
    other = rest.lower()
    return sum(pair not in other for pair in pairs) / len(pairs)

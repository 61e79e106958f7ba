"""How much a stretch of text reads like somebody else's promotion, whatever the language.

Evidence of the text: words of a trade (the lexicon), words of offers and queries of any
trade (`data/offers.txt`), the shape of keyword lines (short segments around one stem,
「城市+词-城市+词V-…」), a way to be contacted, domains and brands with numbers, prices,
ornaments. Evidence of the page around it: whether its own words know the text, whether
it is about that trade, whether the text's script and language are the page's.

`judge` weighs the evidence with the weights of `data/promotion.toml`, which
`learn/promotion_weights.py` fits on generated attacks and clean pages.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from ahocorasick_rs import AhoCorasick
from numpy.typing import NDArray

from detector.concealment import words_weight
from detector.lexicon import Hit, Lexicon, fold, joins, read_terms
from detector.patterns import pattern
from detector.settings import data_table
from detector.trees import Trees

SEPARATORS = pattern(
    r"[-_|｜,，、;；/·•—–~～»«➤►★☆⭐✅✔■◆●→#]+|【|】|\[|\]|。|[:：!！?？]\s*|\s{2,9}"
)
# An account or number as spammers print it: 5 to 20 of letters, digits, - and _, with a digit.
ACCOUNT = pattern(r"(?<![0-9A-Za-z_./-])@?[0-9A-Za-z][0-9A-Za-z_-]{4,19}(?![0-9A-Za-z_@-])")
PHONE = pattern(r"(?<![0-9A-Za-z_.,/-])\+?\(?\d[\d() -]{6,18}\d(?![0-9A-Za-z_/-])")
# A day written with its year first looks like a number to call.
DATE = pattern(r"(?:19|20)\d\d[- ](?:0?[1-9]|1[0-2])[- ](?:0?[1-9]|[12]\d|3[01])(?!\d)")
HANDLE = pattern(r"(?<![0-9A-Za-z_.])@[A-Za-z][A-Za-z0-9_]{3,30}(?![A-Za-z0-9_.@])")
MAIL = pattern(r"(?<![\w.+-])[\w.+-]{2,40}@[a-z0-9-]{1,40}\.[a-z.]{2,20}", re.I | re.ASCII)
DOMAIN = pattern(
    r"(?<![\w@./-])(?:https?://)?(?:[a-z0-9][a-z0-9-]{0,40}\.){1,3}"
    r"(?:com|net|org|info|vip|cc|top|xyz|shop|bet|club|online|site|app|io|me|co|live|win|fun|pro|"
    r"biz|link|icu|cn|tw|hk|ru|tv|asia|store|space|website|casino|game|games|example|invalid|test)"
    r"(?![\w.-]*@|\w)",
    re.IGNORECASE | re.ASCII,
)
BRAND = pattern(r"(?<![0-9A-Za-z.@/-])[A-Za-z]{3,14}\d{2,4}(?![0-9A-Za-z.@-])", re.ASCII)
HANDLED = pattern(r"(?<![0-9A-Za-z./-])[A-Za-z]{3,12}\d{3,6}(?:_[a-z]{2,4}|bot)?(?![0-9A-Za-z.-])")
NUMBERED_NAME = pattern(
    r"(?<![0-9A-Za-z@./-])[a-z]{3,12}\d{4,6}(?:_[a-z]{2,4}|bot)?(?![0-9A-Za-z@.-])"
)
PRICE = pattern(
    r"[$€£¥￥฿₫₽₺₩]\s{0,2}\d|\brp\s{0,2}\d|\d\s{0,2}(?:%|元|块|円|원|บาท|₫|₽|руб|tl\b|usd\b|eur\b|€)",
    re.IGNORECASE,
)
ORNAMENT = pattern("[★☆⭐➤►▶✅✔❤🔥💎🎰👉📞☎»【】●◆■→➕#|]")
LETTER_DIGIT = pattern(r"[A-Za-z]{3}\d\d", re.ASCII)
LETTER_DOT = pattern(r"[a-z0-9]\.[a-z]{2}", re.IGNORECASE | re.ASCII)
DIGIT = pattern(r"\d")
MANY_DIGITS = pattern(r"(?:\d[\d() -]{0,4}){4}")
ENDED = pattern('[.。!！?？…]["”’»」)）]?\\s*$|[。！？]')
DIGIT_OR_DOT = pattern(r"[0-9@]|\w\.\w")
LONG_WORD = pattern(r"[^\W\d_가-힣]{4,}|[가-힣]{2,}")
YEAR = pattern(r"(?<!\d)20[2-3]\d(?!\d)")
SENTENCE = pattern(r"[。.!?！？](?:\s|$)|[。！？]")
# How far behind a contact word its account may stand.
REACH = 14

TEXT_EVIDENCE = (
    "words", "dense", "terms", "weak", "offers", "offers_many", "offers_dense", "contact",
    "stems", "stems_dense", "handle", "report",
    "account", "domain", "brand", "shape", "listed", "ornament", "price", "year", "ended",
    "sentences", "length", "repeat", "latin_digits",
)  # fmt: skip
CALLS = ("contact", "account", "domain", "brand", "shape")
PRODUCTS = (
    ("strange", "words"), ("strange", "offers"), ("strange", "shape"), ("strange", "listed"),
    ("words", "offers"), ("words", "contact"), ("offers", "account"), ("offers", "domain"),
    ("script", "offers"), ("language", "offers"), ("strange", "account"), ("strange", "domain"),
    ("strange", "brand"), ("strange", "stems"), ("stems", "offers"), ("stems", "language"),
    ("stems", "domain"), ("stems", "account"), ("stems", "contact"), ("stems", "script"),
    ("stems", "shape"), ("stems", "length"), ("stems", "listed"), ("stems", "repeat"),
    ("stems", "handle"), ("strange", "language"), ("article", "language"), ("strange", "repeat"),
    ("strange", "new_domain"), ("stems", "new_domain"), ("offers", "new_domain"),
    ("offers", "handle"), ("strange", "ornament"), ("strange", "stems_dense"),
    ("words", "length"), ("offers", "length"), ("about", "words"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Promotion:
    """What speaks for promotion in a text. Scores are 0 to 1."""

    score: float  # of the text alone
    category: str
    terms: tuple[str, ...]
    words: float  # of the trade's words
    density: float  # share of the characters that the words cover
    shape: float  # of a keyword line
    stem: str  # what the segments share, "" without that shape
    contact: str  # the account asked to contact, "" without one
    offers: tuple[str, ...] = ()  # words of advertisements of any trade
    domain: str = ""  # an address printed as text
    evidence: Mapping[str, float] = field(default_factory=dict)

    @property
    def calls(self) -> bool:
        """Whether it names somebody to turn to, or has the shape of a keyword line."""
        return any(self.evidence.get(name) for name in CALLS)

    @property
    def reports(self) -> bool:
        """Whether it is a sentence that names a trade and offers nothing."""
        seen = self.evidence
        return bool(
            seen
            and (seen["report"] or (seen["ended"] and seen["offers"] < 0.5 and not seen["price"]))
            and not self.calls
        )

    @property
    def about(self) -> str:
        """What a moderator reads."""
        parts = []
        if self.terms:
            of = f"words of {self.category} such as " if self.category else "words such as "
            parts.append(of + ", ".join(self.terms[:3]))
        elif self.offers:
            parts.append("words of advertisements such as " + ", ".join(self.offers[:3]))
        if self.stem:
            parts.append(f"a keyword line around “{self.stem[:20]}”")
        if self.contact:
            parts.append(f"an account to contact ({self.contact[:30]})")
        elif self.domain:
            parts.append(f"an address printed as text ({self.domain[:40]})")
        return " and ".join(parts) or "words that the page does not know"


COMMON = ("report_words", "offers", "trade_stems")


class CommonWords(Lexicon):
    """Words that only tell together."""

    @cached_property
    def _whole(self) -> AhoCorasick:
        """Of all spellings."""
        return AhoCorasick(self._search.spellings(), store_patterns=False)

    def tell(self, texts: Sequence[str], count: int = 2) -> list[bool]:
        """Whether each text, none with line ends, holds so many different terms."""
        told = [False] * len(texts)
        seen: set[int] = set()
        entries = self._entries
        joined = "\n".join(texts)
        size = len(joined)
        number = 0
        until = len(texts[0]) if texts else 0
        for index, start, end in self._whole.find_matches_as_indexes(fold(joined)):
            while start >= until:
                number += 1
                until += 1 + len(texts[number])
                seen.clear()
            if told[number]:
                continue
            term, left, right = entries.get(index) or self._entry(index)
            if left and start and joins(joined[start - 1]):
                continue
            if right and end < size and joins(joined[end]):
                continue
            if term.category == "report_words":
                continue
            seen.add(index)
            told[number] = len(seen) >= count
        return told


@cache
def common_words() -> CommonWords:
    """Words that only tell together: of offers, trades and reports."""
    folder = Path(__file__).parent / "data"
    return CommonWords(term for name in COMMON for term in read_terms(folder / f"{name}.txt"))


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
    wanted = max(3, math.ceil(len(parts[:40]) * 0.6))
    if not _shares(parts[:40], wanted):
        return "", 0.0
    for part in parts[:40]:
        words = part.lower().split()
        held: set[str] = set()
        if len(words) > 1 or part.isascii():
            for size in (1, 2, 3):
                held.update(" ".join(words[i : i + size]) for i in range(len(words) - size + 1))
            held = {piece for piece in held if len(piece) > 3}
        else:
            short = part[:24].lower()
            held.update(short[i : i + n] for n in range(2, 9) for i in range(len(short) - n + 1))
        counts.update(held)
    best = max(
        ((piece, count) for piece, count in counts.items() if count >= wanted),
        key=lambda item: (item[1] * len(item[0]), item[0]),
        default=("", 0),
    )
    return best[0], best[1] / len(parts[:40]) if best[1] else 0.0


def _shares(parts: Sequence[str], wanted: int) -> bool:
    """Whether so many parts share a word or a pair of characters: what they share is of these."""
    counts: Counter[str] = Counter()
    spaced = apart = False
    for part in parts:
        words = part.lower().split()
        if len(words) > 1 or part.isascii():
            spaced = True
            counts.update(set(words))
        else:
            apart = True
            short = part[:24].lower()
            counts.update({short[i : i + 2] for i in range(len(short) - 1)})
    return (spaced and apart) or any(count >= wanted for count in counts.values())


def contact_account(text: str, hits: Sequence[Hit]) -> str:
    """The account or number that stands right behind a word that asks for contact."""
    start, end = contact_span(text, hits)
    return text[start:end]


def contact_span(text: str, hits: Sequence[Hit]) -> tuple[int, int]:
    """Where the account stands that `contact_account` gives; (0, 0) without one."""
    for hit in hits:
        if hit.category != "contact":
            continue
        for account in (PHONE, ACCOUNT):
            match = account.search(text, hit.end, hit.end + REACH + 24)
            if match and match.start() - hit.end <= REACH and any(c.isdigit() for c in match[0]):
                return match.span()
    return 0, 0


def bare_account(text: str) -> str:
    """A handle, a telephone number or a mail address, wherever it stands; "" without one."""
    match = HANDLE.search(text) if "@" in text else None
    digits = DIGIT.search(text) is not None
    if match is None and digits:
        match = next((m for m in PHONE.finditer(text) if not DATE.match(m[0])), None)
        if match and sum(c.isdigit() for c in match[0]) < 8:
            match = None
    if match is None and "@" in text:
        match = MAIL.search(text)
    if match is None and digits:
        match = NUMBERED_NAME.search(text)
    return match[0] if match else ""


def reachable(text: str) -> bool:
    """Whether a text prints an address, an account or a brand with a number."""
    if text.isalpha() or not DIGIT_OR_DOT.search(text):
        return False
    if LETTER_DIGIT.search(text) and BRAND.search(text):
        return True
    if "." in text and LETTER_DOT.search(text) and DOMAIN.search(text):
        return True
    return ("@" in text or MANY_DIGITS.search(text) is not None) and bool(bare_account(text))


def repetition(text: str) -> float:
    """Share of a text that its most repeated phrase covers, 0 to 1."""
    words = text.lower().split()
    if len(words) >= 12:
        pairs = Counter(pairwise(words))
        count = pairs.most_common(1)[0][1]
        return min(count * 2 / len(words), 1.0) if count > 2 else 0.0
    if len(text) >= 24 and len(words) < 12:
        grams = Counter(text[i : i + 4] for i in range(len(text) - 3))
        _, count = grams.most_common(1)[0]
        return min(count * 4 / len(text), 1.0) if count > 2 else 0.0
    return 0.0


def promotion(text: str, hits: Sequence[Hit], knobs: Mapping[str, Any]) -> Promotion:
    """Judge a text by itself. `knobs` is the table `[promotion]` of thresholds.toml."""
    words, category, terms = words_weight(hits)
    size = max(len(text), 1)
    covered = sum(h.end - h.start for h in hits if h.category == category and h.weight >= 0.2)
    density = min(covered / size, 1.0)
    head = text[:400]
    parts = segments(head)
    stem, share = shared_stem(parts)
    short = sum(len(part) <= 30 for part in parts)
    shape = share * min(short / 3, 1.0) if stem else 0.0
    contact = contact_account(text, hits)
    bare = contact or bare_account(text)
    address = DOMAIN.search(text) if "." in text else None
    common = common_words().find(head)
    found = [hit for hit in common if hit.category == "offers"]
    stems = [hit for hit in common if hit.category == "trade_stems"]
    reporting = {hit.term for hit in common if hit.category == "report_words"}
    offers = {hit.term: hit.weight for hit in found}
    offering = 1.0 - math.prod(1.0 - weight for weight in offers.values())
    # Density lifts words: a sentence of 8 trade words in 20 is an advertisement, one in a
    # paragraph of 300 characters is a report.
    dense = min(density / knobs["dense"], 1.0)
    score = words * (knobs["words_alone"] + (1 - knobs["words_alone"]) * dense)
    score = 1 - (1 - score) * (1 - knobs["shape"] * shape * (1.0 if words else 0.7))
    if contact:
        score = 1 - (1 - score) * (1 - (knobs["contact"] if words else knobs["contact_alone"]))
    digits = DIGIT.search(text) is not None
    telling = sum(hit.weight >= 0.2 for hit in {h.term: h for h in hits}.values())
    evidence = {
        "words": words,
        "dense": dense,
        "terms": min(telling, 4) / 4,
        "weak": float(bool(terms) and telling == 0),
        "offers": offering,
        "offers_many": min(len(offers), 5) / 5,
        "offers_dense": min(sum(h.end - h.start for h in found) / min(size, 400), 1.0),
        "stems": min(len({hit.term for hit in stems}), 4) / 4,
        "stems_dense": min(sum(h.end - h.start for h in stems) / min(size, 400), 1.0),
        # Reports are told in sentences; a keyword line may hold one such word by chance.
        "report": min(len(reporting), 3) / 3 if len(reporting) > 1 or ENDED.search(text) else 0.0,
        "handle": float(digits and HANDLED.search(text) is not None),
        "contact": float(bool(contact)),
        "account": float(bool(bare)),
        "domain": float(address is not None),
        "brand": float(digits and BRAND.search(text) is not None),
        "shape": shape,
        "listed": min(max(short - 2, 0), 4) / 4 if short > 0.8 * len(parts) else 0.0,
        "ornament": min(len(ORNAMENT.findall(head)), 3) / 3,
        "price": float(digits and PRICE.search(text) is not None),
        "year": float(digits and YEAR.search(text) is not None),
        "ended": float(text[-1:] in ".。!！?？…"),
        "sentences": min(len(SENTENCE.findall(head)), 4) / 4,
        "length": min(math.log2(size) / 8, 1.3),
        "repeat": repetition(head),
        "latin_digits": min(sum(c.isdigit() for c in head) / len(head or " ") * 4, 1.0),
    }
    return Promotion(
        min(score, 0.99), category, terms, words, density, shape, stem, contact,
        tuple(sorted(offers, key=lambda term: -offers[term])), address[0] if address else "",
        evidence,
    )  # fmt: skip


def judge(kind: str, evidence: Mapping[str, float]) -> float:
    """How sure it is that a text with that evidence is foreign promotion, 0 to 1.

    `kind` is a table of `data/promotion.toml`: "block", "head" or "text". Where the table
    has trees beside it and the weighed sum does not settle the matter, the trees decide.
    """
    bias, unsettled, weights = _weights(kind)
    total = bias
    get = evidence.get
    for left, right, weight in weights:
        value = get(left)
        if value:
            total += weight * value * (get(right, 0.0) if right else 1.0)
    if total > unsettled:
        total = _trees(kind).score(evidence)
    return 1.0 / (1.0 + math.exp(-max(min(total, 30.0), -30.0)))


@cache
def _weights(kind: str) -> tuple[float, float, tuple[tuple[str, str, float], ...]]:
    """The bias, from where the trees decide, and the weights of evidence and of products."""
    table = data_table("promotion")[kind]
    named = ((name.partition("*"), weight) for name, weight in table["weights"].items())
    weights = tuple((left, right, weight) for (left, _, right), weight in named)
    return table["bias"], table.get("unsettled", 1000.0), weights


class _Forest:
    """The trees of one table of evidence."""

    def __init__(self, stored: Mapping[str, NDArray[Any]]) -> None:
        self._names = tuple(str(name) for name in stored["names"])
        self._bias = float(stored["bias"])
        arrays = (stored[n] for n in ("feature", "threshold", "left", "right", "value", "roots"))
        self._trees = Trees(*arrays)

    def score(self, evidence: Mapping[str, float]) -> float:
        """Log-odds of foreign promotion, zero at the threshold that fitting chose."""
        row = np.array([evidence.get(name, 0.0) for name in self._names])
        return float(self._trees.value[self._trees.path(row)[-1]].sum()) + self._bias


@cache
def _trees(kind: str) -> _Forest:
    path = Path(__file__).parent / "data" / f"promotion_{kind}.npz"
    with np.load(path, allow_pickle=False) as stored:
        return _Forest(stored)


def foreign_to(text: str, rest: str) -> float:
    """Share of a text's distinct character pairs that the rest of the page lacks.

    `rest` is in lower case.
    """
    letters = "".join(c if c.isalnum() else " " for c in text[:160].lower())
    pairs = {letters[i : i + 2] for i in range(len(letters) - 1)}
    pairs = {pair for pair in pairs if " " not in pair}
    if not pairs:
        return 0.0
    return sum(pair not in rest for pair in pairs) / len(pairs)


def unknown_words(text: str, rest: str) -> float:
    """Share of a text's words of four letters (Korean: two) and more that the page lacks elsewhere.

    `rest` is in lower case. Character pairs tell little about alphabets: every page of some
    length knows them all.
    """
    words = set(LONG_WORD.findall(text[:300].lower()))
    if not words:
        return foreign_to(text, rest)
    return sum(word not in rest for word in words) / len(words)


SCRIPT_RANGES = {
    "han": "㐀-鿿",
    "kana": "ぁ-ヺー",
    "hangul": "가-힣",
    "thai": "ก-๛",
    "cyrillic": "Ѐ-ӿ",
    "arabic": "؀-ۿ",
    "latin": "A-Za-zÀ-ɏḀ-ỿ",
}
SCRIPTS = tuple((name, pattern(f"[{letters}]")) for name, letters in SCRIPT_RANGES.items())
UNSPACED = pattern(f"[{SCRIPT_RANGES['han']}{SCRIPT_RANGES['kana']}{SCRIPT_RANGES['thai']}]")


def printed_length(text: str) -> int:
    """Characters as an alphabet would need them: about three for one of Han, kana or Thai."""
    return len(text) if text.isascii() else len(text) + 2 * len(UNSPACED.findall(text))


def mostly_spaced(text: str) -> bool:
    """Whether a text is in scripts that put spaces between words."""
    return len(UNSPACED.findall(text)) * 5 < len(text)


@lru_cache(maxsize=8192)
def _script_of(character: str) -> str:
    return next((name for name, pattern in SCRIPTS if pattern.match(character)), "")


def scripts_of(text: str) -> dict[str, float]:
    """Share of each script among the letters that any of them knows; kana and Han together."""
    if text.isascii():
        return {"latin": 1.0} if any(c.isalpha() for c in text) else {}
    counts = dict.fromkeys(SCRIPT_RANGES, 0)
    for character, count in Counter(text).items():
        name = _script_of(character)
        if name:
            counts[name] += count
    # An alphabet needs about three letters where Han needs one character.
    weighed = {n: c if n in ("han", "kana", "hangul") else c / 2.5 for n, c in counts.items() if c}
    total = sum(weighed.values())
    return {name: count / total for name, count in weighed.items()} if total else {}


def script_distance(text: str, page: Mapping[str, float]) -> float:
    """Share of a text's letters in scripts of which the page has hardly any, 0 to 1."""
    return sum(share for name, share in scripts_of(text).items() if page.get(name, 0.0) < 0.02)

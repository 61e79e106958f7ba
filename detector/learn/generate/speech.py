"""What one spammer says: a brand, an address, a contact and terms of one trade, in patterns."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detector.learn.generate.words import RECIPES, Pool, half, phrases, terms

SYLLABLES = (
    "lu",
    "vi",
    "max",
    "ko",
    "zen",
    "bo",
    "ra",
    "ti",
    "neo",
    "zu",
    "mi",
    "gol",
    "pra",
    "wu",
    "jo",
    "de",
    "ha",
    "qui",
    "xo",
    "fen",
    "bal",
    "yo",
    "ker",
    "nu",
    "tor",
    "li",
    "san",
    "dra",
    "po",
    "ez",
)
HANZI = "金鼎天盛恒泰星海龙凤宏利银河万达新锦华瑞祥顺亿博聚彩联云腾飞乐美嘉豪远东鑫"
ENDS = (
    "example",
    "vip.example",
    "cc.invalid",
    "top.example",
    "xyz.invalid",
    "shop.example",
    "bet.example",
    "info.invalid",
    "club.example",
    "example.com",
    "online.invalid",
    "example.net",
)
PATHS = ("", "/", "/{w}", "/{w}/{n}.html", "/?id={n}", "/{n}/", "/go/{w}", "/index.php?{w}={n}")
EXTRA = 12  # terms of `words` that one voice takes: as many as a recipe list holds
SLOT = re.compile(r"\{(t|u|v|b|c|y|n1|n2|n|k1|k2|k3|k4|k|p|d|q|h|m)\}")


def phone(rng: random.Random, lang: str) -> str:
    """A number of the language's shape that belongs to nobody."""
    tail = f"{rng.randrange(10000):04d}"
    if lang in ("zh", "zh-hant"):
        return "13" + rng.choice("0579") + "0000" + tail
    if lang == "en":
        return f"+1 {rng.randrange(200, 990)} 555 01{tail[:2]}"
    return rng.choice(["+00 000 {}", "0000-00-{}", "0800 000 {}", "+00(000)00{}"]).format(tail)


@dataclass(slots=True)
class Speech:
    """Speaks one language about one category. The same brand and contact throughout."""

    rng: random.Random
    lang: str
    category: str
    pool: Pool = "train"
    root: Path = RECIPES
    brand: str = ""
    domain: str = ""
    city: str = ""
    handle: str = ""
    number: str = ""
    words: Sequence[str] = ()  # more terms than the recipes' own; some join the vocabulary
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)  # more patterns, by key
    vocabulary: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        rng = self.rng
        syllables = half(SYLLABLES, self.pool)
        name = "".join(rng.choice(syllables) for _ in range(rng.choice((2, 2, 3))))
        digits = rng.choice(("", "", "88", "77", "365", "99", "5", str(rng.randrange(10, 999))))
        ends = half(ENDS, self.pool)
        self.domain = rng.choice(("", "", "www.", "m.")) + name + digits + "." + rng.choice(ends)
        if self.lang in ("zh", "zh-hant", "ja") and rng.random() < 0.6:
            self.brand = "".join(rng.sample(half(HANZI, self.pool), 2))
            self.brand += rng.choice(("", "", "网", "国际", "团", "馆"))
        else:
            self.brand = rng.choice((str.title, str.upper, str.lower))(name) + digits
        self.city = rng.choice(phrases(self.lang, "city", self.pool, self.root))
        self.handle = name[:6] + f"{rng.randrange(10, 99999)}"
        self.number = phone(rng, self.lang)
        found = list(terms(self.category, self.lang, self.pool, self.root))
        more = half(self.words, self.pool)
        found += rng.sample(more, min(len(more), EXTRA))
        rng.shuffle(found)
        self.vocabulary = tuple(found)

    def term(self) -> str:
        """One trade term, now and then in capitals as such pages write."""
        term = self.rng.choice(self.vocabulary)
        style = self.rng.random()
        return term.title() if style < 0.2 else term.upper() if style < 0.3 else term

    def say(self, key: str, **slots: str) -> str:
        """A pattern of that key, filled."""
        more = self.lines.get(key)
        if more and self.rng.random() < 0.5:
            return self.fill(self.rng.choice(half(more, self.pool)), **slots)
        return self.fill(self.rng.choice(phrases(self.lang, key, self.pool, self.root)), **slots)

    def fill(self, pattern: str, **slots: str) -> str:
        """`pattern` with its slots filled; three terms differ where there are three."""
        chosen = self.rng.sample(self.vocabulary, min(3, len(self.vocabulary)))
        chosen += [chosen[-1]] * (3 - len(chosen))
        if self.rng.random() < 0.25:
            chosen = [c.title() for c in chosen]
        simple = dict(zip("tuv", chosen, strict=True))

        def value(match: re.Match[str]) -> str:
            name = match[1]
            return slots.get(name) or simple.get(name) or self._slot(name)

        return SLOT.sub(value, pattern)

    def _slot(self, name: str) -> str:
        rng = self.rng
        match name:
            case "b":
                return self.brand
            case "c":
                return self.city
            case "y":
                return str(rng.randrange(2021, 2027))
            case "n":
                return str(rng.randrange(12, 9999))
            case "n1":
                return str(rng.randrange(2, 10))
            case "n2":
                return str(rng.randrange(10, 60))
            case "k1":
                return self.handle
            case "k2":
                return str(rng.randrange(10**7, 10**9))
            case "k3":
                return self.handle + rng.choice(
                    half(("", "_vip", "88", "_cs", "bot", "_ok"), self.pool)
                )
            case "k4":
                return self.number
            case "k":
                return self.say("contact")
            case "p":
                return self.say("price")
            case "d":
                return self.domain
            case "m":
                return self.say("name")
            case "h":
                return self.say("honest_title")
            case _:
                return self.term()

    def url(self, foreign: bool = True) -> str:
        """An address of the campaign, or one on a fresh domain."""
        rng = self.rng
        host = self.domain
        if foreign and rng.random() < 0.4:
            pieces = half(SYLLABLES, self.pool)
            host = "".join(rng.sample(pieces, 2)) + str(rng.randrange(1, 99))
            host += "." + rng.choice(half(ENDS, self.pool))
        path = rng.choice(PATHS).format(
            w=rng.choice(SYLLABLES) + rng.choice(SYLLABLES), n=rng.randrange(9999)
        )
        return rng.choice(("https://", "https://", "http://", "//")) + host + path

    def links(self, count: int) -> list[tuple[str, str]]:
        """Anchor texts with addresses."""
        return [(self.say("anchor"), self.url()) for _ in range(count)]

    def paragraph(self, sentences: int) -> str:
        """A few sentences in a row, joined as the language joins them."""
        joint = "" if self.lang in ("zh", "zh-hant", "ja") else " "
        return joint.join(self.say("sentence") for _ in range(sentences))

    def honest(self, key: str = "honest", sentences: int = 3) -> str:
        """Sentences without trade words."""
        joint = "" if self.lang in ("zh", "zh-hant", "ja") else " "
        return joint.join(self.say(key) for _ in range(sentences))

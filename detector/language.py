"""The language of a text: by its script first, Latin and shared scripts by letter profiles.

`detect` answers with a BCP 47 primary subtag, `zh-hant` for Chinese in traditional
characters, or "" when unsure. A wrong language costs more than none: word lists, the
relevance of links and the segmenter all hang on it.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt
from resiliparse.parse.lang import detect_fast

SAMPLE: Final = 2_000  # characters looked at: profiles do not get better beyond

_OTHER_CLASSES: Final = ("simplified", "traditional", "persian", "urdu", "ukrainian", "kazakh")

_RANGES: Final = (
    ("latin", 0x41, 0x5A),
    ("latin", 0x61, 0x7A),
    ("latin", 0xC0, 0x24F),
    ("vietnamese", 0x1EA0, 0x1EF9),
    ("greek", 0x370, 0x3FF),
    ("cyrillic", 0x400, 0x52F),
    ("armenian", 0x530, 0x58F),
    ("hebrew", 0x590, 0x5FF),
    ("arabic", 0x620, 0x6FF),
    ("arabic", 0x750, 0x77F),
    ("arabic", 0xFB50, 0xFEFC),
    ("devanagari", 0x900, 0x963),
    ("bengali", 0x980, 0x9FF),
    ("gurmukhi", 0xA00, 0xA7F),
    ("gujarati", 0xA80, 0xAFF),
    ("tamil", 0xB80, 0xBFF),
    ("telugu", 0xC00, 0xC7F),
    ("kannada", 0xC80, 0xCFF),
    ("malayalam", 0xD00, 0xD7F),
    ("sinhala", 0xD80, 0xDFF),
    ("thai", 0xE00, 0xE7F),
    ("lao", 0xE80, 0xEFF),
    ("tibetan", 0xF00, 0xFFF),
    ("myanmar", 0x1000, 0x109F),
    ("georgian", 0x10A0, 0x10FF),
    ("ethiopic", 0x1200, 0x137F),
    ("khmer", 0x1780, 0x17FF),
    ("hangul", 0x1100, 0x11FF),
    ("hangul", 0x3130, 0x318F),
    ("hangul", 0xAC00, 0xD7A3),
    ("kana", 0x3041, 0x30FA),
    ("kana", 0x30FD, 0x30FF),
    ("kana", 0xFF66, 0xFF9D),
    ("han", 0x3400, 0x9FFF),
    ("han", 0xF900, 0xFAFF),
)

_CLASSES: Final = tuple(
    dict.fromkeys(("other", *(name for name, _, _ in _RANGES), *_OTHER_CLASSES))
)
_INDEX: Final = {name: i for i, name in enumerate(_CLASSES)}

# Scripts that one language of the web writes nearly alone.
_OWN: Final = {
    "greek": "el",
    "hebrew": "he",
    "thai": "th",
    "bengali": "bn",
    "tamil": "ta",
    "telugu": "te",
    "gujarati": "gu",
    "gurmukhi": "pa",
    "kannada": "kn",
    "malayalam": "ml",
    "sinhala": "si",
    "lao": "lo",
    "tibetan": "bo",
    "myanmar": "my",
    "georgian": "ka",
    "armenian": "hy",
    "khmer": "km",
    "ethiopic": "am",
    "hangul": "ko",
}

_SHARED: Final = {
    "cyrillic": ["ru", "uk", "bg", "be", "sr", "mk", "kk", "ky", "mn", "tg"],
    "arabic": ["ar", "fa", "ur", "ps"],
    "devanagari": ["hi", "mr", "ne"],
}
_ALIASES: Final = {"no": "nb", "nn": "nb", "iw": "he", "in": "id", "ms": "id"}

# Chosen on honest pages with their titles cut at several lengths; the unit is the
# profiles' rank. `_COMMON` is granted to the languages of most pages.
_COMMON: Final = {
    "en": 40,
    "de": 25,
    "fr": 10,
    "es": 10,
}
_WORD_GAIN: Final = 1_500.0
_WORD_OFFSET: Final = 6
_WORDS_SAMPLE: Final = 1_000
_HINT_GAIN: Final = 60
_MARGIN: Final = 8
_PUNCTUATION: Final = ".,;:!?\"'()[]«»„“”…|–-*"

_MIN_LETTERS: Final = 12  # of an alphabet; below it only a hint or a script of one language says
_MIN_HAN: Final = 2
_PROFILE_CUTOFF: Final = 1_150  # out-of-place rank above which the profiles guess


def _table() -> npt.NDArray[np.uint8]:
    """Class of each code point of the basic plane.

    Simplified and traditional characters are those that one of the national
    character sets (GB 2312, Big5) holds and the other does not: what both
    hold (后, 里, 台) says nothing.
    """
    table = np.zeros(0x10000, dtype=np.uint8)
    for name, first, last in _RANGES:
        table[first : last + 1] = _INDEX[name]
    table[[0xAA, 0xBA]] = _INDEX["latin"]
    gb = _charset("gb2312", range(0xB0, 0xF8), [(0xA1, 0xFE)])
    big5 = _charset("big5", [*range(0xA4, 0xC7), *range(0xC9, 0xFA)], [(0x40, 0x7E), (0xA1, 0xFE)])
    table[_points(gb - big5)] = _INDEX["simplified"]
    table[_points(big5 - gb)] = _INDEX["traditional"]
    table[_points("پچژگ")] = _INDEX["persian"]
    table[_points("ٹڈڑںےہھ")] = _INDEX["urdu"]
    table[_points("іїєґІЇЄҐ")] = _INDEX["ukrainian"]
    table[_points("әңұүқғӘҢҰҮҚҒ")] = _INDEX["kazakh"]
    return table


def _charset(name: str, leads: Iterable[int], trails: list[tuple[int, int]]) -> set[str]:
    cells = bytearray()
    for lead in leads:
        for first, last in trails:
            for trail in range(first, last + 1):
                cells += bytes((lead, trail))
    return {c for c in bytes(cells).decode(name, "ignore") if "\u4e00" <= c <= "\u9fff"}


def _points(characters: Iterable[str]) -> list[int]:
    return [ord(c) for c in characters]


_CLASS: Final = _table()


def detect(text: str, hint: str = "") -> str:
    """BCP 47 primary subtag of the text's main language, `zh-hant`, or "" when unsure.

    `hint` is what the page declares (`html lang`, a header); it decides only
    where the text is too short to tell, or between variants of one script:
    templates declare `en` on pages in any language.
    """
    sample = text[:SAMPLE]
    hinted = normalise_tag(hint)
    if not sample:
        return hinted
    points = np.frombuffer(sample.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    counts = np.bincount(_CLASS[np.minimum(points, 0xFFFF)], minlength=len(_CLASSES)).tolist()
    n = dict(zip(_CLASSES, counts, strict=True))

    han = n["han"] + n["simplified"] + n["traditional"]
    arabic = n["arabic"] + n["persian"] + n["urdu"]
    cyrillic = n["cyrillic"] + n["ukrainian"] + n["kazakh"]
    latin = n["latin"] + n["vietnamese"]
    east_asian = han + n["kana"] + n["hangul"]
    letters = sum(counts) - n["other"]
    if not letters:
        return hinted
    # A character of East Asia weighs about as much as a syllable or two of an alphabet.
    if east_asian >= _MIN_HAN and east_asian * 3 >= letters - east_asian:
        return _east_asian(han, n, hinted)
    for script, language in _OWN.items():
        if n[script] * 2 > letters:
            return language
    if arabic * 2 > letters:
        if n["urdu"] * 20 > arabic:
            return "ur"
        if arabic < _MIN_LETTERS * 4:
            return "fa" if n["persian"] else (hinted if hinted in _SHARED["arabic"] else "ar")
        return _profile(sample, _SHARED["arabic"], hinted)
    if cyrillic * 2 > letters:
        if n["ukrainian"] * 33 > cyrillic and not n["kazakh"]:
            return "uk" if "ї" in sample or "є" in sample or hinted != "be" else "be"
        if cyrillic < _MIN_LETTERS * 2 and not n["kazakh"]:
            return hinted if hinted in _SHARED["cyrillic"] else "ru"
        if not n["kazakh"] and ("ы" in sample or "э" in sample):
            return "be" if "ў" in sample else "ru"  # no South Slavic language writes them
        return _profile(sample, _SHARED["cyrillic"], hinted)
    if n["devanagari"] * 2 > letters:
        if "है" in sample or "में" in sample:
            return "hi"
        return _profile(sample, _SHARED["devanagari"], hinted)
    if latin * 2 > letters:
        if n["vietnamese"] * 14 > latin and latin >= _MIN_LETTERS:
            return "vi"
        if latin < _MIN_LETTERS:
            return hinted
        return _latin(sample, hinted)
    return hinted


def normalise_tag(tag: str) -> str:
    """A declared language tag as `detect` would say it: `zh-TW` → `zh-hant`, `en_US` → `en`."""
    parts = tag.strip().lower().replace("_", "-").split("-")
    primary = parts[0]
    if not primary.isalpha() or not 2 <= len(primary) <= 3:
        return ""
    if primary == "zh" and {"hant", "tw", "hk", "mo"} & set(parts):
        return "zh-hant"
    return _ALIASES.get(primary, primary)


def _east_asian(han: int, n: dict[str, int], hinted: str) -> str:
    if n["kana"] * 12 > han:
        return "ja" if n["kana"] >= n["hangul"] else "ko"
    if n["hangul"] * 3 > han:
        return "ko"
    simplified, traditional = n["simplified"], n["traditional"]
    if simplified == traditional:
        return hinted if hinted in ("zh", "zh-hant", "ja") else "zh"
    if traditional > simplified and hinted == "ja" and han < 40:
        return "ja"  # a title without kana
    return "zh" if simplified > traditional else "zh-hant"


def _latin(sample: str, hinted: str) -> str:
    """Letter profiles and function words together.

    A profile's rank falls by about 40 for a matching function word in a
    title; the words weigh less as the profile sees more letters.
    """
    weights: dict[str, float] = {}
    words = sample[:_WORDS_SAMPLE].lower().replace("’", "'").split()
    table = _stop_words()
    for word in words:
        for language, weight in table.get(word.strip(_PUNCTUATION), ()):
            weights[language] = weights.get(language, 0.0) + weight
    scale = _WORD_GAIN / (len(words) + _WORD_OFFSET)
    best, best_cost, second_cost = "", 1e9, 1e9
    for code, rank in _ranks(sample, _latin_profiles(), 8):
        language = _ALIASES.get(code, code)
        cost = rank - scale * weights.get(language, 0.0) - (_HINT_GAIN if language == hinted else 0)
        cost -= _COMMON.get(language, 0)
        if cost < best_cost:
            best, best_cost, second_cost = language, cost, best_cost
        elif cost < second_cost:
            second_cost = cost
    if second_cost - best_cost < _MARGIN and best != hinted and len(sample) < 120:
        return ""
    return best


def _ranks(sample: str, languages: list[str], most: int) -> list[tuple[str, int]]:
    """Languages with the distance of their letter profile, nearest first."""
    found: list[tuple[str, int]] = detect_fast(  # type: ignore[assignment]
        sample, cutoff=1_500, n_results=most, langs=languages
    )
    return found


@functools.cache
def _latin_profiles() -> list[str]:
    """The Latin-script languages told apart, as the profiles name them.

    They are those with function words: profiles of many rare languages only
    take titles away from the common ones.
    """
    spelt = {ours: theirs for theirs, ours in _ALIASES.items() if theirs == "no"}
    languages = {language for found in _stop_words().values() for language, _ in found}
    return sorted(spelt.get(language, language) for language in languages | {"vi"})


@functools.cache
def _stop_words() -> dict[str, list[tuple[str, float]]]:
    """Word → languages that use it, each with its share."""
    source = resources.files("detector") / "data" / "stop_words.toml"
    table: dict[str, list[tuple[str, float]]] = {}
    for language, words in tomllib.loads(source.read_text("utf-8")).items():
        for word in set(words.split()):
            table.setdefault(word, []).append((language, 1.0))
    return {w: [(la, 1.0 / len(found)) for la, _ in found] for w, found in table.items()}


@functools.cache
def function_words() -> frozenset[str]:
    """Words of every language's grammar, which say nothing of a subject."""
    return frozenset(_stop_words())


def _profile(sample: str, languages: list[str], hinted: str) -> str:
    ranked = _ranks(sample, languages, 5)
    if not ranked:
        return hinted if hinted in languages else ""
    language, rank = ranked[0]
    if len(sample) < 200 and dict(ranked).get(hinted, 9_999) - rank < _HINT_GAIN:
        return hinted  # short texts mislead the profiles: a declared one that comes close wins
    if rank > _PROFILE_CUTOFF and len(sample) >= 60:
        return hinted if hinted in languages else ""
    return _ALIASES.get(language, language)

"""Tricks on characters: fragments of the title, swapped letters, bracketed readings, noise."""

from __future__ import annotations

import re
import unicodedata

from detector.learn.generate.outline import Range, weight
from detector.learn.generate.words import SPACED, readings, substitution, traditional
from detector.learn.generate.work import Work, attack, escape

ENTITY = re.compile(r"&#?\w{1,31};")
MARKS = frozenset("，。！？；：、,.!?:”」』")
WORD = re.compile(r"\w+")
HAN = re.compile(r"[\u4e00-\u9fff]")


# What a kit rewrites is an article: sentences, and more than a few of them.
SENTENCE, ARTICLE = 24, 300  # weights of a run and of all


def article(work: Work) -> list[Range]:
    """The article's sentences; nothing where the page has no article."""
    first, last = work.outline.h1 or (0, 0)  # the heading is the title's
    runs = [
        (a, b)
        for a, b in work.outline.runs
        if weight(work.source[a:b]) >= SENTENCE and not first <= a < last
    ]
    return runs if sum(weight(work.source[a:b]) for a, b in runs) >= ARTICLE else []


def words(text: str, lang: str) -> list[tuple[int, int]]:
    """(start, end) of the words of a text: the segmenter's for Chinese, white space elsewhere."""
    if lang in ("zh", "zh-hant"):
        import rjieba

        found, at = [], 0
        for word in rjieba.cut(text):
            found.append((at, at + len(word)))
            at += len(word)
        return found
    return [match.span() for match in WORD.finditer(text)]


def inside_entity(text: str) -> list[tuple[int, int]]:
    """Ranges of character references: nothing may be put into them."""
    return [m.span() for m in ENTITY.finditer(text)] if "&" in text else []


def headline(work: Work) -> str:
    """The article's own title, without the site's name."""
    out = work.outline
    place = out.h1 or out.title
    if place is None:
        return ""
    raw = re.sub(r"<[^<>]*>|&#?\w{1,31};", "", work.source[place[0] : place[1]])
    for mark in (" - ", "_", " | ", "|", " – ", "--"):
        raw = raw.split(mark)[0]
    return " ".join(raw.split())


def fragments(title: str, lang: str, size: int) -> list[str]:
    """The title without punctuation in pieces: characters, or words in spaced languages."""
    if lang in SPACED:
        found = WORD.findall(title)
        return [" ".join(found[i : i + size]) for i in range(0, len(found), size)]
    bare = "".join(c for c in title if c.isalnum() or unicodedata.category(c)[0] == "M")
    return [bare[i : i + size] for i in range(0, len(bare), size)]


@attack("title-fragment-interleaving", "visible text", on_text=True)
def interleave(work: Work) -> bool:
    """Pieces of the title put in, in turn, after punctuation and at word ends."""
    rng, lang = work.rng, work.page.lang
    spaced = lang in SPACED or lang not in ("zh", "zh-hant", "ja", "th")
    size = rng.choice((1, 1, 2)) if spaced else rng.choice((2, 2, 2, 2, 3, 4))
    title = headline(work)
    parts = fragments(title, lang if not spaced else "en", size)
    runs = article(work)
    if len(parts) < 4 or not runs:
        return False
    cycles = rng.choice((3, 3, 3, 1, 2, 5))
    queue = [p for _ in range(cycles) for p in parts]
    after_mark, after_word = rng.choice(((0.8, 0.1), (1.0, 0.0), (0.6, 0.25), (0.9, 0.04)))
    done = 0
    for start, end in runs:
        text = work.source[start:end]
        if done >= len(queue):
            break
        closed = inside_entity(text)
        since = 0
        for _, stop in words(text, lang):
            mark = text[stop - 1 : stop] in MARKS or (spaced and text[stop : stop + 1] in MARKS)
            at = stop + 1 if spaced and mark and text[stop - 1 : stop] not in MARKS else stop
            since += 1
            if at >= len(text) or any(a < at < b for a, b in closed) or text[at - 1] == "&":
                continue
            if rng.random() >= (after_mark if mark else after_word if since > 2 else 0.0):
                continue
            if done >= len(queue):
                break
            piece = queue[done]
            shown = escape(f" {piece}" if spaced else piece)
            if work.insert(start + at, shown, piece):
                done, since = done + 1, 0
    work.mark("title-fragment-interleaving", f"size-{size}", "in-article")
    return done >= max(len(parts), 5)  # kits go round at least once


def to_hanzi(text: str, work: Work) -> str:
    """Latin letters by the fixed table of rare hanzi."""
    table = substitution(work.speech.root)["hanzi"]
    pairs = {chr(97 + i): c for i, c in enumerate(table["lower"])}
    pairs |= {chr(65 + i): c for i, c in enumerate(table["upper"])}
    return "".join(pairs.get(c, c) for c in text)


WAYS = ("separators", "invisible", "lookalike", "fullwidth", "math", "spaces")


def disguise(text: str, work: Work, way: str) -> str:
    """A trade term in one of the spellings that dodge word filters."""
    rng, table = work.rng, substitution(work.speech.root)
    if way == "separators":
        mark = rng.choice(table["noise"]["separators"])
        return " ".join(mark.join(word) for word in text.split())
    if way == "spaces":
        return "  ".join(" ".join(word) for word in text.split())
    if way == "invisible":
        hidden = table["noise"]["invisible"]
        return "".join(c + (rng.choice(hidden) if rng.random() < 0.5 else "") for c in text)
    if way == "lookalike":
        swap = dict(zip(table["lookalike"]["from"], table["lookalike"]["to"], strict=True))
        return "".join(swap.get(c, c) if rng.random() < 0.8 else c for c in text)
    if way == "fullwidth":
        return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    base = rng.choice((0x1D400, 0x1D5D4, 0x1D608, 0x1D670))
    made = []
    for char in text:
        if "A" <= char <= "Z":
            made.append(chr(base + ord(char) - 65))
        elif "a" <= char <= "z":
            made.append(chr(base + 26 + ord(char) - 97))
        else:
            made.append(char)
    return "".join(made)


@attack("character-substitution", "visible text", on_text=True)
def substitute(work: Work) -> bool:
    """Latin letters of a Chinese article turned to rare hanzi; or a spam line in disguise."""
    rng = work.rng
    if work.page.lang in ("zh", "zh-hant") and rng.random() < 0.5:
        done = 0
        for start, end in article(work):
            text = work.source[start:end]
            if "&" in text or "://" in text:
                continue
            for match in re.finditer(r"[A-Za-z]{1,24}", text):
                made = to_hanzi(match.group(), work)
                done += work.replace(start + match.start(), start + match.end(), made, made)
        if done >= 2:
            work.mark("character-substitution", "latin-to-hanzi", "in-article")
            return True
    plain = [work.speech.term() for _ in range(max(2, min(8, work.amount)))]
    ways = [w for w in WAYS if all(disguise(t, work, w) != t for t in plain)]
    way = rng.choice(ways)  # hanzi have no full width
    text = rng.choice((" ", ",", "|")).join([disguise(t, work, way) for t in plain])
    text += f" {work.speech.say('contact')}"
    place, at = work.spot()
    work.mark("character-substitution", way, place)
    work.mark("contact-solicitation")
    return work.lines([text], at)


@attack("bracketed-transliteration", "visible text", on_text=True)
def bracket(work: Work) -> bool:
    """Characters turned traditional with their reading in brackets."""
    if work.page.lang != "zh":
        return False
    rng, table = work.rng, readings(work.speech.root)
    left, right = rng.choice((("(", ")"), ("（", "）"), ("[", "]"), ("【", "】")))
    share = rng.choice((0.05, 0.1, 0.2, 0.4))
    done = 0
    for start, end in article(work):
        for match in HAN.finditer(work.source, start, end):
            char = match.group()
            if char in table and rng.random() < share:
                shown = f"{traditional(char)}{left}{table[char]}{right}"
                done += work.replace(match.start(), match.end(), shown, shown)
    work.mark("bracketed-transliteration", left + right, "in-article")
    return done >= 6


@attack("noise-characters", "visible text", on_text=True)
def noise(work: Work) -> bool:
    """Rare characters before punctuation, invisible ones in words, tags printed as text."""
    rng, table = work.rng, substitution(work.speech.root)["noise"]
    way = rng.choice(("rare", "invisible", "tags", "unicode-tags", "marks"))
    share = rng.choice((0.3, 0.6, 1.0))
    done = 0
    for start, end in article(work):
        text = work.source[start:end]
        closed = inside_entity(text)
        if way in ("rare", "tags"):
            spots = [i for i, c in enumerate(text) if c in MARKS]
        else:
            spots = [(a + b) // 2 for a, b in words(text, work.page.lang) if b - a > 1]
        for at in spots:
            if rng.random() > share or any(a < at < b for a, b in closed):
                continue
            if way == "rare":
                made = "".join(rng.choice(table["rare"]) for _ in range(2))
            elif way == "tags":
                made = rng.choice(("</p>", "<br/>", "</strong>", "<b>", "</span>", "&nbsp;"))
                done += work.insert(start + at, escape(made) if work.is_html else made, made)
                continue
            elif way == "invisible":
                made = rng.choice(table["invisible"])
            elif way == "marks":
                made = rng.choice("̶̷̸̵")
            else:
                made = "".join(chr(0xE0061 + rng.randrange(26)) for _ in range(rng.randrange(1, 5)))
            done += work.insert(start + at, made, made)
    work.mark("noise-characters", way, "in-article")
    return done >= 6

"""What the classifier sees of a page, by name.

Evidence (`<technique>.max`, `.count`), words of the trade by field
(`lexicon.<field>…`), text scores by field (`text.<field>`), and structure.
Nothing here depends on the language of the page, so that evidence carries
languages that training lacks. Every value is a finite float; absent means 0.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from detector.hosts import site_of
from detector.lexicon import corroborated
from detector.promotion import common_words
from detector.techniques import Context, techniques
from detector.types import Finding, Page

FIELDS = ("title", "head", "heading", "article", "around", "links", "hidden")
# A term at least this telling is a strong one.
STRONG_TERM = 0.5
# Longer fields are judged by their beginning: cost stays bounded, spam shows early.
FIELD_CHARS = 3000
SURE = 0.5

Features = dict[str, float]


def fields(page: Page, context: Context) -> dict[str, str]:
    """The page's words by where they stand; keys are `FIELDS`."""
    content = frozenset(context.content)
    parts: dict[str, list[str]] = {name: [] for name in FIELDS}
    room = dict.fromkeys(FIELDS, FIELD_CHARS)

    def put(name: str, text: str) -> None:
        if text and room[name] > 0:
            parts[name].append(text[: room[name]])
            room[name] -= len(text) + 1

    put("title", page.title)
    for entry in page.head.entries:
        if entry.name in ("description", "keywords", "og:title", "og:description"):
            put("head", entry.value)
    for block in page.blocks:
        if block.hidden is not None:
            if block.hidden.benign is None:
                put("hidden", block.text)
        elif block.role == "title":
            put("heading", block.text)
        elif block.index in content:
            put("article", block.text)
        else:
            put("around", block.text)
    for link in page.links:
        if link.host and link.text:
            put("links", link.text)
    return {name: "\n".join(found) for name, found in parts.items()}


def features(
    page: Page,
    context: Context,
    findings: Sequence[Finding],
    texts: Mapping[str, str],
    score: Callable[[str], float] | None,
) -> Features:
    """Named features of a page. `score` gives the log-odds that a text is spam."""
    out: Features = {}
    _evidence(out, findings)
    _lexicon(out, context, texts)
    _manner(out, texts)
    _structure(out, page, context, texts)
    if score is not None:
        for name, text in texts.items():
            if text:
                out[f"text.{name}"] = score(text)
    return out


def technique_features() -> tuple[str, ...]:
    """The names that findings can give, for models to list."""
    return tuple(f"{name}.{kind}" for name in techniques() for kind in ("max", "count"))


def _evidence(out: Features, findings: Sequence[Finding]) -> None:
    strongest: dict[str, float] = {}
    count: Counter[str] = Counter()
    for finding in findings:
        name = finding.technique
        strongest[name] = max(strongest.get(name, 0.0), finding.score)
        count[name] += 1
    for name, value in strongest.items():
        out[f"{name}.max"] = value
        out[f"{name}.count"] = math.log1p(count[name])
    sure = [value for value in strongest.values() if value >= SURE]
    out["evidence.techniques"] = float(len(sure))
    out["evidence.max"] = max(strongest.values(), default=0.0)
    # noisy-or over techniques: independent reasons corroborate
    out["evidence.together"] = corroborated(strongest.values(), 0.99)
    out["evidence.promoting"] = max((f.score for f in findings if f.category), default=0.0)


def _lexicon(out: Features, context: Context, texts: Mapping[str, str]) -> None:
    overall: defaultdict[str, float] = defaultdict(float)
    for name, text in texts.items():
        if not text:
            continue
        weights: dict[str, dict[str, float]] = {}
        occurrences = 0.0
        for hit in context.hits_in(text):
            if hit.category == "contact":
                out[f"lexicon.{name}.contact"] = max(
                    out.get(f"lexicon.{name}.contact", 0.0), hit.weight
                )
                continue
            weights.setdefault(hit.category, {})[hit.term] = hit.weight
            occurrences += hit.weight * (hit.end - hit.start)
        if not weights:
            continue
        best = 0.0
        for category, terms in weights.items():
            together = corroborated(terms.values(), 0.95)
            best = max(best, together)
            overall[category] += sum(terms.values())
        strong = max(sum(w >= STRONG_TERM for w in terms.values()) for terms in weights.values())
        out[f"lexicon.{name}"] = best
        out[f"lexicon.{name}.strong"] = math.log1p(strong)
        out[f"lexicon.{name}.share"] = min(occurrences / len(text), 1.0)
    if overall:
        total = sum(overall.values())
        out["lexicon.weight"] = math.log1p(total)
        out["lexicon.focus"] = max(overall.values()) / total


def _manner(out: Features, texts: Mapping[str, str]) -> None:
    """How the page speaks of its trade: in the words of reports, or of offers."""
    named = texts["title"] + "\n" + texts["heading"] + "\n" + texts["head"]
    for name, text in (("named", named), ("article", texts["article"])):
        said: defaultdict[str, set[str]] = defaultdict(set)
        for hit in common_words().find(text):
            said[hit.category].add(hit.term)
        for manner, feature in (("report_words", "report"), ("offers", "offer")):
            if said[manner]:
                out[f"{feature}.{name}"] = math.log1p(len(said[manner]))


def _structure(out: Features, page: Page, context: Context, texts: Mapping[str, str]) -> None:
    blocks, links = page.blocks, page.links
    article = context.article
    visible = hidden = link_chars = 0
    for block in blocks:
        if block.hidden is None:
            visible += len(block.text)
            link_chars += block.link_chars
        elif block.hidden.benign is None:
            hidden += len(block.text)
    foreign = [link for link in links if link.host]
    sites = Counter(site_of(link.host) for link in foreign)
    out["size.article"] = math.log1p(len(article))
    out["size.visible"] = math.log1p(visible)
    out["size.blocks"] = math.log1p(len(blocks))
    out["size.links"] = math.log1p(len(links))
    out["share.article"] = len(article) / (visible + 1)
    out["share.hidden"] = hidden / (visible + hidden + 1)
    out["share.link_text"] = link_chars / (visible + 1)
    out["share.foreign_links"] = len(foreign) / (len(links) + 1)
    out["links.sites"] = math.log1p(len(sites))
    out["links.top_site"] = max(sites.values(), default=0) / (len(links) + 1)
    out["links.empty"] = sum(link.href in ("", "#") for link in links) / (len(links) + 1)
    anchors = Counter(link.text for link in links if link.text)
    out["links.repeated"] = max(anchors.values(), default=0) / (len(links) + 1)
    title = page.title
    out["title.length"] = math.log1p(len(title))
    out["title.separators"] = float(sum(title.count(mark) for mark in "-_|,，、｜【】[]"))
    out["title.in_page"] = _overlap(title, texts["heading"] + texts["article"])
    out["head.keywords"] = math.log1p(page.head.first("keywords").count(",") + 1)
    if len(article) > 200:
        sample = article[:FIELD_CHARS].encode()
        out["article.compression"] = len(zlib.compress(sample, 1)) / len(sample)
    words = title.split()
    if words:
        longest = max(words, key=len)
        if len(longest) >= 2:
            out["title.repeats"] = math.log1p(article.count(longest))


def _overlap(title: str, text: str) -> float:
    """Share of the title's character pairs that the page's own text has."""
    pairs = {title[i : i + 2] for i in range(len(title) - 1)}
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 1.0

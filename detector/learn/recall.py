"""How much of the composed attacks the scan finds, places and undoes.

`samples` composes every technique alone on clean pages, with the recipes' held-out words;
`measure` scans them and compares with the truth; `honest` scans clean pages as they are.
`benchmarks/techniques.py` prints it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import unescape
from itertools import cycle
from pathlib import Path
from typing import Any

from detector import roles
from detector.decode import decode
from detector.dom import BlockPlace, value_span
from detector.learn.data import hacked_pages, side_of
from detector.learn.datasets import read_labelled
from detector.learn.generate import ATTACKS, CleanPage, Composer, Sample, load_recipe
from detector.learn.generate.honest_pages import honest_page
from detector.learn.generate.outline import tokens
from detector.learn.generate.words import LANGUAGES
from detector.restore import html
from detector.restore.content import in_blocks
from detector.restore.removable import removable
from detector.scan import Scanner
from detector.types import Block, Finding, Label, Page, Result

Range = tuple[int, int]
SURE = 0.5  # findings from this score on count as said
TRIED = 12  # pages tried for a sample, at most
# Findings that say the same of one place, by technique: a reader takes either.
SPAM = frozenset("spam-header spam-block keyword-stuffing keyword-salad contact-solicitation "
                 "comment-spam".split())  # fmt: skip
TITLE = frozenset(("title-hijack", "entity-encoded-head", "search-reflection"))
HIDDEN = frozenset("hidden-text hidden-links offscreen-links tiny-text invisible-colour "
                   "marquee-links noscript-links script-hides-block".split())  # fmt: skip
CODE = frozenset("obfuscated-script script-writes-links conditional-redirect script-hides-block "
                 "meta-refresh overlay-frame".split())  # fmt: skip
LINKS = frozenset(("link-farm", "outbound-spam-links", "spam-block"))
OVERWRITING = frozenset(("search-reflection",))  # beside those of the head
TWINS: dict[str, frozenset[str]] = {
    **dict.fromkeys(SPAM, SPAM),
    **dict.fromkeys(HIDDEN, HIDDEN | LINKS),
    **dict.fromkeys(CODE, CODE),
    "title-hijack": TITLE,
    "meta-hijack": frozenset(("entity-encoded-head", "title-hijack")),
    "entity-encoded-head": TITLE | {"meta-hijack"},
    "search-reflection": SPAM | TITLE,
    "link-farm": LINKS,
    "outbound-spam-links": LINKS,
    "after-html": HIDDEN | LINKS | SPAM,
    "noise-characters": frozenset(("character-substitution",)),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one attacked page showed; None where there is nothing to compare."""

    technique: str
    lang: str
    found: bool
    own: bool
    flagged: bool
    injected: int  # characters
    inside: int
    marked: int
    pure: int
    text: bool | None
    repair: bool | None
    lost: bool  # the attack overwrote a title, heading or address
    told: str  # the sample and its findings, for a reader


# ------------------------------------------------------------------ samples


def chosen(names: Sequence[str]) -> list[str]:
    """Techniques by name or group; all for none. Raises SystemExit on an unknown name."""
    groups = {a.group for a in ATTACKS.values()}
    for name in names:
        if name not in ATTACKS and name not in groups:
            raise SystemExit(f"no technique or group {name!r}: {', '.join([*ATTACKS, *groups])}")
    return [n for n, a in ATTACKS.items() if not names or n in names or a.group in names]


def bases(corpus: Path | None, seed: int, share: float) -> tuple[list[CleanPage], list[CleanPage]]:
    """(pages for attacks, mixed by language; all clean pages), in an order that `seed` sets."""
    grown = [page for n in range(6) for page in written(seed, n)]
    if corpus is None:
        return mixed(grown, seed), grown
    hacked = hacked_pages()
    chosen = [
        page for page in read_labelled([corpus])
        if page.label == "clean" and page.uri not in hacked
        and (not share or side_of(page.site or page.uri, 0, share))
    ]  # fmt: skip
    chosen.sort(key=lambda p: order(p.uri, seed))
    pages = [
        CleanPage(p.uri, p.site or p.uri, p.lang, decode(p.data).text, p.kind or "html")
        for p in chosen[:1500]
    ]
    real = Counter(p.lang for p in pages)
    few = [page for page in grown if real[page.lang] < 10]
    return mixed([*pages, *few], seed), pages


def written(seed: int, number: int) -> Iterator[CleanPage]:
    """One honest page of the grammar in each language."""
    composer = Composer(load_recipe("techniques"), seed)
    for lang in LANGUAGES:
        rng = composer.rng("grown", lang, number)
        speech = composer.speech(rng, lang, honest=True)
        uri = f"https://{speech.domain}/{rng.randrange(10**6)}.html"
        made = honest_page(speech, rng, uri, quoting=number == 5)
        yield CleanPage(made.uri, made.site, made.lang, made.html, made.kind)


def order(uri: str, seed: int) -> bytes:
    """A page's place in the order of a seed."""
    return hashlib.sha256(f"{seed}:{uri}".encode()).digest()


def mixed(pages: Iterable[CleanPage], seed: int) -> list[CleanPage]:
    """Two of five Chinese, one English, two of the other languages in turn."""
    queues: dict[str, list[CleanPage]] = defaultdict(list)
    for page in sorted(pages, key=lambda p: order(p.uri, seed), reverse=True):
        queues[page.lang].append(page)
    others = cycle(sorted(set(queues) - {"zh", "en"}) or ["zh"])
    found: list[CleanPage] = []
    for turn in cycle(("zh", "", "en", "zh", "")):
        if not any(queues.values()):
            return found
        lang = turn or next((n for _, n in zip(queues, others, strict=False) if queues[n]), "")
        if queues.get(lang):
            found.append(queues[lang].pop())
    return found


def samples(pages: Sequence[CleanPage], names: Sequence[str], wanted: int, seed: int,
            decoys: bool) -> Iterator[list[Sample]]:  # fmt: skip
    """Attacked pages, those of one clean page together, until each technique has enough."""
    recipe = load_recipe("techniques")
    if not decoys:  # one guise a page: what it says before the attack is then read once
        recipe = replace(recipe, decoys=0.0, mask_hosts=0.0)
    composer = Composer(recipe, seed)
    have: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for page in pages:
        made = []
        for number, name in enumerate(names):
            if have[name] < wanted and tried[name] < TRIED * wanted:
                tried[name] += 1
                sample = composer.injected(page, number, only=name)
                if sample is not None:
                    made.append(sample)
                    have[name] += 1
        composer._remember(page)
        if made:
            yield made
        elif all(have[n] >= wanted or tried[n] >= TRIED * wanted for n in names):
            return


# ------------------------------------------------------------------ places


def places(page: Page, findings: Sequence[Finding]) -> list[tuple[Finding, list[Range]]]:
    """Each finding with what it marks in the source."""
    by_location: dict[Any, Any] = {}
    things: tuple[Any, ...] = (*page.blocks, *page.scripts, *page.links, *page.head.entries)
    for thing in things:
        by_location[thing.place.location()] = thing.place
    blocks = {b.place.location(): b for b in page.blocks}
    found = []
    for finding in in_blocks(page, roles.content(page.blocks), findings):
        ranges: list[Range] = []
        if finding.cut is not None and not isinstance(finding.cut, BlockPlace):
            name = finding.cut_attribute
            outer = finding.cut.attribute(name) if name else finding.cut.outer()
            ranges = [outer] if outer else []
        ranges = ranges or _in_field(page, finding)
        block = blocks.get(finding.location)
        if not ranges and block is not None:  # outside of the main content: the quote says where
            at = block.text.find(finding.quote)
            ranges = _in_block(page, block, at, at + len(finding.quote))
        place = by_location.get(finding.location)
        if not ranges and place is not None and (outer := place.outer()):
            ranges = [outer]
        found.append((finding, ranges))
    return found


def _in_field(page: Page, finding: Finding) -> list[Range]:
    """Where the finding's own span stands in the source."""
    span = finding.span
    if span is not None and span.of == "title" and (entry := page.head.all("title")):
        outer = entry[0].place.outer()
        if outer is None:
            return []
        inner = page.source.find(">", outer[0]) + 1, page.source.rfind("<", 0, outer[1])
        part = value_span(page.source, *inner, span.start, span.end)
        return [part] if part else [outer]
    if span is not None and span.block >= 0:
        return _in_block(page, page.blocks[span.block], span.start, span.end)
    return []


def _in_block(page: Page, block: Block, start: int, end: int) -> list[Range]:
    if not 0 <= start < end:
        return []
    if isinstance(block.place, BlockPlace):
        return block.place.source_spans(page.source, start, end) or []
    outer = block.place.outer()
    return [(outer[0] + start, outer[0] + end)] if outer else []


def characters(source: str, ranges: Sequence[Range], text: bytearray) -> set[int]:
    """Offsets of the printed characters of ranges; of markup where they hold nothing else."""
    inside = {at for start, end in ranges for at in range(start, end) if not source[at].isspace()}
    return {at for at in inside if text[at]} or inside


def printed(page: Page) -> bytearray:
    """1 for each character of the source that is not markup; titles are shown too."""
    if page.kind == "text":
        return bytearray(b"\x01") * len(page.source)
    mask = bytearray(len(page.source))
    for name, start, end in tokens(page.source):
        if name == "title":
            start, end = end, max(page.source.find("<", end), end)
        elif name:
            continue
        mask[start:end] = b"\x01" * (end - start)
    return mask


# ------------------------------------------------------------------ measuring


@cache
def scanner(model: str | None) -> Scanner:
    """One a process."""
    return Scanner(model=model)


def measure(batch: Sequence[Sample], model: str | None) -> list[Measured]:
    """The scan's opinion of attacked copies of one page."""
    before: dict[bytes, str] = {}
    found = []
    for sample in batch:
        clean = (sample.clean_html or "").encode(sample.encoding, errors="xmlcharrefreplace")
        if clean not in before:
            page = scanner(model).page(clean, uri=sample.origin, kind=sample.kind)
            before[clean] = scanner(model).analyse(page).text
        found.append(_one(sample, clean, before[clean], model))
    return found


def _one(sample: Sample, clean: bytes, text_before: str, model: str | None) -> Measured:
    name = sample.techniques[0]
    scan = scanner(model)
    page = scan.page(sample.data, uri=sample.uri, kind=sample.kind)
    analysis = scan.analyse(page)
    result = scan.judge(analysis)
    flagged = result.verdict is not None and result.verdict.label != "clean"
    twins = TWINS.get(name, frozenset()) | {name} | set(sample.techniques)
    source, injected = page.source, [(e.start, max(e.end, e.start + 1)) for e in sample.edits]
    exact = source == sample.html
    said = []
    own = inside = marked = pure = size = 0
    hit = False
    if exact:
        text = printed(page)
        put_in = characters(source, [r for r in injected if r[1] <= len(source)], text)
        known: set[int] = set()
        for finding, ranges in places(page, analysis.found):
            touches = any(a < end and start < b for a, b in injected for start, end in ranges)
            hit |= touches and finding.technique in twins
            own |= touches and finding.technique == name
            said.append((finding, touches))
            if finding.score >= SURE:
                known |= characters(source, ranges, text)
        size, inside = len(put_in), len(put_in & known)
        marked, pure = len(known), len(put_in & known)
    else:
        said = [(finding, False) for finding in analysis.findings]
        hit = any(f.technique in twins for f, _ in said)
        own = any(f.technique == name for f, _ in said)
    label: Label = result.verdict.label if result.verdict else "clean"
    repaired = html.repair(sample.data, page, removable(analysis.found, label))
    lost = overwritten(sample)
    same = result.content.clean_text == text_before
    return Measured(
        name, sample.lang, hit, bool(own), flagged, size, inside, marked, pure,
        None if any(words in text_before for words in lost) else same,
        repaired == clean if exact and not lost else None, bool(lost),
        _told(sample, result, said, same, repaired == clean),
    )  # fmt: skip


def overwritten(sample: Sample) -> list[str]:
    """What the attack put its words in the place of: a title, a heading, an address.

    It is not in the page any more, so no reader can bring it back. Swapped letters can be.
    """
    name = sample.techniques[0]
    if ATTACKS[name].group != "head" and name not in OVERWRITING:
        return []
    texts = (" ".join(re.sub(r"<[^<>]*>", " ", unescape(e.original)).split()) for e in sample.edits)
    return [text for text in texts if text]


def _told(sample: Sample, result: Result, said: Sequence[tuple[Finding, bool]],
          text: bool, repair: bool) -> str:  # fmt: skip
    about = f"{sample.lang} {sample.category} {sample.dress} {sample.place} {sample.uri}"
    label = result.verdict.label if result.verdict else ""
    lines = [f"{about}\n    put in: {' ¦ '.join(sample.spans)[:300]!r}",
             f"    {label}, text {'same' if text else 'OTHER'}, "
             f"repair {'same' if repair else 'OTHER'}"]  # fmt: skip
    lines += [
        f"    {'*' if touches else '-'} {f.technique} {f.score:.2f} {f.quote[:100]!r}"
        for f, touches in said[:8]
    ]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Honest:
    """What one clean page showed."""

    uri: str
    lang: str
    label: str
    changed: bool  # whether `clean` would change a byte
    sure: tuple[tuple[str, float, str], ...]  # findings of at least 0.5: technique, score, quote


def honest(pages: Sequence[CleanPage], model: str | None) -> list[Honest]:
    """The scan's opinion of clean pages."""
    found = []
    for clean in pages:
        data = clean.html.encode("utf-8", errors="replace")
        page = scanner(model).page(data, uri=clean.uri, kind=clean.kind)
        result = scanner(model).judge(scanner(model).analyse(page))
        label: Label = result.verdict.label if result.verdict else "clean"
        changed = html.repair(data, page, removable(result.findings, label)) != data
        sure = [(f.technique, f.score, f.quote[:120]) for f in result.findings if f.score >= SURE]
        found.append(Honest(clean.uri, clean.lang, label, changed, tuple(sure)))
    return found
